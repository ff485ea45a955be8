"""Following the truth: what changed after a number."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from soutui.data.schema import Event, Item
from soutui.store.log import newest
from soutui.store.rows import EVENT_COLUMNS, ITEM_COLUMNS, event_of, item_of
from soutui.store.tables import events, items


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, each part in the order of the log. Apply all of it, then go on from ``seq``.

    An item shows up once, as it is now, at its last change. ``more``: the limit cut it short, ask again from ``seq``.
    """

    items: tuple[Item, ...]
    deleted: tuple[str, ...]
    events: tuple[Event, ...]
    seq: int
    more: bool = False

    def __bool__(self) -> bool:
        return bool(self.items or self.deleted or self.events)


def read_changes(connection: Connection, since: int, until: int | None, max_rows: int) -> Changes:
    """Items and events with a number in ``(since, until]``, at most ``max_rows`` of them, lowest numbers first."""
    seq = newest(connection)
    end = seq if until is None else min(until, seq)
    if end <= since:
        return Changes((), (), (), since)
    touched = connection.execute(
        select(items.c.seq, items.c.deleted, *(items.c[name] for name in ITEM_COLUMNS))
        .where(items.c.seq > since, items.c.seq <= end)
        .order_by(items.c.seq)
        .limit(max_rows + 1)
    ).all()
    happened = connection.execute(
        select(events.c.seq, *(events.c[name] for name in EVENT_COLUMNS))
        .where(events.c.seq > since, events.c.seq <= end)
        .order_by(events.c.seq)
        .limit(max_rows + 1)
    ).all()
    more = len(touched) + len(happened) > max_rows
    if more:
        end = sorted(row[0] for part in (touched, happened) for row in part)[max_rows - 1]
    return Changes(
        items=tuple(item_of(row[2:]) for row in touched if row[0] <= end and not row[1]),
        deleted=tuple(row[2] for row in touched if row[0] <= end and row[1]),
        events=tuple(event_of(row[1:]) for row in happened if row[0] <= end),
        seq=end,
        more=more,
    )
