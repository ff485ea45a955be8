"""Item-to-item weights by cosine: what the users of one item also had, for catalogues too large for EASE.

Each user is a vector of items with weights ``x_ui = 1 / ln(e + |items of u|)``: someone who had everything says little
about what goes together. With ``c = XᵀX`` the weight is the cosine, shrunk where few users stand behind it::

    w_ij = c_ij / (sqrt(c_ii c_jj) + shrink)

(Sarwar et al. 2001; shrinkage as in Bell and Koren 2007). The product is made for some items at a time, so memory does
not grow with the square of the catalogue.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from soutui.index.ease import Progress
from soutui.index.interactions import Interactions
from soutui.types import Scores

_PRODUCTS = 20_000_000  # multiplications a chunk: at most about 250 MB of sparse result


def fit_cosine(
    events: Interactions,
    active: NDArray[np.int64],
    *,
    shrink: float,
    neighbours: int,
    longest: int,
    threads: int = 1,
    chunk: int = 0,
    progress: Progress | None = None,
) -> sparse.csr_matrix:
    """The weights w, (n_items, n_items) sparse, of the ``active`` items (m,); row i: the ``neighbours`` largest.

    Users count with their ``longest`` latest items. ``chunk`` items at a time; 0: by the work they make.
    """
    matrix = _recent(events, active, longest)
    lengths = np.diff(matrix.indptr)
    matrix.data = np.repeat(1 / np.log(np.e + lengths), lengths).astype(np.float32)
    by_item = matrix.T.tocsr()
    norms = np.sqrt(np.asarray(by_item.multiply(by_item).sum(axis=1)).ravel())
    norms = np.maximum(norms, np.finfo(np.float32).tiny)
    work = np.asarray((by_item != 0) @ lengths).ravel()
    edges = np.append(active[::chunk], events.n_items) if chunk else _cut(work)

    def rows(place: int) -> tuple[NDArray[np.int64], NDArray[np.int32], Scores]:
        start, stop = int(edges[place]), int(edges[place + 1])
        product = (by_item[start:stop] @ matrix).tocsr()
        at = np.repeat(np.arange(start, stop), np.diff(product.indptr))
        columns = product.indices
        values = (product.data / (norms[at] * norms[columns] + shrink)).astype(np.float32)
        values[at == columns] = 0
        kept = np.flatnonzero(_first(product.indptr, columns, values, neighbours))
        return at[kept], columns[kept], values[kept]

    found = []
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for done, part in enumerate(pool.map(rows, range(len(edges) - 1))):
            found.append(part)
            if progress is not None:
                progress("neighbours", int(edges[done + 1]), events.n_items)
    if not found:
        return sparse.csr_matrix((events.n_items, events.n_items), dtype=np.float32)
    at, columns, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return sparse.csr_matrix((values, (at, columns)), shape=(events.n_items, events.n_items))


def _first(indptr: NDArray[np.integer[Any]], columns: NDArray[np.int32], values: Scores, k: int) -> NDArray[np.bool_]:
    """Which entries (nnz,) are among the ``k`` largest above 0 of their row, ties by column."""
    kept: NDArray[np.bool_] = values > 0
    for row in np.flatnonzero(np.diff(indptr) > k).tolist():
        span = slice(int(indptr[row]), int(indptr[row + 1]))
        mine = values[span]
        edge = np.partition(mine, len(mine) - k)[len(mine) - k]
        above = mine > edge
        level = np.flatnonzero(mine == edge)
        above[level[np.argsort(columns[span][level])[: k - int(above.sum())]]] = True
        kept[span] &= above
    return kept


def _recent(events: Interactions, active: NDArray[np.int64], longest: int) -> sparse.csr_matrix:
    """Users by items, ones, of active items only and at most ``longest`` a user."""
    matrix = events.matrix()
    wanted = np.zeros(events.n_items, np.bool_)
    wanted[active] = True
    keep = wanted[matrix.indices]
    keep &= np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], np.diff(matrix.indptr)) < longest
    indptr = np.concatenate(([0], np.cumsum(keep)))[matrix.indptr]
    items = matrix.indices[keep]
    return sparse.csr_matrix((np.ones(len(items), np.float32), items, indptr), shape=matrix.shape)


def _cut(work: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Edges of chunks of items with about equal work."""
    total = np.cumsum(work)
    if not len(total) or total[-1] == 0:
        return np.array([0, len(work)] if len(work) else [0], np.int64)
    cuts = np.searchsorted(total, np.arange(_PRODUCTS, total[-1], _PRODUCTS)) + 1
    return np.unique(np.concatenate(([0], cuts, [len(work)]))).astype(np.int64)
