"""Rows to events. One plan per file, one pass per row: the hot loop of an import."""

from __future__ import annotations

import difflib
import math
import struct
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from soutui.config import EventColumns
from soutui.data.batches import BatchReader, EventBatch
from soutui.data.hashes import Occurrences, digest, digests, hexes
from soutui.data.profile import whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_blocks
from soutui.data.schema import Event, EventKind
from soutui.data.values import (
    KINDS,
    LONGEST_ID,
    LONGEST_QUERY,
    RowError,
    clean_text,
    is_missing,
    parse_kind,
    parse_number,
    parse_time,
    read_id,
)

_KEYS = ("id", "kind", "user", "session", "item", "time", "order", "value", "query", "position")
_CANONICAL = EventColumns(*_KEYS)
_KNOWN_KINDS = 4096  # spellings remembered, so that a column of noise cannot fill memory
_NAN = math.nan
_pack = struct.Struct("<4d").pack
_pack_count = struct.Struct("<q").pack


class EventConverter:
    """Turns rows into events. An event without an id gets a hash of its content.

    The hash counts equal rows (``occurrences``), so importing a file twice gives the same ids, and two equal rows
    in one import stay two events. Not thread-safe.
    """

    def __init__(
        self, columns: EventColumns, occurrences: Occurrences | None = None, strip_point: bool = False
    ) -> None:
        self.columns = columns
        #: Whether ids such as ``12.0`` are read as ``12``.
        self.strip_point = strip_point
        self._occurrences = occurrences or Occurrences()
        self._kinds: dict[Any, EventKind] = {}
        default = parse_kind(columns.default_kind or "click")
        if default is None:
            raise RowError("default_kind", _unknown_kind(columns.default_kind))
        #: The kind of an event where no column says it.
        self.default: EventKind = default

    def convert(self, values: Mapping[str, Any]) -> Event:
        """The event of a row; raises RowError when the row cannot be used."""
        identity, *rest = self.fields(values)
        if not identity:
            content = _content(*rest)
            key = digest(content)
            times = self._occurrences.next(key)
            identity = f"{digest(content + _pack_count(times)) if times else key:016x}"
        return Event(identity, *rest)

    def fields(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The fields of a row's event in their order, with ``""`` for the id where the row has none."""
        columns = self.columns
        get = values.get
        item = read_id(get(columns.item), self.strip_point)
        if not item:
            raise RowError(columns.item, "empty item: every event needs one")
        user = read_id(get(columns.user), self.strip_point) if columns.user else ""
        session = read_id(get(columns.session), self.strip_point) if columns.session else ""
        if not user and not session:
            raise RowError(columns.user or columns.session, "nobody: neither user nor session")
        if len(item) > LONGEST_ID or len(user) > LONGEST_ID or len(session) > LONGEST_ID:
            raise RowError("", f"id too long: more than {LONGEST_ID} characters")
        kind = self.kind(get(columns.kind)) if columns.kind else self.default
        time = self.time(get(columns.time)) if columns.time else None
        order = self.number(columns.order, get(columns.order)) if columns.order else None
        value = self.number(columns.value, get(columns.value)) if columns.value else None
        if kind == "rating" and value is None:
            raise RowError(columns.value or "value", "rating without a value: it needs a number")
        query = ""
        if columns.query and (query := clean_text(get(columns.query))) and len(query) > LONGEST_QUERY:
            raise RowError(columns.query, f"query too long: more than {LONGEST_QUERY} characters")
        position = self.position(get(columns.position)) if columns.position else None
        identity = read_id(get(columns.id), False) if columns.id else ""
        if len(identity) > LONGEST_ID:
            raise RowError(columns.id, f"id too long: more than {LONGEST_ID} characters")
        return identity, kind, item, user, session, time, order, value, query, position

    def name(
        self,
        ids: Sequence[str],
        kind: Sequence[str],
        item: Sequence[str],
        user: Sequence[str],
        session: Sequence[str],
        time: Sequence[float | None],
        order: Sequence[float | None],
        value: Sequence[float | None],
        query: Sequence[str],
        position: Sequence[int | None],
    ) -> Sequence[str]:
        """The ids of ``n`` events given as columns of (n,): their own, or hashes of their contents where empty."""
        if all(ids):
            return ids
        wanted = [not one for one in ids]
        rows = zip(kind, item, user, session, time, order, value, query, position, strict=True)
        contents = [_content(*row) for row in compress(rows, wanted)]
        keys = digests(contents)
        times = self._occurrences.count(keys)
        for at in times.nonzero()[0].tolist():
            keys[at] = digest(contents[at] + _pack_count(int(times[at])))
        made = iter(hexes(keys))
        return [one or next(made) for one in ids]

    def kind(self, value: Any) -> EventKind:
        """The kind that a cell names; raises RowError."""
        try:
            return self._kinds[value]
        except (KeyError, TypeError):
            pass
        if is_missing(value):
            if self.columns.default_kind:
                return self.default
            raise RowError(self.columns.kind, f"empty kind: allowed are {', '.join(KINDS)}")
        kind = parse_kind(value)
        if kind is None:
            raise RowError(self.columns.kind, _unknown_kind(value))
        if isinstance(value, str) and len(self._kinds) < _KNOWN_KINDS:
            self._kinds[value] = kind
        return kind

    def time(self, value: Any) -> float | None:
        """Seconds since 1970 of a cell, None for an empty one; raises RowError."""
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

    def number(self, column: str, value: Any) -> float | None:
        """The finite number in a cell of ``column``, None for an empty one; raises RowError."""
        if type(value) is float and math.isfinite(value):
            return value
        if _is_blank(value):
            return None
        number = parse_number(value)
        if number is None or not math.isfinite(number):
            raise RowError(column, f"not a finite number: {_shown(value)}")
        return number

    def position(self, value: Any) -> int | None:
        """The position in a cell, None for an empty one; raises RowError."""
        number = self.number(self.columns.position, value)
        if number is None:
            return None
        if number < 1 or not number.is_integer() or number > 1e9:
            raise RowError(self.columns.position, f"not a position: {_shown(value)}; they count from 1")
        return int(number)


def read_event_batches(
    path: Path, columns: EventColumns, quarantine: Quarantine, occurrences: Occurrences | None = None
) -> Iterator[EventBatch]:
    """The events of a file, in file order. Share ``occurrences`` between files whose equal rows differ."""
    rows = head(path)
    strip = whole_ids(rows, columns.item) or whole_ids(rows, columns.user)
    reader, file = BatchReader(EventConverter(columns, occurrences, strip)), str(path)

    def reject(line: int, error: RowError, values: dict[str, Any]) -> None:
        quarantine.reject(file, line, error.column, error.reason, values)

    for block in read_blocks(path, quarantine):
        batch = reader.read(block, reject)
        if len(batch):
            yield batch


def read_events(
    path: Path, columns: EventColumns, quarantine: Quarantine, occurrences: Occurrences | None = None
) -> Iterator[Event]:
    """The events of :func:`read_event_batches` one by one."""
    for batch in read_event_batches(path, columns, quarantine, occurrences):
        yield from batch.events()


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


def _content(
    kind: str,
    item: str,
    user: str,
    session: str,
    time: float | None,
    order: float | None,
    value: float | None,
    query: str,
    position: int | None,
) -> bytes:
    """What the hash of an event is made of; never change it, or importing a file again doubles its events."""
    words = f"{kind}\x1f{user}\x1f{session}\x1f{item}\x1f{query}".encode("utf-8", "surrogatepass")
    return words + _pack(
        _NAN if time is None else time,
        _NAN if order is None else order,
        _NAN if value is None else value,
        _NAN if position is None else position,
    )


def _is_blank(value: Any) -> bool:
    # NaN is not blank in an event: a computation went wrong there, and a person should see it.
    return is_missing(value) and not isinstance(value, float) and str(value).strip().lower() != "nan"


def _unknown_kind(value: Any) -> str:
    return f"unknown kind: {_shown(value)}; allowed are {', '.join(KINDS)} and common words for them"


def _shown(value: Any) -> str:
    return repr(clean_text(value)[:80] or value)[:100]
