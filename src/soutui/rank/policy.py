"""Policy: what a shop decides after ranking. Rules (pin, boost, bury), caps per attribute value, diversity.

It sees rows, scores and attributes; it does not know which source found what.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from soutui.config import PolicySettings, Rule
from soutui.errors import SettingError
from soutui.filters import Filter, parse_json
from soutui.text.normalise import has_cjk, normalise
from soutui.types import Mask, Rows, Scores, Vectors


class Shelf(Protocol):
    """What policy asks of the catalogue."""

    def row(self, item: str) -> int | None:
        """Row of an external id."""
        ...

    def attributes(self, row: int) -> Mapping[str, Any]:
        """Attributes of a row."""
        ...

    def mask(self, condition: Filter) -> Mask:
        """Rows for which a filter holds."""
        ...

    def vectors(self, rows: Rows) -> Vectors:
        """Unit vectors of rows; zero rows where there is no encoder."""
        ...


@dataclass(frozen=True, slots=True)
class Ordered:
    """Rows in page order with their scores; ``rules`` names the rules that moved a row."""

    rows: Rows
    scores: Scores
    rules: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class Policy:
    """Applies :class:`PolicySettings` to ranked rows. Stateless after construction."""

    def __init__(self, settings: PolicySettings) -> None:
        self._settings = settings
        self._conditions = [parse_json(rule.where) if rule.where else None for rule in settings.rules]
        self._queries = [_pattern(normalise(rule.query)) for rule in settings.rules]
        for rule in settings.rules:
            if (not rule.items and not rule.where) or (rule.action == "pin" and (rule.where or not rule.items)):
                raise SettingError(
                    f"a {rule.action} rule applies to {'items' if rule.action == 'pin' else 'items or where'}",
                    'write items = ["id"], or for boost and bury where = { field = "value" }',
                )

    def apply(
        self, query: str | None, rows: Rows, scores: Scores, allowed: Mask | None, k: int, shelf: Shelf
    ) -> Ordered:
        """At most ``k`` of ``rows`` (best first, all allowed), reordered; pinned items come first, in rule order."""
        settings = self._settings
        told: dict[int, tuple[str, ...]] = {}
        if settings.rules:
            rows, scores, told = self._rules(query, rows, scores, allowed, shelf)
        if settings.diversity > 0 and len(rows) > 2:
            rows, scores = _diversify(rows, scores, settings.diversity, k, shelf, set(told))
        if settings.caps:
            keep = _capped(rows, settings.caps, k, shelf)
            rows, scores = rows[keep], scores[keep]
        return Ordered(rows[:k], scores[:k], told)

    def _rules(
        self, query: str | None, rows: Rows, scores: Scores, allowed: Mask | None, shelf: Shelf
    ) -> tuple[Rows, Scores, dict[int, tuple[str, ...]]]:
        asked = normalise(query or "")
        moved = scores.astype(np.float32, copy=True)
        top = float(scores[0]) if len(scores) else 1.0
        pinned: list[int] = []
        told: dict[int, tuple[str, ...]] = {}
        for rule, condition, needle in zip(self._settings.rules, self._conditions, self._queries, strict=True):
            if needle is not None and not needle.search(asked):
                continue
            named = [row for row in dict.fromkeys(map(shelf.row, rule.items)) if row is not None]
            if rule.action == "pin":
                pinned += [row for row in named if row not in pinned and (allowed is None or allowed[row])]
                told |= {row: (*told.get(row, ()), "pin") for row in named}
                continue
            hit = np.isin(rows, named)
            if condition is not None:
                hit |= shelf.mask(condition)[rows]
            moved[hit] += _signed(rule) * top
            for row in rows[hit].tolist():
                told[row] = (*told.get(row, ()), rule.action)
        rest = ~np.isin(rows, pinned)
        order = np.lexsort((rows[rest], -moved[rest]))
        rows, moved = rows[rest][order], moved[rest][order]
        if pinned:
            ceiling = max(top, float(moved[0]) if len(moved) else top)
            rows = np.concatenate([np.array(pinned, np.int32), rows])
            moved = np.concatenate([np.full(len(pinned), ceiling, np.float32), moved])
        return rows, moved, told


def _signed(rule: Rule) -> float:
    return rule.weight if rule.action == "boost" else -rule.weight


def _capped(rows: Rows, caps: Mapping[str, int], k: int, shelf: Shelf) -> list[int]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in caps}
    keep: list[int] = []
    for place, row in enumerate(rows.tolist()):
        attributes = shelf.attributes(row)
        values = [(name, value) for name in caps if name in attributes for value in _values(attributes[name])]
        if any(counts[name][value] >= caps[name] for name, value in values):
            continue
        for name, value in values:
            counts[name][value] += 1
        keep.append(place)
        if len(keep) == k:
            break
    return keep


def _values(attribute: Any) -> set[str]:
    """The values of an attribute, one or several, as text."""
    return set(map(str, attribute)) if isinstance(attribute, list | tuple) else {str(attribute)}


def _diversify(
    rows: Rows, scores: Scores, strength: float, k: int, shelf: Shelf, fixed: set[int]
) -> tuple[Rows, Scores]:
    """Maximal marginal relevance: next is ``argmax (1-λ)·score - λ·max cos(chosen)`` (Carbonell and Goldstein 1998).

    Rows that a rule placed keep their place at the head; the pool is the first ``max(5 k, 50)`` rows.
    """
    pool = min(len(rows), max(5 * k, 50))
    vectors = shelf.vectors(rows[:pool])
    top = float(scores[:pool].max())
    relevance = scores[:pool] / (top if top > 0 else 1.0)  # all buried below 0: dividing would turn the order round
    chosen: list[int] = []
    closest = np.zeros(pool, np.float32)
    left = np.ones(pool, np.bool_)
    for _ in range(min(k, pool)):
        value = np.where(left, (1 - strength) * relevance - strength * closest, -np.inf)
        head = len(chosen)
        pick = head if head < pool and int(rows[head]) in fixed and left[head] else int(np.argmax(value))
        chosen.append(pick)
        left[pick] = False
        np.maximum(closest, vectors @ vectors[pick], out=closest)
    order = np.array([*chosen, *np.flatnonzero(left).tolist(), *range(pool, len(rows))])
    return rows[order], scores[order]


def _pattern(words: str) -> re.Pattern[str] | None:
    """Finds these words as words ("tea" not in "steak"); Chinese has no word ends, so there it is the text itself."""
    words = words.strip()
    if not words:
        return None
    edges = [r"\b" if not has_cjk(end) else "" for end in (words[0], words[-1])]
    return re.compile(edges[0] + re.escape(words) + edges[1])
