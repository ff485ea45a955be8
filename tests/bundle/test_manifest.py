from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from soutui.bundle import manifest
from soutui.errors import DamagedError, NotBuiltError, NotFoundError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundles" / "b1"
    (folder / "encoder").mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"0123456789")
    (folder / "encoder" / "manifest.json").write_text("{}")
    (folder / "encoder" / "empty.npy").write_bytes(b"")
    manifest.seal(folder, {"seq": 7, "name": "搜推"})
    return folder


def test_what_is_sealed_is_read(bundle: Path) -> None:
    facts = manifest.read(bundle)
    assert (facts["seq"], facts["name"], facts["format"]) == (7, "搜推", manifest.FORMAT)
    # A file named like the manifest, deeper down, is a file as any other.
    assert sorted(facts["files"]) == ["a.bin", "encoder/empty.npy", "encoder/manifest.json"]
    assert facts["files"]["a.bin"]["bytes"] == 10
    assert facts["files"]["a.bin"]["blake2b"] == manifest.file_hash(bundle / "a.bin")
    assert manifest.verify(bundle) == facts


def test_file_hash_is_of_the_contents_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * (1 << 20) + b"y")
    (tmp_path / "b").write_bytes(b"x" * (1 << 20) + b"y")
    (tmp_path / "c").write_bytes(b"x" * (1 << 20) + b"z")
    a, b, c = (manifest.file_hash(tmp_path / name) for name in "abc")
    assert a == b != c
    assert len(a) == 32


def _remove(folder: Path) -> str:
    (folder / "encoder" / "manifest.json").unlink()
    return "encoder/manifest.json"


def _truncate(folder: Path) -> str:
    (folder / "a.bin").write_bytes(b"012345678")
    return "a.bin"


def _grow(folder: Path) -> str:
    (folder / "encoder" / "empty.npy").write_bytes(b"x")
    return "empty.npy"


def _text(content: str):
    def damage(folder: Path) -> str:
        (folder / manifest.NAME).write_bytes(content.encode("latin-1"))
        return manifest.NAME

    return damage


def _no_manifest(folder: Path) -> str:
    (folder / manifest.NAME).unlink()
    return manifest.NAME


DAMAGES = {
    "missing file": _remove,
    "truncated file": _truncate,
    "longer file": _grow,
    "no manifest": _no_manifest,
    "empty manifest": _text(""),
    "half a manifest": _text('{"format": 1, "files": {"a.bin": {"by'),
    "not UTF-8": _text('{"format": 1, "files": {"\xff": 1}}'),
    "a list": _text("[]"),
    "no files": _text('{"format": 1}'),
    "files are a list": _text('{"format": 1, "files": []}'),
    "a file without facts": _text('{"format": 1, "files": {"a.bin": {}}}'),
    "a file without a hash": _text('{"format": 1, "files": {"a.bin": {"bytes": 10}}}'),
    "a file that is a number": _text('{"format": 1, "files": {"a.bin": 10}}'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_seen_at_opening_and_named(bundle: Path, damage) -> None:
    name = damage(bundle)
    for check in (manifest.read, manifest.verify):
        with pytest.raises(DamagedError, match=name) as caught:
            check(bundle)
        assert caught.value.hint


def test_a_flipped_bit_is_found_by_verify(bundle: Path) -> None:
    (bundle / "a.bin").write_bytes(b"0123456788")
    manifest.read(bundle)
    with pytest.raises(DamagedError, match=r"a\.bin"):
        manifest.verify(bundle)


@pytest.mark.parametrize("files", [{}, []])
def test_another_format_says_so(bundle: Path, files: object) -> None:
    (bundle / manifest.NAME).write_text(json.dumps({"format": 99, "files": files}))
    with pytest.raises(DamagedError, match=r"format 99.*format 1"):
        manifest.read(bundle)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=manifest.NAME):
        manifest.read(tmp_path / "nothing")


def test_current_follows_what_was_set(bundle: Path) -> None:
    bundles = bundle.parent
    (bundles / "b2").mkdir()
    manifest.set_current(bundles, "b1")
    assert manifest.get_current(bundles) == bundle
    manifest.set_current(bundles, "b2")
    assert manifest.get_current(bundles) == bundles / "b2"
    # Nothing temporary is left lying about.
    assert sorted(path.name for path in bundles.iterdir()) == ["b1", "b2", "current"]


def test_no_bundle_yet(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError) as caught:
        manifest.get_current(tmp_path)
    assert "soutui build" in caught.value.hint


@pytest.mark.parametrize("text", ["gone\n", "", "\n"])
def test_current_names_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / manifest.CURRENT).write_text(text)
    with pytest.raises(NotFoundError) as caught:
        manifest.get_current(tmp_path)
    assert not isinstance(caught.value, NotBuiltError)
    assert repr(text.strip()) in caught.value.message


def test_readers_never_see_half_of_current(tmp_path: Path) -> None:
    names = [f"bundle-{'x' * length}" for length in (1, 200)]
    for name in names:
        (tmp_path / name).mkdir()
    manifest.set_current(tmp_path, names[0])
    done = threading.Event()

    def read() -> int:
        times = 0
        while not done.is_set():
            assert manifest.get_current(tmp_path).name in names
            times += 1
        return times

    def write(name: str) -> None:
        for _ in range(40):
            manifest.set_current(tmp_path, name)

    with ThreadPoolExecutor(3) as pool:
        reader = pool.submit(read)
        writers = [pool.submit(write, name) for name in names]
        wait(writers)
        done.set()
        for writer in writers:
            writer.result()
        assert reader.result() > 0
