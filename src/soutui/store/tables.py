"""The tables of the truth, as SQLAlchemy Core sees them. The migrations create them; a test compares the two.

One global sequence numbers every change. A write transaction locks the row ``log`` of ``sequence`` first, takes
the numbers it needs without a gap and commits, so the order of numbers is the order of commits, and a reader that
has seen number n has seen everything up to n.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, MetaData, Table, Text

#: A 64-bit number. SQLite has one integer type, and only ``INTEGER`` may be its row number.
Number = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

#: Named counters. Its one row ``log`` holds the newest committed sequence number.
sequence = Table(
    "sequence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Number, nullable=False),
    sqlite_with_rowid=False,
)

#: The catalogue. ``born`` is the number of the first insertion and orders the rows for good; ``seq`` that of the
#: last change. A deleted item leaves a tombstone: the row without its contents.
items = Table(
    "items",
    metadata,
    Column("born", Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("hash", Text, nullable=False),
    Column("seq", Number, nullable=False),
    Index("ix_items_seq", "seq"),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("attributes", Text, nullable=False),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

#: Who is tied to whom: friends, followed, groups.
ties = Table(
    "ties",
    metadata,
    Column("user", Text, primary_key=True),
    Column("other", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("weight", Double, nullable=False),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

#: The event log; rows are never changed.
events = Table(
    "events",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("time", Double),
    Column("order", Double),
    Column("value", Double),
    Column("query", Text, nullable=False),
    Column("position", Number),
    Index("ix_events_user", "user", "time", "order", "seq"),
)

queries = Table(
    "queries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

judgments = Table(
    "judgments",
    metadata,
    Column("query", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("grade", Double, nullable=False),
    Column("split", Text, nullable=False),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

#: Labelled texts: reviews, headlines, utterances, pairs.
texts = Table(
    "texts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("other", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("split", Text, nullable=False),
    Column("seq", Number, nullable=False),
    sqlite_with_rowid=False,
)

#: The registry of bundles; the bundles themselves are folders.
bundles = Table(
    "bundles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("seq", Number, nullable=False),
    Column("state", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: Small named texts that belong to the data: where they came from, when they were imported.
meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
