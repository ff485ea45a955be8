"""Recommendation: learn the fusion on users' held-out events, then measure it beside the baselines on later ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from soutui.bundle.parts import Parts, Taste
from soutui.config import Settings
from soutui.engine import Engine
from soutui.evaluate.protocols import EventSplit, hash_ids, split_events
from soutui.evaluate.runs import Qrels, Run
from soutui.evaluate.slices import Slices, by_item_age, by_popularity, head_items
from soutui.index.fuse import Weights
from soutui.index.interactions import Interactions
from soutui.lifecycle.judged import Judged, learn_weights, to_run
from soutui.lifecycle.log import Log
from soutui.lifecycle.progress import Progress
from soutui.lifecycle.search_quality import Quality
from soutui.lifecycle.tastes import fit_taste, other_method, refit_taste
from soutui.retrieval import DEFAULT_WEIGHTS, RECOMMEND
from soutui.types import Request

Targets = dict[int, list[int]]

SOURCES = ("covisit", "history", "popular")
DEPTH = 50
MIN_EVENTS = 50
MIN_USERS = 20


def taste_quality(parts: Parts, log: Log, settings: Settings, progress: Progress) -> tuple[Quality, Taste]:
    """Weights and runs for recommendation, and the taste fitted on all events.

    Three fits: on train, to learn on valid; on train and valid, to measure on test; on everything, to serve.
    """
    n = parts.n
    split = _split(log, settings)
    if split is None:
        notes = (f"{len(log)} usable events: too few to hold any out",)
        everything = fit_taste(log.interactions(None, n), None, log.ordered, settings.index, progress)
        return Quality({RECOMMEND: DEFAULT_WEIGHTS[RECOMMEND]}, notes=notes), everything.named(log.names)
    train = log.interactions(split.known("valid"), n)
    targets = _targets(log, split.valid, train, settings)
    first = fit_taste(train, targets, log.ordered, settings.index, progress)
    engine = Engine(replace(parts, taste=first.named(log.names)))
    judged = _judge(engine, log, targets, progress, "validation users")
    sources = SOURCES if parts.dense is not None else ("covisit", "popular")
    enough = len(judged) >= MIN_USERS and settings.fuse.learn
    weights = (
        learn_weights(judged, sources, DEFAULT_WEIGHTS[RECOMMEND].values) if enough else DEFAULT_WEIGHTS[RECOMMEND]
    )

    both = log.interactions(split.known("test"), n)
    targets = _targets(log, split.test, both, settings)
    fitted = refit_taste(both, first, progress)
    engine = Engine(replace(parts, taste=fitted.named(log.names)))
    judged = _judge(engine, log, targets, progress, "test users")
    runs = {"soutui": to_run(engine, judged, weights, DEPTH, "soutui")}
    for name, single in _baselines(engine).items():
        runs[name] = to_run(engine, judged, single, DEPTH, name)
    other = other_method(fitted, settings.index, progress)
    if other is not None:
        rival = Engine(replace(parts, taste=other.named(log.names)))
        alone = _judge(rival, log, targets, progress, "test users, other item-to-item model")
        name = rival.parts.taste.covisit.method
        runs[name] = to_run(rival, alone, Weights({"covisit": 1.0}, "given"), DEPTH, name)
    runs["random"] = _random(engine, judged, settings.evaluate.seed)
    strangers = _targets(log, split.test, both, settings, known=False)
    unknown = _judge(engine, log, strangers, progress, "new users")
    names = [engine.parts.ids.name(row) for row in range(n)]
    apart = {}
    if strangers:
        popular = to_run(engine, unknown, Weights({"popular": 1.0}, "given"), DEPTH, "soutui")
        apart["cold user"] = (popular, _qrels(log, strangers, names))
    qrels = _qrels(log, targets, names)
    counts = both.item_counts
    popularity = {names[row]: int(counts[row]) for row in np.flatnonzero(counts).tolist()}
    quality = Quality({RECOMMEND: weights}, runs, qrels, split.protocol, split.notes, popularity, apart)
    taste = refit_taste(log.interactions(None, n), first, progress).named(log.names)
    return quality, taste


def taste_slices(quality: Quality) -> Slices:
    """Groups of the test users: by how popular and how new what they wanted is."""
    return {
        **by_popularity(quality.qrels, head_items(quality.popularity)),
        **by_item_age(quality.qrels, quality.popularity),
    }


def _split(log: Log, settings: Settings) -> EventSplit | None:
    if int(log.positive.sum()) < MIN_EVENTS:
        return None
    chosen = settings.split
    split = split_events(
        log.users,
        log.items,
        log.times,
        log.order,
        log.positive,
        chosen.protocol,
        chosen.valid,
        chosen.test,
        settings.evaluate.seed,
        user_hashes=hash_ids(log.names),
    )
    return split if len(split.valid) and len(split.test) else None


def _qrels(log: Log, targets: Targets, names: Sequence[str]) -> Qrels:
    return Qrels.from_dict({log.names[user]: {names[row]: 1.0 for row in rows} for user, rows in targets.items()})


def _targets(
    log: Log, chosen: NDArray[np.int64], before: Interactions, settings: Settings, *, known: bool = True
) -> Targets:
    """Wanted items by user row, of users with a history (or without); at most ``evaluate.max_users``, by chance."""
    targets: Targets = {}
    for user, item in zip(log.users[chosen].tolist(), log.items[chosen].tolist(), strict=True):
        targets.setdefault(user, []).append(item)
    kept = {user: items for user, items in targets.items() if (len(before.history(user, 1)[0]) > 0) == known}
    if len(kept) <= settings.evaluate.max_users:
        return kept
    order = np.random.default_rng(settings.evaluate.seed).permutation(len(kept))[: settings.evaluate.max_users]
    users = list(kept)
    return {users[place]: kept[users[place]] for place in sorted(order.tolist())}


def _judge(engine: Engine, log: Log, targets: Targets, progress: Progress, stage: str) -> list[Judged]:
    judged = []
    for place, (user, rows) in enumerate(targets.items()):
        found = engine.retrieve(Request(user=log.names[user]))
        judged.append(Judged(log.names[user], found, dict.fromkeys(rows, 1.0)))
        progress(stage, place + 1, len(targets))
    return judged


def _baselines(engine: Engine) -> dict[str, Weights]:
    made = {"popular": Weights({"popular": 1.0}, "given")}
    made[engine.parts.taste.covisit.method] = Weights({"covisit": 1.0}, "given")
    if engine.parts.dense is not None:
        made["text"] = Weights({"history": 1.0}, "given")
    return made


def _random(engine: Engine, judged: Sequence[Judged], seed: int) -> Run:
    draw = np.random.default_rng(seed)
    n = engine.parts.n
    lists = {}
    for one in judged:
        rows = draw.choice(n, min(n, DEPTH), replace=False)
        lists[one.id] = [engine.parts.ids.name(row) for row in rows.tolist()]
    return Run.from_lists(lists, "random")
