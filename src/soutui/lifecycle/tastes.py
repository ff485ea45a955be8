"""Fitting what knows users: who had what, items had together, popularity. Settings are chosen on held-out targets."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from soutui.bundle.ids import IdMap
from soutui.bundle.parts import Taste
from soutui.config import IndexSettings
from soutui.index.covisit import CovisitSettings, ItemToItem
from soutui.index.covisit_tune import tune
from soutui.index.interactions import Interactions
from soutui.index.popular import Popular, choose_half_life
from soutui.lifecycle.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Fitted:
    """Sources fitted on some events, with the settings they were fitted with."""

    interactions: Interactions
    covisit: ItemToItem
    popular: Popular
    covisit_settings: CovisitSettings
    half_life_days: float

    def named(self, names: Sequence[str]) -> Taste:
        """The same as a part of a bundle; ``names`` are the users in row order."""
        return Taste(IdMap.of(names), self.interactions, self.covisit, self.popular)


def fit_taste(
    events: Interactions,
    targets: Mapping[int, Sequence[int]] | None,
    ordered: bool,
    settings: IndexSettings,
    progress: Progress,
) -> Fitted:
    """Fit on ``events``, settings chosen by NDCG@10 on ``targets`` (wanted item rows by user row).

    ``ordered`` says whether the order of a user's events means anything. Without targets the defaults are taken.
    """
    chosen = _covisit_settings(events, ordered, settings)
    half_life = settings.half_life_days
    if targets:
        if settings.item_to_item != "off":
            chosen = tune(
                events,
                targets,
                chosen,
                ordered=ordered,
                history=settings.history,
                threads=_cores(),
                progress=progress,
            )
        seen = {user: events.seen(user) for user in targets}
        half_life = choose_half_life(events.items, events.weights, events.times, events.n_items, targets, seen)
    return _fit(events, chosen, half_life, progress)


def refit_taste(events: Interactions, like: Fitted, progress: Progress) -> Fitted:
    """The same settings on other events."""
    return _fit(events, like.covisit_settings, like.half_life_days, progress)


def other_method(fitted: Fitted, settings: IndexSettings, progress: Progress) -> Fitted | None:
    """EASE where cosine was chosen and the other way round, on the same events; None where EASE would not fit."""
    events, method = fitted.interactions, fitted.covisit.method
    if method == "none" or (method == "cosine" and not _ease_fits(events, settings)):
        return None
    turned = replace(fitted.covisit_settings, method="ease" if method == "cosine" else "cosine")
    return _fit(events, turned, fitted.half_life_days, progress)


def empty_taste(n_items: int) -> Taste:
    """Nobody did anything."""
    nothing = Interactions.from_events(
        np.empty(0, np.int64),
        np.empty(0, np.int32),
        np.empty(0, np.float32),
        np.empty(0),
        np.empty(0),
        0,
        n_items,
    )
    return _fit(nothing, CovisitSettings(method="cosine"), 30.0, silent).named(())


def _fit(events: Interactions, chosen: CovisitSettings, half_life: float, progress: Progress) -> Fitted:
    covisit = ItemToItem.fit(events, chosen, threads=_cores(), progress=progress)
    popular = Popular.fit(events.items, events.weights, events.times, events.n_items, half_life)
    return Fitted(events, covisit, popular, chosen, half_life)


def _covisit_settings(events: Interactions, ordered: bool, settings: IndexSettings) -> CovisitSettings:
    base = CovisitSettings(neighbours=settings.neighbours, ease_items=settings.ease_items)
    if not ordered:
        base = replace(base, together=1.0, decay=1.0)
    wanted = settings.item_to_item
    if wanted == "auto":
        wanted = "ease" if _ease_fits(events, settings) else "cosine"
    if wanted == "off":
        return replace(base, method="cosine", least=2**31 - 1)
    return replace(base, method=wanted)


def _ease_fits(events: Interactions, settings: IndexSettings) -> bool:
    active = int((events.item_counts >= CovisitSettings().least).sum())
    # Fitting holds the square matrix and a working copy of its blocks.
    return active <= settings.ease_items and 6 * active * active < _free_memory()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _free_memory() -> int:
    """Bytes of memory that are free now; 4 GiB where the system does not say."""
    try:
        return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError):
        return 4 << 30
