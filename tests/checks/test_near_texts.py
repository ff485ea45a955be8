"""Near texts: the fast way against the naive one."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from soutui.checks.near import find_near


def naive(texts: list[str], least: float, shingle: int) -> dict[tuple[int, int], float]:
    pieces = [{text[at : at + shingle] for at in range(len(text) - shingle + 1)} for text in texts]
    made = {}
    for (i, one), (j, other) in itertools.combinations(enumerate(pieces), 2):
        if one and other and (alike := len(one & other) / len(one | other)) >= least:
            made[i, j] = alike
    return made


def test_finds_what_the_naive_way_finds() -> None:
    draw = np.random.default_rng(4)
    letters = list("abcdefgh 保温杯")
    texts = ["".join(draw.choice(letters, 120)) for _ in range(80)]
    for place in range(40):  # copies with a few letters changed
        copy = list(texts[place])
        for at in draw.integers(0, 120, place // 8):
            copy[at] = "z"
        texts.append("".join(copy))
    wanted = naive(texts, 0.8, 4)
    near = find_near(texts, 0.8, 4)
    got = {(i, j): alike for i, j, alike in zip(near.left.tolist(), near.right.tolist(), near.similarity, strict=True)}
    assert len(wanted) > 20
    assert set(got) <= set(wanted)
    assert len(got) >= 0.97 * len(wanted)  # the bands may miss one pair in a thousand at .85
    assert all(abs(wanted[pair] - alike) < 1e-12 for pair, alike in got.items())
    assert np.all(np.diff(near.similarity) <= 0)


def test_a_crowd_is_one_group() -> None:
    near = find_near(
        [f"the same notice again and again and again for number {i}" for i in range(300)] + ["else entirely"], 0.7
    )
    assert len(np.unique(near.groups[:300])) == 1
    assert near.groups[300] != near.groups[0]


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_texts(texts: list[str]) -> None:
    near = find_near(texts, 0.9, 3)
    assert len(near.groups) == len(texts)
    assert np.all(near.left < near.right)
    wanted = naive(texts, 0.9, 3)
    for i, j in zip(near.left.tolist(), near.right.tolist(), strict=True):
        assert (i, j) in wanted
