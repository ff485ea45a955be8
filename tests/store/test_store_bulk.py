"""Long writes: events as columns, many rows a transaction; interrupted ones go on where they ended."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from soutui.data.batches import EventBatch
from soutui.data.schema import Event
from soutui.errors import DataError
from soutui.store import Recorded, Store
from soutui.store import store as module


def click(identity: str, user: str = "ann", item: str = "lamp", time: float | None = None) -> Event:
    return Event(identity, "click", item, user, time=time)


def batch(*events: Event) -> EventBatch:
    return EventBatch.of(events)


def test_columns_are_written_as_rows_are(url: str, tmp_path: Path) -> None:
    random_ = random.Random(4)
    rows = [click(f"e{random_.randrange(300)}", f"u{n % 7}", f"i{n}", float(n)) for n in range(900)]
    with Store.open(url, create=True) as store, Store.open(tmp_path / "other.db", create=True) as other:
        parts = [rows[start : start + 70] for start in range(0, 900, 70)]
        one = sum((other.record(part) for part in parts), Recorded(0, 0, 0))
        assert store.record_batches(map(EventBatch.of, parts)) == one
        assert store.changes(0, max_rows=10_000) == other.changes(0, max_rows=10_000)
        assert store.record_batches(map(EventBatch.of, parts)) == Recorded(0, 900, one.seq)
        assert store.record_batches([]) == Recorded(0, 0, one.seq)


def test_small_batches_share_a_transaction_and_large_ones_stay_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENT_ROWS", 10)
    seen: list[int] = []

    def batches(store: Store) -> Iterator[EventBatch]:
        for n, size in enumerate((4, 6, 3, 25, 1)):
            seen.append(store.counts()["events"])
            yield EventBatch.of(click(f"{n}-{i}") for i in range(size))

    with Store.open(file, create=True) as store:
        assert store.record_batches(batches(store)).accepted == 39
    # What had been committed when each batch was asked for: 4 + 6 together, then 3, then 25, then 1.
    assert seen == [0, 0, 0, 10, 13]


BAD = [
    (click(""), "empty id"),
    (click("b", item=""), "empty id"),
    (click("b\0"), "NUL"),
    (click("b", item="i\ud800"), "Unicode"),
    (Event("b", "click", "lamp"), "neither a user nor a session"),
    (Event("b", "zap", "lamp", "ann"), "of kind 'zap'"),  # type: ignore[arg-type]
    (Event(7, "click", "lamp", "ann"), "ids are text"),  # type: ignore[arg-type]
    (Event("b", "click", "lamp", "ann\ud800"), "cannot hold"),
    (Event("b", "click", "lamp", "ann", position=1 << 70), "cannot hold"),
]


@pytest.mark.parametrize(("bad", "why"), BAD, ids=[why for _, why in BAD])
def test_a_bad_event_takes_its_transaction_with_it(store: Store, bad: Event, why: str) -> None:
    store.record([click("a")])
    with pytest.raises(DataError, match=why):
        store.record_batches([batch(click("new"), bad, click("c"))])
    assert store.counts()["events"] == store.latest() == 1
    assert store.record([click("new")]).accepted == 1


def test_not_a_number_is_nothing(store: Store) -> None:
    odd = Event("a", "click", "lamp", "ann", time=math.nan, order=math.nan, value=math.nan)
    store.record_batches([batch(odd, click("b", time=3.0))])
    assert store.changes(0).events == (click("a"), click("b", time=3.0))
