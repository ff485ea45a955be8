"""Metrics: worked by hand, and equal to ir-measures."""

from __future__ import annotations

import time
from math import log2

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, Judged, P, Qrel, R, ScoredDoc, Success, nDCG

from soutui.errors import UsageError
from soutui.evaluate import metrics
from soutui.evaluate.metrics import Graded, evaluate, grade, parse_metric, per_query
from soutui.evaluate.runs import Qrels, Run

LIST = Graded.of(["a", "x", "b", "y"], {"b": 2, "a": 1, "c": 1, "x": 0})


def test_by_hand() -> None:
    ideal = 2 + 1 / log2(3) + 1 / log2(4)
    assert metrics.ndcg(LIST, 10) == pytest.approx((1 + 2 / log2(4)) / ideal)
    assert metrics.ndcg(LIST, 1) == pytest.approx(1 / 2)
    assert metrics.recall(LIST, 10) == pytest.approx(2 / 3)
    assert metrics.recall(LIST, 10, 2) == 1
    assert metrics.precision(LIST, 2) == 0.5
    assert metrics.precision(LIST, 10) == 0.2
    assert metrics.mrr(LIST, 10) == 1
    assert metrics.mrr(LIST, 10, 2) == pytest.approx(1 / 3)
    assert metrics.mrr(LIST, 2, 2) == 0
    assert metrics.average_precision(LIST, 10) == pytest.approx((1 + 2 / 3) / 3)
    assert metrics.hit_rate(LIST, 2, 2) == 0
    assert metrics.hit_rate(LIST, 3, 2) == 1
    assert metrics.judged(LIST, 10) == 0.75
    assert metrics.judged(LIST, 2) == 1


def test_interactions_use_the_ideal_over_the_targets() -> None:
    run = Run.from_lists({"u": ["x", "a"], "v": ["c", "a", "b"]})
    targets = Qrels.from_pairs([("u", "a"), *(("v", item) for item in "abcdef")])
    values = per_query(run, targets, "ndcg", 2).values
    assert values == pytest.approx([1 / log2(3), 1.0])


def test_missing_empty_and_unanswerable_queries() -> None:
    run = Run.from_lists({"other": ["a"], "q": ["a"]})
    qrels = Qrels.from_dict({"q": {"a": 1}, "missing": {"a": 1}, "nothing": {"a": 0}})
    zero = per_query(run, qrels)
    assert zero.as_dict() == {"q": 1, "missing": 0, "nothing": 0}
    assert zero.metric == "ndcg@10"
    skip = per_query(run, qrels, no_relevant="skip")
    assert skip.as_dict() == {"q": 1, "missing": 0}
    assert skip.mean == 0.5
    assert per_query(run, qrels, queries=["q"]).as_dict() == {"q": 1}
    for name in metrics.METRICS:
        assert np.isnan(per_query(run, qrels, name, queries=[]).mean)
        assert per_query(Run.from_lists({}), qrels, name).mean == 0


def test_names() -> None:
    assert parse_metric("nDCG@20") == ("ndcg", 20)
    assert parse_metric("RR") == ("mrr", 10)
    assert [parse_metric(name)[0] for name in ("R@5", "P@5", "AP@5", "Success@5")] == [
        "recall",
        "precision",
        "map",
        "hit",
    ]
    for bad in ("bleu", "ndcg@0", "ndcg@ten", "ndcg@-1", ""):
        with pytest.raises(UsageError, match="unknown metric"):
            parse_metric(bad)


def test_lists_of_items() -> None:
    run = Run.from_lists({"u": ["a", "b", "z"], "v": ["a", "c", "z"]})
    assert metrics.coverage(run, 2, 6) == 0.5
    assert metrics.coverage(run, 3, 4) == 1
    counts = {"a": 4, "b": 2, "c": 2, "d": 8}
    assert metrics.novelty(run, 2, counts) == pytest.approx((2 + 3 + 2 + 3) / 4)
    assert metrics.novelty(run, 3, counts) == pytest.approx((2 + 3 + 4 + 2 + 3 + 4) / 6)
    # counts 2, 1, 1 and 0: (−3·0 − 1·1 + 1·1 + 3·2) / (4 · 4)
    assert metrics.gini(run, 2, 4) == pytest.approx(6 / 16)
    assert metrics.gini(Run.from_lists({"u": ["a"], "v": ["b"]}), 5, 2) == 0
    assert metrics.gini(Run.from_lists({"u": ["a"], "v": ["a"]}), 5, 100) == pytest.approx(0.99)
    with pytest.raises(UsageError):
        metrics.gini(run, 3, 2)


def random_case(seed: int) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, int]]]:
    """Runs without ties, judgments with gaps, graded and negative grades, queries on one side only."""
    generator = np.random.default_rng(seed)
    items = [f"d{i}" for i in range(60)]
    run, qrels = {}, {}
    for query in range(30):
        answered = generator.choice(items, generator.integers(1, 50), replace=False)
        if query % 7:
            run[f"q{query}"] = {
                str(item): float(score)
                for item, score in zip(answered, generator.permutation(len(answered)), strict=True)
            }
        known = generator.choice(items, generator.integers(1, 30), replace=False)
        if query % 11:
            qrels[f"q{query}"] = {str(item): int(generator.integers(-1, 4)) for item in known}
    return run, qrels


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_ir_measures(seed: int) -> None:
    run, qrels = random_case(seed)
    pairs = {
        "ndcg@10": nDCG @ 10,
        "ndcg@100": nDCG @ 100,
        "map@100": AP,
        "map@10": AP @ 10,
        "mrr@100": RR,
        "mrr@10": RR @ 10,
        "precision@10": P @ 10,
        "recall@100": R @ 100,
        "recall@5": R @ 5,
        "judged@10": Judged @ 10,
        "hit@3": Success @ 3,
    }
    theirs = ir_measures.iter_calc(
        list(pairs.values()),
        [Qrel(query, item, value) for query, by_item in qrels.items() for item, value in by_item.items()],
        [ScoredDoc(query, item, score) for query, by_item in run.items() for item, score in by_item.items()],
    )
    expected: dict[str, dict[str, float]] = {}
    for one in theirs:
        expected.setdefault(str(one.measure), {})[one.query_id] = one.value
    ours = evaluate(Run.from_scores(run), Qrels.from_dict(qrels), list(pairs))
    for name, measure in pairs.items():
        assert ours[name].as_dict() == pytest.approx(expected[str(measure)], abs=1e-6), name


@pytest.mark.parametrize("seed", range(3))
def test_thresholds_equal_ir_measures(seed: int) -> None:
    run, qrels = random_case(seed)
    pairs = {
        "map@100": AP(rel=2),
        "mrr@10": RR(rel=2) @ 10,
        "precision@10": P(rel=2) @ 10,
        "recall@100": R(rel=2) @ 100,
    }
    theirs = ir_measures.calc_aggregate(list(pairs.values()), qrels, run)
    ours = evaluate(Run.from_scores(run), Qrels.from_dict(qrels), list(pairs), relevant_from=2)
    for name, measure in pairs.items():
        assert ours[name].mean == pytest.approx(theirs[measure], abs=1e-6), name


def test_fast_enough_for_many_users() -> None:
    users, items, k = 20_000, 5_000, 50
    generator = np.random.default_rng(1)
    rows = (generator.integers(0, items, (users, 1)) + np.arange(k) * 97) % items
    names = [str(i) for i in range(items)]
    ids = [f"u{i}" for i in range(users)]
    run = Run.from_arrays(ids, names, rows, np.tile(np.arange(k, 0, -1), (users, 1)))
    qrels = Qrels.from_pairs((user, names[rows[i, 3]]) for i, user in enumerate(ids))
    started = time.perf_counter()
    made = evaluate(run, qrels, ["ndcg@10", "recall@50", "mrr@10", "map@50"])
    assert time.perf_counter() - started < 5
    assert made["ndcg@10"].mean == pytest.approx(1 / log2(5))
    assert made["recall@50"].mean == 1
    assert made["mrr@10"].mean == pytest.approx(1 / 4)


def test_order_of_queries_is_that_of_the_judgments() -> None:
    qrels = Qrels.from_dict({"b": {"x": 1}, "a": {"x": 1}})
    lists = grade(Run.from_lists({"a": ["x"], "c": ["x"]}), qrels)
    assert lists.queries == ("b", "a")
    assert metrics.hit_rate(lists, 1).tolist() == [0, 1]
