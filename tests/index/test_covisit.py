"""Items had together: EASE and cosine against naive forms, serving against a naive scorer, the live delta."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from soutui.errors import DamagedError, UsageError
from soutui.index.cosine import fit_cosine
from soutui.index.covisit import CovisitDelta, CovisitSettings, ItemToItem
from soutui.index.ease import fit_ease
from soutui.index.interactions import Interactions
from soutui.index.neighbours import Neighbours, best
from soutui.types import Probe


def log(histories: list[list[int]], n_items: int) -> Interactions:
    """Interactions from histories, oldest first."""
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    items = np.array([item for history in histories for item in history], np.int64)
    ones = np.ones(len(items))
    return Interactions.from_events(users, items, ones, np.arange(len(items)), ones, len(histories), n_items)


def random_log(seed: int, n_users: int = 60, n_items: int = 25) -> tuple[Interactions, list[list[int]]]:
    draw = np.random.default_rng(seed)
    histories = [draw.permutation(n_items)[: draw.integers(0, 12)].tolist() for _ in range(n_users)]
    return log(histories, n_items), histories


def ones(matrix: sparse.csr_matrix) -> np.ndarray:
    return (matrix.toarray() > 0).astype(np.float64)


def ease(events: Interactions, together: float, neighbours: int = 10_000, **further) -> np.ndarray:
    options = {"regularisation": 3.0, "carry": 0.6, "longest": 1000} | further
    active = np.flatnonzero(events.item_counts >= 2)
    return fit_ease(events, active, together=together, neighbours=neighbours, **options).toarray()


def test_ease_is_the_closed_form() -> None:
    events, _ = random_log(1)
    users = ones(events.matrix())
    inverse = np.linalg.inv(users.T @ users + 3.0 * np.eye(25))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(ease(events, 1.0), expected, atol=2e-5)


@pytest.mark.parametrize("together", [0.0, 0.3])
def test_ease_with_order_solves_its_least_squares(together: float) -> None:
    events, histories = random_log(2, n_items=12)
    users = ones(events.matrix())
    pasts, following = [], []
    for history in histories:
        for place in range(1, len(history)):
            past = np.zeros(12)
            for distance, item in enumerate(reversed(history[:place])):
                past[item] = 0.6**distance
            pasts.append(past)
            following.append(np.eye(12)[history[place]])
    # Column j of B by ordinary ridge regression without variable j.
    left = np.vstack([np.sqrt(together) * users, np.sqrt(1 - together) * np.array(pasts)])
    right = np.vstack([np.sqrt(together) * users, np.sqrt(1 - together) * np.array(following)])
    expected = np.zeros((12, 12))
    for j in range(12):
        others = np.delete(np.arange(12), j)
        gram = left[:, others].T @ left[:, others] + 3.0 * np.eye(11)
        expected[others, j] = np.linalg.solve(gram, left[:, others].T @ right[:, j])
    # Pasts that count less than a thousandth are left out.
    np.testing.assert_allclose(ease(events, together), expected, atol=2e-3)


def test_order_shows() -> None:
    events = log([[0, 1]] * 20 + [[2, 3], [3, 2]] * 10, 4)
    weights = ease(events, 0.3)
    assert weights[0, 1] > weights[1, 0] + 0.1
    assert weights[2, 3] == pytest.approx(weights[3, 2], abs=1e-5)


def test_ease_keeps_the_strongest_and_only_active_items() -> None:
    events, _ = random_log(3)
    full, pruned = ease(events, 0.3), ease(events, 0.3, neighbours=4)
    assert ((pruned != 0).sum(axis=1) <= 4).all()
    for row in range(25):
        kept = np.flatnonzero(pruned[row])
        np.testing.assert_allclose(pruned[row, kept], full[row, kept], atol=1e-6)
        edge = np.sort(np.abs(full[row]))[-4]
        assert (np.abs(full[row, kept]) >= edge - 1e-6).all()
    rare = log([[0, 1], [1, 0], [0, 1, 2]], 4)
    assert not ease(rare, 0.3)[2].any()
    assert not ease(rare, 0.3)[:, 2].any()


def test_ease_in_many_blocks_and_threads_equals_one() -> None:
    draw = np.random.default_rng(0)
    events = log([draw.permutation(150)[:8].tolist() for _ in range(400)], 150)
    np.testing.assert_array_equal(ease(events, 0.3), ease(events, 0.3, threads=3))


def test_cosine_against_naive() -> None:
    events, _ = random_log(4)
    users = ones(events.matrix())
    users *= (1 / np.log(np.e + users.sum(axis=1)))[:, None]
    together = users.T @ users
    sizes = np.sqrt(np.diag(together))
    expected = together / (np.outer(sizes, sizes) + 0.5)
    np.fill_diagonal(expected, 0)
    active = np.arange(25)
    made = fit_cosine(events, active, shrink=0.5, neighbours=25, longest=100)
    np.testing.assert_allclose(made.toarray(), expected, atol=1e-6)
    few = fit_cosine(events, active, shrink=0.5, neighbours=3, longest=100).toarray()
    for row in range(25):
        kept = sorted(range(25), key=lambda j, row=row: (-np.float32(expected[row, j]), j))[:3]
        assert (few[row] > 0).sum() <= 3
        np.testing.assert_allclose(few[row, kept], expected[row, kept], atol=1e-6)


def test_cosine_in_chunks_equals_whole() -> None:
    events, _ = random_log(5)
    active = np.flatnonzero(events.item_counts >= 20)
    whole = fit_cosine(events, active, shrink=0.5, neighbours=6, longest=5)
    parts = fit_cosine(events, active, shrink=0.5, neighbours=6, longest=5, chunk=4, threads=2)
    np.testing.assert_array_equal(whole.toarray(), parts.toarray())
    assert set(whole.tocoo().row) <= set(active.tolist())


def test_auto_takes_ease_while_items_are_few() -> None:
    events, _ = random_log(6)
    assert ItemToItem.fit(events).method == "ease"
    assert ItemToItem.fit(events, CovisitSettings(ease_items=5)).method == "cosine"
    assert ItemToItem.fit(log([[0], [1]], 3)).method == "none"
    assert ItemToItem.fit(log([], 0)).method == "none"


def naive(model: ItemToItem, history: np.ndarray, weights: np.ndarray) -> np.ndarray:
    dense = np.zeros((model.n_items, model.n_items))
    for i in range(model.n_items):
        span = slice(model.neighbours.indptr[i], model.neighbours.indptr[i + 1])
        dense[i, model.neighbours.items[span]] = model.neighbours.weights[span]
    scores = np.zeros(model.n_items)
    for age, (item, weight) in enumerate(zip(history, weights, strict=True)):
        if item < model.n_items:
            scores += model.settings.decay**age * np.log1p(weight) * dense[item]
    return scores


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("method", ["ease", "cosine"])
def test_retrieve_and_score_against_naive(seed: int, method) -> None:
    events, _ = random_log(seed)
    model = ItemToItem.fit(events, CovisitSettings(method=method, neighbours=8))
    draw = np.random.default_rng(seed)
    for _ in range(20):
        # Rows from 25 on belong to live items: unknown here, but they do age the others.
        history = draw.permutation(28)[: draw.integers(0, 12)].astype(np.int32)
        weights = draw.integers(0, 3, len(history)).astype(np.float32)
        allowed = draw.random(28) < 0.6
        expected = naive(model, history, weights)
        rows = np.arange(25, dtype=np.int32)
        np.testing.assert_allclose(model.score(history, weights, rows), expected, atol=1e-6)
        probe = Probe(history=history, history_weights=weights, allowed=allowed)
        found = model.retrieve(probe, 5)
        good = np.flatnonzero((expected > 1e-7) & allowed[:25])
        top = np.sort(expected[good])[::-1][:5]
        assert allowed[found.rows].all()
        assert len(set(found.rows.tolist())) == len(found)
        np.testing.assert_allclose(found.column("covisit"), top, atol=1e-6)
        np.testing.assert_allclose(expected[found.rows], top, atol=1e-6)
        fresh = model.retrieve(probe, 28, exclude_history=True)
        assert not set(fresh.rows.tolist()) & set(history.tolist())


def test_neighbours_of_one_item() -> None:
    model = ItemToItem.fit(log([[0, 1, 2]] * 5 + [[0, 1]] * 5 + [[3, 4]] * 5, 5))
    probe = Probe(item=0, history=np.array([3], np.int32), history_weights=np.ones(1, np.float32))
    assert set(model.retrieve(probe, 9).rows.tolist()) == {1, 2}
    assert len(model.retrieve(Probe(item=7), 9)) == 0
    assert len(model.retrieve(Probe(), 9)) == 0


def test_explained_by_the_item_that_adds_most() -> None:
    model = ItemToItem.fit(log([[0, 1]] * 9 + [[2, 3]] * 9, 5))
    history = np.array([4, 2, 0], np.int32)
    assert model.explain(history, 1) == 0
    assert model.explain(history, 3) == 2
    assert model.explain(history, 4) is None
    assert model.explain(np.array([9], np.int32), 1) is None


def test_saved_and_opened(tmp_path) -> None:
    events, _ = random_log(7)
    model = ItemToItem.fit(events, CovisitSettings(decay=0.5))
    model.save(tmp_path / "covisit")
    again = ItemToItem.open(tmp_path / "covisit")
    assert again.settings == model.settings
    assert (again.method, again.n_items) == (model.method, 25)
    probe = Probe(history=np.array([3, 5], np.int32), history_weights=np.ones(2, np.float32))
    assert again.retrieve(probe, 9).rows.tolist() == model.retrieve(probe, 9).rows.tolist()
    np.save(tmp_path / "covisit" / "counts.npy", np.zeros(3, np.int32))
    with pytest.raises(DamagedError, match="belong together"):
        ItemToItem.open(tmp_path / "covisit")
    (tmp_path / "covisit" / "covisit.json").write_text('{"colour": 1}')
    with pytest.raises(DamagedError, match=r"covisit\.json"):
        ItemToItem.open(tmp_path / "covisit")


def test_many_threads_at_once() -> None:
    draw = np.random.default_rng(1)
    events = log([draw.permutation(200)[:20].tolist() for _ in range(100)], 200)
    model = ItemToItem.fit(events, CovisitSettings(method="cosine"))
    probes = [Probe(history=draw.permutation(200)[:9].astype(np.int32), history_weights=np.ones(9)) for _ in range(200)]
    alone = [model.retrieve(probe, 20).rows.tolist() for probe in probes]
    with ThreadPoolExecutor(8) as pool:
        assert [found.rows.tolist() for found in pool.map(lambda probe: model.retrieve(probe, 20), probes)] == alone


def test_wrong_calls() -> None:
    model = ItemToItem.fit(log([[0, 1]] * 3, 3))
    with pytest.raises(UsageError, match="weights"):
        model.retrieve(Probe(history=np.zeros(2, np.int32)), 3)
    with pytest.raises(UsageError, match="mask"):
        model.retrieve(Probe(item=0, allowed=np.ones(2, np.bool_)), 3)


def test_best_orders_ties_by_row() -> None:
    rows = np.array([7, 3, 5, 1, 9], np.int32)
    scores = np.array([1, 1, 2, 1, 0], np.float32)
    assert best(rows, scores, 3)[0].tolist() == [5, 1, 3]
    assert best(rows, scores, 9)[0].tolist() == [5, 1, 3, 7]
    assert best(rows, scores, 0)[0].tolist() == []


def test_weights_to_reads_single_entries() -> None:
    dense = np.array([[0, 0.5, 0, 0.25], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]], np.float32)
    made = Neighbours.of(sparse.csr_matrix(dense))
    rows = np.arange(4, dtype=np.int32)
    for item in range(4):
        assert made.weights_to(item, rows).tolist() == dense[item].tolist()


def live(main_users: int = 10) -> CovisitDelta:
    return CovisitDelta(ItemToItem.fit(log([[0, 1]] * main_users + [[2, 3]] * main_users, 4)))


def test_a_new_item_has_neighbours_at_once() -> None:
    delta = live()
    history, weights = np.array([0], np.int32), np.ones(1, np.float32)
    assert len(delta.search(history, weights, 5)[0]) == 0
    delta.add(4, [0])
    rows, scores = delta.search(history, weights, 5)
    assert rows.tolist() == [4]
    assert 0 < scores[0] < 1
    assert delta.search(np.array([4], np.int32), weights, 5)[0].tolist() == [0]
    assert delta.score(history, weights, np.array([4, 1], np.int32)).tolist() == [scores[0], 0]
    assert delta.explain(np.array([2, 0], np.int32), 4) == 0
    assert delta.explain(np.array([2], np.int32), 4) is None
    allowed = np.ones(5, np.bool_)
    allowed[4] = False
    assert len(delta.search(history, weights, 5, allowed)[0]) == 0
    assert delta.retrieve(Probe(item=0), 5).rows.tolist() == [4]


def test_more_events_together_score_higher_and_a_popular_item_lower() -> None:
    delta = CovisitDelta(ItemToItem.fit(log([[0, 1]] * 10 + [[2, 3]] * 40, 4)))
    one = np.ones(1, np.float32)
    delta.add(4, [0])
    delta.add(5, [0])
    delta.add(5, [0])
    delta.add(6, [2])
    once, twice = delta.score(np.array([0], np.int32), one, np.array([4, 5], np.int32)).tolist()
    crowded = float(delta.score(np.array([2], np.int32), one, np.array([6], np.int32))[0])
    assert twice > once > crowded > 0
    # The cosine: 1 / sqrt(10 * 1) against 1 / sqrt(40 * 1), all else equal.
    assert once / crowded == pytest.approx(2.0)


def test_the_delta_is_bounded() -> None:
    delta = CovisitDelta(ItemToItem.fit(log([[0, 1]] * 3, 4)), max_items=30, max_pairs=5)
    draw = np.random.default_rng(0)
    for _ in range(500):
        one, *others = draw.permutation(200)[:6].tolist()
        delta.add(one, others)
        assert len(delta) <= 30
    rows, _ = delta.search(np.arange(200, dtype=np.int32), np.ones(200, np.float32), 500)
    assert 0 < len(rows) <= 30
