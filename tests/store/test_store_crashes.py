"""Killed processes, torn logs, full disks: what was acknowledged stays, and what stays is whole."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soutui.data.schema import Event
from soutui.store import Store

# Forks one writer per line on its input. A writer records batches from three threads, and says which ones came back.
WRITERS = """
import itertools, os, sys, threading
from soutui.data.schema import Event
from soutui.store import Store

def write(store, name):
    for batch in itertools.count():
        size = 1 + (batch * 37) % 400 if name.endswith("0") else 1 + batch % 3
        store.record(Event(f"{name}-{batch}-{i}/{size}", "click", "lamp", "ann") for i in range(size))
        os.write(1, f"{name}-{batch} {size}\\n".encode())

for line in sys.stdin:
    name = line.strip()
    if child := os.fork():
        os.write(1, f"pid {child}\\n".encode())
        os.waitpid(child, 0)
        os.write(1, b"end\\n")
    else:
        store = Store.open(sys.argv[1])
        for n in range(3):
            threading.Thread(target=write, args=(store, f"{name}.{n}")).start()
        threading.Event().wait()
"""


def script(source: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def batches_of(store: Store) -> dict[str, int]:
    """How many events of each batch are there; fails on a batch that is there in part."""
    with store.snapshot() as look:
        ids = [event.id for event in store.changes(0, max_rows=10_000_000).events]
        assert look.event_columns().seq.tolist() == list(range(1, len(ids) + 1))
    found: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for identity in ids:
        name, size = identity.split("/")
        name = name.rpartition("-")[0]
        found[name] = found.get(name, 0) + 1
        sizes[name] = int(size)
    assert found == sizes
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_kill_9_loses_nothing_acknowledged(file: Path) -> None:
    Store.open(file, create=True).close()
    random_ = random.Random(3)
    acknowledged: dict[str, int] = {}
    with script(WRITERS, f"sqlite:///{file}") as writers:
        assert writers.stdin is not None
        assert writers.stdout is not None
        for turn in range(6):
            writers.stdin.write(f"w{turn}\n")
            writers.stdin.flush()
            pid = int(writers.stdout.readline().removeprefix("pid "))
            first = writers.stdout.readline().split()
            acknowledged[first[0]] = int(first[1])
            time.sleep(random_.random() * 0.15)
            os.kill(pid, signal.SIGKILL)
            while (line := writers.stdout.readline()) != "end\n":
                acknowledged[line.split()[0]] = int(line.split()[1])
        writers.stdin.close()
    assert len(acknowledged) > 6
    with Store.open(file) as store:
        assert store.check() == []
        found = batches_of(store)
        assert acknowledged.items() <= found.items()
        # Besides what was acknowledged only what each of the three threads was writing when its process died.
        assert len(found) <= len(acknowledged) + 3 * 6


def test_a_log_torn_at_any_byte_gives_a_whole_prefix(file: Path, tmp_path: Path) -> None:
    Store.open(file, create=True).close()
    wal = file.with_name(file.name + "-wal")
    ends: dict[int, int] = {0: 0}
    with Store.open(file) as store:
        for batch in range(12):
            size = 1 + batch * 5
            store.record(Event(f"{batch}-{i}/{size}", "click", "lamp", "ann") for i in range(size))
            ends[wal.stat().st_size] = batch + 1
        whole, log = file.read_bytes(), wal.read_bytes()
    random_ = random.Random(1)
    torn = tmp_path / "torn.db"
    for cut in [0, len(log), *(random_.randrange(len(log)) for _ in range(10))]:
        for left in tmp_path.glob("torn.db*"):
            left.unlink()
        torn.write_bytes(whole)
        torn.with_name("torn.db-wal").write_bytes(log[:cut])
        with Store.open(torn) as store:
            assert store.check() == []
            # Every commit whose last byte reached the disk is there, and no half of the next.
            assert len(batches_of(store)) == max(count for end, count in ends.items() if end <= cut)


# Fills the disk, frees it again and goes on. argv: folder, then "limit" (of the size of files) or "disk" (a small one).
FULL = """
import os, resource, sys
from pathlib import Path
from soutui.data.schema import Event, Item
from soutui.errors import ResourceError
from soutui.store import Store

folder, ballast = Path(sys.argv[1]), Path(sys.argv[1], "ballast")
if sys.argv[2] == "disk":
    ballast.write_bytes(bytes(1_000_000))
with Store.open(folder / "truth.db", create=True) as store:
    store.put_items([Item("lamp")])
    if sys.argv[2] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    acknowledged = 0
    try:
        while acknowledged < 10_000:
            store.record(Event(f"{acknowledged}-{i}", "click", "lamp", "ann") for i in range(200))
            acknowledged += 1
    except ResourceError as error:
        assert "truth.db" in error.message and error.hint, error
    # Still full, still answering, and an item is refused as well.
    try:
        store.put_items(Item(f"i{n}", "title " * 50) for n in range(4000))
        raise SystemExit("the disk is not full")
    except ResourceError:
        pass
    assert store.get_item("lamp") == Item("lamp")
    assert store.counts()["events"] == 200 * acknowledged, (store.counts(), acknowledged)
    assert store.check() == []
    if sys.argv[2] == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        ballast.unlink()
    assert store.record([Event("after", "click", "lamp", "ann")]).accepted == 1
with Store.open(folder / "truth.db") as store:
    assert store.check() == []
    ids = {event.id for event in store.changes(0, max_rows=10_000_000).events}
    assert ids == {"after"} | {f"{n}-{i}" for n in range(acknowledged) for i in range(200)}
    assert acknowledged > 1, acknowledged
"""


def test_a_limit_on_file_sizes_is_a_full_disk(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    subprocess.run([sys.executable, "-c", FULL, str(tmp_path), "limit"], check=True)


def test_a_full_disk_refuses_and_keeps(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    mount = f"mount -t tmpfs -o size=4m tmpfs {tmp_path}"
    if unshare is None or subprocess.run([unshare, "-rm", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    command = f'{mount} && exec "$@"'
    subprocess.run(
        [unshare, "-rm", "sh", "-c", command, "sh", sys.executable, "-c", FULL, str(tmp_path), "disk"], check=True
    )
