"""EASE with an eye for order: a linear item-to-item model with a closed form.

Two views of the users' histories make one least-squares problem. *Together*: every item of a user is predicted from
the user's other items (EASE, Steck 2019, https://arxiv.org/abs/1905.03375). *Next*: the item at each place is predicted
from the items before it, which count ``carry^(distance - 1)`` (the idea of SLIST, Choi et al. 2021,
https://arxiv.org/abs/2103.16104). With X (users, n) the histories, S (places, n) the decayed pasts, T (places, n) the
items that followed, and ``together`` = a::

    min_B  a |X - XB|² + (1 - a) |T - SB|² + λ |B|²   with diag(B) = 0
    A = a XᵀX + (1 - a) SᵀS + λI,   P = A⁻¹,   D = (1 - a) (SᵀT - SᵀS)
    B = PD - P · diag((1 + diag(PD)) / diag(P))   off the diagonal

With a = 1 that is EASE: ``B = -P / diag(P)``. The only large array is P, (n, n) float32, inverted in place: 4 n² bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from soutui.errors import ResourceError
from soutui.index.interactions import Interactions
from soutui.index.neighbours import strongest
from soutui.types import Scores

Progress = Callable[[str, int, int], None]

_BLOCK = 64  # rows of B at a time: their columns of P fit a cache
_PLACES = 200_000
_FAINT = 1e-3  # a past item that counts less is left out


def fit_ease(
    events: Interactions,
    active: NDArray[np.int64],
    *,
    regularisation: float,
    together: float,
    carry: float,
    neighbours: int,
    longest: int,
    threads: int = 1,
    progress: Progress | None = None,
) -> sparse.csr_matrix:
    """The item-to-item weights B, (n_items, n_items) sparse, of the ``active`` items (m,) ascending.

    Row i holds the ``neighbours`` largest |weights| of item i as part of a history. Users count with their ``longest``
    latest items. Raises ResourceError when 4 m² bytes cannot be had.
    """
    flat, user = _oldest_first(events, active, longest)
    m = len(active)
    try:
        square = np.zeros((m, m), np.float32)
    except MemoryError:
        raise ResourceError(
            f"EASE needs {4 * m * m / 1e9:.1f} GB for {m} items", "set index.item_to_item = 'cosine'"
        ) from None
    _add_gram(square, _users_by_items(flat, user, m), together)
    drift = sparse.csr_matrix((m, m), dtype=np.float32)
    if together < 1:
        for past, following in _places(flat, user, m, carry):
            _add_gram(square, past, 1 - together)
            drift = drift + (past.T @ (following - past)) * np.float32(1 - together)
    square[np.arange(m), np.arange(m)] += np.float32(regularisation)
    _report(progress, "inverting", 0, 1)
    _invert(square)
    _report(progress, "inverting", 1, 1)
    return _weights(square, drift.tocsr(), active, events.n_items, neighbours, threads, progress)


def _oldest_first(
    events: Interactions, active: NDArray[np.int64], longest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Active wanted items (e,) as places in ``active``, users one after the other, oldest first; and their users."""
    place = np.full(events.n_items, -1, np.int64)
    place[active] = np.arange(len(active))
    items = place[events.items]
    user = np.repeat(np.arange(events.n_users), np.diff(events.indptr))
    keep = (items >= 0) & (events.weights > 0)
    items, user = items[keep], user[keep]
    starts = np.searchsorted(user, user, "left")
    late = np.arange(len(user)) - starts < longest
    return items[late][::-1].copy(), user[late][::-1].copy()


def _users_by_items(flat: NDArray[np.int64], user: NDArray[np.int64], m: int) -> sparse.csr_matrix:
    _, rows = np.unique(user, return_inverse=True)
    shape = (int(rows.max()) + 1 if len(rows) else 0, m)
    return sparse.csr_matrix((np.ones(len(flat), np.float32), (rows, flat)), shape=shape)


def _places(
    flat: NDArray[np.int64], user: NDArray[np.int64], m: int, carry: float
) -> Iterator[tuple[sparse.csr_matrix, sparse.csr_matrix]]:
    """Decayed pasts and what followed, (places, m) each, a bounded number of places at a time."""
    reach = max(1, 1 + int(np.log(_FAINT) / np.log(carry))) if 0 < carry < 1 else 1 if carry <= 0 else 200
    for start in range(0, len(flat), _PLACES):
        stop = min(start + _PLACES, len(flat))
        rows, columns, values = [], [], []
        for distance in range(1, reach + 1):
            here = np.arange(max(start, distance), stop)
            here = here[user[here] == user[here - distance]]
            if not len(here):
                break
            rows.append(here - start)
            columns.append(flat[here - distance])
            values.append(np.full(len(here), carry ** (distance - 1), np.float32))
        if not rows:
            continue
        shape = (stop - start, m)
        past = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
        with_past = rows[0]
        following = sparse.csr_matrix(
            (np.ones(len(with_past), np.float32), (with_past, flat[start:stop][with_past])), shape=shape
        )
        yield past, following


def _add_gram(square: Scores, matrix: sparse.csr_matrix, share: float) -> None:
    """``square += share · matrixᵀ matrix``, some rows at a time so that the sparse product stays small."""
    if share == 0 or not matrix.nnz:
        return
    by_item = matrix.T.tocsr()
    for start in range(0, len(square), 1024):
        block = by_item[start : start + 1024]
        product = (block @ matrix).tocoo()
        square[start + product.row, product.col] += np.float32(share) * product.data


def _invert(square: Scores) -> None:
    """Invert a symmetric positive definite matrix (m, m) in place (Cholesky)."""
    if not len(square):
        return
    # The transpose is in Fortran order, so LAPACK works in place; its lower triangle is our upper one.
    factor, bad = lapack.spotrf(square.T, lower=1, overwrite_a=1)
    if bad:
        raise ResourceError(f"EASE's matrix could not be inverted (pivot {bad})", "set a larger regularisation")
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    if not np.shares_memory(inverse, square):  # pragma: no cover - LAPACK works in place on such an array
        square[:] = inverse.T
    for start in range(0, len(square), 1024):
        stop = min(start + 1024, len(square))
        square[stop:, start:stop] = square[start:stop, stop:].T
        corner = np.triu(square[start:stop, start:stop])
        square[start:stop, start:stop] = corner + np.triu(corner, 1).T


def _weights(
    inverse: Scores,
    drift: sparse.csr_matrix,
    active: NDArray[np.int64],
    n_items: int,
    neighbours: int,
    threads: int,
    progress: Progress | None,
) -> sparse.csr_matrix:
    """B from P and D, a block of rows at a time, pruned as it comes."""
    m = len(inverse)
    scale = 1 / np.diagonal(inverse)
    if drift.nnz:
        entries = drift.tocoo()
        moved = np.bincount(entries.col, entries.data * inverse[entries.col, entries.row], minlength=m)
        scale = scale * (1 + moved)
    scale = np.asarray(scale, np.float32)
    flipped = drift.T.tocsr()

    def rows(start: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Scores]:
        stop = min(start + _BLOCK, m)
        block = np.asarray(inverse[start:stop] * -scale, np.float32)
        if flipped.nnz:
            block += (flipped @ np.ascontiguousarray(inverse[:, start:stop])).T
        block[np.arange(stop - start), np.arange(start, stop)] = 0
        at, columns, values = strongest(block, neighbours)
        return at + start, columns, values

    found = []
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for done, part in enumerate(pool.map(rows, range(0, m, _BLOCK))):
            found.append(part)
            _report(progress, "neighbours", min((done + 1) * _BLOCK, m), m)
    if not found:
        return sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    at, columns, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return sparse.csr_matrix((values, (active[at], active[columns])), shape=(n_items, n_items))


def _report(progress: Progress | None, stage: str, done: int, total: int) -> None:
    if progress is not None:
        progress(stage, done, total)
