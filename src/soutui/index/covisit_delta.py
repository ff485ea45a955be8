"""What was had together since the bundle: counted pairs of rows, so that a new item has neighbours at once.

``score(j) = strength · Σ_i decay^age(i) · ln(1 + w_i) · c_ij / sqrt((n_i + c_i) (n_j + c_j))`` with ``c`` the counts
since, ``n`` the users of an item in the bundle; a cosine again. ``strength`` brings it to the size of the bundle's
weights: the median over items of their strongest neighbour.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

import numpy as np

from soutui.index.neighbours import Neighbours, best
from soutui.types import Candidates, Mask, Probe, Rows, Scores


class _Model(Protocol):
    neighbours: Neighbours
    counts: Rows

    @property
    def decay(self) -> float: ...


class CovisitDelta:
    """Counts of pairs since the bundle. Bounded; not thread-safe: the engine guards it.

    At most ``max_items`` rows with at most ``max_pairs`` partners each are kept; the row longest without an event
    goes first, and of the partners the least counted.
    """

    name = "covisit"

    def __init__(self, main: _Model, max_items: int = 20_000, max_pairs: int = 100) -> None:
        self._main = main
        self._max_items = max_items
        self._max_pairs = max_pairs
        self._pairs: OrderedDict[int, dict[int, float]] = OrderedDict()
        self._events: dict[int, float] = {}
        self._strength: float | None = None

    def __len__(self) -> int:
        """Rows with at least one partner."""
        return len(self._pairs)

    def add(self, row: int, recent: Rows | list[int]) -> None:
        """A wanted item, and what the same user wanted before it, latest first; nearer ones count more."""
        self._events[row] = self._events.get(row, 0.0) + 1.0
        for place, other in enumerate(int(one) for one in recent):
            if other != row:
                share = 1.0 / (1.0 + place) ** 0.5
                self._count(row, other, share)
                self._count(other, row, share)
        while len(self._pairs) > self._max_items:
            gone, partners = self._pairs.popitem(last=False)
            self._events.pop(gone, None)
            for other in partners:
                if other in self._pairs:
                    self._pairs[other].pop(gone, None)

    def search(self, history: Rows, weights: Scores, k: int, allowed: Mask | None = None) -> tuple[Rows, Scores]:
        """The ``k`` best allowed rows (m,) for a history (h,), latest first, and scores (m,); ties by row."""
        totals = self._totals(history, weights)
        rows = np.array(list(totals), np.int32)
        scores = np.array(list(totals.values()), np.float32)
        if allowed is not None and len(rows):
            inside = rows < len(allowed)
            rows, scores = rows[inside], scores[inside]
        return best(rows, scores, k, allowed)

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """Like :meth:`search`; with ``probe.item`` the partners of that item."""
        history, weights = probe.history, probe.history_weights
        if probe.item is not None:
            history, weights = np.array([probe.item], np.int32), np.ones(1, np.float32)
        return Candidates.of(self.name, *self.search(history, weights, k, probe.allowed))

    def score(self, history: Rows, weights: Scores, rows: Rows) -> Scores:
        """Scores (m,) of ``rows`` (m,); 0 where nothing is known."""
        totals = self._totals(history, weights)
        return np.array([totals.get(row, 0.0) for row in rows.tolist()], np.float32)

    def explain(self, history: Rows, row: int) -> int | None:
        """The history row most often had together with ``row`` since the bundle; None when none was."""
        partners = self._pairs.get(row, {})
        counted = [(partners[other], -place) for place, other in enumerate(history.tolist()) if other in partners]
        return int(history[-max(counted)[1]]) if counted else None

    def _count(self, row: int, other: int, share: float) -> None:
        partners = self._pairs.setdefault(row, {})
        self._pairs.move_to_end(row)
        partners[other] = partners.get(other, 0.0) + share
        if len(partners) > self._max_pairs:
            # The pair just counted stays, otherwise a full row could never learn a new partner.
            del partners[min((one for one in partners if one != other), key=lambda one: (partners[one], one))]

    def _totals(self, history: Rows, weights: Scores) -> dict[int, float]:
        totals: dict[int, float] = {}
        if not self._pairs:
            return totals
        if self._strength is None:
            self._strength = typical_strength(self._main.neighbours)
        decay = self._main.decay
        for age, (item, weight) in enumerate(zip(history.tolist(), weights.tolist(), strict=True)):
            partners = self._pairs.get(item)
            if not partners or weight <= 0:
                continue
            push = self._strength * decay**age * float(np.log1p(weight)) / self._size(item) ** 0.5
            for other, count in partners.items():
                totals[other] = totals.get(other, 0.0) + push * count / self._size(other) ** 0.5
        return totals

    def _size(self, row: int) -> float:
        main = float(self._main.counts[row]) if row < len(self._main.counts) else 0.0
        return max(main + self._events.get(row, 0.0), 1.0)


def typical_strength(neighbours: Neighbours, sample: int = 2000) -> float:
    """The median over (at most ``sample``) items of their strongest neighbour's weight; 1 when there are none."""
    full = np.flatnonzero(np.diff(neighbours.indptr))
    if not len(full):
        return 1.0
    full = full[:: max(1, len(full) // sample)]
    tops = [float(neighbours.weights[neighbours.indptr[i] : neighbours.indptr[i + 1]].max()) for i in full.tolist()]
    middle = float(np.median(tops))
    return middle if middle > 0 else 1.0
