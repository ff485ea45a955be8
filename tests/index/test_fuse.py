from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.index.fuse import Example, Weights, _nearest, ideal_dcg, learn, normalise, reciprocal_ranks
from soutui.types import Candidates

NAN = float("nan")


def candidates(*columns: list[float], sources: tuple[str, ...] = ("a", "b", "c")) -> Candidates:
    scores = np.array(columns, np.float32).T
    return Candidates(np.arange(len(scores), dtype=np.int32), scores, sources[: len(columns)])


def ndcg(example: Example, weights: list[float], k: int) -> float:
    """Straight from the definition, in the arithmetic of the code under test."""
    fused = np.round(example.scores @ np.array(weights, np.float32), 5).tolist()
    ranked = sorted(range(len(fused)), key=lambda row: (-fused[row], row))[:k]
    gained = sum(float(example.gains[row]) / math.log2(place + 2) for place, row in enumerate(ranked))
    return gained / example.ideal


def example(columns: list[list[float]], gains: list[float], k: int = 10) -> Example:
    return Example(np.array(columns, np.float32).T, np.array(gains, np.float32), ideal_dcg(gains, k))


def test_scores_are_brought_to_one_scale() -> None:
    found = candidates([2, 4, NAN, 1], [0.5, 0.9, 0.3, NAN])
    expected = [[0, 0.5], [1, 1], [0, 0], [0, 0]]  # (2-2)/(4-2), (0.5-0.1)/(0.9-0.1), below the baseline: 0, silent: 0
    np.testing.assert_allclose(
        normalise(found, {"a": 2, "b": 0.1})[[0, 1, 3]], np.array(expected)[[0, 1, 3]], atol=1e-6
    )
    np.testing.assert_allclose(normalise(found, {"a": 2, "b": 0.1})[2], [0, 0.25], atol=1e-6)
    np.testing.assert_allclose(normalise(found, {})[:, 0], [0.5, 1, 0, 0.25])
    assert normalise(found, {}).dtype == np.float32
    assert np.isnan(found.scores).sum() == 2  # the candidates themselves are left alone


def test_a_source_below_its_baseline_or_silent_adds_nothing() -> None:
    assert normalise(candidates([1, 2], [NAN, NAN]), {"a": 3}).tolist() == [[0, 0], [0, 0]]
    assert normalise(candidates([-1, -3]), {}).tolist() == [[0], [0]]


def test_no_candidates() -> None:
    empty = Candidates.empty("a", "b")
    assert normalise(empty, {}).shape == (0, 2)
    assert reciprocal_ranks(empty).shape == (0, 2)
    assert Weights({"a": 1.0}).shares(empty, {}).shape == (0, 2)


def test_reciprocal_ranks_by_hand() -> None:
    found = candidates([5, 9, NAN, 9], [NAN, NAN, 1, NAN])
    # Column a: rows 1 and 3 tie, the lower row is first; column b: only row 2 is ranked.
    expected = [[60 / 63, 0], [60 / 61, 0], [0, 60 / 61], [60 / 62, 0]]
    np.testing.assert_allclose(reciprocal_ranks(found), expected, rtol=1e-6)


def test_shares_of_both_methods() -> None:
    found = candidates([5, 10, NAN], [3, NAN, 2])
    rrf = Weights({"a": 0.5, "b": 0.25}).shares(found, {"a": 5})
    np.testing.assert_allclose(rrf, [[30 / 62, 15 / 61], [30 / 61, 0], [0, 15 / 62]], rtol=1e-6)
    learned = Weights({"a": 0.5, "b": 0.25}, "learned").shares(found, {"a": 5})
    np.testing.assert_allclose(learned, [[0, 0.25], [0.5, 0], [0, 0.25 * 2 / 3]], rtol=1e-6)
    assert learned.dtype == rrf.dtype == np.float32
    # A source without a weight is heard by nobody.
    assert Weights({"b": 1.0}, "learned").shares(found, {})[:, 0].tolist() == [0, 0, 0]


def test_weights_survive_the_bundle() -> None:
    weights = Weights({"a": 0.5}, "learned", 3, {"a": 0.1, "fused": 0.1})
    assert Weights(**weights.as_dict()) == weights


def test_ideal_dcg_by_hand() -> None:
    assert ideal_dcg([0, 1, 3, 0, 2], 2) == pytest.approx(3 / 1 + 2 / math.log2(3))
    assert ideal_dcg([0, 1, 3, 0, 2], 10) == pytest.approx(3 / 1 + 2 / math.log2(3) + 1 / 2)
    assert ideal_dcg([0, -1], 10) == 0
    assert ideal_dcg([], 10) == 0


def test_nothing_to_learn_from_is_rrf() -> None:
    useless = Example(np.ones((2, 2), np.float32), np.zeros(2, np.float32), 0.0)
    for examples in ([], [useless]):
        weights = learn(examples, ("a", "b"))
        assert (weights.method, weights.examples) == ("rrf", 0)
        assert weights.values == {"a": 0.5, "b": 0.5}


def test_one_source() -> None:
    weights = learn([example([[1, 0.5]], [0, 1])], ("only",))
    assert weights.values == {"only": 1.0}
    assert (weights.method, weights.examples) == ("learned", 1)
    assert weights.measured["only"] == weights.measured["fused"] == pytest.approx(1 / math.log2(3), abs=1e-6)


def test_a_useless_source_gets_no_weight() -> None:
    # "good" ranks the wanted row first by a hair, "noise" puts another one far ahead.
    examples = [example([[1.0, 0.99, 0], [0, 1.0, 0.5]], [1, 0, 0])] * 5
    weights = learn(examples, ("good", "noise"))
    assert weights.values == {"good": 1.0, "noise": 0.0}
    assert weights.measured == pytest.approx({"good": 1.0, "noise": 0.5, "fused": 1.0}, abs=1e-6)


def test_planted_weights_are_found() -> None:
    # The gain goes to the row that wins under .7 a + .3 b, many times over: only weights near those rank every case.
    random = np.random.default_rng(0)
    examples = []
    for _ in range(400):
        scores = random.random((8, 2)).astype(np.float32)
        gains = np.zeros(8, np.float32)
        gains[np.argmax(scores @ np.array([0.7, 0.3], np.float32))] = 1
        examples.append(Example(scores, gains, 1.0))
    weights = learn(examples, ("a", "b"))
    assert weights.values["a"] == pytest.approx(0.7, abs=0.051)
    assert weights.measured["fused"] > 0.99 > weights.measured["a"] > weights.measured["b"]


def test_the_middle_of_a_plateau_is_taken() -> None:
    # Row 0 wins for every weight of "a" strictly between .2 and .8: both others are beaten. The middle is .5.
    examples = [example([[0.8, 1.0, 0], [0.8, 0, 1.0]], [1, 0, 0])]
    weights = learn(examples, ("a", "b"))
    assert weights.values["a"] == pytest.approx(0.5)
    assert weights.measured["fused"] == 1


def threshold(share: float, above: bool) -> Example:
    """Right when "a" weighs more than ``share`` (or less, unless ``above``)."""
    return example([[1, 0], [0, share / (1 - share)]], [1, 0] if above else [0, 1])


def test_the_best_mix_is_told_from_others_that_are_no_worse_than_one_source() -> None:
    # Right about all only between .525 and .875; everywhere else about half, as each source alone.
    weights = learn([threshold(0.525, above=True), threshold(0.875, above=False)] * 10, ("a", "b"))
    assert weights.values["a"] == pytest.approx(0.7)
    assert weights.measured["fused"] == 1
    assert weights.measured["a"] == weights.measured["b"] == pytest.approx((1 + 1 / math.log2(3)) / 2, abs=1e-6)


def test_a_difference_that_few_examples_cannot_tell_is_not_followed() -> None:
    # All agree on .2 to .8; within it three examples want more of "a" and two want less: too few to leave the middle.
    plateau = [example([[0.8, 1.0, 0], [0.8, 0, 1.0]], [1, 0, 0])] * 20
    split = [threshold(0.525, above=True)] * 3 + [threshold(0.525, above=False)] * 2
    assert learn(plateau + split, ("a", "b")).values["a"] == pytest.approx(0.5, abs=0.051)
    # A hundred times as many examples, as split, can tell.
    assert learn(plateau * 100 + split * 100, ("a", "b")).values["a"] == pytest.approx(0.65, abs=0.051)


SCORE = st.sampled_from([0.0, 0.0, 0.25, 0.5, 0.75, 1.0])


@st.composite
def learnable(draw: st.DrawFn) -> tuple[list[Example], int]:
    sources = draw(st.integers(1, 5))
    examples = []
    for _ in range(draw(st.integers(1, 4))):
        n = draw(st.integers(0, 6))
        scores = np.array(draw(st.lists(st.lists(SCORE, min_size=sources, max_size=sources), min_size=n, max_size=n)))
        gains = draw(st.lists(st.sampled_from([0, 0, 1, 2]), min_size=n, max_size=n))
        missed = draw(st.sampled_from([[], [1], [2, 1]]))  # judged, but no source found it
        examples.append(
            Example(
                scores.reshape(n, sources).astype(np.float32), np.array(gains, np.float32), ideal_dcg(gains + missed, 3)
            )
        )
    return examples, sources


@settings(max_examples=60, deadline=None)
@given(learnable())
def test_never_below_the_best_single_source(case: tuple[list[Example], int]) -> None:
    examples, count = case
    names = tuple("abcde"[:count])
    weights = learn(examples, names, k=3)
    usable = [e for e in examples if e.ideal > 0]
    assert weights.examples == len(usable)
    assert sum(weights.values.values()) == pytest.approx(1)
    if not usable:
        return

    def mean(values: list[float]) -> float:
        return float(np.mean([ndcg(e, values, 3) for e in usable]))

    singles = {name: mean([float(name == other) for other in names]) for name in names}
    for name in names:
        assert weights.measured[name] == pytest.approx(singles[name], abs=2e-6)
    assert weights.measured["fused"] >= max(singles.values()) - 2e-6
    assert mean([weights.values[name] for name in names]) >= max(singles.values()) - 2e-6


def test_of_two_points_as_near_the_better_one_is_taken() -> None:
    grid = np.array([[0.1, 0.9], [0.15, 0.85], [0.2, 0.8], [0.25, 0.75]], np.float32)
    near = np.array([1, 3])  # the centre, .2, is itself clearly worse than the best
    centre = grid[near].mean(axis=0)
    assert _nearest(grid, np.array([0.1, 0.64, 0.5, 0.65]), near, centre) == 3
    assert _nearest(grid, np.array([0.1, 0.65, 0.5, 0.64]), near, centre) == 1
