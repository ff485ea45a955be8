"""Dense retrieval: nearest item vectors by inner product of unit vectors (cosine).

Large catalogues are searched through an HNSW graph over 8-bit codes (Malkov and Yashunin 2018,
https://arxiv.org/abs/1603.09320); small catalogues and narrow filters are scanned exactly. What the graph finds is
scored again with the 16-bit vectors, so scores never depend on the path taken. All files are memory-mapped.

It does not know where vectors come from: a query's text, a user's history, another item.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from soutui.arrays import open_array
from soutui.config import IndexSettings
from soutui.types import Candidates, Mask, Probe, Rows, Scores, Vectors

_VECTORS = "vectors.npy"
_GRAPH = "hnsw.faiss"
_META = "dense.json"
_CHUNK = 16_384

# Vectors are kept as 16-bit fixed point: as fine as float16 for unit vectors (1.5e-5 a component), and numpy turns it
# into float32 four times as fast.
_SCALE = 32_767


class DenseIndex:
    """Item vectors ``(n, d)`` and a way to search them. Read-only; safe from any thread."""

    name = "dense"

    def __init__(self, vectors: NDArray[np.int16], graph: Any | None, mean: Vectors, settings: IndexSettings) -> None:
        self._vectors = vectors
        self._graph = graph
        self._settings = settings
        self._widths: dict[int, Any] = {}
        self.mean = mean
        """Mean of all item vectors ``(d,)``: ``query @ mean`` is the average cosine over the catalogue."""

    def __len__(self) -> int:
        return int(self._vectors.shape[0])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    @classmethod
    def build(
        cls,
        folder: Path,
        vectors: Vectors,
        settings: IndexSettings,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Write the index of ``vectors`` ``(n, d)``, unit or zero rows, into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        n, dim = vectors.shape
        np.save(folder / _VECTORS, np.rint(np.clip(vectors, -1, 1) * _SCALE).astype(np.int16))
        mean = vectors.mean(axis=0) if n else np.zeros(dim, np.float32)
        (folder / _META).write_text(json.dumps({"n": n, "dim": dim, "mean": [round(float(v), 7) for v in mean]}))
        if n < max(settings.exact_below, 2):
            return
        graph = faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_8bit, settings.hnsw_links, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = settings.hnsw_build
        sample = np.random.default_rng(0).permutation(n)[:50_000]
        graph.train(np.ascontiguousarray(vectors[np.sort(sample)], np.float32))
        for start in range(0, n, _CHUNK):
            graph.add(np.ascontiguousarray(vectors[start : start + _CHUNK], np.float32))
            if progress is not None:
                progress(min(start + _CHUNK, n), n)
        faiss.write_index(graph, str(folder / _GRAPH))

    @classmethod
    def open(cls, folder: Path, settings: IndexSettings) -> DenseIndex:
        """Map the files of ``folder``; nothing is read until it is needed."""
        meta = json.loads((folder / _META).read_text("utf-8"))
        vectors = open_array(folder / _VECTORS)
        graph = None
        if (folder / _GRAPH).exists():
            graph = faiss.read_index(str(folder / _GRAPH), faiss.IO_FLAG_MMAP_IFC)
        return cls(vectors, graph, np.asarray(meta["mean"], np.float32), settings)

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors ``(len(rows), d)`` of these rows, float32."""
        return np.take(self._vectors, rows, axis=0).astype(np.float32) * np.float32(1 / _SCALE)

    def score(self, vector: Vectors, rows: Rows) -> Scores:
        """Cosine ``(len(rows),)`` of the unit ``vector`` with these rows."""
        return np.take(self._vectors, rows, axis=0).astype(np.float32) @ (vector * np.float32(1 / _SCALE))

    def search(
        self, vector: Vectors, k: int, allowed: Mask | None = None, count: int | None = None
    ) -> tuple[Rows, Scores]:
        """The ``k`` allowed rows nearest to the unit ``vector`` ``(d,)``; best first, ties by row."""
        n = len(self)
        if allowed is not None and count is None:
            count = int(np.count_nonzero(allowed))
        left = n if count is None else count
        k = min(k, left)
        if k <= 0:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        if self._graph is None or left <= max(2 * k, 256):
            rows = np.arange(n, dtype=np.int32) if allowed is None else np.flatnonzero(allowed).astype(np.int32)
        else:
            rows = self._near(self._graph, vector, k, allowed, left)
        scores = self._scan(vector, rows)
        if len(rows) > k:
            # A full argsort of a scan would cost more than the scan: cut first, then order. All that tie with the
            # last stay in, so that the lower rows among them win.
            cut = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
            rows, scores = rows[cut], scores[cut]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """Candidates near ``probe.vector``; none without a vector."""
        if probe.vector is None or not probe.vector.any():
            return Candidates.empty(self.name)
        return Candidates.of(self.name, *self.search(probe.vector, k, probe.allowed, probe.allowed_count))

    def _near(self, graph: Any, vector: Vectors, k: int, allowed: Mask | None, left: int) -> Rows:
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        width = max(self._settings.hnsw_search, k)
        if allowed is None or left == len(self):
            found = graph.search(query, k, params=self._params(width))[1][0]
            return np.asarray(found[found >= 0], np.int32)
        # The bitmap must outlive the search: faiss keeps a bare pointer to it.
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
        share = left / len(self)
        if share >= self._settings.scan_share and len(self) - left > width // 2:
            # A few seen items leave enough others in reach; beyond that, what counts is how many are allowed
            # near the query: a filter on another category may allow none there.
            near = graph.search(query, width, params=self._params(width))[1][0]
            share = float(allowed[near[near >= 0]].mean())
        if share < self._settings.scan_share:
            # Graph search loses its way where few nodes are allowed (measured recall .3): scan the codes.
            codes = faiss.downcast_index(graph.storage)
            found = codes.search(query, min(max(2 * k, 64), left), params=faiss.SearchParameters(sel=selector))[1][0]
        else:
            params = faiss.SearchParametersHNSW(efSearch=width, sel=selector)
            found = graph.search(query, k, params=params)[1][0]
        return np.asarray(found[found >= 0], np.int32)

    def _params(self, width: int) -> Any:
        """Search parameters without a filter; made once per width, they are only read."""
        made = self._widths.get(width)
        if made is None:
            made = self._widths[width] = faiss.SearchParametersHNSW(efSearch=width)
        return made

    def _scan(self, vector: Vectors, rows: Rows) -> Scores:
        if len(rows) <= _CHUNK:
            if len(rows) == len(self):
                return self._vectors.astype(np.float32) @ (vector * np.float32(1 / _SCALE))
            return self.score(vector, rows)
        return np.concatenate([self.score(vector, rows[i : i + _CHUNK]) for i in range(0, len(rows), _CHUNK)])


class DenseDelta:
    """Vectors of new and changed items, scanned exactly. Not thread-safe: the engine guards it."""

    def __init__(self, dim: int) -> None:
        self._vectors: Vectors = np.zeros((64, dim), np.float32)
        self._rows: Rows = np.zeros(64, np.int32)
        self._places: dict[int, int] = {}

    def __contains__(self, row: int) -> bool:
        return row in self._places

    def put(self, row: int, vector: Vectors) -> None:
        """Set the vector ``(d,)`` of a row."""
        place = self._places.setdefault(row, len(self._places))
        if place >= len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._vectors[place], self._rows[place] = vector, row

    def vector(self, row: int) -> Vectors:
        """The vector ``(d,)`` of a row that was put."""
        return np.asarray(self._vectors[self._places[row]])

    def search(self, vector: Vectors, k: int, allowed: Mask | None) -> tuple[Rows, Scores]:
        """The ``k`` allowed rows nearest to ``vector``; ``allowed`` is indexed by row."""
        rows = self._rows[: len(self._places)]
        scores = self._vectors[: len(rows)] @ vector
        if allowed is not None:
            kept = allowed[rows]
            rows, scores = rows[kept], scores[kept]
        if 0 < 4 * k < len(rows):
            # Only those that can be among the k best are put in order; ties at the edge all stay.
            kept = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order].astype(np.float32)
