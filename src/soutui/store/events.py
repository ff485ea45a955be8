"""The event log: recorded once by event id, read back by user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from soutui.data.schema import Event
from soutui.store.bulk import write_rows
from soutui.store.log import advance, among, lock
from soutui.store.rows import EVENT_COLUMNS, Row, event_of
from soutui.store.tables import events

_insert = insert(events)
_columns = [events.c[name] for name in EVENT_COLUMNS]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording did: ``accepted`` events are new, ``duplicates`` have an id that is there already.

    ``seq`` is a number of the change log: a reader that has seen it has seen these events.
    """

    accepted: int
    duplicates: int
    seq: int

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.accepted + other.accepted, self.duplicates + other.duplicates, max(self.seq, other.seq))


def record(connection: Connection, payloads: Sequence[list[Row]]) -> list[Recorded]:
    """Append the events of each payload, in order; the first event with an id wins."""
    seq = lock(connection)
    ids = [row["id"] for rows in payloads for row in rows]
    known: set[str] = set()
    for listed in among(connection, events.c.id, ids):
        known.update(connection.execute(select(events.c.id).where(listed)).scalars())
    fresh: list[Row] = []
    outcomes: list[Recorded] = []
    for rows in payloads:
        before = seq
        for row in rows:
            if row["id"] in known:
                continue
            known.add(row["id"])
            seq += 1
            fresh.append({**row, "seq": seq})
        outcomes.append(Recorded(seq - before, len(rows) - (seq - before), seq))
    if fresh:
        write_rows(connection, _insert, fresh)
        advance(connection, seq)
    return outcomes


def history(connection: Connection, user: str, k: int) -> list[Event]:
    """The user's ``k`` most recent events, most recent first: by time, then order, then when they were recorded."""
    c = events.c
    recent = (
        select(*_columns)
        .where(c.user == user)
        .order_by(c.time.desc().nulls_last(), c.order.desc().nulls_last(), c.seq.desc())
        .limit(k)
    )
    return [event_of(row) for row in connection.execute(recent)]
