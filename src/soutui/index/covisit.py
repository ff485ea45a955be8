"""Items had together: scores rows by the neighbours of what a user had, latest items counting most.

``score(j) = Σ_i decay^age(i) · ln(1 + w_i) · B[i, j]`` over the history items i, age 0 the latest, ``w_i`` its weight
and B the item-to-item weights of :mod:`soutui.index.ease` or, in a large catalogue, :mod:`soutui.index.cosine`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from soutui.errors import DamagedError, UsageError
from soutui.index.cosine import fit_cosine
from soutui.index.covisit_delta import CovisitDelta
from soutui.index.ease import Progress, fit_ease
from soutui.index.interactions import Interactions, read_array
from soutui.index.neighbours import Neighbours, best
from soutui.types import Candidates, Mask, Probe, Rows, Scores

__all__ = ["CovisitDelta", "CovisitSettings", "ItemToItem"]

_META = "covisit.json"


@dataclass(frozen=True, slots=True)
class CovisitSettings:
    """How an item-to-item model is fitted and used.

    ``method``: ease, cosine, or auto, which takes EASE up to ``ease_items`` items that at least ``least`` users had
    (the others cannot be learnt). ``neighbours`` are kept an item; users count with their ``longest`` latest items.
    ``together`` (0 to 1), ``carry`` (0 to 1) and ``regularisation`` belong to EASE, ``shrink`` to cosine. ``decay`` is
    the weight of a history item beside the next newer one.
    """

    method: Literal["auto", "ease", "cosine"] = "auto"
    neighbours: int = 200
    ease_items: int = 20_000
    least: int = 2
    longest: int = 1000
    together: float = 0.3
    carry: float = 0.8
    regularisation: float = 100.0
    shrink: float = 0.5
    decay: float = 0.8

    def settled(self, events: Interactions) -> CovisitSettings:
        """The same with ``auto`` replaced by the method that suits the size of these events."""
        if self.method != "auto":
            return self
        active = int(np.count_nonzero(events.item_counts >= self.least))
        return replace(self, method="ease" if active <= self.ease_items else "cosine")


class ItemToItem:
    """Item-to-item weights and how to use them. Read-only; safe from any thread."""

    name = "covisit"

    def __init__(self, neighbours: Neighbours, settings: CovisitSettings, counts: Rows) -> None:
        self.neighbours = neighbours
        self.settings = settings
        self.counts = counts
        """How many users wanted each item, (n,) int32."""

    @property
    def method(self) -> str:
        """What the weights were fitted with: ease, cosine, or none when there were no events."""
        return self.settings.method if len(self.neighbours) else "none"

    @property
    def n_items(self) -> int:
        """The number of item rows."""
        return self.neighbours.n_items

    @property
    def decay(self) -> float:
        """The weight of a history item beside the next newer one."""
        return self.settings.decay

    @classmethod
    def fit(
        cls,
        events: Interactions,
        settings: CovisitSettings | None = None,
        *,
        threads: int = 1,
        progress: Progress | None = None,
    ) -> ItemToItem:
        """A model of who had what. ``progress`` is called with stage, done and total.

        Raises ResourceError when memory does not allow EASE.
        """
        chosen = (settings or CovisitSettings()).settled(events)
        counts = events.item_counts
        active = np.flatnonzero(counts >= chosen.least)
        if chosen.method == "ease":
            matrix = fit_ease(
                events,
                active,
                regularisation=chosen.regularisation,
                together=chosen.together,
                carry=chosen.carry,
                neighbours=chosen.neighbours,
                longest=chosen.longest,
                threads=threads,
                progress=progress,
            )
        else:
            matrix = fit_cosine(
                events,
                active,
                shrink=chosen.shrink,
                neighbours=chosen.neighbours,
                longest=min(chosen.longest, 200),
                threads=threads,
                progress=progress,
            )
        return cls(Neighbours.of(matrix), chosen, counts.astype(np.int32))

    def with_decay(self, decay: float) -> ItemToItem:
        """The same model with another weight of older history items."""
        return ItemToItem(self.neighbours, replace(self.settings, decay=decay), self.counts)

    def retrieve(self, probe: Probe, k: int, *, exclude_history: bool = False) -> Candidates:
        """At most ``k`` allowed rows with a score above 0: neighbours of ``probe.item``, else of the history."""
        history, weights = self._anchors(probe)
        rows, scores = self.neighbours.sums(history, weights)
        if exclude_history and len(rows):
            fresh = ~np.isin(rows, probe.history if probe.item is None else probe.item)
            rows, scores = rows[fresh], scores[fresh]
        return Candidates.of(self.name, *best(rows, scores, k, _reach(probe.allowed, self.n_items)))

    def score(self, history: Rows, weights: Scores, rows: Rows) -> Scores:
        """Scores (m,) of ``rows`` (m,) for a history (h,), latest first; 0 for a row that no history item leads to."""
        return self.neighbours.sums_at(*self._strengths(history, weights), rows)

    def explain(self, history: Rows, row: int, weights: Scores | None = None) -> int | None:
        """The history row that adds most to the score of ``row``; None when none adds anything."""
        if weights is None:
            weights = np.ones(len(history), np.float32)
        known, strengths = self._strengths(history, weights)
        target = np.array([row], np.int32)
        parts = [float(self.neighbours.weights_to(item, target)[0]) for item in known.tolist()]
        shares = np.array(parts, np.float32) * strengths
        if not len(shares) or shares.max() <= 0:
            return None
        return int(known[int(shares.argmax())])

    def save(self, folder: Path) -> None:
        """Write arrays and parameters into ``folder``, which is made when missing."""
        self.neighbours.save(folder)
        np.save(folder / "counts.npy", self.counts, allow_pickle=False)
        (folder / _META).write_text(json.dumps(asdict(self.settings), indent=1), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> ItemToItem:
        """The model saved in ``folder``, memory-mapped. Raises DamagedError when a file is missing or wrong."""
        try:
            facts: Mapping[str, Any] = json.loads((folder / _META).read_text("utf-8"))
            settings = CovisitSettings(**facts)
        except (OSError, ValueError, TypeError) as error:
            raise DamagedError(f"{folder / _META}: {error}", "build again") from None
        neighbours = Neighbours.open(folder)
        counts = read_array(folder / "counts.npy", np.int32)
        if len(counts) != neighbours.n_items:
            raise DamagedError(f"{folder}: the arrays do not belong together", "build again")
        return cls(neighbours, settings, counts)

    def _anchors(self, probe: Probe) -> tuple[Rows, Scores]:
        if probe.item is None:
            return self._strengths(probe.history, probe.history_weights)
        return self._strengths(np.array([probe.item], np.int32), np.ones(1, np.float32))

    def _strengths(self, history: Rows, weights: Scores) -> tuple[Rows, Scores]:
        """Known history rows and how strongly each counts; a row past the catalogue still ages the others."""
        if len(history) != len(weights):
            raise UsageError(f"{len(history)} history rows and {len(weights)} weights came; one each is needed")
        strengths = np.log1p(np.maximum(weights, 0)) * self.settings.decay ** np.arange(len(history))
        known = (history >= 0) & (history < self.n_items) & (strengths > 0)
        return history[known], strengths[known].astype(np.float32)


def _reach(allowed: Mask | None, n: int) -> Mask | None:
    """The mask, which may be longer than the catalogue, never shorter."""
    if allowed is not None and len(allowed) < n:
        raise UsageError(f"the mask has {len(allowed)} rows; the catalogue has {n}")
    return allowed
