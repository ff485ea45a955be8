"""What a column looks like, from a sample of its rows: distinct, long, numeric, a time, a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from soutui.data.values import clean_text, is_code, is_missing, parse_bool, parse_kind, parse_number, parse_time
from soutui.data.words import CODE_WORDS, plain_name

AttributeType = Literal["number", "bool", "text"]

_SEPARATORS = ("|", ";", "；", "、", "，", ",")
_IMAGE = re.compile(r"\.(jpe?g|png|webp|gif|bmp|avif)(\?|$)", re.IGNORECASE)
_LINK = re.compile(r"(https?:)?//\S+$|[\w./\\-]+\.\w{2,4}$")
_WIDE = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
#: Epoch seconds of 1973 to 2099, and the same in milli-, micro- and nanoseconds.
_EPOCHS = tuple((1e8 * unit, 4.1e9 * unit) for unit in (1.0, 1e3, 1e6, 1e9))


def column_names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """All columns of the rows, in order of first appearance."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names)


class Column:
    """One column of a sample: its name, its filled values and what they have in common."""

    def __init__(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.name = name
        self.plain = plain_name(name)
        self.values: list[Any] = [row[name] for row in rows if name in row and not is_missing(row[name])]

    def share(self, test: Callable[[Any], bool]) -> float:
        """The share of filled values that pass; 0 when none is filled."""
        return sum(map(test, self.values)) / len(self.values) if self.values else 0.0

    @cached_property
    def texts(self) -> list[str]:
        """The filled values as text."""
        return [clean_text(value) for value in self.values]

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(set(self.texts))

    @property
    def unique(self) -> bool:
        """Whether (nearly) every value is different."""
        return bool(self.values) and self.distinct >= 0.99 * len(self.values)

    @cached_property
    def nested(self) -> bool:
        """Whether values are mappings."""
        return self.share(lambda value: isinstance(value, Mapping)) > 0.5

    @cached_property
    def numeric(self) -> bool:
        """Whether every value is a number and none is a code such as 007."""
        return self.share(lambda value: not isinstance(value, bool) and parse_number(value) is not None) == 1.0

    @cached_property
    def countable(self) -> bool:
        """Whether nearly every value is a number; the odd one out will be quarantined."""
        return self.share(lambda value: not isinstance(value, bool) and parse_number(value) is not None) >= 0.9

    @cached_property
    def answers(self) -> bool:
        """Whether nearly every value is a truth value; the odd one out will be quarantined."""
        return self.share(lambda value: parse_bool(value) is not None) >= 0.9

    @cached_property
    def numbers(self) -> list[float]:
        """The values that are finite numbers."""
        found = (parse_number(value) for value in self.values)
        return [number for number in found if number is not None and abs(number) < float("inf")]

    @cached_property
    def boolean(self) -> bool:
        """Whether every value is a truth value (1 and 0 included)."""
        return self.share(lambda value: parse_bool(value) is not None) == 1.0 and self.distinct <= 4

    @cached_property
    def clock(self) -> bool:
        """Whether nearly every value is a plausible time (since 1973, when it is a bare number)."""
        return self.share(_is_clock) >= 0.9

    @cached_property
    def kinds(self) -> float:
        """The share of values that name a kind of event."""
        return self.share(lambda value: parse_kind(value) is not None)

    @cached_property
    def pictures(self) -> bool:
        """Whether most values are names of picture files."""
        return self.share(lambda value: _IMAGE.search(_first(value)) is not None) > 0.8

    @cached_property
    def links(self) -> bool:
        """Whether most values are addresses or paths."""
        return self.share(lambda value: _LINK.match(_first(value)) is not None) > 0.8

    @cached_property
    def lists(self) -> bool:
        """Whether most values are lists."""
        return self.share(lambda value: isinstance(value, list | tuple)) > 0.5

    @cached_property
    def wide(self) -> bool:
        """Whether many values hold Chinese, Japanese or Korean characters."""
        return self.share(lambda value: isinstance(value, str) and _WIDE.search(value) is not None) > 0.1

    @cached_property
    def wordy(self) -> bool:
        """Whether values are free text: strings (or lists of them), not numbers, links, times or truth values."""
        plain = self.share(lambda value: isinstance(value, str | list | tuple)) > 0.9
        return plain and not (self.numeric or self.links or self.boolean or self.clock)

    @cached_property
    def length(self) -> float:
        """Mean length in characters; a Chinese, Japanese or Korean one counts three."""
        sample = self.texts[:200]
        return sum(len(text) + 2 * len(_WIDE.findall(text)) for text in sample) / len(sample) if sample else 0.0

    @property
    def looks(self) -> str:
        """One phrase for a person: how many values, how many different."""
        if not self.values:
            return "empty in the sample"
        if self.distinct == len(self.values):
            return f"all {self.distinct} distinct"
        return f"{self.distinct} distinct of {len(self.values)}"


def guess_types(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> dict[str, AttributeType]:
    """Attribute column -> what its values become. A number only when the whole sample is numeric and no code."""
    types: dict[str, AttributeType] = {}
    for name in columns:
        column = Column(name, rows)
        types[name] = "text"
        asks = column.plain.startswith(("is_", "has_", "是否"))
        if column.boolean and (asks or not column.numeric):
            types[name] = "bool"
        elif column.numeric and not (_names_code(column.plain) or any(map(is_code, column.values))):
            types[name] = "number"
    return types


def guess_lists(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> dict[str, str]:
    """Attribute column -> separator, for columns whose cells hold several values: ``Action|Crime``, ``红色、蓝色``.

    A column counts when enough cells hold the separator, the parts are short, and the parts repeat more than the
    whole cells do (``Action`` in many combinations); so ``Acme, Inc.`` stays whole.
    """
    found: dict[str, str] = {}
    for name in columns:
        texts = [value.strip() for row in rows if isinstance(value := row.get(name), str) and not is_missing(value)]
        for separator in _SEPARATORS:
            if _is_list(texts, separator):
                found[name] = separator
                break
    return found


def whole_ids(rows: Sequence[Mapping[str, Any]], column: str) -> bool:
    """Whether ids read ``12.0``: whole numbers that a table program wrote as fractions. They become ``12``."""
    if not column:
        return False
    texts = Column(column, rows).values
    return bool(texts) and all(isinstance(text, str) and text.endswith(".0") and text[:-2].isdigit() for text in texts)


def _is_list(texts: Sequence[str], separator: str) -> bool:
    holding = sum(separator in text for text in texts)
    needed = 0.2 if separator == "|" else 0.4 if separator != "," else 0.5
    if holding < 2 or holding < needed * len(texts):
        return False
    cells = [[part.strip() for part in text.split(separator)] for text in texts]
    parts = [part for cell in cells for part in cell if part]
    short = sum(len(part) <= 40 and len(part.split()) <= 4 for part in parts)
    if short < 0.97 * len(parts) or (separator == "," and all(parse_number(part) is not None for part in parts)):
        return False
    distinct, wholes = len(set(parts)), len(set(texts))
    repeated = distinct <= 0.75 * len(parts)
    return repeated and (separator == "|" or distinct < wholes or (separator != "," and distinct <= 0.5 * len(texts)))


def _first(value: Any) -> str:
    """The value, or the first of a list of values, as text; ``""`` when that is no string."""
    one = value[0] if isinstance(value, list | tuple) and value else value
    return one.strip() if isinstance(one, str) else ""


def _names_code(plain: str) -> bool:
    return plain.rpartition("_")[2] in CODE_WORDS or any(
        plain.endswith(word) for word in CODE_WORDS if not word.isascii()
    )


def _is_clock(value: Any) -> bool:
    seconds = parse_time(value)
    if seconds is None:
        return False
    number = parse_number(value)
    if number is None:
        return True
    eight = 19_000_101 <= number <= 21_001_231 and isinstance(value, str)  # 20240105
    return eight or any(low <= number <= high for low, high in _EPOCHS)
