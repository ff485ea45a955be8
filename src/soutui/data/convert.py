"""Rows to items and users. Events are next door, in :mod:`soutui.data.events`.

A converter is made once per file from a sample of its rows, so that reading a row only follows a plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from soutui.config import ItemColumns
from soutui.data.columns import guess_lists, guess_types, guess_users
from soutui.data.events import EventConverter, event_from_dict, read_event_batches, read_events
from soutui.data.hashes import Seen, digest
from soutui.data.profile import AttributeType, whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.data.schema import Attribute, Item, User
from soutui.data.values import RowError, clean_id, clean_text, is_missing, parse_bool, parse_number, read_id

__all__ = [
    "EventConverter",
    "ItemConverter",
    "RowError",
    "event_from_dict",
    "item_from_dict",
    "read_event_batches",
    "read_events",
    "read_items",
    "read_users",
]

#: Rows looked at to decide what attributes are: number, truth value, list or text.
SAMPLE_ROWS = 2000
MAX_FIELD_BYTES = 1_000_000

#: Called with column, reason and value when a value is dropped from a row that is kept.
Note = Callable[[str, str, Any], None]
_ITEM_KEYS = ("id", "title", "text", "texts", "attributes", "image", "available")


class ItemConverter:
    """Turns rows into items. ``list_columns`` maps a column to the separator between its several values."""

    def __init__(
        self,
        columns: ItemColumns,
        list_columns: Mapping[str, str],
        types: Mapping[str, AttributeType],
        max_field_bytes: int = MAX_FIELD_BYTES,
        strip_point: bool = False,
    ) -> None:
        self.columns = columns
        self.list_columns = list_columns
        self.types = types
        self.max_field_bytes = max_field_bytes
        self._strip_point = strip_point
        # A JSON key may hold what no database takes; values are looked up by the raw name, kept by the clean one.
        self._names = {name: clean_id(name) for name in (*columns.text, *columns.attributes)}

    @classmethod
    def of(
        cls, rows: Sequence[Mapping[str, Any]], columns: ItemColumns, max_field_bytes: int = MAX_FIELD_BYTES
    ) -> ItemConverter:
        """A converter for a file that starts with these rows."""
        lists = guess_lists(rows, columns.attributes)
        types = guess_types(rows, [name for name in columns.attributes if name not in lists])
        return cls(columns, lists, types, max_field_bytes, whole_ids(rows, columns.id))

    def convert(self, values: Mapping[str, Any], note: Note | None = None) -> Item:
        """The item of a row; raises RowError when the row cannot be used."""
        columns = self.columns
        name = read_id(values.get(columns.id), self._strip_point)
        if not name:
            raise RowError(columns.id, "empty id: every item needs one")
        _limit(columns.id, name, 1024)
        title = self._text(columns.title, values)
        texts: dict[str, str] = {}
        for column in columns.text:
            value = values.get(column)
            if isinstance(value, Mapping):
                texts.update((clean_id(str(key)), text) for key in value if (text := self._text(key, value, column)))
            elif text := self._text(column, values):
                texts[self._names[column]] = text
        attributes: dict[str, Attribute] = {}
        for column in columns.attributes:
            self._attribute(column, values.get(column), attributes, note)
        available = True
        if columns.available and not is_missing(said := values.get(columns.available)):
            truth = parse_bool(said)
            if truth is None:
                raise RowError(columns.available, f"not a truth value: {clean_text(said)[:80]!r}")
            available = truth
        return Item(name, title, texts, attributes, self._image(values), available)

    def _text(self, column: Any, values: Mapping[Any, Any], named: str = "") -> str:
        value = values.get(column) if column else None
        if value is None:
            return ""
        text = " ".join(filter(None, map(clean_text, value))) if isinstance(value, list | tuple) else clean_text(value)
        if len(text) * 4 > self.max_field_bytes:
            _limit(named or column, text, self.max_field_bytes)
        return text

    def _image(self, values: Mapping[str, Any]) -> str:
        image = values.get(self.columns.image) if self.columns.image else None
        if isinstance(image, list | tuple):  # several pictures: the first is the main one
            image = image[0] if image else None
        return self._text(self.columns.image, {self.columns.image: image})

    def _attribute(self, column: str, value: Any, into: dict[str, Attribute], note: Note | None) -> None:
        if isinstance(value, Mapping):
            # A nested table is flat here: its keys alone when the column is just the holder, else column.key.
            prefix = "" if column in ("attributes", "metadata", "attrs") else f"{self._names[column]}."
            for key, part in value.items():
                self._put(f"{prefix}{clean_id(str(key))}", part, self.types.get(key, ""), into, note)
        elif column in self.list_columns and isinstance(value, str):
            self._put(self._names[column], value.split(self.list_columns[column]), "text", into, note)
        else:
            self._put(self._names[column], value, self.types.get(column, ""), into, note)

    def _put(self, column: str, value: Any, kind: str, into: dict[str, Attribute], note: Note | None) -> None:
        if is_missing(value):
            return
        made = _make_attribute(value, kind)
        if made is None:
            if note is not None and not isinstance(value, float):
                note(column, f"value dropped: not a {kind or 'usable value'}", value)
            return
        if isinstance(made, str) and len(made) * 4 > self.max_field_bytes:
            _limit(column, made, self.max_field_bytes)
        into[column] = made


def read_items(
    path: Path,
    columns: ItemColumns,
    quarantine: Quarantine,
    max_field_bytes: int = MAX_FIELD_BYTES,
    converter: ItemConverter | None = None,
) -> Iterator[Item]:
    """The items of a file, in file order, each id once.

    A repeated id is skipped silently when the row is the same and quarantined when it differs; the first stays.
    """
    converter = converter or ItemConverter.of(head(path, SAMPLE_ROWS), columns, max_field_bytes)
    seen, file = Seen(), str(path)
    for line, values in read_rows(path, quarantine):

        def note(column: str, reason: str, value: Any, line: int = line) -> None:
            quarantine.note(file, line, column, reason, value)

        try:
            item = converter.convert(values, note)
        except RowError as error:
            quarantine.reject(file, line, error.column, error.reason, values)
            continue
        content = digest(repr(item).encode("utf-8"))
        before = seen.put(digest(item.id.encode("utf-8")), content)
        if before is None:
            yield item
        elif before != content:
            quarantine.reject(file, line, converter.columns.id, f"duplicate id: {item.id[:80]}", values)


def read_users(path: Path, quarantine: Quarantine) -> Iterator[User]:
    """The users of a file, in file order, each id once; every other column is an attribute."""
    rows = head(path, SAMPLE_ROWS)
    column, attributes, _ = guess_users(rows)
    columns = ItemColumns(id=column, attributes=tuple(attributes))
    for item in read_items(path, columns, quarantine, converter=ItemConverter.of(rows, columns)):
        yield User(item.id, item.attributes)


def item_from_dict(values: Mapping[str, Any], max_field_bytes: int = MAX_FIELD_BYTES) -> Item:
    """An item from one JSON object: ``{id, title, text, texts, attributes, image, available}``.

    Any other key is an attribute. Raises RowError on a missing id, a wrong type or a field that is too long.
    """
    if not isinstance(values, Mapping):
        raise RowError("", f"not an object: {type(values).__name__} came")
    for key in ("texts", "attributes"):
        if not isinstance(values.get(key) or {}, Mapping):
            raise RowError(key, f"wrong type: {type(values[key]).__name__}; it must be an object")
    for key in ("id", "title", "image"):
        if isinstance(values.get(key), Mapping | list | bool):
            raise RowError(key, f"wrong type: {type(values[key]).__name__}; it must be text")
    if isinstance(values.get("text"), Mapping):
        raise RowError("text", "wrong type: object; it must be text")
    for key in values:
        if clean_id(key) != key or len(key) > 256:
            raise RowError(key[:80], "bad key: control characters, outer space or more than 256 characters")
    others = tuple(key for key in values if key not in _ITEM_KEYS)
    columns = ItemColumns("id", "title", ("text", "texts"), ("attributes", *others), "image", "available")
    return ItemConverter(columns, {}, {}, max_field_bytes).convert(values)


def _make_attribute(value: Any, kind: str) -> Attribute | None:
    if isinstance(value, list | tuple):
        parts = tuple(dict.fromkeys(text for part in value if (text := clean_id(clean_text(part)))))
        return parts or None
    if kind == "number" or (not kind and isinstance(value, int | float) and not isinstance(value, bool)):
        number = parse_number(value)
        return number if number is not None and math.isfinite(number) else None
    if kind == "bool" or (not kind and isinstance(value, bool)):
        return parse_bool(value)
    return clean_text(value) or None


def _limit(column: str, text: str, most: int) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > most:
        raise RowError(str(column), f"field too long: {size} bytes; at most {most} are allowed")
