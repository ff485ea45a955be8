"""Cells to values: clean text, numbers, truth values, times and kinds of events."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

from soutui.data.schema import EventKind
from soutui.data.words import FALSE_WORDS, KIND_WORDS, MISSING_WORDS, TRUE_WORDS
from soutui.errors import DataError

#: Longest id and longest query, in characters.
LONGEST_ID = 1024
LONGEST_QUERY = 10_000

#: What programs write for a missing id.
NO_ID = frozenset({"nan", "null", "none", "<na>", "\\n"})

KINDS: tuple[str, ...] = get_args(EventKind)

_KIND_BY_WORD = {word: kind for kind in KINDS for word in KIND_WORDS[kind]}

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_MONEY = re.compile(r"[-+]?[$€£¥￥]?\s?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s?(元|%)?")
_PADDED = re.compile(r"-?0\d")
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,6})\d*)?)?秒?分?)?"
)
_OLDEST, _NEWEST = -62135596800.0, 253402300800.0  # years 1 to 9999, seconds since 1970


class RowError(DataError):
    """A row that cannot be used: which column, and why. ``reason`` reads ``category: detail``."""

    code = "row"

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if column else reason, "see the allowed columns and values in the guide")
        self.column = column
        self.reason = reason


def clean_text(value: Any) -> str:
    """A cell as text: without control characters and outer space; a whole float as an integer; missing as ``""``."""
    if type(value) is str:
        text = value.strip()
        return text if text.isprintable() else _CONTROL.sub("", text).strip()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return clean_text(value.decode("utf-8", "surrogateescape"))
    if isinstance(value, int) and abs(value) >= 1 << 128:
        return ""  # printing a huge integer takes quadratic time, and nobody names things so
    return clean_text(str(value))


def clean_id(value: Any) -> str:
    """A cell as an id: clean text on one line."""
    text = value if type(value) is str else clean_text(value)
    if text.isprintable() and text:
        return text.strip()
    return _SPACES.sub(" ", _CONTROL.sub("", text)).strip()


def read_id(value: Any, strip_point: bool = False) -> str:
    """A cell as an id; ``""`` for a missing one, also when a program wrote that as ``nan`` or ``null``.

    ``strip_point`` reads ``12.0`` as ``12``. Raises RowError for nested values.
    """
    if type(value) is str:
        text = value.strip()
        if not text.isprintable():
            text = clean_id(text)
    elif isinstance(value, Mapping | list | tuple):
        raise RowError("", f"wrong type: {type(value).__name__} where an id is needed")
    else:
        text = clean_id(value)
    if strip_point and text.endswith(".0") and text[:-2].isdecimal():
        return text[:-2]
    return "" if len(text) <= 4 and text.lower() in NO_ID else text


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, an empty list, or a word such as ``n/a``."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING_WORDS
    if isinstance(value, list | tuple | dict):
        return not value
    return value is None or (isinstance(value, float) and math.isnan(value))


def parse_number(value: Any) -> float | None:
    """A cell as a number, ``1,299.00`` and ``¥99`` included; None when it is none. May be infinite or NaN."""
    if isinstance(value, int | float | Decimal):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value).strip()
    if _NUMBER.fullmatch(text):
        return float(text)
    if text.lower().lstrip("+-") in ("inf", "infinity", "nan"):
        return float(text)
    if len(text) < 40 and _MONEY.fullmatch(text):
        return float(re.sub(r"[^\d.+-]", "", text))
    return None


def is_code(value: Any) -> bool:
    """Whether digits are a name and not a quantity: ``007``, or more digits than a float keeps."""
    return isinstance(value, str) and (
        _PADDED.match(value.strip()) is not None or len(value.strip().split(".")[0]) > 15
    )


def parse_bool(value: Any) -> bool | None:
    """A cell as a truth value in English or Chinese, or 1 and 0; None when it is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return None if math.isnan(value) else value > 0
    word = str(value).strip().lower()
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def parse_time(value: Any) -> float | None:
    """Seconds since 1970 of a cell; None when it is no time.

    Reads numbers of seconds, milli-, micro- or nanoseconds (told by size), ISO 8601 with zone (UTC without),
    ``2024/01/05 10:00``, ``2024年1月5日``, ``20240105``, and Python's dates.
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            if not _NUMBER.fullmatch(text):
                return _from_text(text)
            if len(text) == 8 and text[:2] in ("19", "20") and text.isdigit():
                return _seconds(datetime.strptime(text, "%Y%m%d"))
        except ValueError:
            if not _NUMBER.fullmatch(text):
                return None
        value = float(text)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        number = parse_number(value)
        if number is None or not math.isfinite(number):
            return None
        size = abs(number)
        if size >= 1e11:
            number /= 1e3 if size < 1e14 else 1e6 if size < 1e17 else 1e9
        return number if _OLDEST <= number < _NEWEST else None
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, date):
        return _seconds(datetime(value.year, value.month, value.day))
    return None


def parse_kind(value: Any) -> EventKind | None:
    """The kind of event that a word means in English or Chinese; None when it is none."""
    word = re.sub(r"[\s\-]+", "_", str(value).strip().lower())
    kind: Any = _KIND_BY_WORD.get(word)
    return kind  # type: ignore[no-any-return]


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _from_text(text: str) -> float | None:
    try:
        return _seconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction = (part or "0" for part in match.groups())
    micro = int(fraction.ljust(6, "0"))
    return _seconds(datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro))
