"""Long writes: events as columns, many rows a transaction; interrupted ones go on where they ended."""

from __future__ import annotations

import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
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
    # What had been committed when each batch was asked for: 4 + 6 together, 3 once the next was seen not to fit, 25.
    assert seen == [0, 0, 10, 10, 38]


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


# --- long writes ---


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of ten events, so that a hundred are a long write."""
    monkeypatch.setattr(module, "EVENT_ROWS", 10)
    monkeypatch.setattr(module, "ITEM_ROWS", 10)


def indexes(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    finally:
        connection.close()


def watched(file: Path, seen: list[bool], count: int, prefix: str = "e") -> Iterator[Event]:
    """Events; notes at every tenth whether the index by user is there."""
    for n in range(count):
        if n % 10 == 0:
            seen.append("ix_events_user" in indexes(file))
        yield click(f"{prefix}{n}", f"u{n % 3}", time=float(n))


@pytest.mark.usefixtures("small")
def test_a_first_log_is_written_without_the_index_by_user(file: Path) -> None:
    seen: list[bool] = []
    with Store.open(file, create=True) as store:
        assert store.record(watched(file, seen, 50)) == Recorded(50, 0, 50)
        # One transaction is never a long write, so the index goes with the second.
        assert seen[:2] == [True, True]
        assert not any(seen[3:])
        assert "ix_events_user" in indexes(file)
        assert [event.id for event in store.history("u1", 2)] == ["e49", "e46"]
        # From now on there are histories to look up.
        seen.clear()
        store.record(watched(file, seen, 50, "f"))
        assert all(seen)
        assert store.check() == []


@pytest.mark.usefixtures("small")
def test_an_import_that_fails_half_way_keeps_what_was_written_and_its_index(file: Path) -> None:
    def broken() -> Iterator[Event]:
        yield from watched(file, [], 35)
        raise KeyboardInterrupt

    with Store.open(file, create=True) as store:
        with pytest.raises(KeyboardInterrupt):
            store.record(broken())
        assert "ix_events_user" in indexes(file)
        assert store.counts()["events"] == 30
        assert store.record(watched(file, [], 35)) == Recorded(5, 30, 35)


@pytest.mark.usefixtures("small")
def test_two_long_writes_at_once_are_both_whole(file: Path) -> None:
    with Store.open(file, create=True) as store, Store.open(file) as other:

        def both() -> Iterator[Event]:
            for n in range(50):
                if n == 25:
                    assert other.record(click(f"other{i}", "bob") for i in range(50)).accepted == 50
                yield click(f"e{n}")

        assert store.record(both()).accepted == 50
        assert store.counts()["events"] == store.latest() == 100
        assert "ix_events_user" in indexes(file)
        assert store.check() == []


# Writes for ever in transactions of ten, and says how many events it is sure of. argv: database.
ENDLESS = """
import itertools, os, sys
from soutui.data.schema import Event
from soutui.store import Store, store as module

module.EVENT_ROWS = 10

def events():
    for n in itertools.count():
        if n % 10 == 0 and n:
            os.write(1, f"{n - 10}\\n".encode())
        yield Event(f"e{n}", "click", "lamp", f"u{n % 3}", time=float(n))

with Store.open(sys.argv[1], create=True) as store:
    store.record(events())
"""


@pytest.mark.usefixtures("small")
def test_a_killed_import_is_mended_and_completed(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, f"sqlite:///{file}"], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= 60:
                assert "ix_events_user" not in indexes(file)
                with Store.open(file) as beside:
                    # The writer lives: who opens the database meanwhile leaves its index alone, and reads.
                    assert beside.history("u1", 1)
                    assert "ix_events_user" not in indexes(file)
                os.kill(writer.pid, signal.SIGKILL)
                break
        sure = max(int(line), *map(int, writer.stdout.read().split()), 0)
    with Store.open(file) as store:
        assert "ix_events_user" in indexes(file)
        assert store.check() == []
        kept = store.counts()["events"]
        assert kept >= sure >= 60
        assert kept % 10 == 0
        assert store.latest() == kept
        again = store.record(click(f"e{n}", f"u{n % 3}", time=float(n)) for n in range(kept + 25))
        assert again == Recorded(25, kept, kept + 25)
        assert [event.id for event in store.changes(0, max_rows=10**6).events] == [f"e{n}" for n in range(kept + 25)]


# Imports until the disk is full, then with space again. argv: database.
FULL = """
import resource, sys
from soutui.data.schema import Event
from soutui.errors import ResourceError
from soutui.store import Store, store as module

module.EVENT_ROWS = 500
events = lambda: (Event(f"e{n:06}", "click", "lamp", f"u{n % 300}", time=float(n)) for n in range(20_000))
with Store.open(sys.argv[1], create=True) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
    try:
        store.record(events())
        raise SystemExit("the disk is not full")
    except ResourceError as error:
        assert "acknowledged before is kept" in error.hint, error
        told = error.message
    kept = store.counts()["events"]
    assert 0 < kept < 20_000 and kept % 500 == 0, kept
    assert told.endswith(f"; {kept} events were written before"), told
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    again = store.record(events())
    assert (again.accepted, again.duplicates) == (20_000 - kept, kept), again
with Store.open(sys.argv[1]) as store:
    assert store.check() == []
    assert len(store.history("u7", 1000)) == 67
"""


def test_a_full_disk_stops_an_import_and_keeps_what_was_written(file: Path) -> None:
    pytest.importorskip("resource")
    subprocess.run([sys.executable, "-c", FULL, f"sqlite:///{file}"], check=True)
    assert "ix_events_user" in indexes(file)
