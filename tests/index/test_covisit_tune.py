"""Choosing settings on held-out wants: worlds whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.index.covisit import CovisitSettings, ItemToItem
from soutui.index.covisit_tune import DECAYS, choose_decay, decay_gains, most_wanted, tune
from soutui.index.interactions import Interactions


def world(seed: int, ordered: bool, n_users: int = 300) -> tuple[Interactions, dict[int, list[int]]]:
    """Users who walk round a ring of 40 items (ordered), or who stay in one of 5 groups of 8 (not)."""
    draw = np.random.default_rng(seed)
    users, items, targets = [], [], {}
    for user in range(n_users):
        if ordered:
            walk = [int(draw.integers(0, 40))]
            while len(walk) < 8:
                walk.append((walk[-1] + (1 if draw.random() < 0.8 else int(draw.integers(1, 40)))) % 40)
            walk = list(dict.fromkeys(walk))
        else:
            walk = (draw.permutation(8)[:6] + 8 * (user % 5)).tolist()
        users += [user] * (len(walk) - 1)
        items += walk[:-1]
        targets[user] = walk[-1:]
    ones = np.ones(len(items))
    made = Interactions.from_events(np.array(users), np.array(items), ones, np.arange(len(items)), ones, n_users, 40)
    return made, targets


def test_order_is_noticed() -> None:
    walks, targets = world(0, ordered=True)
    chosen = tune(walks, targets, CovisitSettings(ease_items=100))
    assert chosen.method == "ease"
    assert chosen.together == 0.3
    assert chosen.decay < 1
    groups, targets = world(0, ordered=False)
    assert tune(groups, targets).decay == pytest.approx(1.0, abs=0.21)


def test_the_chosen_decay_is_the_best_measured() -> None:
    events, targets = world(1, ordered=True)
    model = ItemToItem.fit(events)
    gains = decay_gains(model, events, targets)
    assert tuple(gains) == DECAYS
    assert gains[choose_decay(model, events, targets)] == max(gains.values())


def test_gains_against_a_plain_loop() -> None:
    events, targets = world(2, ordered=True, n_users=60)
    model = ItemToItem.fit(events, CovisitSettings(neighbours=12)).with_decay(0.65)
    total = 0.0
    for user, wanted in targets.items():
        history, weights = events.history(user, 4)
        scores = model.score(history, weights, np.arange(40, dtype=np.int32))
        scores[events.seen(user)] = -np.inf
        order = np.lexsort((np.arange(40), -scores))[:5]
        total += sum(1 / np.log2(place + 2) for place, row in enumerate(order) if row in wanted)
    gains = decay_gains(model, events, targets, history=4, k=5)
    assert gains[0.65] == pytest.approx(total / len(targets), abs=1e-6)


def test_cosine_is_tuned_too() -> None:
    events, targets = world(3, ordered=True)
    chosen = tune(events, targets, CovisitSettings(ease_items=10))
    assert chosen.method == "cosine"
    assert chosen.decay < 1


def test_without_order_none_is_used() -> None:
    events, targets = world(6, ordered=True)
    chosen = tune(events, targets, ordered=False)
    assert (chosen.together, chosen.decay) == (1.0, 1.0)


def test_too_little_to_judge_by() -> None:
    events, targets = world(4, ordered=True)
    few = {user: targets[user] for user in range(5)}
    assert tune(events, few) == CovisitSettings(method="ease")
    assert tune(events, {}) == CovisitSettings(method="ease")


def test_most_wanted_items_only() -> None:
    users, items = np.array([0, 0, 0, 1, 1, 2]), np.array([3, 1, 0, 3, 1, 3])
    ones = np.ones(6)
    small, place = most_wanted(Interactions.from_events(users, items, ones, np.arange(6), ones, 3, 5), 2)
    assert place.tolist() == [-1, 0, -1, 1, -1]
    assert small.n_items == 2
    assert [small.seen(user).tolist() for user in range(3)] == [[0, 1], [0, 1], [1]]


def test_progress_counts_to_the_end() -> None:
    events, targets = world(5, ordered=False)
    seen: list[tuple[int, int]] = []
    tune(events, targets, progress=lambda stage, done, total: seen.append((done, total)))
    assert seen[-1] == (9, 9)
    assert [done for done, _ in seen] == list(range(1, 10))
