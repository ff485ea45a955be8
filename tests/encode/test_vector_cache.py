"""The vector cache: what is known is not encoded again, whatever happens to the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from soutui.encode import cache as module
from soutui.encode.cache import VectorCache, content_hash, encode_items
from soutui.errors import ResourceError, UsageError
from soutui.types import Role, Vectors


class Counting:
    """An encoder whose vector is made from the text's hash; it counts what it encodes and can fail."""

    dim = 8

    def __init__(self, fingerprint: str = "f", fail_after: int = 10**9) -> None:
        self.fingerprint = fingerprint
        self.seen: list[str] = []
        self.fail_after = fail_after

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        assert role == "item"
        if len(self.seen) + len(texts) > self.fail_after:
            raise KeyboardInterrupt
        self.seen.extend(texts)
        rows = np.array([np.frombuffer(content_hash(text), np.uint8)[:8] for text in texts], np.float32) + 1
        made: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return made


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "deep" / "vectors.db")


TEXTS = [f"item {i}" for i in range(50)]


def test_only_what_changed_is_encoded_again(cache: VectorCache) -> None:
    first = encode_items(Counting(), TEXTS, cache)
    assert (first.encoded, first.reused) == (50, 0)
    changed = [*TEXTS[:20], "new", *TEXTS[21:], "", "new", TEXTS[0]]
    encoder = Counting()
    vectors, encoded, reused = encode_items(encoder, changed, cache)
    assert (encoder.seen, encoded, reused) == (["new"], 1, 52)
    expected = Counting().encode(changed, "item")
    expected[50] = 0
    np.testing.assert_allclose(vectors, expected, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(np.delete(vectors, 50, 0), axis=1), 1, atol=1e-6)


def test_equal_texts_are_encoded_once_even_without_a_cache() -> None:
    encoder = Counting()
    vectors, encoded, reused = encode_items(encoder, ["a", "b", "a", " ", "b"])
    assert (encoder.seen, encoded, reused) == (["a", "b"], 2, 3)
    np.testing.assert_array_equal(vectors[[0, 1]], vectors[[2, 4]])
    assert not vectors[3].any()
    assert encode_items(encoder, []).vectors.shape == (0, 8)


def test_another_encoder_shares_nothing(cache: VectorCache) -> None:
    encode_items(Counting("one"), TEXTS, cache)
    assert encode_items(Counting("two"), TEXTS, cache).encoded == 50
    assert cache.prune(["two"]) == 50
    assert encode_items(Counting("two"), TEXTS, cache).encoded == 0
    assert encode_items(Counting("one"), TEXTS, cache).encoded == 50


def test_a_killed_build_goes_on_where_it_stopped(cache: VectorCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 8)
    with pytest.raises(KeyboardInterrupt):
        encode_items(Counting(fail_after=30), TEXTS, cache)
    seen: list[tuple[int, int]] = []
    again = encode_items(Counting(), TEXTS, cache, lambda done, total: seen.append((done, total)))
    assert (again.encoded, again.reused) == (26, 24)
    assert seen == [(8, 26), (16, 26), (24, 26), (26, 26)]


def test_lookups_of_many_keys_and_the_same_key_twice(cache: VectorCache) -> None:
    texts = [str(i) for i in range(2500)]
    keys = [content_hash(text) for text in texts]
    vectors = Counting().encode(texts, "item")
    cache.put_many("f", keys, vectors)
    order = np.random.default_rng(0).integers(0, 2500, 4000)
    known, found = cache.get_many("f", [keys[i] for i in order] + [b"unknown"], 8)
    assert known[:-1].all()
    assert not known[-1]
    np.testing.assert_allclose(found[:-1], vectors[order], atol=1e-3)
    assert not found[-1].any()
    known, found = cache.get_many("never seen", keys[:3], 8)
    assert not known.any()
    assert found.shape == (3, 8)


def test_rows_that_are_no_unit_vectors_count_as_unknown(cache: VectorCache) -> None:
    rows = np.zeros((4, 8), np.float32)
    rows[0, 0] = 1
    rows[1, 0] = np.nan
    rows[2, 0] = 0.5
    keys = [content_hash(str(i)) for i in range(4)]
    cache.put_many("f", keys, rows)
    assert cache.get_many("f", keys, 8)[0].tolist() == [True, False, False, False]
    assert not cache.get_many("f", keys, 9)[0].any()  # rows of another length


@pytest.mark.parametrize("harm", ["noise", "cut", "tables"])
def test_a_damaged_file_is_begun_anew(cache: VectorCache, harm: str) -> None:
    encode_items(Counting(), [str(i) for i in range(3000)], cache)
    cache.close()
    content = cache.path.read_bytes()
    if harm == "noise":
        cache.path.write_bytes(b"not a database" * 1000)
    elif harm == "cut":
        cache.path.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    else:
        import sqlite3

        with sqlite3.connect(cache.path) as connection:
            connection.execute("ALTER TABLE vector RENAME COLUMN row TO other")
        connection.close()
    assert not cache.rebuilt
    vectors, encoded, _ = encode_items(Counting(), [str(i) for i in range(3000)], cache)
    assert cache.rebuilt
    assert encoded == 3000
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert encode_items(Counting(), ["5"], cache).reused == 1


def test_several_processes_write_at_once(cache: VectorCache) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from soutui.encode.cache import VectorCache, content_hash\n"
        "row = np.eye(1, 8, dtype=np.float32)\n"
        "with VectorCache(Path(sys.argv[1])) as cache:\n"
        "    for i in range(100): cache.put_many('f', [content_hash(f'{sys.argv[2]} {i}'), content_hash('both')], "
        "np.repeat(row, 2, 0))\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(cache.path), str(i)], stderr=subprocess.PIPE)
        for i in range(3)
    ]
    assert [process.communicate(timeout=120)[1] for process in children] == [b""] * 3
    keys = [content_hash(f"{p} {i}") for p in range(3) for i in range(100)]
    assert cache.get_many("f", [*keys, content_hash("both")], 8)[0].all()


def test_wrong_use_and_wrong_places(cache: VectorCache, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="as many"):
        cache.put_many("f", [b"1"], np.zeros((2, 8), np.float32))
    cache.put_many("f", [], np.zeros((0, 8), np.float32))
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ResourceError, match=r"folder\.db"):
        VectorCache(tmp_path / "folder.db").get_many("f", [b"1"], 8)


def test_the_content_hash_takes_any_text() -> None:
    assert len({content_hash(text) for text in ("", "a", "A", "\ud800", "手机", "a ")}) == 6
    assert len(content_hash("x" * 10**6)) == 16
