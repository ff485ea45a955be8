"""Popularity: decay, masks, live events, choosing the half life."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.errors import DamagedError, UsageError
from soutui.index.popular import DAY, Popular, choose_half_life
from soutui.types import Probe


def fit(rows: list[tuple[int, float, float]], half_life: float = np.inf, n: int = 5) -> Popular:
    """(item, weight, day) rows."""
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Popular.fit(table[:, 0].astype(np.int64), table[:, 1], table[:, 2] * DAY, n, half_life)


def test_half_after_a_half_life() -> None:
    made = fit([(0, 1, 0), (1, 1, 10), (2, 4, 0)], half_life=5)
    np.testing.assert_allclose(made.scores, [0.25, 1, 1, 0, 0])
    found = made.retrieve(Probe(), 10)
    assert found.rows.tolist() == [1, 2, 0]
    np.testing.assert_allclose(found.column("popular"), [1, 1, 0.25])


def test_without_times_plain_sums() -> None:
    made = fit([(3, 1, np.nan), (3, 2, np.nan), (1, 1, np.nan), (2, 0, np.nan), (0, -1, np.nan)], half_life=5)
    assert made.scores.tolist() == [0, 1, 0, 3, 0]


def test_an_event_without_a_time_counts_as_the_middle_one() -> None:
    made = fit([(0, 1, 0), (0, 1, 5), (0, 1, 10), (1, 1, np.nan)], half_life=5)
    assert made.scores[1] == pytest.approx(0.5)


def test_walks_under_the_mask() -> None:
    draw = np.random.default_rng(0)
    items = draw.integers(0, 3000, 20_000)
    made = Popular.fit(items, np.ones(20_000), np.full(20_000, np.nan), 3500)
    for share in (1.0, 0.5, 0.01, 0.0):
        allowed = draw.random(3500) < share
        rows = np.flatnonzero(allowed & (made.scores > 0))
        expected = rows[np.lexsort((rows, -made.scores[rows]))]
        for k in (0, 1, 20, 3500):
            found = made.retrieve(Probe(allowed=allowed), k)
            assert found.rows.tolist() == expected[:k].tolist()


def test_live_events_count_at_once() -> None:
    made = fit([(0, 2, 0), (1, 1, 0)])
    made.add(1, 2.0)
    made.add(7, 2.5)
    made.add(3, 0.0)
    assert made.retrieve(Probe(), 10).rows.tolist() == [1, 7, 0]
    assert made.retrieve(Probe(), 1).rows.tolist() == [1]
    assert made.score(np.array([0, 1, 7, 9], np.int32)).tolist() == [2, 3, 2.5, 0]
    assert made.retrieve(Probe(allowed=np.ones(5, np.bool_)), 10).rows.tolist() == [1, 0]
    late = fit([(0, 2, 0), (1, 1, 10)], half_life=5)
    late.add(2, 1.0, 15 * DAY)
    assert late.score(np.array([2], np.int32)).tolist() == [2]


@pytest.mark.parametrize("half_life", [7.0, np.inf])
def test_saved_and_opened(tmp_path, half_life) -> None:
    made = fit([(0, 1, 0), (2, 1, 3)], half_life)
    made.save(tmp_path / "p")
    again = Popular.open(tmp_path / "p")
    np.testing.assert_array_equal(again.scores, made.scores)
    assert (again.half_life_days, again.now) == (half_life, made.now)
    assert again.retrieve(Probe(), 5).rows.tolist() == made.retrieve(Probe(), 5).rows.tolist()
    (tmp_path / "p" / "popular.json").write_text("{}")
    with pytest.raises(DamagedError):
        Popular.open(tmp_path / "p")


def test_nothing_at_all(tmp_path) -> None:
    made = fit([], n=0)
    made.save(tmp_path)
    assert len(Popular.open(tmp_path).retrieve(Probe(), 5)) == 0


def test_the_half_life_that_fits_is_chosen() -> None:
    # Item 0 was wanted a lot long ago, item 1 a little now: people now want item 1.
    items = np.array([0] * 50 + [1] * 5)
    times = np.array([0.0] * 50 + [200.0] * 5) * DAY
    weights = np.ones(55)
    assert choose_half_life(items, weights, times, 3, {0: [1], 1: [1]}) == 30
    assert choose_half_life(items, weights, times, 3, {0: [0], 1: [0]}) == np.inf
    assert choose_half_life(items, weights, np.full(55, np.nan), 3, {0: [1]}) == np.inf
    # Who already had item 0 is no reason to prefer recent items.
    seen = {0: np.array([0], np.int32), 1: np.array([0], np.int32)}
    assert choose_half_life(items, weights, times, 3, {0: [1], 1: [1]}, seen) == np.inf


def test_wrong_half_life() -> None:
    with pytest.raises(UsageError, match="above 0"):
        fit([(0, 1, 0)], half_life=0)
