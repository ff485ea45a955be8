"""The catalogue as columns: titles and texts as Arrow strings, attributes as numbers and codes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from soutui.checks.wording import Text
from soutui.data.schema import Attribute, Item

#: Fields and attributes looked at; JSON may bring any number of names.
MOST_FIELDS = 64
MOST_ATTRIBUTES = 256
#: Items whose texts are turned into Arrow strings at a time.
_BATCH = 20_000

TEXT, NUMBER, TRUTH, LIST = range(4)
#: What a value of an attribute may be, by code.
VALUE_KINDS = (Text("text", "文本"), Text("number", "数字"), Text("true or false", "真假"), Text("list", "列表"))


@dataclass(frozen=True, slots=True)
class AttributeColumn:
    """One attribute, of the ``m`` items that have it. ``rows`` (m,) ascending; ``kinds`` (m,) of VALUE_KINDS.

    ``numbers`` (m,) is NaN where the value is no number; ``codes`` (m,) is the place in ``values`` of every other
    value's text, -1 for numbers.
    """

    rows: NDArray[np.int32]
    kinds: NDArray[np.int8]
    numbers: NDArray[np.float64]
    codes: NDArray[np.int32]
    values: Sequence[str]

    def __len__(self) -> int:
        return len(self.rows)

    def distinct(self) -> int:
        """How many different values there are."""
        numbers = self.numbers[self.kinds == NUMBER]
        return len(self.values) + len(np.unique(numbers))

    def commonest(self) -> tuple[str, int]:
        """The commonest value, and how many items have it."""
        best, most = "", 0
        if self.values:
            counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))
            best, most = self.values[int(counts.argmax())], int(counts.max())
        numbers, counts = np.unique(self.numbers[self.kinds == NUMBER], return_counts=True)
        if len(counts) and counts.max() > most:
            best, most = f"{numbers[counts.argmax()]:g}", int(counts.max())
        return best, most


@dataclass(frozen=True)
class ItemTable:
    """The catalogue of ``n`` items by row. ``titles`` and each of ``fields`` are Arrow strings (n,).

    An absent text is empty.
    """

    ids: Sequence[str]
    titles: Any
    fields: Mapping[str, Any]
    attributes: Mapping[str, AttributeColumn]
    row_of: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def read(cls, items: Iterable[Item]) -> ItemTable:
        """Take the items apart, in their order."""
        ids: list[str] = []
        titles = _Strings()
        texts: dict[str, _Strings] = {}
        attributes: dict[str, _Values] = {}
        for row, item in enumerate(items):
            ids.append(item.id)
            titles.add(row, item.title)
            for name, text in item.texts.items():
                if name not in texts:
                    if len(texts) == MOST_FIELDS:
                        continue
                    texts[name] = _Strings()
                texts[name].add(row, text)
            for name, value in item.attributes.items():
                if name not in attributes:
                    if len(attributes) == MOST_ATTRIBUTES:
                        continue
                    attributes[name] = _Values()
                attributes[name].add(row, value)
        n = len(ids)
        return cls(
            ids,
            titles.column(n),
            {name: made.column(n) for name, made in texts.items()},
            {name: made.column() for name, made in attributes.items()},
            {name: row for row, name in enumerate(ids)},
        )

    def texts(self) -> Iterator[tuple[str, Any]]:
        """The title and each further field with its name."""
        yield "title", self.titles
        yield from self.fields.items()

    @cached_property
    def whole(self) -> Any:
        """All texts of each item as one, lower case, blanks collapsed: Arrow strings (n,)."""
        parts = [column for _, column in self.texts()]
        joined = pc.binary_join_element_wise(*parts, pa.scalar(" ", pa.large_string())) if len(parts) > 1 else parts[0]
        return fold(joined)


def fold(strings: Any) -> Any:
    """Arrow strings in lower case, each run of blanks one space, none outside."""
    collapsed = pc.replace_substring_regex(strings, r"\s+", " ")
    return pc.utf8_trim_whitespace(pc.utf8_lower(collapsed))


def code_strings(values: Any) -> tuple[NDArray[np.int32], list[str]]:
    """Strings as codes (n,) and the distinct strings in the order of their first coming."""
    strings = values if isinstance(values, pa.Array) else pa.array(values, pa.large_string())
    if isinstance(values, np.ndarray) and not len(values):
        strings = pa.array([], pa.large_string())
    coded = strings.dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int32), coded.dictionary.to_pylist()


@dataclass(slots=True)
class _Strings:
    """Strings by row, with gaps, as they come; turned into Arrow batch by batch."""

    chunks: list[Any] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    end: int = 0

    def add(self, row: int, text: str) -> None:
        """Append ``text`` at a row above the last one."""
        while self.end < row:
            self._pad(row)
        self.batch.append(text)
        self.end += 1
        if len(self.batch) >= _BATCH:
            self._flush()

    def _pad(self, row: int) -> None:
        gap = min(row - self.end, _BATCH)
        self.batch.extend([""] * gap)
        self.end += gap
        if len(self.batch) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self.chunks.append(pa.array(self.batch, pa.large_string()))
        self.batch = []

    def column(self, n: int) -> Any:
        """One Arrow array (n,)."""
        while self.end < n:
            self._pad(n)
        self._flush()
        return pa.concat_arrays(self.chunks)


@dataclass(slots=True)
class _Values:
    """The values of one attribute as they come."""

    rows: array[int] = field(default_factory=lambda: array("i"))
    kinds: array[int] = field(default_factory=lambda: array("b"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    codes: array[int] = field(default_factory=lambda: array("i"))
    values: dict[str, int] = field(default_factory=dict)

    def add(self, row: int, value: Attribute) -> None:
        """Append a value."""
        number, text = float("nan"), ""
        if isinstance(value, bool):
            kind, text = TRUTH, "true" if value else "false"
        elif isinstance(value, int | float):
            kind, number = NUMBER, float(value)
        elif isinstance(value, tuple):
            kind, text = LIST, ", ".join(map(str, value))
        else:
            kind, text = TEXT, value
        self.rows.append(row)
        self.kinds.append(kind)
        self.numbers.append(number)
        self.codes.append(-1 if kind == NUMBER else self.values.setdefault(text, len(self.values)))

    def column(self) -> AttributeColumn:
        """The values as arrays."""
        return AttributeColumn(
            np.array(self.rows, np.int32),
            np.array(self.kinds, np.int8),
            np.array(self.numbers, np.float64),
            np.array(self.codes, np.int32),
            list(self.values),
        )
