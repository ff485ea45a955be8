"""Many threads on one store: shared commits, own answers, and a log that readers can follow."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from soutui.data.schema import Event, Item
from soutui.errors import DataError
from soutui.store import Recorded, Store


def click(identity: str) -> Event:
    return Event(identity, "click", "lamp", "ann")


def run_all(jobs: Sequence[threading.Thread]) -> None:
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()


def test_concurrent_callers_share_commits_and_each_gets_its_own_answer(store: Store) -> None:
    outcomes: dict[int, list[Recorded]] = {}
    refused: list[int] = []

    def write(n: int) -> None:
        # Every caller records its own events, and one that all share; every third one also sends nonsense.
        outcomes[n] = [store.record([click(f"{n}-{i}"), click(f"shared-{i}")]) for i in range(15)]
        if n % 3 == 0:
            try:
                store.record([click(f"lost-{n}"), Event(f"bad-{n}", "click", "lamp", "\ud800")])
            except DataError:
                refused.append(n)
        store.put_items([Item(f"item-{n}")])

    run_all([threading.Thread(target=write, args=(n,)) for n in range(12)])
    assert sorted(refused) == [0, 3, 6, 9]
    assert sum(outcome.accepted for many in outcomes.values() for outcome in many) == 12 * 15 + 15
    found = [event.id for event in store.changes(0).events]
    assert sorted(found) == sorted(
        [f"{n}-{i}" for n in range(12) for i in range(15)] + [f"shared-{i}" for i in range(15)]
    )
    assert len(store.changes(0).items) == 12
    with store.snapshot() as look:
        assert look.event_columns().seq.tolist() == sorted(set(look.event_columns().seq.tolist()))
        assert look.seq == len(found) + 12


def test_a_follower_sees_every_number_in_order_while_others_write(store: Store) -> None:
    done = threading.Event()
    seen: list[str] = []
    jumps: list[str] = []

    def follow() -> None:
        since = 0
        while True:
            last = done.is_set()
            newest = store.latest()
            page = store.changes(since)
            if page.seq < newest or page.seq - since != len(page.events):
                jumps.append(f"{since} → {page.seq} of {newest}: {len(page.events)} events")
            seen.extend(event.id for event in page.events)
            since = page.seq
            if last:
                return

    def write(n: int) -> None:
        for i in range(20):
            answer = store.record([click(f"{n}-{i}-{j}") for j in range(4)])
            assert store.latest() >= answer.seq

    reader = threading.Thread(target=follow)
    reader.start()
    run_all([threading.Thread(target=write, args=(n,)) for n in range(4)])
    done.set()
    reader.join()
    assert jumps == []
    assert len(seen) == len(set(seen)) == 4 * 20 * 4
