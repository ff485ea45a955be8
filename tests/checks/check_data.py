"""Toys for checks: a view of records in memory, and the finding of one check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from soutui.checks.base import Finding
from soutui.checks.suite import choose
from soutui.checks.view import DataView
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query
from soutui.store.snapshot import EventTable

#: The moment at which the data are looked at: 14 July 2017.
NOW = 1.5e9
DAY = 86_400.0


def event_table(events: Sequence[Event]) -> EventTable:
    def strings(name: str) -> Any:
        column = np.empty(len(events), object)
        column[:] = [getattr(event, name) for event in events]
        return column

    def numbers(name: str) -> Any:
        return np.array([np.nan if getattr(event, name) is None else getattr(event, name) for event in events], float)

    position = np.array([event.position or 0 for event in events], np.int64)
    texts = {name: strings(name) for name in ("user", "session", "item", "kind", "query")}
    floats = {name: numbers(name) for name in ("time", "order", "value")}
    return EventTable(seq=np.arange(len(events)), position=position, **texts, **floats)


def look(
    items: Iterable[Item] = (),
    events: Sequence[Event] = (),
    queries: Iterable[Query] = (),
    judgments: Iterable[Judgment] = (),
    texts: Iterable[LabelledText] = (),
    now: float = NOW,
    **more: Any,
) -> DataView:
    return DataView.of(items, event_table(events), queries, judgments, texts, now=now, **more)


def find(code: str, *records: Any, **named: Any) -> Finding | None:
    """What one check finds in the records of :func:`look`."""
    (check,) = choose([code])
    return check.run(look(*records, **named))


def found(code: str, *records: Any, **named: Any) -> Finding:
    """The same, where there must be something."""
    finding = find(code, *records, **named)
    assert finding is not None, f"{code} found nothing"
    assert finding.code == code
    return finding


def goods(n: int, **attributes: Any) -> list[Item]:
    """Items ``i0 …`` with a text of their own each, no two alike."""
    draw = np.random.default_rng(5)
    letters = np.array(list("abcdefghijklmnoprstuvwy"))
    made = []
    for place in range(n):
        words = " ".join("".join(draw.choice(letters, 6)) for _ in range(8))
        made.append(Item(f"i{place}", words, {}, dict(attributes)))
    return made


def act(user: str, item: str, time: float | None = NOW - 30 * DAY, kind: Any = "click", **more: Any) -> Event:
    return Event(f"{user}/{item}/{time}/{kind}/{more}", kind, item, user, time=time, **more)


def whats(finding: Finding) -> list[str]:
    return [example.what for example in finding.examples]
