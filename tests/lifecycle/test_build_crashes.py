"""Builds that die: killed, out of disk, over a damaged bundle. What served before serves on."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shops import copy, item
from soutui.bundle import manifest
from soutui.errors import DamagedError, NotBuiltError, NotFoundError
from soutui.workspace import Workspace

#: Imports everything once; for each line of input, a child builds over and over and says when each build begins and
#: ends, so that the test can choose its moment.
_NURSERY = """
import os, signal, sys
from soutui.text.analyse import Analyser
from soutui.workspace import Workspace
Analyser().query_terms("预热")
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    if os.fork():
        continue
    with Workspace.open(line.strip()) as shop:
        print(os.getpid(), flush=True)
        while True:
            print("begin", flush=True)
            shop.build()
            print("end", flush=True)
"""

_BUILD_ONCE = """
import sys
from soutui.errors import SoutuiError
from soutui.workspace import Workspace
try:
    with Workspace.open(sys.argv[1]) as shop:
        shop.build()
except SoutuiError as error:
    print(error.code, error.message, flush=True)
    sys.exit(error.exit_code)
"""


def start(code: str, folder: Path, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, preexec_fn=before
    )


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_builds_killed_at_any_moment_leave_the_shop_whole(toy: Workspace) -> None:
    rng = random.Random(5)
    toy.put([item("k1", "Inflatable kayak")])
    length = 0.5
    nursery = subprocess.Popen(
        [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    try:
        for round_ in range(7):
            nursery.stdin.write(f"{toy.folder}\n")
            # What a killed one had still to say comes first.
            while not (line := nursery.stdout.readline()).strip().isdigit():
                assert line, "the children's parent is gone"
            pid = int(line)
            assert nursery.stdout.readline() == "begin\n"
            begun = time.monotonic()
            if round_ == 0:
                assert nursery.stdout.readline() == "end\n"
                length = time.monotonic() - begun
            time.sleep(rng.uniform(0, 1.1 * length))
            os.kill(pid, signal.SIGKILL)
            while not gone(pid):
                time.sleep(0.005)
            # Whatever `current` names is whole, and it answers, in this workspace and in one opened anew.
            current = manifest.get_current(toy.bundles)
            assert manifest.verify(current)["name"] == current.name
            assert set(toy.search("tent kayak").items) == {"k1", "a1"}
            with Workspace.open(toy.folder) as again:
                assert set(again.search("tent kayak").items) == {"k1", "a1"}
                assert again.recommend("ua00").items[0] == "a1"
    finally:
        nursery.stdin.close()
        nursery.wait(30)
        nursery.stdout.close()
    built = toy.build()
    assert not list(toy.bundles.glob(".building-*"))
    assert toy.search("kayak").bundle == built.name
    for folder in toy.bundles.iterdir():
        if folder.is_dir():
            manifest.verify(folder)


def test_a_build_whose_process_is_interrupted_cleans_up(toy: Workspace) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "figures":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toy.build(interrupt)
    assert sorted(path.name for path in toy.bundles.iterdir()) == [".lock", "000001", "current"]
    assert toy.build().name == "000002"


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))


def test_a_build_out_of_room_says_so_and_the_old_bundle_serves(toy: Workspace) -> None:
    """Files larger than a limit fail to be written, as on a full disk."""
    toy.put([item(f"n{i}", f"lamp number{i}", f"colour{i} " * 30) for i in range(400)])
    process = start(_BUILD_ONCE, toy.folder, _small_files)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 7, out
    assert out.startswith("resource")
    assert not list(toy.bundles.glob(".building-*"))
    assert toy.search("tent").bundle == "000001"
    assert toy.build().items == 410


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of a few megabytes; skips where one cannot be made."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield place  # type: ignore[misc]
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("room", [0, 60_000, 120_000])
def test_a_full_disk(still_toy: Workspace, small_disk: Path, room: int) -> None:
    with copy(still_toy.folder, small_disk / "toy") as shop:
        assert shop.search("tent").items == ("a1",)
        free = shutil.disk_usage(small_disk).free
        (small_disk / "ballast").write_bytes(b"\0" * max(0, free - room))
        process = start(_BUILD_ONCE, shop.folder)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 7, out
        assert "disk" in out or "room" in out or "space" in out
        assert not list(shop.bundles.glob(".building-*"))
        assert shop.search("tent").items == ("a1",)
        assert manifest.verify(manifest.get_current(shop.bundles))["name"] == "000001"
        (small_disk / "ballast").unlink()
        assert shop.build().name == "000002"


# -- damage ---------------------------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


@pytest.mark.parametrize("damage", ["cut", "missing", "longer"])
def test_every_damaged_file_is_named(full_folder: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(full_folder, tmp_path / "shop")
    bundle = manifest.get_current(tmp_path / "shop" / "bundles")
    for path in _files(bundle):
        contents = path.read_bytes()
        if damage == "missing":
            path.unlink()
        else:
            path.write_bytes(contents[:-1] if damage == "cut" else contents + b"\0")
        with Workspace.open(tmp_path / "shop") as shop:
            with pytest.raises(DamagedError) as raised:
                shop.engine()
            assert str(path) in raised.value.message
            assert raised.value.hint
        path.write_bytes(contents)
    with Workspace.open(tmp_path / "shop") as shop:
        assert shop.search("tent").hits


def test_changed_contents_of_the_same_size_are_found_by_verify(toy: Workspace) -> None:
    bundle = manifest.get_current(toy.bundles)
    for path in _files(bundle):
        if path.name == manifest.NAME:
            continue
        contents = path.read_bytes()
        path.write_bytes(bytes([contents[0] ^ 1]) + contents[1:])
        with pytest.raises(DamagedError) as raised:
            manifest.verify(bundle)
        assert str(path) in raised.value.message
        path.write_bytes(contents)
    manifest.verify(bundle)


def test_a_build_heals_a_damaged_bundle(toy: Workspace) -> None:
    (toy.bundles / "000001" / "fusion.json").unlink()
    with Workspace.open(toy.folder) as shop:
        with pytest.raises(DamagedError):
            shop.search("tent")
        assert shop.build().name == "000002"
        assert shop.search("tent").items == ("a1",)


def test_a_bundle_that_is_damaged_does_not_take_an_open_one_away(toy: Workspace) -> None:
    assert toy.search("tent").items == ("a1",)
    (toy.bundles / "000001" / "fusion.json").unlink()
    assert toy.search("tent").items == ("a1",)


def test_current_that_names_nothing_is_said(toy: Workspace) -> None:
    for text, error in (("000009\n", NotFoundError), ("", NotFoundError)):
        (toy.bundles / "current").write_text(text)
        with Workspace.open(toy.folder) as shop, pytest.raises(error):
            shop.search("tent")
    (toy.bundles / "current").unlink()
    with Workspace.open(toy.folder) as shop:
        with pytest.raises(NotBuiltError):
            shop.search("tent")
        assert shop.build().name == "000002"
        assert shop.search("tent").items == ("a1",)
