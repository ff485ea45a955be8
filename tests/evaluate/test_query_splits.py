"""Splits of queries and folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.errors import UsageError
from soutui.evaluate.queries import NEAR, _features, _near, folds, near_duplicates, split_queries

TEXTS = [
    "red shoes",
    "Shoes, RED!",
    "blue jeans",
    "blue jeans men",
    "手机壳",
    "手机 壳",
    "苹果手机充电器",
    "苹果手机充电器线",
    "x",
    "",
]


def test_near_duplicates_by_hand() -> None:
    groups = near_duplicates(TEXTS)
    assert [0, 1] in groups
    assert [6, 7] in groups  # 5 of 6 grams
    assert [2] in groups  # 8 of 12 grams: not near enough
    assert [8] in groups
    assert [9] in groups
    assert near_duplicates([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abc ", max_size=14), max_size=25))
def test_the_fast_way_finds_what_the_naive_way_finds(texts: list[str]) -> None:
    features = [_features(text) for text in texts]
    leader = list(range(len(texts)))
    for a in range(len(texts)):
        for b in range(a):
            same = bool(features[a][0]) and features[a][0] == features[b][0]
            if same or _near(features[a][1], features[b][1]):
                old, new = leader[a], leader[b]
                leader = [new if one == old else one for one in leader]
    naive = {frozenset(i for i, one in enumerate(leader) if one == group) for group in set(leader)}
    assert {frozenset(group) for group in near_duplicates(texts)} == naive
    assert NEAR == 0.7


def many(n: int) -> tuple[list[str], list[str]]:
    generator = np.random.default_rng(1)
    words = ["shoe", "jacket", "phone", "lamp", "chair", "table", "手机", "灯", "cable", "watch", "green", "tiny"]
    texts = [" ".join(generator.choice(words, 3)) for _ in range(n)]
    return [f"q{i}" for i in range(n)], texts


def test_no_near_duplicate_crosses_a_boundary() -> None:
    ids, texts = many(300)
    split = split_queries(ids, texts)
    part_of = {name: part for part in ("train", "valid", "test") for name in getattr(split, part)}
    assert sorted(part_of) == sorted(ids)
    for group in near_duplicates(texts):
        assert len({part_of[ids[member]] for member in group}) == 1
    assert split.groups == len(near_duplicates(texts))
    assert len(split.test) / 300 == pytest.approx(0.25, abs=0.06)
    assert len(split.valid) / 300 == pytest.approx(0.15, abs=0.06)
    assert split.notes == ()


def test_the_split_does_not_depend_on_the_order() -> None:
    ids, texts = many(100)
    forward, backward = split_queries(ids, texts), split_queries(ids[::-1], texts[::-1])
    assert set(forward.test) == set(backward.test)
    assert forward == split_queries(ids, texts)
    assert set(split_queries(ids, texts, seed=1).test) != set(forward.test)
    assert {frozenset(fold) for fold in folds(ids, texts)} == {
        frozenset(fold) for fold in folds(ids[::-1], texts[::-1])
    }


def test_given_parts_are_kept() -> None:
    ids = [f"q{i}" for i in range(len(TEXTS))]
    split = split_queries(ids, TEXTS, given={"q0": "test", "q6": "train", "q7": "test", "q2": ""})
    assert {"q0", "q1"} <= set(split.test)  # q1 says the same as q0
    assert "q6" in split.train
    assert "q7" in split.test
    assert "1 groups of near-duplicate queries are in several parts" in split.notes[0]
    assert len(split.train) + len(split.valid) + len(split.test) == len(ids)
    everything = split_queries(ids, TEXTS, given=dict.fromkeys(ids, "valid"))
    assert everything.valid == tuple(ids)


def test_few_queries() -> None:
    split = split_queries(["a", "b"], ["one", "other"])
    assert len(split.train) + len(split.valid) + len(split.test) == 2
    assert "cross-fit" in split.notes[-1]
    assert split_queries([], []).groups == 0


def test_folds_are_even_and_whole() -> None:
    ids, texts = many(57)
    made = folds(ids, texts, 5)
    assert sorted(name for fold in made for name in fold) == sorted(ids)
    assert max(map(len, made)) - min(map(len, made)) <= 3
    fold_of = {name: at for at, fold in enumerate(made) for name in fold}
    for group in near_duplicates(texts):
        assert len({fold_of[ids[member]] for member in group}) == 1
    assert folds(["a"], ["x"], 5) == (("a",),)
    assert folds([], []) == ()


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="2 ids"):
        split_queries(["a", "a"], ["x", "y"])
    with pytest.raises(UsageError, match="1 texts"):
        folds(["a", "b"], ["x"])
    with pytest.raises(UsageError, match="at least 2"):
        folds(["a"], ["x"], 1)
    with pytest.raises(UsageError, match="shares"):
        split_queries(["a"], ["x"], 0.5, 0.6)
