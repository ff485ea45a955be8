"""What a simulated shopper likes, and how that turns as time goes by.

User ``u`` has a weight for every value of every field of :data:`soutui.data.sample.world.FIELDS`:
``log(theta + 0.01)`` with ``theta ~ Dirichlet(0.3)`` over the categories, and for the others ``N(0, sigma)`` with
``sigma`` from :data:`SPREAD`. A price level ``l ~ N(0, 1)`` goes with them, and three *hobbies*, items that the user
comes back to. With ``z_i`` the log price standardised inside the category,

    ``liking_ui(t) = sum_f w_f(i)(t) - 0.25 (z_i - l)^2 + 4 max(D_ai, cos^2 phi · D_bi, sin^2 phi · D_ci)``,

where a, b and c are the hobbies and ``D`` says how near two items are (:mod:`soutui.data.sample.world`).

**Drift.** All weights but the category's turn towards a second draw: ``w(t) = cos phi · w + sin phi · w'``, with
``phi = pi/2 · t / 365 days`` since the start. After 90 days ``cos phi`` is 0.93, after a year nothing is
left of the first draw, and hobby b has given way to hobby c.

How much of a full liking an item gets, between 0 and 1, is ``t_ui = 1 / (1 + exp(-1.7 (liking - mean) / deviation))``,
mean and deviation (at least 0.1) over what the user knows
of the shop at the start.

**Corner.** Nobody knows a shop of a million items: beyond :data:`CORNER` items every user knows the judged ones and
about as many as that drawn by popularity. In the shop as written everybody knows everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soutui.data.sample.seasons import DAY
from soutui.data.sample.world import FIELDS, Array, Rows, World

#: Deviation of the weights of each field's values; the category's are drawn otherwise.
SPREAD: Mapping[str, float] = {"category": 0.0, "type": 1.0, "brand": 0.5, "colour": 0.35, "author": 0.5}
#: How much being at the heart of a hobby adds to a liking.
HOBBY = 4.0
#: Days in which a taste turns by a right angle.
TURN = 365.0
#: About how many items one user knows.
CORNER = 2000

#: The shopper whose taste is written by hand.
PERSONA = "u42"
_PERSONA_SHARES = {"outdoor": 0.9, "kitchen": 0.04, "books": 0.04}
_PERSONA_TYPES = {"tent": 1.5, "stove": 1.2, "camp pot": 1.0, "sleeping bag": 1.0, "fuel": 1.0, "headlamp": 0.8}
_PERSONA_HOBBIES = ("tent-01", "stove-01", "sleepingbag-01")


@dataclass(frozen=True)
class Taste:
    """One user's taste. f values of the fields, m items that the user knows."""

    now: Array  # (f,) weights at the start
    later: Array  # (f,) what they turn to
    level: float  # the price level, in deviations
    hobbies: tuple[int, int, int]  # rows of the catalogue
    language: str  # en or zh
    rows: Rows  # (m,) rows that the user knows, ascending
    fixed: Array  # (m,) what does not turn: category, price, the first hobby's share left out
    first: Array  # (m,) liking by the weights that turn, at the start
    second: Array  # (m,) liking by what they turn to
    near: tuple[Array, Array, Array]  # (m,) each: HOBBY times how near the hobbies are
    mean: float
    deviation: float

    def liking(self, days: float) -> Array:
        """How much the user likes each item (m,) that many days after the start, as log weights."""
        angle = np.pi / 2 * days / TURN
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        near = np.maximum(np.maximum(self.near[1] * cos**2, self.near[2] * sin**2), self.near[0])
        liked: Array = self.fixed + cos * self.first + sin * self.second + near
        return liked

    def weights(self, days: float) -> Array:
        """The weights (f,) of the fields' values that many days after the start."""
        angle = np.pi / 2 * days / TURN
        turned: Array = np.cos(angle) * self.now + np.sin(angle) * self.later
        return turned

    def share(self, liking: Array) -> Array:
        """``t_ui``: likings (k,) as shares of a full liking, 0 to 1."""
        shares: Array = 1.0 / (1.0 + np.exp(-1.7 * (liking - self.mean) / self.deviation))
        return shares


def draw_taste(world: World, number: int, seed: int) -> Taste:
    """The taste of user ``number``, from a generator of that user's own."""
    rng = np.random.default_rng([seed, number])
    persona = f"u{number}" == PERSONA
    names = world.values
    now, later = rng.normal(0.0, 1.0, (2, len(names))) * np.array([SPREAD[name] for name in FIELDS])[world.field]
    categories = np.flatnonzero(world.field == 0)
    shares = rng.dirichlet(np.full(len(categories), 0.3))
    level, language = float(rng.normal()), "zh" if rng.random() < 0.45 else "en"
    if persona:
        level, language = 0.0, "en"
        shares = np.array([_PERSONA_SHARES.get(names[code][1], 0.002) for code in categories])
        for code, (name, value) in enumerate(names):
            if name == "type":
                now[code] = later[code] = _PERSONA_TYPES.get(value, 0.0)
    now[categories] = np.log(shares + 0.01)
    rows = _corner(world, rng)
    codes = world.codes[:, rows]
    price = world.price[rows] - level
    fixed = now[codes[0]] - 0.25 * price**2
    first, second = now[codes[1:]].sum(axis=0), later[codes[1:]].sum(axis=0)
    appeal = world.popularity[rows] + fixed + first
    hobbies = rows[_pick(appeal, rng, 3)]
    if persona and all(name in world.row_of for name in _PERSONA_HOBBIES):
        hobbies = np.array([world.row_of[name] for name in _PERSONA_HOBBIES])
    near = tuple(HOBBY * world.near[world.node[row]][world.node[rows]] for row in hobbies)
    taste = Taste(
        now=now,
        later=later,
        level=level,
        hobbies=(int(hobbies[0]), int(hobbies[1]), int(hobbies[2])),
        language=language,
        rows=rows,
        fixed=fixed,
        first=first,
        second=second,
        near=(near[0], near[1], near[2]),
        mean=0.0,
        deviation=1.0,
    )
    liking = taste.liking(0.0)
    return _with_scale(taste, float(liking.mean()), max(float(liking.std()), 0.1))


def profile(world: World, taste: Taste) -> NDArray[np.float32]:
    """The square roots of how the taste at the start is spread over the nodes of the shop, (c,): a unit vector.

    The product of two is their Bhattacharyya coefficient: 1 for the same spread, 0 for nothing in common.
    """
    likings = np.exp(np.minimum(taste.liking(0.0) + world.popularity[taste.rows], 50.0))
    spread = np.bincount(world.node[taste.rows], likings, minlength=len(world.nodes))
    roots: NDArray[np.float32] = np.sqrt(spread / spread.sum()).astype(np.float32)
    return roots


def days_since(start: float, time: float) -> float:
    """Days from ``start`` to ``time``, both in seconds."""
    return (time - start) / DAY


def _with_scale(taste: Taste, mean: float, deviation: float) -> Taste:
    # dataclasses.replace costs more than the object itself when there are many users.
    return Taste(**{**taste.__dict__, "mean": mean, "deviation": deviation})


def _corner(world: World, rng: np.random.Generator) -> Rows:
    if len(world) <= CORNER:
        return np.arange(len(world))
    drawn = np.searchsorted(world.draw, rng.random(CORNER))
    return np.unique(np.concatenate([world.judged, drawn])).astype(np.int64)


def _pick(appeal: Array, rng: np.random.Generator, count: int) -> Rows:
    """``count`` rows drawn in proportion to exp(appeal) (m,), without replacement while there are as many."""
    # The largest of log weights plus Gumbel noise are such a draw (Vieira 2014).
    order = np.argsort(-(appeal + rng.gumbel(size=len(appeal))))[:count]
    return np.resize(order, count).astype(np.int64)
