"""Metrics of ranked lists, all lists at once.

One function a metric. Each takes :class:`Graded` lists, so the same formula serves one list (:meth:`Graded.of`) and
fifty thousand (:func:`grade`). Conventions, equal to those of trec_eval and ir-measures:

- every query of the judgments counts; one without results, or without any relevant item, scores 0;
- queries of the run that were never judged are ignored;
- an item is relevant from grade ``relevant_from`` up; an unjudged item is not relevant;
- what ranks high is what stands first in the run: ties are not broken again.

``no_relevant="skip"`` leaves out the queries that nobody can answer, which lifts every system alike: for each metric
those whose best possible value is 0. They depend on the judgments only, so systems stay paired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from soutui.errors import UsageError
from soutui.evaluate.runs import Offsets, Qrels, Run, Values


@dataclass(frozen=True, slots=True)
class Graded:
    """Ranked lists with the grade of each place, and all that was judged.

    ``queries`` (q,); ``grades`` (q, d) with NaN where the item is unjudged or the list has ended; ``returned`` (q,)
    how many items each list has, at most d. ``judged`` (n,) all grades of all queries end to end, falling within each
    query; query ``i`` owns ``offsets[i]:offsets[i + 1]``.
    """

    queries: tuple[str, ...]
    grades: Values
    returned: Offsets
    judged: Values
    offsets: Offsets

    @classmethod
    def of(cls, items: Sequence[str], judged: Mapping[str, float]) -> Graded:
        """One ranked list of distinct items, best first, and its judgments."""
        return grade(Run.from_lists({"": items}), Qrels.from_dict({"": judged}))

    def relevant(self, relevant_from: float = 1.0) -> Values:
        """How many judged items are relevant, for each query (q,)."""
        return self._by_query((self.judged >= relevant_from).astype(np.float64))

    def hits(self, k: int, relevant_from: float = 1.0) -> Values:
        """1 where a place of the first k holds a relevant item, else 0; (q, min(k, d))."""
        return (self.grades[:, :k] >= relevant_from).astype(np.float64)

    def _by_query(self, values: Values) -> Values:
        sums = np.concatenate(([0.0], np.cumsum(values)))
        return sums[self.offsets[1:]] - sums[self.offsets[:-1]]

    def ideal(self, k: int) -> Values:
        """The DCG of the best possible order of all judged items, (q,)."""
        places = np.arange(len(self.judged)) - np.repeat(self.offsets[:-1], np.diff(self.offsets))
        gains = np.where(places < k, np.maximum(self.judged, 0.0), 0.0) / np.log2(places + 2.0)
        # reduceat, not a running sum: differences of a long running sum would lose digits.
        return np.asarray(np.add.reduceat(gains, self.offsets[:-1]) if len(gains) else gains, np.float64)


class Metric(Protocol):
    """A metric of ranked lists: (q,) values, higher is better."""

    def __call__(self, lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
        """The metric of each list, cut after k items."""
        ...


def ndcg(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Normalised discounted cumulative gain: how much of the possible gain stands how high.

    DCG@k = Σ_{r ≤ k} max(grade_r, 0) / log2(r + 1); nDCG@k = DCG@k / DCG@k of the ideal order of *all* judged items.
    Gains are linear, as in trec_eval. With interactions (grade 1) the ideal is the one over min(targets, k) places.
    Grades are used as they are: ``relevant_from`` has no effect. Järvelin and Kekäläinen, ACM TOIS 20(4), 2002.
    """
    gains = np.nan_to_num(np.maximum(lists.grades[:, :k], 0.0), nan=0.0)
    discounts = 1.0 / np.log2(np.arange(gains.shape[1]) + 2.0)
    reached: Values = np.asarray(gains @ discounts)
    return _ratio(reached, lists.ideal(k))


def recall(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Recall@k: relevant items among the first k, divided by all relevant items."""
    return _ratio(lists.hits(k, relevant_from).sum(axis=1), lists.relevant(relevant_from))


def precision(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Precision@k: relevant items among the first k, divided by k, also when the list is shorter."""
    return np.asarray(lists.hits(k, relevant_from).sum(axis=1) / k)


def mrr(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Reciprocal rank: 1 / rank of the first relevant item, 0 when none is among the first k.

    Its mean is MRR. Voorhees, TREC-8 question answering track report, 1999.
    """
    hits = lists.hits(k, relevant_from)
    if not hits.shape[1]:
        return np.zeros(len(hits))
    return np.where(hits.any(axis=1), 1.0 / (hits.argmax(axis=1) + 1.0), 0.0)


def average_precision(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Average precision: the precision at the rank of each relevant item found, averaged over all relevant items.

    AP@k = (1 / R) Σ_{r ≤ k} rel_r · P@r, where R counts all relevant items, not min(R, k). Its mean is MAP.
    Buckley and Voorhees, SIGIR 2000.
    """
    hits = lists.hits(k, relevant_from)
    precisions = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _ratio((hits * precisions).sum(axis=1), lists.relevant(relevant_from))


def hit_rate(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Hit rate (success): 1 when at least one of the first k items is relevant, else 0."""
    return np.asarray(lists.hits(k, relevant_from).any(axis=1), np.float64)


def judged(lists: Graded, k: int, relevant_from: float = 1.0) -> Values:
    """Judged@k: the share of the first k returned items that carry any judgment; 0 without results.

    Low values say that the other metrics underrate the system. Every grade counts: ``relevant_from`` has no effect.
    """
    known = (~np.isnan(lists.grades[:, :k])).sum(axis=1).astype(np.float64)
    return _ratio(known, np.minimum(lists.returned, k).astype(np.float64))


METRICS: Mapping[str, Metric] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "mrr": mrr,
    "map": average_precision,
    "hit": hit_rate,
    "judged": judged,
}
_ALIASES = {"r": "recall", "p": "precision", "rr": "mrr", "ap": "map", "success": "hit", "hit_rate": "hit", "hr": "hit"}


@dataclass(frozen=True, slots=True)
class PerQuery:
    """One metric of one system: ``values`` (q,) in the order of ``queries``. ``metric`` as in ``ndcg@10``."""

    metric: str
    queries: tuple[str, ...]
    values: Values

    @property
    def mean(self) -> float:
        """The mean over the queries; NaN without any."""
        return float(self.values.mean()) if len(self.values) else float("nan")

    def as_dict(self) -> dict[str, float]:
        """Query id to value."""
        return dict(zip(self.queries, self.values.tolist(), strict=True))


def parse_metric(name: str, k: int = 10) -> tuple[str, int]:
    """``"nDCG@10"`` → ``("ndcg", 10)``; without ``@`` the cut is ``k``. Also R, P, RR, AP, Success as in ir-measures.

    UsageError on an unknown name or a cut below 1.
    """
    word, _, cut = name.strip().partition("@")
    key = word.strip().lower()
    key = _ALIASES.get(key, key)
    if key not in METRICS or (cut and not cut.isdecimal()) or (int(cut) if cut else k) < 1:
        raise UsageError(f"unknown metric {name!r}; known: {', '.join(METRICS)}", "try ndcg@10")
    return key, int(cut) if cut else k


def grade(run: Run, qrels: Qrels, k: int | None = None, queries: Iterable[str] | None = None) -> Graded:
    """Look up every answered item among the judgments.

    The queries are those of ``qrels`` in its order, or those of them named in ``queries``. ``k`` cuts the lists.
    """
    if queries is not None:
        qrels = qrels.select(queries)
    at = np.fromiter((run.positions.get(query, -1) for query in qrels.queries), np.int64, len(qrels))
    # One empty list at the end stands for "no results".
    starts, lengths = np.append(run.offsets[:-1], 0)[at], np.append(run.lengths, 0)[at]
    returned = lengths if k is None else np.minimum(lengths, k)
    depth = int(returned.max(initial=0))
    filled = np.arange(depth) < returned[:, None]
    places = (starts[:, None] + np.arange(depth))[filled]
    known = {item: code for code, item in enumerate(qrels.vocabulary)}
    translate = np.fromiter((known.get(item, -1) for item in run.vocabulary), np.int64, len(run.vocabulary))
    codes = translate[run.codes[places]] if len(places) else np.empty(0, np.int64)
    owners = np.repeat(np.arange(len(qrels)), returned)
    by_item, grades_by_item = _sorted_keys(qrels)
    wanted = owners * len(qrels.vocabulary) + codes
    found = np.minimum(np.searchsorted(by_item, wanted), max(len(by_item) - 1, 0))
    table = np.full(filled.shape, np.nan)
    if len(by_item):
        table[filled] = np.where((codes >= 0) & (by_item[found] == wanted), grades_by_item[found], np.nan)
    order = np.lexsort((-qrels.grades, np.repeat(np.arange(len(qrels)), qrels.lengths)))
    return Graded(qrels.queries, table, returned, qrels.grades[order], qrels.offsets)


def evaluate(
    run: Run,
    qrels: Qrels,
    metrics: Sequence[str] = ("ndcg@10",),
    *,
    k: int = 10,
    relevant_from: float = 1.0,
    queries: Iterable[str] | None = None,
    no_relevant: Literal["zero", "skip"] = "zero",
) -> dict[str, PerQuery]:
    """Several metrics of one run, value by value; the keys are the normalised names (``recall@100``)."""
    wanted = [parse_metric(name, k) for name in metrics]
    lists = grade(run, qrels, max((cut for _, cut in wanted), default=k), queries)
    made = {}
    for name, cut in wanted:
        values, queries = METRICS[name](lists, cut, relevant_from), lists.queries
        if no_relevant == "skip" and name != "judged":
            keep = (lists.ideal(cut) if name == "ndcg" else lists.relevant(relevant_from)) > 0
            values, queries = values[keep], tuple(compress(lists.queries, keep.tolist()))
        made[f"{name}@{cut}"] = PerQuery(f"{name}@{cut}", queries, values)
    return made


def per_query(
    run: Run,
    qrels: Qrels,
    metric: str = "ndcg",
    k: int = 10,
    *,
    relevant_from: float = 1.0,
    queries: Iterable[str] | None = None,
    no_relevant: Literal["zero", "skip"] = "zero",
) -> PerQuery:
    """One metric of one run, for every judged query; see :func:`evaluate`."""
    made = evaluate(run, qrels, (metric,), k=k, relevant_from=relevant_from, queries=queries, no_relevant=no_relevant)
    return next(iter(made.values()))


def coverage(run: Run, k: int, catalogue: int) -> float:
    """Coverage@k: distinct items in all top-k lists, divided by the ``catalogue`` of that many items."""
    return len(np.unique(_top(run, k))) / catalogue if catalogue else 0.0


def novelty(run: Run, k: int, interactions: Mapping[str, int]) -> float:
    """Novelty@k: mean self-information, in bits, of the items answered; higher is less popular.

    Mean over all places of the top-k lists of −log2(count_i / Σ count). ``interactions`` counts them by item; an item
    without any counts as with one. Zhou et al., PNAS 107(10), 2010. NaN without answers.
    """
    codes = _top(run, k)
    total = max(sum(interactions.values()), 1)
    counts = np.fromiter(
        (max(interactions.get(item, 0), 1) for item in run.vocabulary), np.float64, len(run.vocabulary)
    )
    return float(-np.log2(counts[codes] / total).mean()) if len(codes) else float("nan")


def gini(run: Run, k: int, catalogue: int) -> float:
    """Gini@k: how unequally the places of the top-k lists fall on the ``catalogue`` items; 0 evenly, 1 all on one.

    G = Σ_i (2 i − n − 1) x_i / (n Σ x) over the counts x in ascending order, i from 1, items never answered included.
    Fleder and Hosanagar, Management Science 55(5), 2009. NaN without answers.
    """
    counts = np.unique(_top(run, k), return_counts=True)[1]
    if not len(counts):
        return float("nan")
    if catalogue < len(counts):
        raise UsageError(f"{len(counts)} distinct items were answered, the catalogue has {catalogue}", "count all")
    ascending = np.sort(counts).astype(np.float64)
    places = np.arange(catalogue - len(counts) + 1, catalogue + 1)
    return float(((2 * places - catalogue - 1) * ascending).sum() / (catalogue * ascending.sum()))


def _top(run: Run, k: int) -> NDArray[np.int32]:
    places = np.arange(len(run.codes)) - np.repeat(run.offsets[:-1], run.lengths)
    return run.codes[places < k]


def _sorted_keys(qrels: Qrels) -> tuple[NDArray[np.int64], Values]:
    keys = np.repeat(np.arange(len(qrels)), qrels.lengths) * len(qrels.vocabulary) + qrels.codes
    order = np.argsort(keys, kind="stable")
    return keys[order], qrels.grades[order]


def _ratio(top: Values, bottom: Values) -> Values:
    return np.divide(top, bottom, out=np.zeros(len(top)), where=bottom > 0)
