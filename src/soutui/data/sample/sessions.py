"""What a simulated shopper does in one visit.

``a_ui`` is the appeal of an item at the time of the visit (:mod:`soutui.data.sample.visits` says what it is made of),
``p_ui = softmax_i(a_ui)``, ``t_ui`` the share of a full liking (:mod:`soutui.data.sample.tastes`), ``R`` what goes with
what.

- **Search.** A visit starts with a query with probability 0.35; query ``q`` is drawn in proportion to
  ``h_uq · sum_i g_qi p_ui``, ``g`` the judged grade and ``h`` 1, or 0.1 for a query in the other language. A *noisy
  ranker*, which is the logging policy, shows the ten judged items with the largest ``g_qi + N(0, 1)``: each an
  ``impression`` at its position. Position ``k`` is examined with probability ``theta_k = k^-0.7`` and nothing else
  decides it (the position-based model of Richardson, Dominowska and Ragno, WWW 2007): a ``view``. What is examined is
  clicked with ``r_uqi = (0.04, 0.15, 0.45, 0.7)[g] · (0.6 + 0.6 · t_ui)``, so an impression with ``theta_k · r_uqi``.
- **Looking around.** ``1 + Poisson(1.2)`` items follow, ``Poisson(0.8)`` after a search: with probability 0.7 in
  proportion to ``sqrt(p_uj) · R_ij`` after item ``i``, otherwise to ``p_uj``. Each is a view, and a click with
  probability ``0.25 + 0.5 · t_ui``. No item twice in a visit, none that the user has bought, read or watched, unless it
  is used up.
- **Funnel.** A click becomes an add_to_cart with ``0.3 · t_ui`` (what is used up: ``0.6 · t_ui``) if the item is
  available; what is in the cart is bought at the end of the visit with probability 0.6. News and videos are not
  bought: a click becomes a like with ``0.3 · t_ui`` and a share with ``0.1 · t_ui``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soutui.data.sample.tastes import Taste
from soutui.data.sample.world import Array, Rows, World
from soutui.data.schema import EventKind

#: The exponent of the position bias: ``theta_k = k ** -POSITION``.
POSITION = 0.7
#: How many results a page shows.
PAGE = 10
#: The noise of the ranker that shows them, in grades.
RANKER_NOISE = 1.0
#: The chance of a click on an examined result by grade, for somebody whom it suits on the whole (``t = 2/3``).
CLICK = np.array([0.04, 0.15, 0.45, 0.7])

#: How many items are looked at in a visit on the average: after the first one, and after a search.
STEPS, STEPS_AFTER = 1.2, 0.8

_SEARCH = 0.35


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done or shown, before it has a time. ``query`` is a row of the queries, -1 for none."""

    kind: EventKind
    row: int
    query: int = -1
    position: int = 0
    #: Of an impression: the chance of a click if examined, and whether it was.
    chance: float = 0.0
    examined: bool = False


@dataclass(frozen=True, slots=True)
class Corner:
    """What a user sees on one day. m items, the rows of the taste; all arrays are (m,)."""

    chance: Array  # proportional to p_ui, 0 for what is closed or not in the shop
    share: Array  # t_ui
    node: Rows
    brand: Rows


def examination() -> Array:
    """``theta_k`` for the positions of a page, (10,), the first first."""
    return np.array([place**-POSITION for place in range(1, PAGE + 1)])


def click_chance(grades: Array, share: Array) -> Array:
    """``r_uqi`` (k,): the chance of a click if examined, from grades and shares of a full liking (both (k,))."""
    return np.asarray(CLICK[grades.astype(np.intp)] * (0.6 + 0.6 * share), np.float64)


def visit(world: World, rng: np.random.Generator, taste: Taste, corner: Corner) -> list[Act]:
    """Everything of one visit in order; ``corner.chance`` is used up. Empty: nothing left to look at."""
    rows, chance, share = taste.rows, corner.chance, corner.share
    acts: list[Act] = []
    cart: list[Act] = []
    last = -1
    steps = 0
    if world.queries and rng.random() < _SEARCH:
        shown = _searched(world, rng, taste, corner)
        acts.extend(shown)
        for one in shown:
            if one.examined:
                place = int(np.searchsorted(rows, one.row))
                chance[place] = 0.0
                acts.append(Act("view", one.row, one.query, one.position))
                if rng.random() < one.chance:
                    last = place
                    _clicked(world, rng, acts, cart, acts[-1], float(share[place]))
        steps = int(rng.poisson(STEPS_AFTER)) if acts else 0
    if not acts:
        steps = 1 + int(rng.poisson(STEPS))
    for _ in range(steps):
        place = _next(world, rng, corner, last)
        if place < 0:
            break
        seen = Act("view", int(rows[place]))
        acts.append(seen)
        chance[place] = 0.0
        last = place
        if rng.random() < 0.25 + 0.5 * share[place]:
            _clicked(world, rng, acts, cart, seen, float(share[place]))
    acts.extend(Act("purchase", act.row, act.query, act.position) for act in cart if rng.random() < 0.6)
    return acts


def bought_again(rows: Sequence[int]) -> list[Act]:
    """A visit for nothing but to buy these again."""
    kinds: tuple[EventKind, ...] = ("view", "click", "add_to_cart", "purchase")
    return [Act(kind, row) for row in rows for kind in kinds]


def _clicked(world: World, rng: np.random.Generator, acts: list[Act], cart: list[Act], view: Act, share: float) -> None:
    acts.append(Act("click", view.row, view.query, view.position))
    dice = rng.random()
    if world.media[view.row]:
        if dice < 0.3 * share:
            acts.append(Act("like", view.row, view.query, view.position))
        if dice > 1 - 0.1 * share:
            acts.append(Act("share", view.row, view.query, view.position))
    elif world.available[view.row] and dice < (0.3 if np.isinf(world.lasts[view.row]) else 0.6) * share:
        cart.append(Act("add_to_cart", view.row, view.query, view.position))
        acts.append(cart[-1])


def _searched(world: World, rng: np.random.Generator, taste: Taste, corner: Corner) -> list[Act]:
    """A page of results, top to bottom: impressions that know whether they were examined."""
    judged = np.searchsorted(taste.rows, world.judged)
    query = _draw(rng, (world.gains @ corner.chance[judged]) * world.hears[taste.language])
    if query < 0:
        return []
    grades = world.grades[query]
    there = np.flatnonzero(~np.isnan(grades) & (corner.chance[judged] > 0))
    order = np.argsort(-(grades[there] + rng.normal(0.0, RANKER_NOISE, len(there))), kind="stable")[:PAGE]
    best = there[order]
    chances = click_chance(grades[best], corner.share[judged[best]])
    examined = rng.random(len(best)) < examination()[: len(best)]
    return [
        Act("impression", row, query, place, chance, seen)
        for place, (row, chance, seen) in enumerate(
            zip(world.judged[best].tolist(), chances.tolist(), examined.tolist(), strict=True), 1
        )
    ]


def _next(world: World, rng: np.random.Generator, corner: Corner, last: int) -> int:
    """The place in the corner looked at next, or -1 when nothing is left."""
    if last >= 0 and rng.random() < 0.7:
        kin = world.related[corner.node[last]][corner.node] * (1.0 + 0.5 * (corner.brand == corner.brand[last]))
        place = _draw(rng, np.sqrt(corner.chance) * kin)
        if place >= 0:
            return place
    return _draw(rng, corner.chance)


def _draw(rng: np.random.Generator, weights: NDArray[np.float64]) -> int:
    """A place drawn in proportion to the weights (k,), or -1 when they are all 0."""
    total = np.cumsum(weights)
    if not len(total) or total[-1] <= 0:
        return -1
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
