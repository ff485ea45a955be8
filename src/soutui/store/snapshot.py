"""One consistent look at everything: what a bundle is built from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, Table, func, select

from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Tie, User
from soutui.store.bulk import read_rows
from soutui.store.log import newest
from soutui.store.rows import (
    EVENT_COLUMNS,
    ITEM_COLUMNS,
    event_of,
    item_of,
    judgment_of,
    query_of,
    text_of,
    tie_of,
    user_of,
)
from soutui.store.tables import events, items, judgments, queries, texts, ties, users

_COLUMNS = ("seq", "user", "session", "item", "kind", "time", "order", "value", "query", "position")
_DTYPES: dict[str, Any] = {"seq": np.int64, "time": np.float64, "order": np.float64, "value": np.float64}


@dataclass(frozen=True, slots=True)
class EventTable:
    """The event log as columns, each (n,), in the order of recording.

    ``user``, ``session``, ``item``, ``kind`` and ``query`` are object arrays of ``str``, equal texts being one object;
    an absent one is ``""``. ``time`` (seconds since 1970), ``order`` and ``value`` are NaN where absent, ``position``
    (from 1) is 0.
    """

    seq: NDArray[np.int64]
    user: NDArray[np.object_]
    session: NDArray[np.object_]
    item: NDArray[np.object_]
    kind: NDArray[np.object_]
    time: NDArray[np.float64]
    order: NDArray[np.float64]
    value: NDArray[np.float64]
    query: NDArray[np.object_]
    position: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.seq)


class Snapshot:
    """The truth at ``seq``, whatever is written meanwhile. Belongs to one thread, and ends with its ``with`` block."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # The first read fixes what the transaction sees.
        self.seq = newest(connection)

    def count_items(self) -> int:
        """Items that are not deleted."""
        return self._count(select(func.count()).select_from(items).where(items.c.deleted.is_(False)))

    def count_events(self) -> int:
        """Events recorded."""
        return self._count(select(func.count()).select_from(events))

    def items(self) -> Iterator[Item]:
        """Items that are not deleted, in the order in which they first came: the same order in every snapshot."""
        return map(
            item_of,
            self._stream(
                select(*(items.c[name] for name in ITEM_COLUMNS))
                .where(items.c.deleted.is_(False))
                .order_by(items.c.born)
            ),
        )

    def events(self) -> Iterator[Event]:
        """Every event, in the order of recording."""
        return map(event_of, self._stream(select(*(events.c[name] for name in EVENT_COLUMNS)).order_by(events.c.seq)))

    def users(self) -> Iterator[User]:
        """Users with a record, by id."""
        return map(user_of, self._stream(select(users.c.id, users.c.attributes).order_by(users.c.id)))

    def ties(self) -> Iterator[Tie]:
        """Ties, by user, other end and kind."""
        c = ties.c
        return map(tie_of, self._stream(select(c.user, c.other, c.kind, c.weight).order_by(c.user, c.other, c.kind)))

    def texts(self) -> Iterator[LabelledText]:
        """Labelled texts, by id."""
        c = texts.c
        wanted = select(c.id, c.text, c.labels, c.other, c.source, c.split).order_by(c.id)
        return map(text_of, self._stream(wanted))

    def queries(self) -> Iterator[Query]:
        """Queries, by id."""
        return map(query_of, self._stream(select(queries.c.id, queries.c.text).order_by(queries.c.id)))

    def judgments(self) -> Iterator[Judgment]:
        """Judgments, by query and item."""
        c = judgments.c
        return map(judgment_of, self._stream(select(c.query, c.item, c.grade, c.split).order_by(c.query, c.item)))

    def event_columns(self, since: int = 0) -> EventTable:
        """Every event with a number above ``since``, as columns."""
        chosen = events.c.seq > since
        count = self._count(select(func.count()).select_from(events).where(chosen))
        columns: dict[str, Any] = {
            name: np.zeros(count, np.int64) if name == "position" else np.empty(count, _DTYPES.get(name, object))
            for name in _COLUMNS
        }
        statement = select(*(events.c[name] for name in _COLUMNS)).where(chosen).order_by(events.c.seq)
        shared: dict[str, str] = {}
        start = 0
        for rows in read_rows(self._connection, statement):
            end = start + len(rows)
            for name, values in zip(_COLUMNS, zip(*rows, strict=True), strict=True):
                if name == "position":
                    columns[name][start:end] = [value or 0 for value in values]
                elif name in _DTYPES:
                    columns[name][start:end] = np.array(values, _DTYPES[name])
                else:
                    columns[name][start:end] = list(map(shared.setdefault, values, values))
            start = end
        return EventTable(**columns)

    def _count(self, statement: Select[int]) -> int:
        return int(self._connection.execute(statement).scalar_one())

    def _stream(self, statement: Select[Any]) -> Iterator[Any]:
        return chain.from_iterable(read_rows(self._connection, statement))


def count_rows(connection: Connection, table: Table) -> int:
    """Rows of a table, tombstones included."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
