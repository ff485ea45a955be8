"""Fusion: one score from the scores of several sources.

Learned: a convex combination of normalised scores, ``score(x) = Σ_s w_s · norm_s(x)``, the weights chosen on held-out
queries or users by mean nDCG@10 over a grid of the simplex (Bruch et al. 2023, https://arxiv.org/abs/2210.11934).
Its corners are the single sources, so the result is never below the best of them on that data. With nothing to learn
from: reciprocal rank fusion, ``Σ_s 1 / (60 + rank_s(x))`` (Cormack et al. 2009).

A source that is silent on a row adds nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soutui.types import Candidates, Scores

RRF_K = 60
_STEP = 20  # grid: weights are multiples of 1/20


def normalise(candidates: Candidates, baselines: Mapping[str, float]) -> Scores:
    """Scores ``(n, s)`` brought to 0..1 by column: ``(score - baseline) / (max - baseline)``; silent and below: 0.

    ``baselines`` gives, by source, the score of an average item for this request; 0 where it is not named.
    """
    floor: Scores = np.array([baselines.get(name, 0.0) for name in candidates.sources], np.float32)
    # fmax takes the number where the other side is NaN: silent becomes 0 together with what lies below.
    shifted: Scores = np.fmax(candidates.scores - floor, np.float32(0))
    if not len(candidates):
        return shifted
    top = shifted.max(axis=0)
    top[top <= 0] = 1.0
    return np.asarray(shifted / top, np.float32)


def reciprocal_ranks(candidates: Candidates) -> Scores:
    """``(n, s)``: ``1 / (60 + rank)`` by column, times 60 so that a first place is about 1; silent: 0."""
    shares = np.zeros_like(candidates.scores)
    for column in range(shares.shape[1]):
        scores = candidates.scores[:, column]
        told = np.flatnonzero(~np.isnan(scores))
        order = told[np.lexsort((candidates.rows[told], -scores[told]))]
        shares[order, column] = RRF_K / (RRF_K + 1 + np.arange(len(order)))
    return shares


@dataclass(frozen=True, slots=True)
class Example:
    """One held-out request: normalised scores ``(n, s)``, gains ``(n,)`` and the ideal DCG over all its judgments."""

    scores: Scores
    gains: Scores
    ideal: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Source weights for one kind of request. ``method``: learned or rrf; ``measured``: nDCG@10 by candidate."""

    values: Mapping[str, float]
    method: str = "rrf"
    examples: int = 0
    measured: Mapping[str, float] = field(default_factory=dict)

    def shares(self, candidates: Candidates, baselines: Mapping[str, float]) -> Scores:
        """What each source adds to each row's score ``(n, s)``; the score is the sum over columns."""
        weights = np.array([self.values.get(name, 0.0) for name in candidates.sources], np.float32)
        if self.method == "rrf":
            return np.asarray(reciprocal_ranks(candidates) * weights, np.float32)
        return np.asarray(normalise(candidates, baselines) * weights, np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the bundle."""
        return {
            "values": dict(self.values),
            "method": self.method,
            "examples": self.examples,
            "measured": dict(self.measured),
        }


def ideal_dcg(gains: Sequence[float], k: int) -> float:
    """The largest DCG@k these gains allow: ``Σ gain_i / log2(i + 1)`` in falling order."""
    best = sorted((g for g in gains if g > 0), reverse=True)[:k]
    return float(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(best)))


def learn(
    examples: Sequence[Example], sources: tuple[str, ...], k: int = 10, prior: Mapping[str, float] | None = None
) -> Weights:
    """Weights with a large mean nDCG@k over ``examples``, and never one below the best single source there.

    Of all weights that are not clearly worse than the best (within half a standard error of the paired difference, or
    a thousandth), the one nearest to ``prior`` is taken, or to their centre without one (of equally near ones that with
    the larger mean): with few examples the best
    point is an accident, with many the region shrinks onto it. ``measured`` keeps what each source reached alone.
    """
    usable = [example for example in examples if example.ideal > 0]
    if not usable:
        return Weights({name: 1.0 / len(sources) for name in sources}, "rrf")
    grid = _simplex(len(sources))
    values = _ndcg(usable, grid, k)
    means = values.mean(axis=0)
    best = int(np.argmax(means))
    worse_by = values[:, best : best + 1] - values
    slack = np.maximum(0.5 * worse_by.std(axis=0) / np.sqrt(len(usable)), 0.001)
    single = {name: float(means[np.flatnonzero(grid[:, i] == 1.0)[0]]) for i, name in enumerate(sources)}
    near = np.flatnonzero((worse_by.mean(axis=0) <= slack) & (means >= max(single.values())))
    centre = grid[near].mean(axis=0)
    if prior is not None:
        centre = np.array([prior.get(name, 0.0) for name in sources], np.float32)
        centre /= max(float(centre.sum()), 1e-9)
    chosen = _nearest(grid, means, near, centre)
    measured = {name: round(value, 6) for name, value in (*single.items(), ("fused", float(means[chosen])))}
    weights = {name: round(float(weight), 4) for name, weight in zip(sources, grid[chosen], strict=True)}
    return Weights(weights, "learned", len(usable), measured)


def _nearest(
    grid: NDArray[np.float32], means: NDArray[np.float64], near: NDArray[np.intp], centre: NDArray[np.float32]
) -> int:
    """The point among ``near`` closest to ``centre``; of equally close ones (the centre may lie in a hole) the best."""
    # Rounded: points on opposite sides differ in the last bits.
    distances = np.round(((grid[near] - centre) ** 2).sum(axis=1), 6)
    return int(near[np.lexsort((-means[near], distances))[0]])


def _simplex(size: int) -> NDArray[np.float32]:
    """All weight vectors of ``size`` that sum to 1 on the grid, ``(m, size)``; coarser for more sources."""
    step = _STEP if size <= 3 else 10 if size == 4 else 5
    points = [p for p in itertools.product(range(step + 1), repeat=size - 1) if sum(p) <= step]
    full = np.array([(*p, step - sum(p)) for p in points], np.float32)
    return full / np.float32(step)


def _ndcg(examples: Sequence[Example], grid: NDArray[np.float32], k: int) -> NDArray[np.float64]:
    """nDCG@k of every example under every weight vector ``(examples, m)``."""
    discount = 1.0 / np.log2(np.arange(k) + 2)
    values = np.zeros((len(examples), len(grid)))
    for place, example in enumerate(examples):
        n = len(example.gains)
        if n == 0 or not example.gains.any():
            continue
        # Rounded: a matrix product may give equal rows sums that differ in the last bit.
        fused = np.round(example.scores @ grid.T, 5)
        depth = min(k, n)
        # Stable: ties stay in row order, as on the page.
        top = np.argsort(-fused, axis=0, kind="stable")[:depth]
        values[place] = (example.gains[top] * discount[:depth, None]).sum(axis=0) / example.ideal
    return values
