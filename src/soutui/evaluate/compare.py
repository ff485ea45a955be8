"""Is one system better than another? Paired intervals and tests over the same queries or users.

A mean alone says little: with 65 queries an nDCG moves by .03 when the queries change. So every difference comes with
a bootstrap interval and the p-value of a randomisation test, corrected for the number of systems compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soutui.errors import UsageError
from soutui.evaluate.runs import Values

Verdict = Literal["better", "worse", "no difference shown"]
Interval = tuple[float, float]

#: Numbers drawn at once: bounds the memory of a resampling, in elements.
_BLOCK = 4_000_000
#: Below this many queries percentile intervals are too narrow to be taken at their word.
FEW = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One system beside the baseline. ``diff`` is system minus baseline; the baseline's own row has no test."""

    system: str
    mean: float
    interval: Interval
    diff: float
    diff_interval: Interval
    p: float
    p_corrected: float
    wins: int
    losses: int
    ties: int
    n: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """Systems against one baseline on one metric; ``rows`` in the order given, the baseline first."""

    metric: str
    baseline: str
    rows: tuple[Row, ...]
    confidence: float = 0.95
    notes: tuple[str, ...] = ()

    def row(self, system: str) -> Row:
        """The row of one system; UsageError when it is not there."""
        for row in self.rows:
            if row.system == system:
                return row
        raise UsageError(f"no system {system!r} here", f"there are: {', '.join(row.system for row in self.rows)}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)


def bootstrap(
    values: ArrayLike, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 7
) -> NDArray[np.float64]:
    """Percentile bootstrap intervals of means: ``values`` (n,) or (n, s) → (2,) or (2, s), lower and upper.

    Queries are drawn with replacement ``resamples`` times; all s columns share the draws, so they stay paired. The
    interval of a difference is that of the column of differences. Efron, Annals of Statistics 7(1), 1979.
    NaN without values.
    """
    columns = np.asarray(values, np.float64)
    table = columns[:, None] if columns.ndim == 1 else columns
    n = len(table)
    means = np.full((resamples, table.shape[1]), np.nan)
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(n, 1))
    for start in range(0, resamples if n else 0, block):
        draws = generator.integers(0, n, (min(block, resamples - start), n))
        for column in range(table.shape[1]):
            means[start : start + len(draws), column] = table[draws, column].mean(axis=1)
    tail = (1 - confidence) / 2
    interval: NDArray[np.float64] = np.quantile(means, [tail, 1 - tail], axis=0)
    return interval.reshape((2, *columns.shape[1:]))


def randomisation_test(differences: ArrayLike, *, rounds: int = 10_000, seed: int = 7) -> float:
    """Two-sided p-value of "the two systems are exchangeable on every query", by flipping signs.

    p = (1 + #{rounds with |Σ ± d| ≥ |Σ d|}) / (1 + rounds), or the exact share over all 2^m sign patterns when these
    are no more than the rounds; queries without a difference drop out. Fisher, The Design of Experiments, 1935;
    Smucker, Allan and Carterette, CIKM 2007.
    """
    values = np.asarray(differences, np.float64)
    values = values[values != 0]
    if not len(values):
        return 1.0
    # Sums that are equal on paper must count as equal: a tolerance far below one query's share.
    reached = abs(values.sum()) - 1e-9 * np.abs(values).sum()
    if len(values) < 40 and 2 ** len(values) <= rounds:
        patterns = np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1
        return float((np.abs((2 * patterns - 1) @ values) >= reached).mean())
    generator = np.random.default_rng(seed)
    extreme = 0
    block = max(1, _BLOCK // len(values))
    for start in range(0, rounds, block):
        count = min(block, rounds - start)
        width = -(-len(values) // 8)
        bits = np.unpackbits(generator.integers(0, 256, (count, width), np.uint8), axis=1, count=len(values))
        # Σ ± d = 2 Σ (d where the bit is set) − Σ d
        extreme += int((np.abs(2 * (bits.astype(np.float64) @ values) - values.sum()) >= reached).sum())
    return (1 + extreme) / (1 + rounds)


def holm(p: ArrayLike) -> Values:
    """Holm's step-down correction of p-values (m,): family-wise error stays below the level whatever is true.

    In ascending order p'_(i) = max_{j ≤ i} min(1, (m − j + 1) p_(j)).
    Holm, Scandinavian Journal of Statistics 6(2), 1979.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(np.minimum(1.0, values[order] * np.arange(len(values), 0, -1)))
    corrected = np.empty_like(values)
    corrected[order] = stepped
    return corrected


def compare(
    systems: Mapping[str, ArrayLike],
    baseline: str,
    *,
    metric: str = "",
    resamples: int = 1000,
    rounds: int = 10_000,
    confidence: float = 0.95,
    seed: int = 7,
) -> Comparison:
    """Compare systems with a baseline.

    ``systems`` maps a name to its values (n,) over the same queries in the same order. A system is ``better`` or
    ``worse`` when its Holm-corrected p-value is at most 1 − ``confidence``. UsageError when the baseline is missing or
    the lengths differ. The same seed gives the same intervals and p-values, whatever else is compared.
    """
    tables = {name: np.asarray(values, np.float64) for name, values in systems.items()}
    if baseline not in tables:
        raise UsageError(f"the baseline {baseline!r} is not among the systems", f"there are: {', '.join(tables)}")
    base = tables[baseline]
    n = len(base)
    uneven = [name for name, values in tables.items() if values.shape != (n,)]
    if uneven or not n:
        raise UsageError(
            f"{uneven[0]!r} has {tables[uneven[0]].shape} values, the baseline ({n},)"
            if uneven
            else "there are no queries",
            "measure all systems on the same queries: per_query(run, qrels, …) with one qrels",
        )
    names = [baseline, *(name for name in tables if name != baseline)]
    stacked = np.stack([tables[name] for name in names] + [tables[name] - base for name in names[1:]], axis=1)
    intervals = bootstrap(stacked, resamples=resamples, confidence=confidence, seed=seed).T.tolist()
    tests = [randomisation_test(tables[name] - base, rounds=rounds, seed=seed) for name in names[1:]]
    corrected = holm(tests)
    rows = [_row(baseline, base, base, intervals[0], (0.0, 0.0), 1.0, 1.0, confidence)]
    for i, name in enumerate(names[1:]):
        at = len(names) + i
        rows.append(
            _row(name, tables[name], base, intervals[i + 1], intervals[at], tests[i], float(corrected[i]), confidence)
        )
    notes = (f"only {n} queries: intervals are rough, and a difference must be large to show",) if n < FEW else ()
    return Comparison(metric, baseline, tuple(rows), confidence, notes)


def correct_together(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons (of several metrics, say) with one Holm correction over all their tests, and new verdicts."""
    tests = [row.p for made in comparisons for row in made.rows if row.system != made.baseline]
    corrected = iter(holm(tests).tolist())
    return tuple(
        dataclasses.replace(
            made,
            rows=tuple(
                row
                if row.system == made.baseline
                else dataclasses.replace(
                    row, p_corrected=(p := next(corrected)), verdict=_verdict(row.diff, p, made.confidence)
                )
                for row in made.rows
            ),
        )
        for made in comparisons
    )


def _row(
    name: str,
    values: Values,
    base: Values,
    interval: Sequence[float],
    diff_interval: Sequence[float],
    p: float,
    corrected: float,
    confidence: float,
) -> Row:
    differences = values - base
    # Equal lists may differ in the last bit when one was summed in another order.
    wins, losses = int((differences > 1e-12).sum()), int((differences < -1e-12).sum())
    diff = float(differences.mean())
    return Row(
        name,
        float(values.mean()),
        (interval[0], interval[1]),
        diff,
        (diff_interval[0], diff_interval[1]),
        p,
        corrected,
        wins,
        losses,
        len(values) - wins - losses,
        len(values),
        _verdict(diff, corrected, confidence),
    )


def _verdict(diff: float, p: float, confidence: float) -> Verdict:
    if p > 1 - confidence + 1e-12:
        return "no difference shown"
    return "better" if diff > 0 else "worse"
