"""Long writes to SQLite: a larger cache and log while one runs, and an index that is made at its end.

Where the ids of events, or their users, come in no order, every row changes two pages of indexes somewhere; the larger
the transaction, the cache and the log, the more of these changes meet in one page and reach the disk once. A first log
is written without the index by user, which is made at the end by sorting: half of those pages. It costs nobody
anything, for before its first events a shop has no histories to look up.

Should the process die in between, the index is missing and nothing else: reads are slower and right. The next one to
open the database makes it. A lock file says whether the writer still lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Index, inspect, literal, select

from soutui.errors import BusyError, ResourceError
from soutui.locks import exclusive
from soutui.store.database import CACHE_BYTES, CHECKPOINT_PAGES, Database
from soutui.store.tables import events
from soutui.store.writer import Writer

#: Bytes cached and pages of log kept while a long write runs.
LONG_CACHE_BYTES = 256 << 20
LONG_PAGES = 64_000

_by_user: Index = next(index for index in events.indexes if index.name == "ix_events_user")


@contextmanager
def long_write(database: Database, writer: Writer, recorded: int | None = None) -> Iterator[None]:
    """Prepare for many transactions, and tidy up after them, whatever happens. Does nothing on a server.

    ``recorded`` is how many events this write has recorded before; when there are no others, it is a first log.
    """
    if not database.is_sqlite:
        yield
        return
    with _alone(database) as alone:
        writer.run(_begin, recorded if alone else None)
        try:
            yield
        finally:
            writer.run(_end, alone)


def mend(database: Database) -> None:
    """Make the index that a long write which died left out; another one that still runs will make its own."""
    if not database.is_sqlite:
        return
    with database.read() as connection:
        if _has_index(connection):
            return
    with _alone(database) as alone, suppress(BusyError, ResourceError):
        if alone:
            with database.write() as connection:
                _by_user.create(connection, checkfirst=True)


@contextmanager
def _alone(database: Database) -> Iterator[bool]:
    """Whether nobody else, in this process or another, has a long write going or mends one. Holds them off."""
    assert database.file is not None
    lock = exclusive(Path(f"{database.file}-long"), "a long write")
    try:
        lock.__enter__()
    except (BusyError, OSError):  # a folder that takes no files: do without
        yield False
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def _has_index(connection: Connection) -> bool:
    return any(index["name"] == _by_user.name for index in inspect(connection).get_indexes(events.name))


def _begin(connection: Connection, payloads: Sequence[int | None]) -> list[None]:
    _set(connection, LONG_CACHE_BYTES, LONG_PAGES)
    for recorded in payloads:
        if recorded is not None:
            others = connection.execute(select(literal(1)).select_from(events).limit(1).offset(recorded)).first()
            if others is None:
                _by_user.drop(connection, checkfirst=True)
    return [None for _ in payloads]


def _end(connection: Connection, payloads: Sequence[bool]) -> list[None]:
    _set(connection, CACHE_BYTES, CHECKPOINT_PAGES)
    if any(payloads):
        _by_user.create(connection, checkfirst=True)
    return [None for _ in payloads]


def _set(connection: Connection, cache: int, pages: int) -> None:
    connection.exec_driver_sql(f"PRAGMA cache_size={-(cache >> 10)}")
    connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={pages}")
