"""Rows to items and users. Events are next door, in :mod:`soutui.data.events`.

A converter is made once per file from a sample of its rows, so that reading a row only follows a plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from soutui.config import ItemColumns
from soutui.data.blocks import Block, Cells
from soutui.data.cells import read_each, read_ids, read_texts
from soutui.data.columns import guess_lists, guess_types, guess_users
from soutui.data.events import EventConverter, event_from_dict, read_event_batches, read_events
from soutui.data.hashes import Seen, digest
from soutui.data.profile import AttributeType, whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_blocks
from soutui.data.schema import Attribute, Item, User
from soutui.data.values import LONGEST_ID, RowError, clean_id, clean_text, is_missing, parse_bool, parse_number, read_id

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
#: Items read at once; their texts may be long.
ITEM_BLOCK_ROWS = 2_000

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
        self._known: dict[str, dict[str | None, Any]] = {}
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
        available = self._available(values.get(columns.available)) if columns.available else True
        return Item(name, title, texts, attributes, self._image(values), available)

    def convert_block(self, block: Block) -> list[Item | None]:
        """The items of a block, (n,), a column at a time; None where only :meth:`convert` can say what a row is."""
        columns, n = self.columns, len(block.lines)
        odd: set[int] = set()
        names = read_ids(block.column(columns.id), self._strip_point, odd)
        odd.update(at for at, name in enumerate(names) if not name or len(name) > LONGEST_ID // 4)
        titles = self._texts(block, columns.title, odd) if columns.title else [""] * n
        texts = _rows_of([self._names[name] for name in columns.text], self._all_texts(block, odd), n)
        attributes = _rows_of(
            [self._names[name] for name in columns.attributes],
            [self._attributes(block, name, odd) for name in columns.attributes],
            n,
        )
        images: Cells = [""] * n
        if columns.image:
            images = read_each(block.column(columns.image), lambda cell: self._image({columns.image: cell}), odd)
        available: Cells = [True] * n
        if columns.available:
            available = read_each(block.column(columns.available), self._available, odd)
        made: list[Item | None] = list(map(Item, names, titles, texts, attributes, images, available))
        for at in odd:
            made[at] = None
        return made

    def _all_texts(self, block: Block, odd: set[int]) -> list[Cells]:
        found: list[Cells] = []
        for name in self.columns.text:
            odd.update(at for at, cell in enumerate(block.column(name)) if isinstance(cell, dict))
            found.append([text or None for text in self._texts(block, name, odd)])
        return found

    def _texts(self, block: Block, name: str, odd: set[int]) -> Cells:
        cells = block.column(name)
        texts = read_texts(cells)
        if texts is None:
            texts = [text or "" for text in read_each(cells, lambda cell: self._text(name, {name: cell}), odd)]
        if len(max(texts, key=len, default="")) * 4 > self.max_field_bytes:
            odd.update(at for at, text in enumerate(texts) if len(text) * 4 > self.max_field_bytes)
        return texts

    def _attributes(self, block: Block, name: str, odd: set[int]) -> Cells:
        cells = block.column(name)
        types, kind = set(map(type, cells)), self.types.get(name, "")
        if name not in self.list_columns:
            if types <= {float, type(None)} and kind == "number":
                return [None if cell is None or not math.isfinite(cell) else cell for cell in cells]
            if types == {int} and kind == "number" and min(cells) > -(1 << 64) and max(cells) < 1 << 64:
                return list(map(float, cells))
            if types <= {bool, type(None)} and kind == "bool":
                return cells

        def read(cell: Any) -> Attribute | None:
            if isinstance(cell, Mapping):
                raise RowError(name, "nested")
            into: dict[str, Attribute] = {}
            self._attribute(name, cell, into, _refuse)
            return into.get(self._names[name])

        return read_each(cells, read, odd, self._known.setdefault(name, {}))

    def _available(self, value: Any) -> bool:
        if is_missing(value):
            return True
        truth = parse_bool(value)
        if truth is None:
            raise RowError(self.columns.available, f"not a truth value: {clean_text(value)[:80]!r}")
        return truth

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
    for block in read_blocks(path, quarantine, ITEM_BLOCK_ROWS):
        for at, (line, item) in enumerate(zip(block.lines, converter.convert_block(block), strict=True)):
            if item is None:

                def note(column: str, reason: str, value: Any, line: int = line) -> None:
                    quarantine.note(file, line, column, reason, value)

                values = block.row(at)
                try:
                    item = converter.convert(values, note)
                except RowError as error:
                    quarantine.reject(file, line, error.column, error.reason, values)
                    continue
            content = _fingerprint(item)
            before = seen.put(digest(item.id.encode("utf-8")), content)
            if before is None:
                yield item
            elif before != content:
                reason = f"duplicate id: {item.id[:80]}"
                quarantine.reject(file, line, converter.columns.id, reason, block.row(at))


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


def _rows_of(names: Sequence[str], columns: Sequence[Cells], n: int) -> list[dict[str, Any]]:
    """What each of ``n`` rows holds by name, without None."""
    if not columns:
        return [{} for _ in range(n)]
    return [
        {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        for cells in zip(*columns, strict=True)
    ]


def _fingerprint(item: Item) -> int:
    """64 bits of an item's contents, to tell two rows of one id apart within one import."""
    contents = (item.title, item.texts, item.attributes, item.image, item.available)
    return hash(orjson.dumps(contents)) & 0xFFFF_FFFF_FFFF_FFFF


def _refuse(column: str, reason: str, value: Any) -> None:
    raise RowError(column, reason)


def _limit(column: str, text: str, most: int) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > most:
        raise RowError(str(column), f"field too long: {size} bytes; at most {most} are allowed")
