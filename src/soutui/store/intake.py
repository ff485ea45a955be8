"""Rows of a database into the truth, batch by batch; where it ended is kept beside them, so that the next one goes on.

The cursor moves only after the rows before it are committed. When the source breaks off, everything up to the last
batch stays and the next import resumes there. What the columns mean is decided at the first reading and kept with the
cursor: a later reading of three rows must not decide otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from soutui.config import DataSettings, EventColumns, ItemColumns, SqlSource
from soutui.data.columns import Guess, guess_events, guess_items, guess_lists, guess_types, guess_users
from soutui.data.convert import EventConverter, ItemConverter
from soutui.data.hashes import Seen, digest
from soutui.data.profile import column_names, whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, User
from soutui.data.values import RowError
from soutui.errors import DataError, SoutuiError
from soutui.store.source import Row, SourceReader, redact
from soutui.store.store import EVENT_ROWS, ITEM_ROWS, Store

#: Rows that columns are guessed from.
SAMPLE_ROWS = 2_000
#: The key under which an event gets its id when the query selects none.
_ID = "\0id"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one import of a source did. ``cursor`` is where the next goes on (``""``: it reads everything)."""

    role: str
    read: int
    written: int
    cursor: str = ""
    resumed: bool = False
    guesses: tuple[Guess, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    """How rows become records."""

    columns: ItemColumns | EventColumns
    lists: Mapping[str, str]
    types: Mapping[str, Any]
    strip: bool


def import_source(
    store: Store,
    source: SqlSource,
    data: DataSettings,
    quarantine: Quarantine,
    environment: Mapping[str, str],
    progress: Progress,
) -> Taken:
    """Read what is new in a source into the store; rows that cannot be used go to the quarantine by row number.

    Raises what :class:`~soutui.store.source.SourceReader` raises, with what was kept in the text, and DataError when
    the columns cannot be mapped.
    """
    key, mark = f"cursor:{source.name}", _fingerprint(source, data)
    state = _state(store.get_meta(key), mark)
    since = _value(state["cursor"]) if state.get("cursor") else None
    plan = _plan_of(state, source.role) if state else None
    guesses: Sequence[Guess] = ()
    if since is None:
        quarantine.begin(source.name)
    else:
        quarantine.resume(source.name)
    read = written = 0
    rows_of: Callable[[Sequence[Row], int, frozenset[int]], int] | None = None
    try:
        with SourceReader(source, environment) as reader:
            for batch in reader.rows(since, EVENT_ROWS if source.role == "events" else ITEM_ROWS):
                if plan is None:
                    plan, guesses = _guess(source, data, batch.rows[:SAMPLE_ROWS])
                if rows_of is None:
                    rows_of = _writer(store, source, plan, data.max_field_bytes, quarantine)
                written += rows_of(batch.rows, read, batch.broken)
                read += len(batch.rows)
                cursor = _last(batch.rows, source)
                if cursor is not None:
                    since = cursor
                    kept = {"source": mark, "cursor": _tagged(cursor), **asdict(plan)}
                    store.set_meta(key, orjson.dumps(kept).decode())
                progress(source.role, read, 0)
    except SoutuiError as error:
        if not read or isinstance(error, RowError):
            raise
        goes_on = f"from {source.cursor} = {_shown(since)}" if since is not None else "from the start"
        raise type(error)(
            f"{error.message}; the {read} rows before that are kept, the next import goes on {goes_on}", error.hint
        ) from None
    if rows_of is not None:
        progress(source.role, read, read)
    resumed = bool(state.get("cursor"))
    return Taken(source.role, read, written, "" if since is None else _shown(since), resumed, tuple(guesses))


def _writer(
    store: Store, source: SqlSource, plan: _Plan, max_field_bytes: int, quarantine: Quarantine
) -> Callable[[Sequence[Row], int, frozenset[int]], int]:
    """A function that converts and commits rows: (rows, how many came before, the broken ones) → how many were new."""
    if isinstance(plan.columns, EventColumns):
        events = _Events(source, plan.columns, plan.strip, quarantine)
        return lambda rows, before, broken: store.record(events.convert(rows, before, broken)).accepted
    items = _Items(source, plan, max_field_bytes, quarantine)
    if source.role == "users":
        return lambda rows, before, broken: (
            store.put_users([User(one.id, one.attributes) for one in items.convert(rows, before, broken)]).written
        )
    return lambda rows, before, broken: store.put_items(items.convert(rows, before, broken)).written


class _Items:
    """Rows to items. With a cursor the later row of an id wins; without one the first does, as in a file."""

    def __init__(self, source: SqlSource, plan: _Plan, max_field_bytes: int, quarantine: Quarantine) -> None:
        assert isinstance(plan.columns, ItemColumns)
        self._name = source.name
        self._id = plan.columns.id
        self._quarantine = quarantine
        self._convert = ItemConverter(plan.columns, plan.lists, plan.types, max_field_bytes, plan.strip).convert
        self._seen = None if source.cursor else Seen()

    def convert(self, rows: Sequence[Row], before: int, broken: frozenset[int]) -> Iterator[Item]:
        for place, row in enumerate(rows):
            number = before + place + 1

            def note(column: str, reason: str, value: Any, number: int = number) -> None:
                self._quarantine.note(self._name, number, column, reason, value)

            try:
                if place in broken:
                    raise RowError("", "wrong encoding: bytes that are not UTF-8")
                item = self._convert(row, note)
                if self._seen is not None:
                    content = digest(repr(item).encode("utf-8"))
                    known = self._seen.put(digest(item.id.encode("utf-8")), content)
                    if known is not None and known != content:
                        raise RowError(self._id, f"duplicate id: {item.id[:80]}")
                    if known is not None:
                        continue
            except RowError as error:
                self._quarantine.reject(self._name, number, error.column, error.reason, row)
                continue
            yield item


class _Events:
    """Rows to events. Without a column for the id it is a hash of the row's content and of its cursor's value.

    Equal rows at one value of the cursor are counted. They are always read together, so the count, and with it the
    id, is the same however the reading was cut.
    """

    def __init__(self, source: SqlSource, columns: EventColumns, strip: bool, quarantine: Quarantine) -> None:
        self._name = source.name
        self._cursor = source.cursor
        self._named = bool(columns.id) or not source.cursor
        content = {name for field, name in asdict(columns).items() if name and field not in ("id", "default_kind")}
        self._content = sorted(content | {source.cursor})
        self._convert = EventConverter(columns if self._named else replace(columns, id=_ID), None, strip).convert
        self._quarantine = quarantine
        self._at: Any = None
        self._counts: dict[int, int] = {}

    def convert(self, rows: Sequence[Row], before: int, broken: frozenset[int]) -> Iterator[Event]:
        for place, row in enumerate(rows):
            try:
                if place in broken:
                    raise RowError("", "wrong encoding: bytes that are not UTF-8")
                event = self._convert(row if self._named else {**row, _ID: self._id(row)})
            except RowError as error:
                self._quarantine.reject(self._name, before + place + 1, error.column, error.reason, row)
                continue
            yield event

    def _id(self, row: Row) -> str:
        if row[self._cursor] != self._at:
            self._at = row[self._cursor]
            self._counts.clear()
        key = digest(repr([row.get(name) for name in self._content]).encode("utf-8", "surrogatepass"))
        count = self._counts[key] = self._counts.get(key, -1) + 1
        return f"{digest(f'{key}/{count}'.encode()):016x}"


def _guess(source: SqlSource, data: DataSettings, rows: Sequence[Row]) -> tuple[_Plan, Sequence[Guess]]:
    """What the columns mean: as the settings say where the query has such columns, else guessed as for a file."""
    if source.role == "events":
        columns, told = guess_events(rows, _restricted(data.event_columns, rows))
        strip = whole_ids(rows, columns.item) or whole_ids(rows, columns.user)
        return _Plan(columns, {}, {}, strip), told
    if source.role == "users":
        name, attributes, told = guess_users(rows)
        found = ItemColumns(id=name, attributes=tuple(attributes))
    else:
        found, told = guess_items(rows, _restricted(data.item_columns, rows))
    lists = guess_lists(rows, found.attributes)
    types = guess_types(rows, [one for one in found.attributes if one not in lists])
    return _Plan(found, lists, types, whole_ids(rows, found.id)), told


def _restricted(given: Any, rows: Sequence[Row]) -> Any:
    """The column map without what the rows lack."""
    known = set(column_names(rows))
    kept = {
        name: tuple(one for one in value if one in known) if isinstance(value, tuple) else value
        for name, value in ((name, getattr(given, name)) for name in given.__dataclass_fields__)
        if isinstance(value, tuple) or name == "default_kind" or value in known
    }
    return type(given)(**kept)


def _fingerprint(source: SqlSource, data: DataSettings) -> str:
    """Changes when the rows or their meaning may: then everything is read anew."""
    given = data.event_columns if source.role == "events" else data.item_columns
    parts = (source.role, redact(source.url), source.query, source.cursor, repr(given))
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _state(text: str | None, mark: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(text) if text else {}
    return found if found.get("source") == mark else {}


def _plan_of(state: Mapping[str, Any], role: str) -> _Plan:
    kind: type[Any] = EventColumns if role == "events" else ItemColumns
    columns = {name: tuple(value) if isinstance(value, list) else value for name, value in state["columns"].items()}
    return _Plan(kind(**columns), state["lists"], state["types"], bool(state["strip"]))


def _last(rows: Sequence[Row], source: SqlSource) -> Any:
    """The largest value of the cursor: the last one that is there. Raises DataError when it is of no use as one."""
    if not source.cursor:
        return None
    for row in reversed(rows):
        value = row[source.cursor]
        if value is None or (isinstance(value, float | Decimal) and not math.isfinite(value)):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal | datetime | date | time):
            raise DataError(
                f"the cursor {source.cursor!r} of {source.name!r} holds {type(value).__name__}",
                "it must be a number, a time or a text that only grows",
            )
        return value
    return None


_READ: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


def _tagged(value: Any) -> list[str]:
    kind = next(name for name in ("datetime", "date", "time", "Decimal", "str", "float", "int") if _is(value, name))
    return [kind, _shown(value)]


def _is(value: Any, name: str) -> bool:
    kinds = {"datetime": datetime, "date": date, "time": time, "Decimal": Decimal, "str": str, "float": float}
    return isinstance(value, kinds.get(name, int))


def _value(tagged: Sequence[str]) -> Any:
    return _READ[tagged[0]](tagged[1])


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | time) else repr(value) if _is(value, "float") else str(value)
