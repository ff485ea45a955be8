"""Filters on item attributes: equality, any-of, ranges, and / or / not.

Three spellings of the same tree: Python objects, JSON (``{"brand": "Kibo", "price": {"lte": 20}}``) and
command-line words (``brand=Kibo``, ``colour=red|blue``, ``price<=20``, ``brand!=Kibo``). Evaluation against
columns lives with the columns, in :mod:`soutui.bundle`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soutui.errors import FilterError

Value = str | float | bool

MAX_DEPTH = 16
MAX_NODES = 256


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field has at least one of these values."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The numeric field lies between the bounds; None leaves a side open."""

    field: str
    gte: float | None = None
    gt: float | None = None
    lte: float | None = None
    lt: float | None = None


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter


Filter = AnyOf | Range | And | Or | Not

_BOUNDS = ("gte", "gt", "lte", "lt")
_WORD = re.compile(r"^\s*([^=<>!]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$", re.DOTALL)


def parse_words(words: Sequence[str]) -> Filter | None:
    """Command-line filters; several are and-ed. None when there are none.

    >>> parse_words(["brand=Kibo|Toru"])
    AnyOf(field='brand', values=('Kibo', 'Toru'))
    """
    parts: list[Filter] = []
    for word in words:
        match = _WORD.match(word)
        if match is None:
            raise FilterError(
                f"cannot read the filter {word!r}", "write field=value, field=a|b, field!=value or field<=number"
            )
        name, operator, text = match.groups()
        if operator in ("=", "!="):
            equal = AnyOf(name, tuple(part.strip() for part in text.split("|")))
            parts.append(equal if operator == "=" else Not(equal))
        else:
            bound = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[operator]
            parts.append(Range(name, **{bound: _number(name, text)}))
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def parse_json(value: Any) -> Filter | None:
    """A filter from its JSON form. None stays None.

    A mapping is the and of its entries: ``{"field": value}``, ``{"field": [values]}``,
    ``{"field": {"gte": 1, "lt": 2}}``, ``{"and": [...]}``, ``{"or": [...]}``, ``{"not": {...}}``.
    """
    if value is None:
        return None
    budget = [MAX_NODES]
    return _parse(value, 0, budget)


def _parse(value: Any, depth: int, budget: list[int]) -> Filter:
    budget[0] -= max(len(value), 1) if isinstance(value, Mapping) else 1
    if depth > MAX_DEPTH or budget[0] < 0:
        raise FilterError(
            f"the filter is deeper than {MAX_DEPTH} levels or longer than {MAX_NODES} parts", "simplify it"
        )
    if not isinstance(value, Mapping) or not value:
        raise FilterError(
            f"a filter is a JSON object with at least one entry; {type(value).__name__} came", 'try {"brand": "Kibo"}'
        )
    parts: list[Filter] = []
    for key, entry in value.items():
        if key in ("and", "or"):
            if not isinstance(entry, Sequence) or isinstance(entry, str) or not entry:
                raise FilterError(f"{key!r} takes a list with at least one filter", 'try {"or": [{...}, {...}]}')
            inner = tuple(_parse(part, depth + 1, budget) for part in entry)
            parts.append(And(inner) if key == "and" else Or(inner))
        elif key == "not":
            parts.append(Not(_parse(entry, depth + 1, budget)))
        elif isinstance(entry, Mapping):
            unknown = [bound for bound in entry if bound not in _BOUNDS]
            if unknown or not entry:
                raise FilterError(
                    f"a range takes {', '.join(_BOUNDS)}; {', '.join(map(str, unknown)) or 'nothing'} came for {key!r}",
                    'try {"price": {"lte": 20}}',
                )
            parts.append(Range(str(key), **{bound: _number(str(key), number) for bound, number in entry.items()}))
        elif isinstance(entry, list | tuple):
            parts.append(AnyOf(str(key), tuple(_scalar(str(key), part) for part in entry)))
        else:
            parts.append(AnyOf(str(key), (_scalar(str(key), entry),)))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _scalar(name: str, value: Any) -> Value:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _number(name, value)
    raise FilterError(
        f"the value for {name!r} must be text, a number or true/false; {type(value).__name__} came",
        'try {"brand": "Kibo"}',
    )


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise FilterError(f"the bound for {name!r} must be a number; {value!r} came", f"try {name}<=20") from None
    if not math.isfinite(number):
        raise FilterError(f"the bound for {name!r} must be finite; {value!r} came", "leave an open side out")
    return number
