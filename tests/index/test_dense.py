from __future__ import annotations

import mmap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from soutui.config import IndexSettings
from soutui.index.dense import DenseDelta, DenseIndex
from soutui.types import Probe

N, DIM, K = 6000, 32, 10


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def build(folder: Path, vectors: np.ndarray, settings: IndexSettings = IndexSettings()) -> DenseIndex:  # noqa: B008
    DenseIndex.build(folder, np.asarray(vectors, np.float32), settings)
    return DenseIndex.open(folder, settings)


def stored(vectors: np.ndarray) -> np.ndarray:
    """As the index keeps them: 16-bit fixed point."""
    return (np.rint(vectors * 32_767) / 32_767).astype(np.float32)


def exact(vectors: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray | None = None) -> list[int]:
    scores = stored(vectors) @ query
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    return rows[np.lexsort((rows, -scores[rows]))][:k].tolist()


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """Clustered, as text vectors are."""
    random = np.random.default_rng(3)
    centres = random.normal(size=(60, DIM))
    return unit(centres[random.integers(0, 60, N)] + 0.6 * random.normal(size=(N, DIM)))


@pytest.fixture(scope="module")
def queries(points: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(4)
    return unit(points[random.integers(0, N, 60)] + 0.1 * random.normal(size=(60, DIM)))


@pytest.fixture(scope="module")
def graph(points: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> DenseIndex:
    folder = tmp_path_factory.mktemp("graph")
    index = build(folder, points, IndexSettings(exact_below=100))
    assert (folder / "hnsw.faiss").stat().st_size > N * DIM
    return index


@pytest.fixture
def small(tmp_path: Path) -> DenseIndex:
    """Rows 0, 1 and 3 are the first axis, 2 is the second, 4 is nothing, 5 lies between the axes."""
    vectors = np.zeros((6, 4), np.float32)
    vectors[[0, 1, 3], 0] = 1
    vectors[2, 1] = 1
    vectors[5, :2] = 0.75, 0.5
    return build(tmp_path, vectors)


X = np.array([1, 0, 0, 0], np.float32)


def test_a_small_index_is_exact(points: np.ndarray, queries: np.ndarray, tmp_path: Path) -> None:
    some = points[:500]
    index = build(tmp_path, some)
    assert not (tmp_path / "hnsw.faiss").exists()
    assert (len(index), index.dim) == (500, DIM)
    allowed = np.arange(500) % 3 == 0
    for query in queries[:20]:
        for mask in (None, allowed):
            rows, scores = index.search(query, K, mask)
            assert rows.tolist() == exact(some, query, K, mask)
            assert rows.dtype == np.int32
            assert scores.dtype == np.float32
            np.testing.assert_allclose(scores, some[rows] @ query, atol=2e-3)


def test_best_first_and_ties_by_row(small: DenseIndex) -> None:
    rows, scores = small.search(X, 6)
    assert rows.tolist() == [0, 1, 3, 5, 2, 4]
    assert scores.tolist() == pytest.approx([1, 1, 1, 0.75, 0, 0], abs=2e-5)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_a_cut_through_a_tie_keeps_the_lower_rows(small: DenseIndex, k: int) -> None:
    assert small.search(X, k)[0].tolist() == [0, 1, 3, 5, 2][:k]


def test_a_large_tie_is_cut_by_row(tmp_path: Path) -> None:
    vectors = np.zeros((1000, 4), np.float32)
    vectors[:, 0] = 1
    index = build(tmp_path, vectors)
    assert index.search(X, 7)[0].tolist() == list(range(7))
    assert index.search(X, 7, np.arange(1000) >= 500)[0].tolist() == list(range(500, 507))


def test_allowed_none_all_and_one(small: DenseIndex) -> None:
    none, every, one = np.zeros(6, np.bool_), np.ones(6, np.bool_), np.arange(6) == 5
    assert small.search(X, 3, none)[0].tolist() == []
    assert small.search(X, 3, every)[0].tolist() == [0, 1, 3]
    assert small.search(X, 3, one)[0].tolist() == [5]
    assert small.search(X, 3, one, 1)[0].tolist() == [5]


def test_any_k(small: DenseIndex) -> None:
    assert small.search(X, 100)[0].tolist() == [0, 1, 3, 5, 2, 4]
    rows, scores = small.search(X, 0)
    assert rows.shape == scores.shape == (0,)
    assert (rows.dtype, scores.dtype) == (np.int32, np.float32)


def test_zero_vectors_are_neither_near_nor_far(small: DenseIndex) -> None:
    assert small.search(-X, 6)[0].tolist() == [2, 4, 5, 0, 1, 3]
    assert small.search(np.zeros(4, np.float32), 2)[0].tolist() == [0, 1]


def test_retrieve_follows_the_probe(small: DenseIndex) -> None:
    found = small.retrieve(Probe(vector=X, allowed=np.arange(6) > 0, allowed_count=5), 2)
    assert found.sources == ("dense",)
    assert found.rows.tolist() == [1, 3]
    assert found.scores.tolist() == [[1], [1]]
    assert len(small.retrieve(Probe(text="no vector"), 5)) == 0
    assert len(small.retrieve(Probe(vector=np.zeros(4, np.float32)), 5)) == 0


def test_vectors_scores_and_mean(small: DenseIndex) -> None:
    rows = np.array([5, 0, 5], np.int32)
    assert small.vectors(rows).dtype == np.float32
    assert small.vectors(rows)[:, 0].tolist() == pytest.approx([0.75, 1, 0.75], abs=2e-5)
    assert small.score(X, rows).tolist() == pytest.approx([0.75, 1, 0.75], abs=2e-5)
    np.testing.assert_allclose(small.mean, [3.75 / 6, 1.5 / 6, 0, 0], atol=1e-6)


def test_an_empty_catalogue(tmp_path: Path) -> None:
    index = build(tmp_path, np.empty((0, 8)))
    assert (len(index), index.dim) == (0, 8)
    assert index.search(np.ones(8, np.float32), 5)[0].tolist() == []
    assert index.search(np.ones(8, np.float32), 5, np.empty(0, np.bool_))[0].tolist() == []
    assert not index.mean.any()


def test_a_graph_needs_two_items(tmp_path: Path) -> None:
    one = build(tmp_path, np.ones((1, 1)), IndexSettings(exact_below=0))
    assert one.search(np.ones(1, np.float32), 5)[0].tolist() == [0]


def test_files_are_mapped_not_read(small: DenseIndex, graph: DenseIndex) -> None:
    assert isinstance(small._vectors.base, np.memmap | mmap.mmap)
    assert isinstance(graph._vectors.base, np.memmap | mmap.mmap)
    assert not graph._vectors.flags.writeable


def recall(index: DenseIndex, points: np.ndarray, queries: np.ndarray, allowed: np.ndarray | None, k: int = K) -> float:
    found = 0
    for query in queries:
        rows, scores = index.search(query, k, allowed)
        assert len(rows) == len(set(rows.tolist())) == k
        assert (np.diff(scores) <= 0).all()
        assert allowed is None or allowed[rows].all()
        # What the graph finds is scored with the same vectors as a scan.
        np.testing.assert_allclose(scores, stored(points)[rows] @ query, atol=1e-5)
        found += len(set(rows.tolist()) & set(exact(points, query, k, allowed)))
    return found / (k * len(queries))


@pytest.mark.parametrize("share", [None, 0.01, 0.1, 0.19, 0.21, 0.5])
def test_the_graph_finds_what_a_scan_finds(
    graph: DenseIndex, points: np.ndarray, queries: np.ndarray, share: float | None
) -> None:
    allowed = None if share is None else np.random.default_rng(5).random(N) < share
    assert recall(graph, points, queries, allowed) >= 0.95


@pytest.mark.parametrize("kept", [0.8, 0.95])
def test_a_filter_that_allows_nothing_near_the_query(
    graph: DenseIndex, points: np.ndarray, queries: np.ndarray, kept: float
) -> None:
    # What a filter on another category does: most rows are left, none of them where the graph leads.
    found = []
    for query in queries[:20]:
        cosines = points @ query
        found.append(recall(graph, points, query[None], cosines < np.quantile(cosines, kept)))
    assert np.mean(found) >= 0.95


def test_deep_pages_of_the_graph(graph: DenseIndex, points: np.ndarray, queries: np.ndarray) -> None:
    assert recall(graph, points, queries[:10], None, k=500) >= 0.95
    assert len(graph.search(queries[0], N + 5)[0]) == N


def test_threads_get_the_same_answers(graph: DenseIndex, queries: np.ndarray) -> None:
    allowed = np.random.default_rng(6).random(N) < 0.3
    alone = [graph.search(query, K, allowed)[0].tolist() for query in queries]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda query: graph.search(query, K, allowed)[0].tolist(), queries))
    assert together == alone


def test_progress_ends_at_all(points: np.ndarray, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    settings = IndexSettings(exact_below=10, hnsw_links=4, hnsw_build=8)
    DenseIndex.build(tmp_path, points[:300], settings, lambda done, total: told.append((done, total)))
    assert told == [(300, 300)]


def test_delta_put_change_and_search() -> None:
    delta = DenseDelta(4)
    assert delta.search(X, 3, None)[0].tolist() == []
    assert 9 not in delta
    delta.put(9, X)
    delta.put(7, X)
    delta.put(8, -X)
    assert 9 in delta
    assert delta.search(X, 3, None)[0].tolist() == [7, 9, 8]
    delta.put(7, X / 2)
    rows, scores = delta.search(X, 2, None)
    assert (rows.tolist(), scores.tolist()) == ([9, 7], [1, 0.5])
    assert (rows.dtype, scores.dtype) == (np.int32, np.float32)
    assert delta.vector(7).tolist() == [0.5, 0, 0, 0]
    allowed = np.arange(10) < 9
    assert delta.search(X, 5, allowed)[0].tolist() == [7, 8]
    assert delta.search(X, 5, np.zeros(10, np.bool_))[0].tolist() == []
    assert delta.search(X, 0, None)[0].tolist() == []


def test_delta_grows(points: np.ndarray, queries: np.ndarray) -> None:
    delta = DenseDelta(DIM)
    for row in range(200):
        delta.put(1000 + row, points[row])
    scores = points[:200] @ queries[0]
    assert delta.search(queries[0], K, None)[0].tolist() == (1000 + np.argsort(-scores)[:K]).tolist()
    np.testing.assert_array_equal(delta.vector(1150), points[150])
