"""Search: learn the fusion on held-out queries, then measure it beside the baselines on others.

With enough judged queries they are split in three (train, valid, test; splits given with the judgments are kept):
weights come from train and valid, figures from test. With few, five folds are cross-fitted: each fold is measured
with the weights learned on the four others. What serves is learned on all queries that were not kept for the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from soutui.config import Settings
from soutui.data.schema import Judgment
from soutui.engine import Engine
from soutui.evaluate.queries import folds, split_queries
from soutui.evaluate.runs import Qrels, Run
from soutui.evaluate.slices import Slices, by_language, by_length
from soutui.index.fuse import Weights
from soutui.lifecycle.judged import Judged, judge, learn_weights, to_run
from soutui.lifecycle.known_item import untaught_weights
from soutui.lifecycle.progress import Progress
from soutui.retrieval import DEFAULT_WEIGHTS, SEARCH
from soutui.text.normalise import has_cjk
from soutui.types import Request

FEW_QUERIES = 400
"""Below this many judged queries a three-way split leaves too few in each part: folds measure on all of them."""

MIN_PER_LANGUAGE = 10
MAX_LEARN = 1_000
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Quality:
    """Runs of every system on held-out requests, with their judgments, and the weights that serve."""

    weights: Mapping[str, Weights]
    runs: Mapping[str, Run] = field(default_factory=dict)
    qrels: Qrels = field(default_factory=lambda: Qrels.from_dict({}))
    protocol: str = "none"
    notes: tuple[str, ...] = ()
    popularity: Mapping[str, int] = field(default_factory=dict)
    """Training interactions by item; empty for search."""
    apart: Mapping[str, tuple[Run, Qrels]] = field(default_factory=dict)
    """By name: our run on requests that are measured apart (users without a history), and their judgments."""


def search_slices(quality: Quality, texts: Mapping[str, str]) -> Slices:
    """Groups of the judged queries: by language and by length."""
    ids = quality.qrels.queries
    asked = [texts[name] for name in ids]
    return {**by_language(ids, asked), **by_length(ids, asked)}


def search_quality(
    engine: Engine,
    texts: Mapping[str, str],
    judgments: Sequence[Judgment],
    settings: Settings,
    progress: Progress,
) -> Quality:
    """Weights and runs for search. ``texts`` by query id. Without judgments: rank fusion, nothing measured."""
    qrels, given = _qrels(judgments, texts)
    if not len(qrels):
        weights = untaught_weights(engine, DEFAULT_WEIGHTS[SEARCH], settings.evaluate.seed)
        return Quality(weights, notes=("no judged queries: rank fusion, nothing measured",))
    parts = _split(list(qrels), texts, given, settings)
    judged = []
    for place, name in enumerate(qrels):
        judged += judge(engine, {name: Request(query=texts[name])}, qrels)
        progress("judged queries", place + 1, len(qrels))
    # By what is searched, as the engine chooses its weights: a query typed in pinyin is searched as Chinese.
    cjk = {one.id for one in judged if has_cjk(one.found.probe.text or "")}
    learnable = settings.fuse.learn
    if parts is None:
        weights = _learn(engine, judged, cjk, learnable)
        by_query: dict[str, Weights] = {}
        ids = [one.id for one in judged]
        for fold in folds(ids, [texts[name] for name in ids], 5, settings.evaluate.seed):
            rest = [one for one in judged if one.id not in fold]
            fitted = _learn(engine, rest, cjk, learnable)
            by_query |= {name: _pick(fitted, name in cjk) for name in fold}
        test, protocol = judged, "5 folds, cross-fitted"
    else:
        held_out = set(parts["test"])
        weights = _learn(engine, [one for one in judged if one.id not in held_out][:MAX_LEARN], cjk, learnable)
        test = [one for one in judged if one.id in held_out]
        by_query = {one.id: _pick(weights, one.id in cjk) for one in test}
        protocol = "train, valid and test queries" + (" as given" if given else " by hash, near-duplicates together")
    runs = {"soutui": to_run(engine, test, by_query, DEPTH, "soutui")}
    for name, single in baselines(engine).items():
        runs[name] = to_run(engine, test, single, DEPTH, name)
    return Quality(weights, runs, qrels.select([one.id for one in test]), protocol)


def baselines(engine: Engine) -> dict[str, Weights]:
    """The systems that search is measured against."""
    if engine.parts.dense is None:
        return {"bm25": Weights({"lexical": 1.0}, "given")}
    return {
        "bm25": Weights({"lexical": 1.0}, "given"),
        "dense": Weights({"dense": 1.0}, "given"),
        "rrf": Weights({"lexical": 0.5, "dense": 0.5}, "rrf"),
    }


def _learn(engine: Engine, judged: Sequence[Judged], cjk: set[str], learnable: bool) -> dict[str, Weights]:
    sources = ("lexical", "dense") if engine.parts.dense is not None else ("lexical",)
    if not learnable or not judged:
        return {SEARCH: _sources_only(engine, DEFAULT_WEIGHTS[SEARCH])}
    groups = {f"{SEARCH}.zh": [one for one in judged if one.id in cjk], SEARCH: [o for o in judged if o.id not in cjk]}
    together = learn_weights(judged, sources)
    made = {SEARCH: together}
    if all(len(group) >= MIN_PER_LANGUAGE for group in groups.values()):
        # An encoder may know one language and not the other: each gets weights of its own.
        made = {name: learn_weights(group, sources) for name, group in groups.items()}
    return made


def _pick(weights: Mapping[str, Weights], cjk: bool) -> Weights:
    return weights.get(f"{SEARCH}.zh", weights[SEARCH]) if cjk else weights[SEARCH]


def _sources_only(engine: Engine, weights: Weights) -> Weights:
    return weights if engine.parts.dense is not None else Weights({"lexical": 1.0}, "given")


def _qrels(judgments: Sequence[Judgment], texts: Mapping[str, str]) -> tuple[Qrels, dict[str, str]]:
    grades: dict[str, dict[str, float]] = {}
    given: dict[str, str] = {}
    for judgment in judgments:
        if judgment.query in texts:
            grades.setdefault(judgment.query, {})[judgment.item] = judgment.grade
            if judgment.split:
                given[judgment.query] = judgment.split
    return Qrels.from_dict(grades), given


def _split(
    names: Sequence[str], texts: Mapping[str, str], given: Mapping[str, str], settings: Settings
) -> dict[str, list[str]] | None:
    """The three parts, or None when folds serve better (few queries, or given splits with nothing to learn from)."""
    if given:
        parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
        for name in names:
            parts[given.get(name, "train")].append(name)
        return parts if parts["test"] and parts["train"] + parts["valid"] else None
    if len(names) < FEW_QUERIES:
        return None
    split = split_queries(
        names, [texts[name] for name in names], settings.split.valid, settings.split.test, settings.evaluate.seed
    )
    return {"train": list(split.train), "valid": list(split.valid), "test": list(split.test)}
