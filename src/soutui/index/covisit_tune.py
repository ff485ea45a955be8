"""Choosing the settings of items had together on held-out wants.

The whole catalogue would take minutes a setting, so the choice is made among its most wanted items and carried over:
what matters is how much order and recency mean to these users, and that hardly depends on the tail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from soutui.index.covisit import CovisitSettings, ItemToItem
from soutui.index.ease import Progress
from soutui.index.interactions import Interactions
from soutui.types import Rows, Scores

DECAYS = (1.0, 0.95, 0.9, 0.8, 0.65, 0.5)
TOGETHER = (0.3, 0.6, 1.0)
REGULARISATIONS = (30.0, 100.0, 300.0)
SHRINKS = (0.0, 0.5, 5.0)
MIN_USERS = 20
_USERS = 512


def tune(
    events: Interactions,
    targets: Mapping[int, Sequence[int]],
    settings: CovisitSettings | None = None,
    *,
    ordered: bool = True,
    max_items: int = 4000,
    history: int = 50,
    k: int = 10,
    threads: int = 1,
    progress: Progress | None = None,
) -> CovisitSettings:
    """``settings`` with what answered ``targets`` (later wanted item rows by user row) best by mean NDCG@k.

    Tried on the ``max_items`` most wanted items: for EASE ``together`` x ``regularisation`` x ``decay``, for cosine
    ``shrink`` x ``decay``. Without ``ordered`` (a user's events come in no particular order) ``together`` and
    ``decay`` are 1. Users count with their ``history`` latest items. Each figure is averaged with those of the next
    smaller and larger settings, so that with few users the middle of a good region wins and not a lucky peak. The
    method is settled here too, by size; with fewer than 20 users to judge by, only the method is.
    """
    chosen = (settings or CovisitSettings()).settled(events)
    if not ordered:
        chosen = replace(chosen, together=1.0, decay=1.0)
    small, place = most_wanted(events, max_items)
    inside = {user: place[np.asarray(rows, np.int64)] for user, rows in targets.items()}
    inside = {user: rows[rows >= 0] for user, rows in inside.items()}
    inside = {user: rows for user, rows in inside.items() if len(rows) and len(small.history(user, 1)[0])}
    if len(inside) < MIN_USERS or not len(small):
        return chosen
    decays = DECAYS if ordered else (1.0,)
    families = _families(chosen, TOGETHER if ordered else (1.0,))
    tried, done = sum(len(family) for family in families), 0
    measured: list[tuple[float, CovisitSettings]] = []
    for family in families:
        grid = np.zeros((len(family), len(decays)))
        for row, one in enumerate(family):
            model = ItemToItem.fit(small, one, threads=threads)
            gains = decay_gains(model, small, inside, decays, history=history, k=k)
            grid[row] = list(gains.values())
            done += 1
            if progress is not None:
                progress("choosing", done, tried)
        smooth = _smooth(_smooth(grid).T).T
        row, column = divmod(int(smooth.argmax()), len(decays))
        measured.append((float(smooth[row, column]), replace(family[row], decay=decays[column])))
    return max(measured, key=lambda entry: entry[0])[1]


def choose_decay(
    model: ItemToItem,
    events: Interactions,
    targets: Mapping[int, Sequence[int] | NDArray[np.int64]],
    *,
    history: int = 50,
    k: int = 10,
) -> float:
    """The decay of older history items that answers ``targets`` (item rows by user row) best; on a tie the largest."""
    gains = decay_gains(model, events, targets, history=history, k=k)
    return max(gains, key=lambda decay: (gains[decay], decay))


def decay_gains(
    model: ItemToItem,
    events: Interactions,
    targets: Mapping[int, Sequence[int] | NDArray[np.int64]],
    decays: Sequence[float] = DECAYS,
    *,
    history: int = 50,
    k: int = 10,
) -> dict[float, float]:
    """Mean NDCG@k of ``model`` on ``targets`` by decay; what a user had already is left out of the answers."""
    users = np.array(sorted(targets), np.int64)
    weights = sparse.csr_matrix(
        (model.neighbours.weights, model.neighbours.items, model.neighbours.indptr),
        shape=(model.n_items, model.n_items),
    )
    discounts = 1 / np.log2(np.arange(2, k + 2))
    totals = dict.fromkeys(decays, 0.0)
    for start in range(0, len(users), _USERS):
        part = users[start : start + _USERS]
        stories = [events.history(int(user), history) for user in part]
        indptr = np.concatenate(([0], np.cumsum([len(rows) for rows, _ in stories])))
        items = np.concatenate([rows for rows, _ in stories])
        strengths = np.log1p(np.concatenate([weight for _, weight in stories]))
        ages = np.arange(len(items)) - np.repeat(indptr[:-1], np.diff(indptr))
        had = [events.seen(int(user)) for user in part]
        at = np.repeat(np.arange(len(part)), [len(rows) for rows in had])
        hidden = (at, np.concatenate(had))
        for decay in decays:
            shares = (strengths * decay**ages).astype(np.float32)
            pull = sparse.csr_matrix((shares, items, indptr), shape=(len(part), model.n_items))
            scores = (pull @ weights).toarray()
            scores[hidden] = -np.inf
            for user, top in zip(part.tolist(), _top(scores, k), strict=True):
                hits = np.isin(top, targets[user])
                totals[decay] += float(discounts[: len(top)] @ hits / discounts[: min(len(targets[user]), k)].sum())
    return {decay: total / max(len(users), 1) for decay, total in totals.items()}


def most_wanted(events: Interactions, k: int) -> tuple[Interactions, NDArray[np.int64]]:
    """The interactions with the ``k`` most wanted items only, renumbered, and the new row (n,) of each item or -1."""
    counts = events.item_counts
    kept = np.sort(np.lexsort((np.arange(len(counts)), -counts))[:k])
    place = np.full(events.n_items, -1, np.int64)
    place[kept] = np.arange(len(kept))
    rows = place[events.items]
    inside = rows >= 0
    indptr = np.concatenate(([0], np.cumsum(inside)))[events.indptr].astype(np.int64)
    made = Interactions(indptr, rows[inside].astype(np.int32), events.weights[inside], events.times[inside], len(kept))
    return made, place


def _families(settings: CovisitSettings, shares: Sequence[float]) -> list[list[CovisitSettings]]:
    """What is tried: lists of settings in which one number grows."""
    if settings.method == "cosine":
        return [[replace(settings, shrink=shrink) for shrink in SHRINKS]]
    return [
        [replace(settings, together=together, regularisation=one) for one in REGULARISATIONS] for together in shares
    ]


def _smooth(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row (of any length) averaged with the one before and the one after, itself counting twice."""
    totals, shares = 2 * grid, np.full(len(grid), 2.0)
    totals[1:] += grid[:-1]
    totals[:-1] += grid[1:]
    shares[1:] += 1
    shares[:-1] += 1
    return np.asarray(totals / shares[:, None])


def _top(scores: Scores, k: int) -> Rows:
    """The columns (b, k) of the largest scores of each row, best first, ties by column."""
    k = min(k, scores.shape[1])
    part = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.lexsort((part, -np.take_along_axis(scores, part, 1)), axis=1)
    return np.take_along_axis(part, order, 1).astype(np.int32)
