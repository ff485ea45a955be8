"""Popularity with time decay: what is wanted most, lately.

``score(j) = Σ_e w_e · 2^(-age_e / half_life)`` over the events e of item j, ages in days before ``now``; without times,
plain sums of weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soutui.errors import DamagedError, UsageError
from soutui.index.interactions import read_array
from soutui.types import Candidates, Probe, Rows, Scores

DAY = 86_400.0
HALF_LIVES = (3.0, 7.0, 30.0, 90.0, 365.0, np.inf)
_META = "popular.json"
_STEP = 256


class Popular:
    """Items by popularity. The arrays are read-only; live additions are guarded by the engine.

    ``scores`` (n,) float32 are the bundle's own; ``order`` (n,) all rows, best first, ties in ascending row order.
    """

    name = "popular"

    def __init__(self, scores: Scores, order: Rows, half_life_days: float, now: float) -> None:
        self.scores = scores
        self.order = order
        self.half_life_days = half_life_days
        self.now = now
        self._live: dict[int, float] = {}

    @classmethod
    def fit(
        cls,
        items: NDArray[np.integer[Any]],
        weights: NDArray[np.floating[Any]],
        times: NDArray[np.floating[Any]],
        n_items: int,
        half_life_days: float = np.inf,
        now: float | None = None,
    ) -> Popular:
        """Popularity from events, arrays (e,); weights up to 0 count nothing.

        ``times`` in seconds; ``now`` is the latest of them unless given. An event without a time (NaN) counts as the
        median age among those with one, or fully when none has one. Raises UsageError on a half life not above 0.
        """
        if not half_life_days > 0:
            raise UsageError(f"half_life_days must be above 0; {half_life_days} came", "use inf for no decay")
        wanted = np.asarray(weights) > 0
        items, times = np.asarray(items)[wanted], np.asarray(times, np.float64)[wanted]
        shares = np.asarray(weights, np.float64)[wanted]
        known = times[~np.isnan(times)]
        now = float(now) if now is not None else float(known.max()) if len(known) else 0.0
        if len(known) and np.isfinite(half_life_days):
            ages = np.maximum(now - np.where(np.isnan(times), np.median(known), times), 0) / DAY
            shares = shares * np.exp2(-ages / half_life_days)
        scores = np.bincount(items, shares, minlength=n_items).astype(np.float32)
        order = np.lexsort((np.arange(n_items), -scores)).astype(np.int32)
        return cls(scores, order, half_life_days, now)

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """The ``k`` most popular allowed rows with a score above 0."""
        rows, scores = self._walk(probe, k)
        if self._live:
            live = np.array(list(self._live), np.int32)
            if probe.allowed is not None:
                live = live[live < len(probe.allowed)]
                live = live[probe.allowed[live]]
            rows = np.union1d(rows, live).astype(np.int32)
            scores = self.score(rows)
            order = np.lexsort((rows, -scores))[:k]
            rows, scores = rows[order], scores[order]
        return Candidates.of(self.name, rows, scores)

    def score(self, rows: Rows) -> Scores:
        """Popularity (m,) of ``rows`` (m,), live events included."""
        made = np.zeros(len(rows), np.float32)
        main = (rows >= 0) & (rows < len(self.scores))
        made[main] = self.scores[rows[main]]
        if self._live:
            made += np.array([self._live.get(row, 0.0) for row in rows.tolist()], np.float32)
        return made

    def add(self, row: int, weight: float, time: float | None = None) -> None:
        """A live event. One after ``now`` counts more than 1 times its weight, as it will at the next build."""
        if weight > 0:
            growth = 1.0
            if time is not None and np.isfinite(self.half_life_days) and self.now > 0:
                growth = 2.0 ** min((time - self.now) / DAY / self.half_life_days, 30.0)
            self._live[row] = self._live.get(row, 0.0) + weight * growth

    def save(self, folder: Path) -> None:
        """Write scores, order and parameters into ``folder``, made when missing; live events are not saved."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "scores.npy", self.scores, allow_pickle=False)
        np.save(folder / "order.npy", self.order, allow_pickle=False)
        half_life = self.half_life_days if np.isfinite(self.half_life_days) else None
        (folder / _META).write_text(json.dumps({"half_life_days": half_life, "now": self.now}), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Popular:
        """The popularity saved in ``folder``, memory-mapped. Raises DamagedError when a file is missing or wrong."""
        try:
            facts = json.loads((folder / _META).read_text("utf-8"))
            half_life, now = facts["half_life_days"], float(facts["now"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedError(f"{folder / _META}: {error}", "build again") from None
        scores, order = read_array(folder / "scores.npy", np.float32), read_array(folder / "order.npy", np.int32)
        if len(scores) != len(order):
            raise DamagedError(f"{folder}: the arrays do not belong together", "build again")
        return cls(scores, order, np.inf if half_life is None else float(half_life), now)

    def _walk(self, probe: Probe, k: int) -> tuple[Rows, Scores]:
        """Down the order under the mask, in growing steps, until ``k`` are found or scores end."""
        allowed = probe.allowed
        found: list[Rows] = []
        count, start, step = 0, 0, max(_STEP, 2 * k)
        while count < k and start < len(self.order):
            part = np.asarray(self.order[start : start + step])
            part = part[self.scores[part] > 0]
            start, step = start + (step if len(part) else len(self.order)), step * 2
            if allowed is not None:
                part = part[allowed[part]]
            found.append(part[: k - count])
            count += len(found[-1])
        rows = np.concatenate(found) if found else np.empty(0, np.int32)
        return rows, np.asarray(self.scores[rows], np.float32)


def choose_half_life(
    items: NDArray[np.integer[Any]],
    weights: NDArray[np.floating[Any]],
    times: NDArray[np.floating[Any]],
    n_items: int,
    targets: Mapping[int, Sequence[int]],
    seen: Mapping[int, Rows] | None = None,
    k: int = 10,
    candidates: Sequence[float] = HALF_LIVES,
) -> float:
    """The half life, in days, whose popularity answers held-out ``targets`` (item rows by user row) best by NDCG@k.

    Events as in :meth:`Popular.fit`; ``seen`` (rows by user) are left out of the answers. Infinity without times or
    targets, and on a tie the longest.
    """
    if not len(targets) or np.isnan(np.asarray(times, np.float64)).all():
        return float(np.inf)
    longest = max((len(rows) for rows in seen.values()), default=0) if seen else 0
    discounts = 1 / np.log2(np.arange(2, k + 2))
    measured = []
    for half_life in sorted(candidates, reverse=True):
        order = Popular.fit(items, weights, times, n_items, half_life).order[: k + longest]
        total = 0.0
        for user, wanted in targets.items():
            rows = order
            if seen is not None and user in seen:
                rows = order[~np.isin(order, seen[user])]
            hits = np.isin(rows[:k], list(wanted))
            total += float(discounts[: len(hits)] @ hits) / float(discounts[: max(1, min(len(wanted), k))].sum())
        measured.append((total, half_life))
    top = max(total for total, _ in measured)
    return float(next(half_life for total, half_life in measured if total == top))
