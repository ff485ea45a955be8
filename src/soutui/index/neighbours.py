"""Neighbours of items: for every item row a short list of other rows with weights, as memory-mapped arrays.

What an item-to-item model leaves behind, whatever it was fitted with, and the two operations that serving needs.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from soutui.errors import DamagedError
from soutui.index.interactions import read_array
from soutui.types import Mask, Rows, Scores

_ARRAYS = {"indptr": np.int64, "items": np.int32, "weights": np.float32}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """``items[indptr[i]:indptr[i + 1]]`` are the neighbours of item ``i``, ascending, each once; ``weights`` alike.

    ``indptr`` (n + 1,) int64; ``items`` and ``weights`` (nnz,). Read-only; safe from any thread.
    """

    indptr: NDArray[np.int64]
    items: Rows
    weights: Scores
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @classmethod
    def of(cls, matrix: sparse.csr_matrix) -> Neighbours:
        """The neighbours in a sparse matrix (n, n): row i holds those of item i."""
        matrix.sort_indices()
        return cls(
            matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32, copy=False)
        )

    @property
    def n_items(self) -> int:
        """The number of item rows."""
        return len(self.indptr) - 1

    def __len__(self) -> int:
        return len(self.items)

    def sums(self, history: Rows, weights: Scores) -> tuple[Rows, Scores]:
        """Every row (m,), each once, with ``Σ_i weights[i] · w(history[i], row)`` (m,); in no particular order."""
        rows, parts = self._gather(history, weights)
        # Group equal rows without sorting: the last writer of a slot stands for its row. The slots keep stale
        # entries from earlier calls, which is harmless: every slot that is read was written in this call.
        slots = self._slots()
        places = np.arange(len(rows))
        slots[rows] = places
        keeper = slots[rows]
        totals = np.bincount(keeper, weights=parts, minlength=len(rows))
        kept = np.flatnonzero(keeper == places)
        return rows[kept].astype(np.int32), totals[kept].astype(np.float32)

    def sums_at(self, history: Rows, weights: Scores, rows: Rows) -> Scores:
        """``Σ_i weights[i] · w(history[i], row)`` (m,) for each of ``rows`` (m,); 0 for rows past the catalogue."""
        made = np.zeros(len(rows), np.float32)
        inside = np.flatnonzero((rows >= 0) & (rows < self.n_items))
        asked = rows[inside].astype(np.intp)
        found, parts = self._gather(history, weights)
        if not len(asked) or not len(found):
            return made
        slots = self._slots()
        slots[asked] = np.arange(len(asked))
        # A slot that nobody wrote in this call holds anything: it counts only if it leads back to its own row.
        places = slots[found]
        np.minimum(places, len(asked) - 1, out=places)
        hit = np.flatnonzero(asked[places] == found)
        totals = np.bincount(places[hit], weights=parts[hit], minlength=len(asked))
        made[inside] = totals[slots[asked]]
        return made

    def weights_to(self, item: int, rows: Rows) -> Scores:
        """The weight of each of ``rows`` (m,) as a neighbour of ``item``; 0 where it is none."""
        start, stop = int(self.indptr[item]), int(self.indptr[item + 1])
        made = np.zeros(len(rows), np.float32)
        if stop > start:
            mine = self.items[start:stop]
            places = np.minimum(np.searchsorted(mine, rows), stop - start - 1)
            hit = mine[places] == rows
            made[hit] = self.weights[start:stop][places[hit]]
        return made

    def save(self, folder: Path) -> None:
        """Write the arrays as .npy into ``folder``, which is made when missing."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Neighbours:
        """The neighbours saved in ``folder``, memory-mapped. Raises DamagedError when a file is missing or wrong."""
        parts = {name: read_array(folder / f"{name}.npy", kind) for name, kind in _ARRAYS.items()}
        count = parts["indptr"][-1] if len(parts["indptr"]) else -1
        if len(parts["items"]) != count or len(parts["weights"]) != count:
            raise DamagedError(f"{folder}: the arrays do not belong together", "build again")
        return cls(parts["indptr"], parts["items"], parts["weights"])

    def _gather(self, history: Rows, weights: Scores) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Neighbours of all history items one after the other (e,) and what each adds (e,)."""
        starts, stops = self.indptr[history].tolist(), self.indptr[history + 1].tolist()
        if not starts:
            return np.empty(0, np.intp), np.empty(0, np.float64)
        spans = [slice(start, stop) for start, stop in zip(starts, stops, strict=True)]
        # Platform integers and 64-bit floats throughout: bincount would convert anything else, at twice the time.
        rows = np.concatenate([self.items[span] for span in spans], dtype=np.intp)
        parts = np.concatenate([self.weights[span] for span in spans], dtype=np.float64)
        parts *= np.repeat(weights, [span.stop - span.start for span in spans])
        return rows, parts

    def _slots(self) -> NDArray[np.intp]:
        slots: NDArray[np.intp] | None = getattr(self._local, "slots", None)
        if slots is None:
            slots = np.zeros(self.n_items, np.intp)
            self._local.slots = slots
        return slots


def best(rows: Rows, scores: Scores, k: int, allowed: Mask | None = None) -> tuple[Rows, Scores]:
    """The ``k`` allowed rows with the largest scores above 0, best first, ties in ascending row order."""
    keep = scores > 0
    if allowed is not None:
        keep &= allowed[rows]
    rows, scores = rows[keep], scores[keep]
    if k <= 0:
        return rows[:0], scores[:0]
    if len(rows) > k:
        # Everything that ties with the k-th stays, so that the row order decides and not the partition.
        edge = np.partition(scores, len(scores) - k)[len(scores) - k]
        keep = scores >= edge
        rows, scores = rows[keep], scores[keep]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def strongest(block: Scores, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
    """The ``k`` largest |values| of each row of ``block`` (b, n): (row, column, value) of each, zeros left out."""
    rows, n = block.shape
    if k >= n:
        at, columns = np.nonzero(block)
        return at, columns, block[at, columns]
    columns = np.argpartition(np.abs(block), n - k, axis=1)[:, n - k :]
    values = np.take_along_axis(block, columns, 1)
    at = np.repeat(np.arange(rows), k)
    full = values.ravel() != 0
    return at[full], columns.ravel()[full], values.ravel()[full]
