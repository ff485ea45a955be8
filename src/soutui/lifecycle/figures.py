"""Figures of a bundle: every system on the same held-out requests, paired, with intervals and slices."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from soutui.config import Settings
from soutui.evaluate.compare import compare
from soutui.evaluate.metrics import PerQuery, coverage, evaluate, gini, novelty, per_query
from soutui.evaluate.runs import Run
from soutui.evaluate.slices import Slices, by_slice
from soutui.lifecycle.search_quality import Quality

OURS = "soutui"


def figures(
    quality: Quality, settings: Settings, catalogue: int, popularity: Mapping[str, int], slices: Slices
) -> dict[str, Any]:
    """Plain values for metrics.json; empty ``systems`` when nothing was held out.

    ``popularity`` counts the training interactions by item; ``slices`` name groups of requests.
    """
    facts: dict[str, Any] = {"protocol": quality.protocol, "notes": list(quality.notes), "systems": {}}
    if not quality.runs or not len(quality.qrels):
        return facts
    k = settings.evaluate.k
    names = tuple(f"{name}@{k}" for name in ("ndcg", "recall", "precision", "mrr", "map", "hit", "judged"))
    names = (*names, "recall@50")
    main = names[0]
    values: dict[str, PerQuery] = {}
    for system, run in quality.runs.items():
        made = evaluate(run, quality.qrels, names, k=k)
        values[system] = made[main]
        facts["systems"][system] = {name: round(one.mean, 6) for name, one in made.items()} | _lists(
            run, k, catalogue, popularity
        )
    compared = compare(
        {name: one.values for name, one in values.items()},
        OURS,
        metric=main,
        resamples=settings.evaluate.resamples,
        seed=settings.evaluate.seed,
    )
    facts["requests"] = len(quality.qrels)
    facts["comparison"] = compared.as_dict()
    rows = by_slice(values[OURS], slices, resamples=settings.evaluate.resamples, seed=settings.evaluate.seed)
    facts["slices"] = [dataclasses.asdict(row) for row in rows]
    for name, (run, qrels) in quality.apart.items():
        ours = per_query(run, qrels, "ndcg", k)
        rows = by_slice(
            ours,
            {name: qrels.queries},
            resamples=settings.evaluate.resamples,
            seed=settings.evaluate.seed,
        )
        facts["slices"] += [dataclasses.asdict(row) for row in rows]
    return facts


def _lists(run: Run, k: int, catalogue: int, popularity: Mapping[str, int]) -> dict[str, float]:
    made = {f"coverage@{k}": coverage(run, k, catalogue), f"gini@{k}": gini(run, k, catalogue)}
    if popularity:
        made[f"novelty@{k}"] = novelty(run, k, popularity)
    return {name: round(value, 6) for name, value in made.items()}
