"""Several processes on one database."""

from __future__ import annotations

import subprocess
import sys

from soutui.store import Store

# argv: address, name. Opens it (making it if need be), says so, waits for a line, writes, and says what was accepted.
WRITER = """
import sys
from soutui.data.schema import Event, Item
from soutui.store import Store

url, name = sys.argv[1:]
with Store.open(url, create=True) as store:
    print("open", flush=True)
    sys.stdin.readline()
    accepted = written = 0
    for i in range(30):
        events = [Event(f"{name}-{i}", "click", "a", "u"), Event(f"shared-{i}", "click", "a", "u")]
        accepted += store.record(events).accepted
        written += store.put_items([Item(f"item-{i % 10}", f"{i}"), Item(f"{name}-{i}")]).written
    print(accepted, written, store.latest(), flush=True)
"""


def test_processes_write_side_by_side(url: str) -> None:
    # All three find no tables and make them: one does, the others wait and find the work done.
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in "xyz"
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
    with Store.open(url) as store:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        items: dict[str, str] = {}
        events: list[str] = []
        since = 0
        while True:
            ended = all(process.poll() is not None for process in processes)
            page = store.changes(since)
            items.update({item.id: item.title for item in page.items})
            events += [event.id for event in page.events]
            assert page.seq >= since
            since = page.seq
            if ended:
                break
        said = [process.communicate()[0].split() for process in processes]
        assert sum(int(accepted) for accepted, _, _ in said) == len(events) == len(set(events)) == 4 * 30
        assert store.latest() == since == sum(int(accepted) + int(written) for accepted, written, _ in said)
        assert len(items) == 10 + 3 * 30
        with store.snapshot() as look:
            assert {item.id: item.title for item in look.items()} == items
        assert store.check() == []
