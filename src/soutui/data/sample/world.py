"""The shop as the simulation sees it: the catalogue in arrays, what goes with what, and the judged queries.

- **Popularity.** Item ``i`` has a rank ``r_i`` (a random permutation): ``log pop_i = -0.5 · log r_i`` (Zipf); what is
  used up (:data:`USED_UP`) is asked for more often, ``+ 1.5``.
- **Comings and goings.** Of the goods, 8 % come into the shop during the first 80 % of the period and 4 % leave it
  after the first 40 %. What has a day of publication is there from that day.
- **Kin.** Items lie on *nodes*: a type of a category, or an item of its own when the map of what goes with what
  (:func:`soutui.data.sample.shop.goes_with`) names it. ``R_ab`` is 1 when b goes with a, 0.5 for two items of one
  type, 0.03 inside a category, else 0; and never below ``0.6 · R_ba``, so what leads there leads back. Between two
  items of one brand it counts 1.5 times. ``D``, how near two nodes are, is one or two random steps along ``R``, its
  largest entry per row 1.

Memory is a few arrays over the catalogue and (nodes, nodes); items are read once and not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from soutui.data.sample.seasons import DAY, HALF_LIFE, Cycles
from soutui.data.sample.shop import goes_with, judgments, languages, queries
from soutui.data.schema import Item, Query
from soutui.errors import UsageError

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

#: What tastes are about; each item has one value of each ("" when it has none).
FIELDS = ("category", "type", "brand", "colour", "author")
#: What is used up: type to the days after which it is bought again.
USED_UP: Mapping[str, float] = {"fuel": 21.0, "coffee beans": 14.0, "tea": 25.0, "coffee filters": 30.0}
#: What nobody buys: it is watched or read, liked and shared.
MEDIA = frozenset({"news", "video"})


@dataclass(frozen=True)
class World:
    """What is the same for all shoppers: n items, f values of the fields, c nodes, q queries, j judged items."""

    ids: tuple[str, ...]  # (n,)
    available: NDArray[np.bool_]  # (n,) may be bought
    media: NDArray[np.bool_]  # (n,)
    lasts: Array  # (n,) days until it is bought again, infinity for what lasts
    popularity: Array  # (n,) log
    price: Array  # (n,) log price, standardised inside the category
    born: Array  # (n,) seconds since 1970
    gone: Array  # (n,) seconds since 1970
    half_life: Array  # (n,) days, infinity for what does not age
    values: tuple[tuple[str, str], ...]  # (f,) field and value
    codes: Rows  # (5, n) into values, in the order of FIELDS
    nodes: tuple[tuple[str, str, str], ...]  # (c,) category, type, item id or ""
    node: Rows  # (n,) into nodes
    related: Array  # (c, c)
    near: Array  # (c, c)
    queries: tuple[Query, ...]  # (q,)
    spoken: tuple[str, ...]  # (q,) en, zh or mixed
    judged: Rows  # (j,) rows, ascending
    grades: Array  # (q, j), NaN: not judged

    @classmethod
    def of(cls, items: Iterable[Item], seed: int, start: float, days: float) -> World:
        """The world of these items, which are read once, over ``days`` days from ``start``.

        Raises UsageError when there are no items.
        """
        goes = goes_with()
        named = {name for entry in goes.items() for name in (entry[0], *entry[1])}
        ids: list[str] = []
        values: dict[tuple[str, str], int] = {}
        nodes: dict[tuple[str, str, str], int] = {}
        codes: list[tuple[int, ...]] = []
        facts: list[tuple[int, bool, bool, float, float, float, float]] = []
        for item in items:
            own = [str(item.attributes.get(field, "")) for field in FIELDS]
            category, kind = own[0], own[1]
            place = nodes.setdefault((category, kind, item.id if item.id in named else ""), len(nodes))
            codes.append(tuple(values.setdefault(pair, len(values)) for pair in zip(FIELDS, own, strict=True)))
            ids.append(item.id)
            price = item.attributes.get("price")
            facts.append(
                (
                    place,
                    item.available,
                    category in MEDIA,
                    USED_UP.get(kind, np.inf),
                    np.log(price) if isinstance(price, float | int) and price > 0 else np.nan,
                    _published(item.attributes.get("published")),
                    HALF_LIFE.get(category, np.inf),
                )
            )
        if not ids:
            raise UsageError(
                "the catalogue is empty; shoppers need at least one item", "pass soutui.data.sample.items()"
            )
        node, available, media, lasts, price_, published, half_life = (np.array(c) for c in zip(*facts, strict=True))
        coded = np.array(codes, np.int64).T
        born, gone = _stay(seed, len(ids), published, start, days)
        asked, spoken, judged, grades = _judged(ids)
        related = _related(list(nodes), goes)
        step = related / np.maximum(related.sum(axis=1, keepdims=True), 1e-12)
        near = step + step @ step
        rng = np.random.default_rng([seed, 0])
        return cls(
            ids=tuple(ids),
            available=available.astype(np.bool_),
            media=media.astype(np.bool_),
            lasts=lasts,
            popularity=-0.5 * np.log(1.0 + rng.permutation(len(ids))) + 1.5 * np.isfinite(lasts),
            price=_standardised(price_, coded[0]),
            born=born,
            gone=gone,
            half_life=half_life,
            values=tuple(values),
            codes=coded,
            nodes=tuple(nodes),
            node=node.astype(np.int64),
            related=related,
            near=near / np.maximum(near.max(axis=1, keepdims=True), 1e-12),
            queries=asked,
            spoken=spoken,
            judged=judged,
            grades=grades,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """Category and type of each node, (c,)."""
        return tuple((category, kind) for category, kind, _ in self.nodes)

    @cached_property
    def field(self) -> Rows:
        """The field of each value as its place in FIELDS, (f,)."""
        return np.array([FIELDS.index(name) for name, _ in self.values], np.int64)

    @cached_property
    def gains(self) -> Array:
        """The grades (q, j) with 0 for what is not judged."""
        return np.nan_to_num(self.grades)

    @cached_property
    def hears(self) -> Mapping[str, Array]:
        """How readily somebody of each language asks each query, (q,): in the other language a tenth."""
        spoken = np.array(self.spoken, np.str_)
        return {own: np.where((spoken == own) | (spoken == "mixed"), 1.0, 0.1) for own in ("en", "zh")}

    @cached_property
    def cycles(self) -> Cycles:
        """Year and week of each node, (c,)."""
        return Cycles.of(self.kinds)

    @cached_property
    def draw(self) -> Array:
        """The share of the catalogue's popularity up to and with each item, (n,): ends with 1."""
        total: Array = np.cumsum(np.exp(self.popularity))
        total /= total[-1]
        return total

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Item id to row."""
        return {name: row for row, name in enumerate(self.ids)}

    def rows(self, items: Sequence[str]) -> Rows:
        """The rows (k,) of these items. Raises UsageError for one that the catalogue lacks."""
        missing = [name for name in items if name not in self.row_of]
        if missing:
            raise UsageError(f"no item {missing[0]!r} in this catalogue", "use the ids of the items simulated with")
        return np.array([self.row_of[name] for name in items], np.int64)


def _published(value: object) -> float:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC).timestamp() if value else np.nan
    except ValueError:
        return np.nan


def _stay(seed: int, n: int, published: Array, start: float, days: float) -> tuple[Array, Array]:
    """From when until when each item is in the shop, both (n,) in seconds since 1970."""
    rng = np.random.default_rng([seed, 0, 1])
    dice, when = rng.random(n), rng.random(n)
    born = np.where(dice < 0.08, start + 0.8 * when * days * DAY, start - 365 * DAY)
    gone = np.where(dice > 0.96, start + (0.4 + 0.6 * when) * days * DAY, np.inf)
    dated = ~np.isnan(published)
    return np.where(dated, published, born), np.where(dated, np.inf, gone)


def _standardised(logs: Array, categories: Rows) -> Array:
    z = np.zeros(len(logs))
    for category in np.unique(categories):
        mine = (categories == category) & ~np.isnan(logs)
        spread = logs[mine].std() if mine.any() else 0.0
        if spread > 0:
            z[mine] = (logs[mine] - logs[mine].mean()) / spread
    return z


def _related(nodes: Sequence[tuple[str, str, str]], goes: Mapping[str, tuple[str, ...]]) -> Array:
    categories, kinds, names = (np.array(part) for part in zip(*nodes, strict=True))
    related = np.where(categories[:, None] == categories[None, :], 0.03, 0.0)
    for row, (category, kind, name) in enumerate(nodes):
        wanted = set(goes.get(name) or goes.get(kind, ()))
        if name not in goes:
            related[row, (kinds == kind) & (categories == category)] = 0.5
        related[row, np.isin(kinds, list(wanted)) | np.isin(names, list(wanted))] = 1.0
    return np.maximum(related, 0.6 * related.T)


def _judged(ids: Sequence[str]) -> tuple[tuple[Query, ...], tuple[str, ...], Rows, Array]:
    """The queries with a relevant item among these, their languages, the judged rows, and the grades (q, j)."""
    row_of = {name: row for row, name in enumerate(ids)}
    known = [(one.query, row_of[one.item], one.grade) for one in judgments() if one.item in row_of]
    relevant = {query for query, _, grade in known if grade > 0}
    asked = tuple(query for query in queries() if query.id in relevant)
    place = {query.id: number for number, query in enumerate(asked)}
    judged = np.unique(np.array([row for query, row, _ in known if query in place], np.int64))
    grades = np.full((len(asked), len(judged)), np.nan)
    for query, row, grade in known:
        if query in place:
            grades[place[query], np.searchsorted(judged, row)] = grade
    spoken = languages()
    return asked, tuple(spoken[query.id] for query in asked), judged, grades
