"""Who had what: order, merging, saving."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.errors import DamagedError, UsageError
from soutui.index.interactions import Interactions


def events(rows: list[tuple[int, int, float, float]], n_users: int = 3, n_items: int = 5) -> Interactions:
    """(user, item, weight, recency) rows; the recency is the time too."""
    table = np.array(rows, np.float64).reshape(-1, 4)
    users, items = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    return Interactions.from_events(users, items, table[:, 2], table[:, 3], table[:, 3], n_users, n_items)


def test_most_recent_first_each_item_once() -> None:
    made = events([(0, 1, 1, 10), (0, 2, 1, 30), (1, 4, 2, 5), (0, 1, 3, 40), (0, 3, 1, 20)])
    assert made.items.tolist() == [1, 2, 3, 4]
    assert made.indptr.tolist() == [0, 3, 4, 4]
    assert made.weights.tolist() == [3, 1, 1, 2]
    assert made.times.tolist() == [40, 30, 20, 5]
    assert made.items.dtype == np.int32
    assert made.weights.dtype == np.float32
    assert made.times.dtype == np.float64


def test_largest_weight_counts_but_a_last_hide_wins() -> None:
    made = events([(0, 1, 3, 1), (0, 1, 1, 2), (1, 1, 3, 1), (1, 1, -1, 2), (2, 1, -1, 1), (2, 1, 1, 2)])
    assert made.weights.tolist() == [3, -1, 1]
    assert made.history(1, 5)[0].tolist() == []
    assert made.seen(1).tolist() == [1]


def test_ties_keep_the_given_order_later_is_newer() -> None:
    made = events([(0, 3, 1, 0), (0, 1, 1, 0), (0, 2, 1, 0)])
    assert made.history(0, 9)[0].tolist() == [2, 1, 3]


def test_unknown_recency_is_oldest() -> None:
    made = events([(0, 3, 1, np.nan), (0, 1, 1, 7)])
    assert made.history(0, 9)[0].tolist() == [1, 3]
    assert np.isnan(made.times[1])


def test_history_has_wanted_items_only_and_at_most_k() -> None:
    made = events([(0, 0, 1, 1), (0, 1, 0, 2), (0, 2, -1, 3), (0, 3, 2, 4), (0, 4, 1, 5)])
    rows, weights = made.history(0, 2)
    assert rows.tolist() == [4, 3]
    assert weights.tolist() == [1, 2]
    assert made.seen(0).tolist() == [4, 3, 2, 1, 0]
    assert made.item_counts.tolist() == [1, 0, 0, 1, 1]
    assert made.matrix().toarray().tolist() == [[1, 0, 0, 2, 1], [0] * 5, [0] * 5]


def test_against_a_plain_loop() -> None:
    draw = np.random.default_rng(3)
    users, items = draw.integers(0, 20, 2000), draw.integers(0, 30, 2000)
    weights, recency = draw.integers(0, 4, 2000).astype(float), draw.integers(0, 50, 2000).astype(float)
    made = Interactions.from_events(users, items, weights, recency, recency, 20, 30)
    for user in range(20):
        mine = [e for e in np.lexsort((np.arange(2000), recency)) if users[e] == user][::-1]
        rows = list(dict.fromkeys(int(items[e]) for e in mine))
        assert made.seen(user).tolist() == rows
        span = slice(made.indptr[user], made.indptr[user + 1])
        assert made.weights[span].tolist() == [max(weights[e] for e in mine if items[e] == row) for row in rows]


@pytest.mark.parametrize("empty", [False, True])
def test_saved_and_opened(tmp_path, empty) -> None:
    made = events([] if empty else [(0, 1, 1, 1), (2, 4, 0, np.nan)])
    made.save(tmp_path / "a" / "b")
    again = Interactions.open(tmp_path / "a" / "b")
    for name in ("indptr", "items", "weights", "times"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))
    assert (again.n_users, again.n_items, len(again)) == (3, 5, len(made))


def test_damage_is_said(tmp_path) -> None:
    events([(0, 1, 1, 1)]).save(tmp_path)
    (tmp_path / "items.npy").write_bytes(b"no array")
    with pytest.raises(DamagedError, match=r"items\.npy"):
        Interactions.open(tmp_path)
    (tmp_path / "items.npy").unlink()
    with pytest.raises(DamagedError):
        Interactions.open(tmp_path)
    np.save(tmp_path / "items.npy", np.zeros(3, np.int32))
    with pytest.raises(DamagedError, match="belong together"):
        Interactions.open(tmp_path)
    np.save(tmp_path / "items.npy", np.zeros(1, np.int64))
    with pytest.raises(DamagedError, match="int64"):
        Interactions.open(tmp_path)


def test_wrong_calls() -> None:
    one = np.zeros(1)
    with pytest.raises(UsageError, match="item rows"):
        events([(0, 5, 1, 1)])
    with pytest.raises(UsageError, match="user rows"):
        events([(3, 0, 1, 1)])
    with pytest.raises(UsageError, match="one entry"):
        Interactions.from_events(np.zeros(2, int), np.zeros(1, int), one, one, one, 1, 1)
    with pytest.raises(UsageError, match="user rows"):
        events([(0, 1, 1, 1)]).history(3, 1)
