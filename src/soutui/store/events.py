"""The event log: recorded once by event id, read back by user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from operator import ne, or_

from sqlalchemy import Connection, insert, select

from soutui.data.batches import EventBatch
from soutui.data.schema import EVENT_WEIGHTS, Event
from soutui.store.bulk import append_rows
from soutui.store.log import advance, among, lock
from soutui.store.rows import EVENT_COLUMNS, event_of, event_row
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


def check_batch(batch: EventBatch) -> EventBatch:
    """The batch itself when every event may be stored; otherwise the :class:`DataError` of its first bad event.

    Not a number becomes None, as in :func:`~soutui.store.rows.event_row`.
    """
    ids, kinds, items, users, sessions = batch.columns[:5]
    if (
        all(ids)
        and all(items)
        and _are_texts(ids)
        and _are_texts(items)
        and (all(users) or all(map(or_, map(bool, users), map(bool, sessions))))
        and EVENT_WEIGHTS.keys() >= set(kinds)
        and not any(any(map(ne, column, column)) for column in batch.columns[5:8])
    ):
        return batch
    rows = list(map(event_row, batch.events()))
    return EventBatch(tuple([row[name] for row in rows] for name in EVENT_COLUMNS))


def record(connection: Connection, payloads: Sequence[EventBatch]) -> list[Recorded]:
    """Append the events of each payload, in order; the first event with an id wins."""
    seq = lock(connection)
    ids = [identity for batch in payloads for identity in batch.ids]
    known: set[str] = set()
    for listed in among(connection, events.c.id, ids):
        known.update(connection.execute(select(events.c.id).where(listed)).scalars())
    outcomes: list[Recorded] = []
    fresh: list[EventBatch] = []
    for batch in payloads:
        before = len(known)
        wanted = [not (identity in known or known.add(identity)) for identity in batch.ids]  # type: ignore[func-returns-value]
        new = len(known) - before
        seq += new
        fresh.append(batch if new == len(batch) else batch.take(wanted))
        outcomes.append(Recorded(new, len(batch) - new, seq))
    count = sum(map(len, fresh))
    if count:
        columns = [chain.from_iterable(parts) for parts in zip(*(batch.columns for batch in fresh), strict=True)]
        numbers = range(seq - count + 1, seq + 1)
        append_rows(connection, _insert, ("seq", *EVENT_COLUMNS), zip(numbers, *columns, strict=True))
        advance(connection, seq)
    return outcomes


def _are_texts(texts: Sequence[str]) -> bool:
    """Whether all are texts that a database can hold: Unicode without NUL."""
    try:
        joined = "".join(texts)
        return "\0" not in joined and (joined.isascii() or bool(joined.encode()))
    except (TypeError, UnicodeEncodeError):
        return False


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
