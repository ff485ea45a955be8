"""Who had what: users by items, sparse, each user's items most recent first.

The one form in which events reach the models of items had together and of popularity. It knows rows
only; which event counts how much is decided by who makes the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from soutui.arrays import open_array
from soutui.errors import DamagedError, UsageError
from soutui.types import Rows, Scores

_ARRAYS = {"indptr": np.int64, "items": np.int32, "weights": np.float32, "times": np.float64}


@dataclass(frozen=True, slots=True)
class Interactions:
    """Items of each user, most recent first, each item once.

    ``indptr`` (u + 1,) int64 cuts the three others into users; ``items`` (nnz,) are item rows;
    ``weights`` (nnz,): above 0 liked or used, 0 only seen (a low rating), below 0 hidden; ``times`` (nnz,)
    seconds since 1970, NaN when unknown. ``n_items`` is the number of item rows, had or not.
    """

    indptr: NDArray[np.int64]
    items: Rows
    weights: Scores
    times: NDArray[np.float64]
    n_items: int

    @classmethod
    def from_events(
        cls,
        users: NDArray[np.integer[Any]],
        items: NDArray[np.integer[Any]],
        weights: NDArray[np.floating[Any]],
        recency: NDArray[np.floating[Any]],
        times: NDArray[np.floating[Any]],
        n_users: int,
        n_items: int,
    ) -> Interactions:
        """Interactions from ``e`` events, all arrays (e,).

        ``recency`` orders the events of a user, larger is later (a time, or a position); NaN is oldest; events that
        tie are taken as given, later ones later. Several events of a user with one item become one: latest place
        and time; the largest weight, except that a latest event below 0 (hidden) wins until the item is wanted again.
        Raises UsageError when the lengths differ or a row is out of range.
        """
        count = len(users)
        if not all(len(part) == count for part in (items, weights, recency, times)):
            raise UsageError("users, items, weights, recency and times must have one entry an event")
        for what, rows, size in (("user", users, n_users), ("item", items, n_items)):
            if count and (rows.min() < 0 or rows.max() >= size):
                raise UsageError(f"{what} rows must be 0 to {size - 1}; {rows.min()} to {rows.max()} came")
        users, items = np.asarray(users, np.int64), np.asarray(items, np.int64)
        weights = np.nan_to_num(np.asarray(weights, np.float32))
        clock: NDArray[np.float64] = np.asarray(times, np.float64)
        recency = np.where(np.isnan(recency), -np.inf, recency).astype(np.float64)
        # Latest first within each user: sorting the reversed events keeps later ones first among ties.
        order = np.lexsort((-recency[::-1], users[::-1]))
        order = count - 1 - order
        pairs = users[order] * max(n_items, 1) + items[order]
        # np.unique gives the first place of each pair, which is its latest event.
        _, first, group = np.unique(pairs, return_index=True, return_inverse=True)
        strongest = np.full(len(first), -np.inf, np.float32)
        np.maximum.at(strongest, group, weights[order])
        latest = weights[order[first]]
        merged = np.where(latest < 0, latest, strongest).astype(np.float32)
        place = np.argsort(first)
        kept = order[first[place]]
        indptr = np.zeros(n_users + 1, np.int64)
        np.cumsum(np.bincount(users[kept], minlength=n_users), out=indptr[1:])
        return cls(indptr, items[kept].astype(np.int32), merged[place], clock[kept], n_items)

    @property
    def n_users(self) -> int:
        """The number of user rows."""
        return len(self.indptr) - 1

    def __len__(self) -> int:
        return len(self.items)

    def history(self, user: int, k: int) -> tuple[Rows, Scores]:
        """The ``k`` latest items (h,) that this user wanted (weight above 0), latest first, and their weights (h,)."""
        start, stop = self._span(user)
        wanted = np.flatnonzero(self.weights[start:stop] > 0)[:k] + start
        return self.items[wanted], self.weights[wanted]

    def seen(self, user: int) -> Rows:
        """Every item (s,) of this user, latest first, wanted or not."""
        start, stop = self._span(user)
        return self.items[start:stop]

    def matrix(self) -> sparse.csr_matrix:
        """The weights above 0, (n_users, n_items) float32."""
        wanted = np.asarray(self.weights) > 0
        counts = np.concatenate(([0], np.cumsum(wanted)))
        shape = (self.n_users, self.n_items)
        parts = (np.asarray(self.weights)[wanted], np.asarray(self.items)[wanted], counts[self.indptr])
        return sparse.csr_matrix(parts, shape=shape)

    @property
    def item_counts(self) -> NDArray[np.int64]:
        """How many users wanted each item, (n_items,)."""
        return np.bincount(np.asarray(self.items)[np.asarray(self.weights) > 0], minlength=self.n_items)

    def save(self, folder: Path) -> None:
        """Write the arrays as .npy into ``folder``, which is made when missing."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)
        np.save(folder / "n_items.npy", np.array([self.n_items], np.int64), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> Interactions:
        """The interactions saved in ``folder``, memory-mapped. Raises DamagedError when a file is missing or wrong."""
        parts = {name: read_array(folder / f"{name}.npy", kind) for name, kind in _ARRAYS.items()}
        n_items = int(read_array(folder / "n_items.npy", np.int64)[0])
        if not len(parts["indptr"]) or any(
            len(parts[name]) != parts["indptr"][-1] for name in _ARRAYS if name != "indptr"
        ):
            raise DamagedError(f"{folder}: the arrays do not belong together", "build again")
        return cls(parts["indptr"], parts["items"], parts["weights"], parts["times"], n_items)

    def _span(self, user: int) -> tuple[int, int]:
        if not 0 <= user < self.n_users:
            raise UsageError(f"user rows are 0 to {self.n_users - 1}; {user} came")
        return int(self.indptr[user]), int(self.indptr[user + 1])


def read_array(path: Path, kind: Any) -> NDArray[Any]:
    """The .npy file at ``path``, memory-mapped. Raises DamagedError when it is missing, cut, or of another type."""
    try:
        # As a plain array: slicing the memmap class itself costs microseconds each time.
        array: NDArray[Any] = open_array(path)
    except (OSError, ValueError, EOFError) as error:
        raise DamagedError(f"{path}: {error}", "build again, or roll back to the last bundle") from None
    if array.dtype != np.dtype(kind):
        raise DamagedError(f"{path} holds {array.dtype}; {np.dtype(kind)} is expected", "build again")
    return array
