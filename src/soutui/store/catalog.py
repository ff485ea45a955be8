"""Writing what has a current state: items, users, ties, judgments and so on. What did not change takes no number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, insert, select, update

from soutui.store.bulk import write_rows
from soutui.store.log import advance, among, lock
from soutui.store.rows import Row
from soutui.store.tables import items, judgments, queries, texts, ties, users


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: ``written`` rows are new or changed, ``unchanged`` were so already, ``unknown`` do not exist.

    ``seq`` is a number of the change log: a reader that has seen it has seen this write.
    """

    written: int
    unchanged: int
    seq: int
    unknown: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            self.written + other.written,
            self.unchanged + other.unchanged,
            max(self.seq, other.seq),
            self.unknown + other.unknown,
        )


class Keeper:
    """Puts rows into one table by key.

    ``compared`` are the columns that say whether a row changed. ``born`` is the column, if any, that keeps the number
    of the first insertion.
    """

    def __init__(self, table: Table, key: Sequence[str], compared: Sequence[str], born: str | None = None) -> None:
        #: What its rows are called.
        self.name = table.name
        self.key = tuple(key)
        self.compared = tuple(compared)
        self.born = born
        self._first: Column[Any] = table.c[self.key[0]]
        self._known = select(*(table.c[name] for name in (*self.key, *self.compared)))
        self._insert = insert(table)
        self._update = (
            update(table)
            .where(*(table.c[name] == bindparam(f"key_{name}") for name in self.key))
            .values({c.name: bindparam(c.name) for c in table.c if c.name not in (*self.key, self.born)})
        )

    def put(self, connection: Connection, payloads: Sequence[list[Row]]) -> list[Written]:
        """Insert or change the rows of each payload, in order. Counts are as if every row were put alone."""
        seq = lock(connection)
        known = self._states(connection, payloads)
        stored = set(known)
        births: dict[tuple[Any, ...], int] = {}
        changed: dict[tuple[Any, ...], Row] = {}
        outcomes: list[Written] = []
        for rows in payloads:
            written = 0
            for row in rows:
                key = tuple([row[name] for name in self.key])
                state = tuple([row[name] for name in self.compared])
                if known.get(key) == state:
                    continue
                known[key] = state
                seq += 1
                written += 1
                births.setdefault(key, seq)
                # Written twice in one transaction: the last one counts, at its own place in the log.
                changed.pop(key, None)
                changed[key] = {**row, "seq": seq}
            outcomes.append(Written(written, len(rows) - written, seq))
        fresh = [row for key, row in changed.items() if key not in stored]
        if self.born:
            for row in fresh:
                row[self.born] = births[tuple([row[name] for name in self.key])]
        again = [
            {name if name not in self.key else f"key_{name}": value for name, value in row.items()}
            for key, row in changed.items()
            if key in stored
        ]
        if fresh:
            write_rows(connection, self._insert, fresh)
        if again:
            write_rows(connection, self._update, again)
        if changed:
            advance(connection, seq)
        return outcomes

    def _states(self, connection: Connection, payloads: Sequence[list[Row]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        width = len(self.key)
        first = list({row[self.key[0]]: None for rows in payloads for row in rows})
        return {
            tuple(row[:width]): tuple(row[width:])
            for listed in among(connection, self._first, first)
            for row in connection.execute(self._known.where(listed))
        }


ITEMS = Keeper(items, key=("id",), compared=("hash", "deleted"), born="born")
USERS = Keeper(users, key=("id",), compared=("attributes",))
TIES = Keeper(ties, key=("user", "other", "kind"), compared=("weight",))
TEXTS = Keeper(texts, key=("id",), compared=("text", "other", "labels", "source", "split"))
QUERIES = Keeper(queries, key=("id",), compared=("text",))
JUDGMENTS = Keeper(judgments, key=("query", "item"), compared=("grade", "split"))

# The contents go, so that a deleted item is really gone; the row stays, so that followers learn of it.
_bury = (
    update(items)
    .where(items.c.id == bindparam("key_id"))
    .values(title="", texts="{}", attributes="{}", image="", available=False, deleted=True, hash="")
    .values(seq=bindparam("seq"))
)


def delete_items(connection: Connection, payloads: Sequence[list[str]]) -> list[Written]:
    """Turn the items of each payload into tombstones, in order."""
    seq = lock(connection)
    wanted = list({identity: None for ids in payloads for identity in ids})
    alive = {
        row[0]: not row[1]
        for listed in among(connection, items.c.id, wanted)
        for row in connection.execute(select(items.c.id, items.c.deleted).where(listed))
    }
    buried: list[Row] = []
    outcomes: list[Written] = []
    for ids in payloads:
        written = unknown = 0
        for identity in ids:
            if identity not in alive:
                unknown += 1
            elif alive[identity]:
                alive[identity] = False
                seq += 1
                written += 1
                buried.append({"key_id": identity, "seq": seq})
        outcomes.append(Written(written, len(ids) - written - unknown, seq, unknown))
    if buried:
        write_rows(connection, _bury, buried)
        advance(connection, seq)
    return outcomes
