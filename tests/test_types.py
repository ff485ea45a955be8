from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.types import Candidates, Hit, Page, Probe, Request

NAN = float("nan")


def of(source: str, scores: dict[int, float]) -> Candidates:
    return Candidates.of(source, np.array(list(scores), np.int32), np.array(list(scores.values()), np.float32))


def test_candidates_of_one_source() -> None:
    found = Candidates.of("a", [3, 1], [0.5, 0.25])  # type: ignore[arg-type]
    assert (found.rows.dtype, found.scores.dtype) == (np.int32, np.float32)
    assert found.scores.shape == (2, 1)
    assert found.sources == ("a",)
    assert len(found) == 2
    assert found.column("a").tolist() == [0.5, 0.25]
    with pytest.raises(ValueError, match="not in tuple"):
        found.column("b")


def test_no_candidates() -> None:
    assert Candidates.empty("a", "b").scores.shape == (0, 2)
    assert len(Candidates.empty()) == 0


def test_union_by_hand() -> None:
    both = Candidates.union([of("a", {5: 1.0, 2: 0.5}), of("b", {2: 9.0, 0: 8.0}), Candidates.empty("c")])
    assert both.rows.tolist() == [0, 2, 5]
    assert both.sources == ("a", "b", "c")
    np.testing.assert_array_equal(both.scores, [[NAN, 8, NAN], [0.5, 9, NAN], [1, NAN, NAN]])
    assert (both.rows.dtype, both.scores.dtype) == (np.int32, np.float32)


def test_union_of_unions_and_of_nothing() -> None:
    a, b, c = of("a", {1: 1.0}), of("b", {2: 2.0}), of("c", {1: 3.0})
    nested, flat = Candidates.union([Candidates.union([a, b]), c]), Candidates.union([a, b, c])
    assert nested.rows.tolist() == flat.rows.tolist() == [1, 2]
    np.testing.assert_array_equal(nested.scores, flat.scores)
    nothing = Candidates.union([])
    assert (len(nothing), nothing.sources, nothing.scores.shape) == (0, (), (0, 0))
    assert Candidates.union([Candidates.empty("a"), Candidates.empty("b")]).scores.shape == (0, 2)


@given(st.lists(st.dictionaries(st.integers(0, 9), st.floats(0, 1, width=32), max_size=6), max_size=4))
def test_union_keeps_every_score(parts: list[dict[int, float]]) -> None:
    names = "abcd"[: len(parts)]
    both = Candidates.union([of(name, part) for name, part in zip(names, parts, strict=True)])
    assert both.rows.tolist() == sorted({row for part in parts for row in part})
    for name, part in zip(names, parts, strict=True):
        told = dict(zip(both.rows.tolist(), both.column(name).tolist(), strict=True))
        assert {row: score for row, score in told.items() if score == score} == part


def test_take_picks_and_orders() -> None:
    both = Candidates.union([of("a", {5: 1.0, 2: 0.5}), of("b", {2: 9.0})])
    taken = both.take(np.array([1, 0]))
    assert taken.rows.tolist() == [5, 2]
    np.testing.assert_array_equal(taken.scores, [[1, NAN], [0.5, 9]])
    assert taken.sources == both.sources
    assert len(both.take(np.empty(0, np.int64))) == 0


def test_probes_start_with_nothing() -> None:
    probe = Probe()
    assert probe.history.shape == probe.history_weights.shape == (0,)
    assert (probe.history.dtype, probe.history_weights.dtype) == (np.int32, np.float32)
    assert probe.history is not Probe().history


def test_a_page_lists_its_items() -> None:
    assert Page((Hit("b", 2.0), Hit("a", 1.0))).items == ("b", "a")
    assert Page(()).items == ()


def test_requests_and_hits_are_values() -> None:
    assert Request(query="茶", history=("a",)) == Request(query="茶", history=("a",))
    assert len({Request(query="a"), Request(query="a"), Request(query="b")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Request().k = 3  # type: ignore[misc]
