"""Hashes many at a time are hashes one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.data.hashes import Occurrences, digest, digests, hexes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 40), max_size=60), max_size=8))
def test_counting_many_at_once_is_counting_one_by_one(parts: list[list[int]]) -> None:
    # Keys that want the same few slots of the table.
    one, many = Occurrences(), Occurrences()
    for part in parts:
        keys = [(key % 7) + (key << 40) for key in part]
        expected = [one.next(key) for key in keys]
        assert many.count(np.array(keys, np.uint64)).tolist() == expected


def test_counting_grows() -> None:
    keys = np.random.default_rng(1).integers(1, 20_000, 60_000).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    counts, seen = Occurrences(), Counter[int]()
    for start in range(0, len(keys), 7_000):
        part = keys[start : start + 7_000]
        expected = []
        for key in part.tolist():
            expected.append(seen[key])
            seen[key] += 1
        assert counts.count(part).tolist() == expected
    assert counts.next(int(keys[0])) == seen[int(keys[0])]


def test_digests_and_hexes_agree_with_one_by_one() -> None:
    contents = [f"text {n}".encode() for n in range(100)]
    keys = digests(contents)
    assert keys.tolist() == [digest(content) for content in contents]
    assert hexes(keys) == [f"{key:016x}" for key in keys.tolist()]
    assert hexes(keys[:0]) == []
