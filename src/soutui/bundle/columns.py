"""Attributes by column: filters become masks, candidates become facet counts.

A field is *numeric* when every value of it is a number, otherwise *categorical* (text, booleans, several values).
Text is compared without regard to case.
"""

from __future__ import annotations

import difflib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import load_array, open_array
from soutui.data.schema import Attribute
from soutui.errors import FilterError
from soutui.filters import And, AnyOf, Filter, Not, Or, Range
from soutui.types import Mask, Rows

_META = "columns.json"


def words(value: Any) -> tuple[str, ...]:
    """The values of an attribute as text, one or several."""
    if isinstance(value, list | tuple):
        return tuple(str(part) for part in value)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    return (str(value),)


def _spellings(value: Any) -> set[str]:
    """The texts that a filter value equals: its own and, for a number however written, the one :func:`words` gives."""
    number = _float(value)
    texts = words(value) if math.isnan(number) else (*words(value), *words(number))
    return {text.casefold() for text in texts}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Numeric:
    """One number per row ``(n,)``; nan where an item has none."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values = values

    def any_of(self, name: str, values: tuple[Any, ...]) -> Mask:
        """Rows whose number is one of these."""
        numbers = []
        for value in values:
            try:
                numbers.append(float(value))
            except ValueError:
                raise FilterError(
                    f"{name!r} holds numbers; {value!r} came", f"try {name}=20 or a range such as {name}<=20"
                ) from None
        return np.isin(self.values, numbers)

    def range(self, bounds: Range) -> Mask:
        """Rows whose number lies between the bounds; rows without a number do not."""
        mask = ~np.isnan(self.values)
        if bounds.gte is not None:
            mask &= self.values >= bounds.gte
        if bounds.gt is not None:
            mask &= self.values > bounds.gt
        if bounds.lte is not None:
            mask &= self.values <= bounds.lte
        if bounds.lt is not None:
            mask &= self.values < bounds.lt
        return mask

    def count(self, rows: Rows) -> Counter[str]:
        """How often each number occurs among these rows."""
        values = self.values[rows]
        unique, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        return Counter({words(value)[0]: count for value, count in zip(unique.tolist(), counts.tolist(), strict=True)})


class Categorical:
    """Value codes per row: ``codes[ends[row-1]:ends[row]]`` (``ends`` None: exactly one, -1 for none)."""

    def __init__(self, names: list[str], codes: NDArray[np.int32], ends: NDArray[np.int64] | None) -> None:
        self.names, self.codes, self.ends = names, codes, ends
        self._code: dict[str, list[int]] = {}
        for code, name in enumerate(names):
            self._code.setdefault(name.casefold(), []).append(code)

    def any_of(self, name: str, values: tuple[Any, ...]) -> Mask:
        """Rows that have one of these values."""
        wanted = [code for value in values for word in _spellings(value) for code in self._code.get(word, ())]
        if not wanted:
            return np.zeros(len(self.codes) if self.ends is None else len(self.ends), np.bool_)
        hits = self.codes == wanted[0] if len(wanted) == 1 else np.isin(self.codes, wanted)
        if self.ends is None:
            return hits
        total = np.concatenate(([0], np.cumsum(hits)))
        starts = np.concatenate(([0], self.ends[:-1]))
        return np.asarray(total[self.ends] > total[starts])

    def count(self, rows: Rows) -> Counter[str]:
        """How often each value occurs among these rows."""
        if self.ends is None:
            codes = self.codes[rows]
        else:
            parts = [self.codes[(self.ends[r - 1] if r else 0) : self.ends[r]] for r in rows.tolist()]
            codes = np.concatenate(parts) if parts else np.empty(0, np.int32)
        unique, counts = np.unique(codes[codes >= 0], return_counts=True)
        return Counter({self.names[code]: int(count) for code, count in zip(unique, counts, strict=True)})


class Columns:
    """All attribute columns of ``n`` items."""

    def __init__(self, n: int, columns: Mapping[str, Numeric | Categorical]) -> None:
        self.n = n
        self._columns = columns

    @property
    def fields(self) -> tuple[str, ...]:
        """The known field names, sorted."""
        return tuple(sorted(self._columns))

    @staticmethod
    def write(folder: Path, rows: Iterable[Mapping[str, Attribute]]) -> None:
        """Write the columns of these attribute mappings, in row order."""
        folder.mkdir(parents=True, exist_ok=True)
        gathered: dict[str, list[tuple[int, Any]]] = {}
        n = 0
        for attributes in rows:
            for name, value in attributes.items():
                gathered.setdefault(name, []).append((n, value))
            n += 1
        meta: list[dict[str, Any]] = []
        for place, (name, cells) in enumerate(sorted(gathered.items())):
            entry: dict[str, Any] = {"name": name}
            if all(_is_number(value) for _, value in cells):
                values = np.full(n, np.nan)
                values[[row for row, _ in cells]] = [value for _, value in cells]
                np.save(folder / f"{place}.values.npy", values)
                entry["kind"] = "numeric"
            else:
                codes: dict[str, int] = {}
                flat: list[int] = []
                lengths = np.zeros(n, np.int64)
                for row, value in cells:
                    told = tuple(dict.fromkeys(words(value)))  # a value said twice is counted once
                    flat.extend(codes.setdefault(word, len(codes)) for word in told)
                    lengths[row] = len(told)
                entry.update(kind="categorical", names=list(codes), single=bool((lengths <= 1).all()))
                packed = np.array(flat, np.int32)
                if entry["single"]:
                    single = np.full(n, -1, np.int32)
                    single[lengths == 1] = packed
                    packed = single
                else:
                    np.save(folder / f"{place}.ends.npy", np.cumsum(lengths))
                np.save(folder / f"{place}.codes.npy", packed)
            meta.append(entry)
        (folder / _META).write_text(json.dumps({"n": n, "columns": meta}, ensure_ascii=False), "utf-8")

    @classmethod
    def open(cls, folder: Path) -> Columns:
        """Map the files of ``folder``."""
        meta = json.loads((folder / _META).read_text("utf-8"))
        mode: Literal["r"] | None = "r" if meta["n"] else None
        columns: dict[str, Numeric | Categorical] = {}
        for place, entry in enumerate(meta["columns"]):
            if entry["kind"] == "numeric":
                columns[entry["name"]] = Numeric((open_array if mode else load_array)(folder / f"{place}.values.npy"))
            else:
                ends = None if entry["single"] else load_array(folder / f"{place}.ends.npy")
                codes = load_array(folder / f"{place}.codes.npy")
                columns[entry["name"]] = Categorical(entry["names"], codes, ends)
        return cls(meta["n"], columns)

    def mask(self, condition: Filter, extra: Iterable[str] = ()) -> Mask:
        """The rows ``(n,)`` for which the filter holds. ``extra`` are field names known elsewhere (live items)."""
        match condition:
            case And(parts):
                masks = [self.mask(part, extra) for part in parts]
                return np.asarray(np.logical_and.reduce([np.ones(self.n, np.bool_), *masks]))
            case Or(parts):
                masks = [self.mask(part, extra) for part in parts]
                return np.asarray(np.logical_or.reduce([np.zeros(self.n, np.bool_), *masks]))
            case Not(part):
                return ~self.mask(part, extra)
            case AnyOf(name, values):
                column = self._column(name, extra)
                return np.zeros(self.n, np.bool_) if column is None else column.any_of(name, values)
            case Range(name):
                column = self._column(name, extra)
                if isinstance(column, Categorical):
                    raise FilterError(f"{name!r} holds text; a range needs numbers", f"try {name}=value")
                return np.zeros(self.n, np.bool_) if column is None else column.range(condition)

    def count(self, name: str, rows: Rows, extra: Iterable[str] = ()) -> Counter[str]:
        """Facet counts of one field among these rows."""
        column = self._column(name, extra)
        return Counter() if column is None else column.count(rows)

    def _column(self, name: str, extra: Iterable[str]) -> Numeric | Categorical | None:
        column = self._columns.get(name)
        if column is None and name not in extra:
            known = sorted({*self._columns, *extra})
            near = difflib.get_close_matches(name, known, 1)
            raise FilterError(
                f"unknown field {name!r}; known: {', '.join(known) or 'none, the catalogue has no attributes'}",
                f"did you mean {near[0]!r}?" if near else "filter by one of the known fields",
            )
        return column


def matches(condition: Filter, attributes: Mapping[str, Any]) -> bool:
    """Whether one item's attributes satisfy the filter; the same meaning as :meth:`Columns.mask`."""
    match condition:
        case And(parts):
            return all(matches(part, attributes) for part in parts)
        case Or(parts):
            return any(matches(part, attributes) for part in parts)
        case Not(part):
            return not matches(part, attributes)
        case AnyOf(name, values):
            if name not in attributes:
                return False
            mine = attributes[name]
            if _is_number(mine):
                return any(_float(value) == float(mine) for value in values)
            have = {word.casefold() for word in words(mine)}
            return any(not have.isdisjoint(_spellings(value)) for value in values)
        case Range(name, gte, gt, lte, lt):
            mine = attributes.get(name)
            if not _is_number(mine):
                return False
            number = float(mine)  # type: ignore[arg-type]
            return (
                (gte is None or number >= gte)
                and (gt is None or number > gt)
                and (lte is None or number <= lte)
                and (lt is None or number < lt)
            )


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
