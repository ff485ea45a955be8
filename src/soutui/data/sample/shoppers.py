"""SIMULATED shoppers: an event log drawn from formulas, so that the sample shop has something to learn from.

Nothing here was observed on people. What is planted, and can therefore be found again:

- **Popularity.** Item ``i`` has a rank ``r_i`` (a random permutation): ``log pop_i = -0.5 · log r_i`` (Zipf).
- **Taste.** User ``u`` draws category shares ``theta ~ Dirichlet(0.3)``, a liking ``gamma ~ N(0, 1)`` for each
  type, ``beta ~ N(0, 0.5)`` for each brand, and a price level ``l ~ N(0, 1)``. With ``z_i`` the log price
  standardised inside the category, the item's appeal is
  ``a_ui = log pop_i + log(theta_c(i) + 0.01) + gamma_t(i) + beta_b(i) - 0.25 · (z_i - l)^2``,
  the chance of coming to look at it ``p_ui = softmax_i(a_ui)``, and ``t_ui`` the share of the catalogue that
  appeals to ``u`` less than ``i``.
- **Hobbies.** Two items drawn from ``p_u`` are what the user comes back to: ``a_ui`` grows by
  ``3 · max_h D_hi``, where ``D`` is one or two random steps along ``R`` (below), its largest entry per row 1.
- **Sequences.** Inside a session the next item follows the last one with probability 0.7: drawn in proportion
  to ``sqrt(p_uj) · R_ij``, where ``R`` is 1 when j goes with i (:data:`GOES_WITH`), 0.5 when they are of the
  same type, 0.03 of the same category, else 0, and 1.5 times that within a brand. Otherwise it is drawn from
  ``p_u``. No item twice in a session, none that the user has bought, unless it is used up.
- **Searches.** A session starts with a query with probability 0.35; query ``q`` is drawn in proportion to
  ``sum_i g_qi · p_ui``, ``g`` the judged grade. Shown are the ten judged items with the largest
  ``g_qi + N(0, 0.8)``; position ``k`` is looked at with probability ``k^-0.6`` (the position-based model of
  Richardson, Dominowska and Ragno, WWW 2007), clicked with ``(0.04, 0.15, 0.45, 0.7)[g] · (0.6 + 0.6 · t_ui)``.
- **Funnel.** Every item looked at is a view. Without a query, a view becomes a click with probability
  ``0.25 + 0.5 · t_ui``. A click becomes an add_to_cart with ``0.3 · t_ui`` if the item is available, and what
  is in the cart is bought at the end of the session with probability 0.6.
- **Time.** A user's number of events is ``Gamma(2)`` around the mean; sessions lie on random days at around
  8, 12:30 and 20:30 o'clock UTC; the next event comes after ``1 + Exp(35)`` seconds.

User ``u42`` is not drawn but written: three times the events and a taste for the outdoors, for the docs to show.
Every user has a random generator of their own, so more users leave the events of the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soutui.data.sample.shop import judgments, queries
from soutui.data.schema import Event, EventKind, Item
from soutui.errors import UsageError

SHOPPERS = 300
SEED = 7
#: 2025-01-01 00:00 UTC, in seconds since 1970.
START = 1_735_689_600.0
#: The shopper whose taste is written by hand.
PERSONA = "u42"

#: What people who look at this go on to look at: type or item id to types and item ids.
GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "tent": ("sleeping bag", "sleeping mat", "lantern", "book-06"),
    "sleeping bag": ("sleeping mat", "tent"),
    "sleeping mat": ("sleeping bag", "camp chair"),
    "stove": ("fuel", "camp pot", "book-02"),
    "fuel": ("stove", "camp pot"),
    "camp pot": ("fuel", "tent", "pocket knife", "book-02"),
    "water filter": ("bottle", "stove"),
    "lantern": ("headlamp", "camp chair"),
    "headlamp": ("power bank", "lantern", "book-06"),
    "camp chair": ("lantern", "blanket", "kettle-03"),
    "backpack": ("boots", "trekking poles", "bottle", "dry bag"),
    "boots": ("trekking poles", "jacket", "book-01"),
    "trekking poles": ("boots", "backpack"),
    "dry bag": ("backpack", "jacket"),
    "jacket": ("boots", "backpack"),
    "bottle": ("backpack", "flask", "lunch box"),
    "flask": ("mug", "bottle", "boots"),
    "pocket knife": ("headlamp", "stove"),
    "mug": ("coffee beans", "lunch box"),
    "lunch box": ("mug", "bottle"),
    "knife": ("sharpener", "pan", "book-03"),
    "sharpener": ("knife", "book-03"),
    "pan": ("knife", "lunch box"),
    "grinder": ("coffee beans", "dripper", "french press", "scale"),
    "dripper": ("kettle-01", "scale", "coffee beans", "grinder"),
    "kettle": ("dripper", "teapot"),
    "moka pot": ("coffee beans", "grinder"),
    "french press": ("coffee beans", "grinder"),
    "espresso machine": ("grinder", "coffee beans", "scale"),
    "coffee beans": ("grinder", "dripper", "moka pot"),
    "scale": ("dripper", "kettle-01"),
    "teapot": ("kettle-01", "book-04"),
    "headphones": ("earbuds", "speaker"),
    "earbuds": ("headphones", "power bank", "pack-04"),
    "microphone": ("audio interface", "headphones-03", "book-10"),
    "audio interface": ("microphone", "headphones-03"),
    "speaker": ("turntable", "audio interface"),
    "turntable": ("speaker-02", "headphones"),
    "lamp": ("desk", "notebook", "humidifier"),
    "desk": ("office chair", "lamp", "keyboard", "laptop stand"),
    "office chair": ("desk", "laptop stand"),
    "keyboard": ("laptop stand", "book-08", "desk"),
    "laptop stand": ("keyboard", "desk"),
    "notebook": ("pen",),
    "pen": ("notebook", "lamp-01"),
    "blanket": ("lamp-02", "book-09", "humidifier"),
    "humidifier": ("lamp-02", "blanket"),
    "power bank": ("headlamp", "earbuds"),
    "bottle-03": ("pack-04", "earbuds-02"),
    "pack-04": ("bottle-03", "earbuds-02"),
    "book-01": ("backpack", "boots"),
    "book-02": ("stove", "camp pot"),
    "book-03": ("knife", "sharpener"),
    "book-04": ("teapot", "kettle-01"),
    "book-05": ("bottle-04", "jacket-04", "headphones-04"),
    "bottle-04": ("jacket-04", "book-05"),
    "jacket-04": ("bottle-04", "book-05", "headphones-04"),
    "book-06": ("headlamp", "tent"),
    "book-07": ("book-08",),
    "book-08": ("book-07", "keyboard"),
    "book-09": ("blanket", "lamp-02"),
    "book-10": ("microphone", "audio interface"),
}

_USED_UP = frozenset({"fuel", "coffee beans"})
_PERSONA_SHARES = {"outdoor": 0.9, "kitchen": 0.04, "books": 0.04}
_PERSONA_TYPES = {"tent": 1.5, "stove": 1.2, "camp pot": 1.0, "sleeping bag": 1.0, "fuel": 1.0, "headlamp": 0.8}
_CLICK = np.array([0.04, 0.15, 0.45, 0.7])
_HOURS = ((8.0, 1.0, 0.2), (12.5, 0.7, 0.25), (20.5, 1.2, 0.55))  # mean, deviation, share
_PAGE = 10

_Array = NDArray[np.float64]
_Choices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _World:
    """What is the same for all shoppers. n items, q queries that have a relevant item among them."""

    ids: tuple[str, ...]
    available: NDArray[np.bool_]  # (n,)
    used_up: NDArray[np.bool_]  # (n,)
    popularity: _Array  # (n,) log
    price: _Array  # (n,) log price, standardised inside the category
    groups: Mapping[str, tuple[tuple[str, ...], _Choices]]  # category, type, brand: names and (n,) codes
    related: _Array  # (n, n)
    near: _Array  # (n, n) one or two steps along related, in 0..1
    texts: tuple[str, ...]  # (q,)
    grades: _Array  # (q, n), NaN: not judged


@dataclass(frozen=True, slots=True)
class _Act:
    """One event before it has a time."""

    kind: EventKind
    row: int
    query: str = ""
    position: int | None = None


def simulate(
    items: Sequence[Item],
    *,
    users: int = SHOPPERS,
    events_per_user: float = 20,
    seed: int = SEED,
    start: float = START,
    days: int = 90,
) -> list[Event]:
    """The log of ``users`` simulated shoppers over ``days`` days from ``start`` (seconds since 1970), oldest first.

    The module says how they are drawn. Users are ``u1`` … ``u<users>`` with about ``events_per_user`` events
    each; event ids are ``<user>-<number>``. Equal arguments give equal events. Raises UsageError for numbers
    that are not positive and for an empty catalogue.
    """
    for name, number in (("users", users), ("events_per_user", events_per_user), ("days", days)):
        if not number > 0:
            raise UsageError(f"{name} = {number}; it must be above 0", f"leave {name} out to get the default")
    if not items:
        raise UsageError("the catalogue is empty; shoppers need at least one item", "pass soutui.data.sample.items()")
    world = _world(items, seed)
    events = [
        event for number in range(1, users + 1) for event in _shop(world, number, events_per_user, seed, start, days)
    ]
    return sorted(events, key=lambda event: (event.time, event.id))


def _world(items: Sequence[Item], seed: int) -> _World:
    n = len(items)
    rng = np.random.default_rng([seed, 0])
    groups = {
        name: _codes(str(item.attributes.get(name, "")) for item in items) for name in ("category", "type", "brand")
    }
    row_of = {item.id: row for row, item in enumerate(items)}
    graded: dict[str, _Array] = {}
    for judgment in judgments():
        if judgment.item in row_of:
            graded.setdefault(judgment.query, np.full(n, np.nan))[row_of[judgment.item]] = judgment.grade
    related = _related(items, groups)
    step = related / np.maximum(related.sum(axis=1, keepdims=True), 1e-12)
    near = step + step @ step
    asked = [query for query in queries() if query.id in graded and np.nanmax(graded[query.id]) > 0]
    return _World(
        ids=tuple(item.id for item in items),
        available=np.array([item.available for item in items]),
        used_up=np.array([item.attributes.get("type", "") in _USED_UP for item in items]),
        popularity=-0.5 * np.log(1.0 + rng.permutation(n)),
        price=_standardised(items, groups["category"][1]),
        groups=groups,
        related=related,
        near=near / np.maximum(near.max(axis=1, keepdims=True), 1e-12),
        texts=tuple(query.text for query in asked),
        grades=np.array([graded[query.id] for query in asked]).reshape(len(asked), n),
    )


def _codes(values: Iterable[str]) -> tuple[tuple[str, ...], _Choices]:
    names, codes = np.unique(np.array(list(values)), return_inverse=True)
    return tuple(str(name) for name in names), codes.astype(np.intp)


def _standardised(items: Sequence[Item], categories: _Choices) -> _Array:
    prices = [item.attributes.get("price") for item in items]
    logs = np.array([np.log(price) if isinstance(price, float | int) and price > 0 else np.nan for price in prices])
    z = np.zeros(len(items))
    for category in np.unique(categories):
        mine = (categories == category) & ~np.isnan(logs)
        spread = logs[mine].std() if mine.any() else 0.0
        if spread > 0:
            z[mine] = (logs[mine] - logs[mine].mean()) / spread
    return z


def _related(items: Sequence[Item], groups: Mapping[str, tuple[tuple[str, ...], _Choices]]) -> _Array:
    category, kind, brand = (groups[name][1] for name in ("category", "type", "brand"))
    labels = [{item.id, str(item.attributes.get("type", ""))} for item in items]
    related = np.where(category[:, None] == category[None, :], 0.03, 0.0)
    for row, item in enumerate(items):
        # What an item says about itself replaces what its type says: a children's bottle leads to children's things.
        wanted = set(GOES_WITH.get(item.id) or GOES_WITH.get(str(item.attributes.get("type", "")), ()))
        if item.id not in GOES_WITH:
            related[row, kind == kind[row]] = 0.5
        related[row, [bool(wanted & label) for label in labels]] = 1.0
    related *= np.where(brand[:, None] == brand[None, :], 1.5, 1.0)
    np.fill_diagonal(related, 0.0)
    return related


def _appeal(world: _World, rng: np.random.Generator, persona: bool) -> _Array:
    """How much each item appeals to this user, (n,), as log weights."""
    (categories, category), (types, kind), (brands, brand) = (world.groups[g] for g in ("category", "type", "brand"))
    shares = rng.dirichlet(np.full(len(categories), 0.3))
    liking = rng.normal(0.0, 1.0, len(types))
    if persona:
        shares = np.array([_PERSONA_SHARES.get(name, 0.01) for name in categories])
        liking = np.array([_PERSONA_TYPES.get(name, 0.0) for name in types])
    loyalty = rng.normal(0.0, 0.5, len(brands))
    price = -0.25 * (world.price - rng.normal()) ** 2
    appeal: _Array = world.popularity + np.log(shares + 0.01)[category] + liking[kind] + loyalty[brand] + price
    # Hobbies: two items to which the user comes back, and what goes with them.
    chance = np.exp(appeal - appeal.max())
    hobbies = rng.choice(len(appeal), min(2, len(appeal)), replace=False, p=chance / chance.sum())
    appeal += 3.0 * world.near[hobbies].max(axis=0)
    return appeal


def _shop(world: _World, number: int, events_per_user: float, seed: int, start: float, days: int) -> list[Event]:
    """All events of one user, oldest first."""
    rng = np.random.default_rng([seed, number])
    user = f"u{number}"
    appeal = _appeal(world, rng, user == PERSONA)
    chance = np.exp(appeal - appeal.max())
    chance /= chance.sum()
    taste = np.argsort(np.argsort(appeal, kind="stable"), kind="stable") / max(1, len(appeal) - 1)
    length = 3 * events_per_user if user == PERSONA else rng.gamma(2.0, events_per_user / 2.0)
    owned = np.zeros(len(appeal), np.bool_)
    sessions: list[list[_Act]] = []
    # A session is finished even when it goes past the length; half a session is taken off to keep the mean.
    while not sessions or sum(map(len, sessions)) < length - 4:
        acts = _session(world, rng, chance, taste, owned)
        if not acts:
            break
        sessions.append(acts)
        owned[[act.row for act in acts if act.kind == "purchase" and not world.used_up[act.row]]] = True
    return _timed(world, rng, user, sessions, start, days)


def _session(
    world: _World, rng: np.random.Generator, chance: _Array, taste: _Array, owned: NDArray[np.bool_]
) -> list[_Act]:
    """What the user does in one visit; ``chance``, ``taste`` and ``owned`` are (n,). Empty: nothing left to look at."""
    acts: list[_Act] = []
    cart: list[_Act] = []
    closed = owned.copy()
    last: int | None = None

    def click(view: _Act) -> None:
        acts.append(_Act("click", view.row, view.query, view.position))
        if world.available[view.row] and rng.random() < 0.3 * taste[view.row]:
            cart.append(_Act("add_to_cart", view.row, view.query, view.position))
            acts.append(cart[-1])

    if world.texts and rng.random() < 0.35:
        for view, grade in _searched(world, rng, chance, closed):
            acts.append(view)
            closed[view.row] = True
            if rng.random() < _CLICK[grade] * (0.6 + 0.6 * taste[view.row]):
                last = view.row
                click(view)
    steps = int(rng.poisson(1.5)) if acts else 1 + int(rng.poisson(2.5))
    for _ in range(steps):
        row = _next(world, rng, chance, closed, last)
        if row is None:
            break
        view = _Act("view", row)
        acts.append(view)
        closed[row] = True
        last = row
        if rng.random() < 0.25 + 0.5 * taste[row]:
            click(view)
    acts.extend(_Act("purchase", act.row, act.query, act.position) for act in cart if rng.random() < 0.6)
    return acts


def _searched(
    world: _World, rng: np.random.Generator, chance: _Array, closed: NDArray[np.bool_]
) -> list[tuple[_Act, int]]:
    """A query and the results of it that are looked at, top to bottom, each with its grade."""
    weights = np.nan_to_num(world.grades) @ np.where(closed, 0.0, chance)
    if weights.sum() <= 0:
        return []
    query = int(rng.choice(len(weights), p=weights / weights.sum()))
    judged = np.flatnonzero(~np.isnan(world.grades[query]) & ~closed)
    grades = world.grades[query, judged]
    best = np.argsort(-(grades + rng.normal(0.0, 0.8, len(judged))), kind="stable")[:_PAGE]
    seen = rng.random(len(best)) < (1.0 + np.arange(len(best))) ** -0.6
    return [
        (_Act("view", int(judged[b]), world.texts[query], place + 1), int(grades[b]))
        for place, b in enumerate(best)
        if seen[place]
    ]


def _next(
    world: _World, rng: np.random.Generator, chance: _Array, closed: NDArray[np.bool_], last: int | None
) -> int | None:
    """The row looked at next, or None when nothing is left."""
    weights = np.where(closed, 0.0, chance)
    if last is not None and rng.random() < 0.7:
        following = np.sqrt(weights) * world.related[last]
        if following.sum() > 0:
            weights = following
    if weights.sum() <= 0:
        return None
    return int(rng.choice(len(weights), p=weights / weights.sum()))


def _timed(
    world: _World, rng: np.random.Generator, user: str, sessions: Sequence[Sequence[_Act]], start: float, days: int
) -> list[Event]:
    count = len(sessions)
    on = rng.choice(days, count, replace=count > days)
    mean, deviation, share = np.array(_HOURS).T
    part = rng.choice(len(share), count, p=share)
    hours = np.clip(rng.normal(mean[part], deviation[part]), 5.0, 22.5)
    begins = np.sort(np.round(start + on * 86_400.0 + hours * 3_600.0))
    events: list[Event] = []
    for index, (acts, begin) in enumerate(zip(sessions, begins, strict=True), 1):
        times = begin + np.cumsum(np.ceil(rng.exponential(35.0, len(acts))) + 1.0)
        for act, time in zip(acts, times, strict=True):
            events.append(
                Event(
                    id=f"{user}-{len(events) + 1:04d}",
                    kind=act.kind,
                    item=world.ids[act.row],
                    user=user,
                    session=f"{user}-s{index}",
                    time=float(time),
                    query=act.query,
                    position=act.position,
                )
            )
    return events
