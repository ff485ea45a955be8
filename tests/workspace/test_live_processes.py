"""Live changes under pressure, on SQLite and on PostgreSQL: many readers and one writer, ten thousand items at once,
bundles built while people ask. Nothing is seen half, nothing goes back, nobody waits for a build.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from shops import toy_events, toy_items
from soutui.config import Settings
from soutui.data.schema import Item
from soutui.workspace import Workspace

#: Asks until it sees the last item, and says how often, how many items it saw each time, and the longest wait.
READER = """
import sys, time
from soutui.workspace import Workspace

with Workspace.open(sys.argv[1]) as shop:
    shop.search("zonk")
    print("ready", flush=True)
    counts, longest, bundles = [], 0.0, set()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        start = time.perf_counter()
        page = shop.search("zonk", k=1000)
        longest = max(longest, time.perf_counter() - start)
        counts.append(len(page.hits))
        bundles.add(page.bundle)
        if shop.search("enough").hits:
            counts.append(len(shop.search("zonk", k=1000).hits))
            break
    print(len(counts), int(counts == sorted(counts)), counts[-1], round(longest, 3), len(bundles), flush=True)
"""


@pytest.fixture
def shop(url: str, tmp_path: Path) -> Iterator[Workspace]:
    """The toy shop, built, without a text model, its truth in this database."""
    settings = Settings.from_dict({"encoder": {"model": "none"}, "store": {"url": url}, "evaluate": {"resamples": 100}})
    with Workspace.create(tmp_path / "shop", settings) as made:
        made.load(toy_items(), toy_events())
        made.build()
        yield made


def zonk(n: int) -> Item:
    return Item(f"z{n}", f"Zonk number {n}", {"text": "a thing"}, {"price": float(n)})


def start_readers(stack: ExitStack, shop: Workspace, count: int) -> list[subprocess.Popen[str]]:
    readers = [
        stack.enter_context(
            subprocess.Popen([sys.executable, "-c", READER, str(shop.folder)], stdout=subprocess.PIPE, text=True)
        )
        for _ in range(count)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    return readers


def told_by(reader: subprocess.Popen[str]) -> tuple[int, bool, int, float, int]:
    assert reader.stdout is not None
    asked, rising, last, longest, bundles = reader.stdout.read().split()
    return int(asked), rising == "1", int(last), float(longest), int(bundles)


def test_readers_see_every_change_in_order_while_one_writes(shop: Workspace) -> None:
    with ExitStack() as stack:
        readers = start_readers(stack, shop, 2)
        shop.put(map(zonk, range(300)))
        for n in range(300, 350):
            shop.put([zonk(n)])
        shop.put([Item("end", "Enough")])
        for reader in readers:
            asked, rising, last, _, bundles = told_by(reader)
            assert asked > 1
            assert rising
            assert (last, bundles) == (350, 1)


def test_ten_thousand_items_at_once_are_all_there_for_the_next_request(shop: Workspace) -> None:
    written = shop.put(map(zonk, range(10_000)))
    assert (written.written, written.unchanged) == (10_000, 0)
    page = shop.search("zonk 9999", k=3)
    assert page.items[0] == "z9999"
    assert len(shop.search("zonk", filters={"price": {"gte": 9_900}}, k=1000).hits) == 100
    assert shop.put(map(zonk, range(10_000))).unchanged == 10_000
    shop.delete(f"z{n}" for n in range(5_000))
    assert shop.search("zonk 77", k=10_000).items.count("z77") == 0
    assert len(shop.search("zonk", k=10_000).hits) == 5_000


def test_a_build_takes_the_changes_in_while_others_ask(shop: Workspace) -> None:
    """Compaction: what was live moves into a new bundle. Readers neither wait for it nor see a step back."""
    shop.put(map(zonk, range(2_000)))
    with ExitStack() as stack:
        readers = start_readers(stack, shop, 2)
        shop.build()
        assert shop.engine().live_rows == 0
        shop.put([replace(zonk(1), title="Another zonk")])
        shop.build()
        shop.put([Item("end", "Enough")])
        for reader in readers:
            asked, rising, last, longest, bundles = told_by(reader)
            assert asked > 1
            assert rising
            assert last == 1000
            assert bundles >= 2
            # A build of this size takes about a second and is done by another process.
            assert longest < 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its writers")
def test_writers_of_several_processes_queue(shop: Workspace) -> None:
    code = (
        "import sys; from soutui.workspace import Workspace; from soutui.data.schema import Item\n"
        "with Workspace.open(sys.argv[1]) as shop:\n"
        "    for n in range(40): shop.put([Item(f'{sys.argv[2]}-{n}', f'Zonk {n}')])"
    )
    with ExitStack() as stack:
        writers = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", code, str(shop.folder), name]))
            for name in ("one", "two")
        ]
        mine = threading.Thread(target=lambda: [shop.put([zonk(n)]) for n in range(40)])
        mine.start()
        assert [writer.wait(60) for writer in writers] == [0, 0]
        mine.join()
    assert len(shop.search("zonk", k=1000).hits) == 120
    assert shop.store.check() == []


def test_a_reader_that_never_stops_does_not_hold_a_writer(shop: Workspace) -> None:
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            with shop.store.snapshot() as look:
                list(look.items())

    reader = threading.Thread(target=read)
    reader.start()
    start = time.monotonic()
    for n in range(20):
        shop.put([zonk(n)])
    spent = time.monotonic() - start
    ended.set()
    reader.join()
    assert spent < 20
    assert len(shop.search("zonk", k=100).hits) == 20
