"""Rows to events. One plan per file, one pass per row: the hot loop of an import."""

from __future__ import annotations

import difflib
import math
import struct
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soutui.config import EventColumns
from soutui.data.hashes import Occurrences, digest
from soutui.data.profile import whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.data.schema import Event, EventKind
from soutui.data.values import KINDS, RowError, clean_text, is_missing, parse_kind, parse_number, parse_time, read_id

_KEYS = ("id", "kind", "user", "session", "item", "time", "order", "value", "query", "position")
_CANONICAL = EventColumns(*_KEYS)
_KNOWN_KINDS = 4096  # spellings remembered, so that a column of noise cannot fill memory
_NAN = math.nan
_pack = struct.Struct("<4d").pack
_pack_count = struct.Struct("<q").pack
_LONGEST_ID = 1024
_LONGEST_QUERY = 10_000


class EventConverter:
    """Turns rows into events. An event without an id gets a hash of its content.

    The hash counts equal rows (``occurrences``), so importing a file twice gives the same ids, and two equal rows
    in one import stay two events. Not thread-safe.
    """

    def __init__(
        self, columns: EventColumns, occurrences: Occurrences | None = None, strip_point: bool = False
    ) -> None:
        self.columns = columns
        self._occurrences = occurrences or Occurrences()
        self._strip = strip_point
        self._kinds: dict[Any, EventKind] = {}
        default = parse_kind(columns.default_kind or "click")
        if default is None:
            raise RowError("default_kind", _unknown_kind(columns.default_kind))
        self._default = default

    def convert(self, values: Mapping[str, Any]) -> Event:
        """The event of a row; raises RowError when the row cannot be used."""
        columns = self.columns
        get = values.get
        item = read_id(get(columns.item), self._strip)
        if not item:
            raise RowError(columns.item, "empty item: every event needs one")
        user = read_id(get(columns.user), self._strip) if columns.user else ""
        session = read_id(get(columns.session), self._strip) if columns.session else ""
        if not user and not session:
            raise RowError(columns.user or columns.session, "nobody: neither user nor session")
        if len(item) > _LONGEST_ID or len(user) > _LONGEST_ID or len(session) > _LONGEST_ID:
            raise RowError("", f"id too long: more than {_LONGEST_ID} characters")
        kind = self._kind(get(columns.kind)) if columns.kind else self._default
        time = self._time(get(columns.time)) if columns.time else None
        order = self._number(columns.order, get(columns.order)) if columns.order else None
        value = self._number(columns.value, get(columns.value)) if columns.value else None
        if kind == "rating" and value is None:
            raise RowError(columns.value or "value", "rating without a value: it needs a number")
        query = ""
        if columns.query and (query := clean_text(get(columns.query))) and len(query) > _LONGEST_QUERY:
            raise RowError(columns.query, f"query too long: more than {_LONGEST_QUERY} characters")
        position = self._position(get(columns.position)) if columns.position else None
        event = read_id(get(columns.id), False) if columns.id else ""
        if not event:
            event = self._name(f"{kind}\x1f{user}\x1f{session}\x1f{item}\x1f{query}", time, order, value, position)
        elif len(event) > _LONGEST_ID:
            raise RowError(columns.id, f"id too long: more than {_LONGEST_ID} characters")
        return Event(event, kind, item, user, session, time, order, value, query, position)

    def _name(self, words: str, *numbers: float | None) -> str:
        content = words.encode("utf-8", "surrogatepass") + _pack(*[_NAN if n is None else n for n in numbers])
        key = digest(content)
        times = self._occurrences.next(key)
        if times:
            key = digest(content + _pack_count(times))
        return f"{key:016x}"

    def _kind(self, value: Any) -> EventKind:
        try:
            return self._kinds[value]
        except (KeyError, TypeError):
            pass
        if is_missing(value):
            if self.columns.default_kind:
                return self._default
            raise RowError(self.columns.kind, f"empty kind: allowed are {', '.join(KINDS)}")
        kind = parse_kind(value)
        if kind is None:
            raise RowError(self.columns.kind, _unknown_kind(value))
        if isinstance(value, str) and len(self._kinds) < _KNOWN_KINDS:
            self._kinds[value] = kind
        return kind

    def _time(self, value: Any) -> float | None:
        if type(value) is str and 9 <= len(value) <= 10 and value.isdecimal():
            return float(value)  # epoch seconds: nearly always
        if type(value) in (int, float) and 1e8 <= value < 1e11:
            return float(value)
        if _is_blank(value):
            return None
        time = parse_time(value)
        if time is None:
            raise RowError(self.columns.time, f"not a time: {_shown(value)}; seconds, milliseconds or ISO 8601")
        return time

    def _number(self, column: str, value: Any) -> float | None:
        if type(value) is float and math.isfinite(value):
            return value
        if _is_blank(value):
            return None
        number = parse_number(value)
        if number is None or not math.isfinite(number):
            raise RowError(column, f"not a finite number: {_shown(value)}")
        return number

    def _position(self, value: Any) -> int | None:
        number = self._number(self.columns.position, value)
        if number is None:
            return None
        if number < 1 or not number.is_integer() or number > 1e9:
            raise RowError(self.columns.position, f"not a position: {_shown(value)}; they count from 1")
        return int(number)


def read_events(
    path: Path, columns: EventColumns, quarantine: Quarantine, occurrences: Occurrences | None = None
) -> Iterator[Event]:
    """The events of a file, in file order. Share ``occurrences`` between files whose equal rows differ."""
    rows = head(path)
    strip = whole_ids(rows, columns.item) or whole_ids(rows, columns.user)
    converter, file = EventConverter(columns, occurrences, strip), str(path)
    convert = converter.convert
    for line, values in read_rows(path, quarantine):
        try:
            event = convert(values)
        except RowError as error:
            quarantine.reject(file, line, error.column, error.reason, values)
            continue
        yield event


def event_from_dict(values: Mapping[str, Any], now: float | None = None) -> Event:
    """An event from one JSON object: ``{id, kind, user, session, item, time, order, value, query, position}``.

    ``now`` (seconds since 1970) fills a missing time. Without an id, an event that brings its time gets a hash of
    its content, so that a retry is the same event; one without gets a random id. Raises RowError on an unknown key,
    an unknown kind, a missing item or user, and on numbers that are not finite.
    """
    if not isinstance(values, Mapping):
        raise RowError("", f"not an object: {type(values).__name__} came")
    for key, value in values.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise RowError(str(key), f"unknown key: allowed are {', '.join(_KEYS)}{meant}")
        if isinstance(value, Mapping | list):
            raise RowError(key, f"wrong type: {type(value).__name__}; it must be text or a number")
    if is_missing(values.get("kind")):
        raise RowError("kind", f"empty kind: allowed are {', '.join(KINDS)}")
    filled = dict(values)
    timed = not is_missing(filled.get("time")) or not is_missing(filled.get("order"))
    if not timed and is_missing(filled.get("id")):
        filled["id"] = uuid.uuid4().hex
    if is_missing(filled.get("time")):
        filled["time"] = now
    return EventConverter(_CANONICAL).convert(filled)


def _is_blank(value: Any) -> bool:
    # NaN is not blank in an event: a computation went wrong there, and a person should see it.
    return is_missing(value) and not isinstance(value, float) and str(value).strip().lower() != "nan"


def _unknown_kind(value: Any) -> str:
    return f"unknown kind: {_shown(value)}; allowed are {', '.join(KINDS)} and common words for them"


def _shown(value: Any) -> str:
    return repr(clean_text(value)[:80] or value)[:100]
