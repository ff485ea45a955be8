"""What ``soutui export --format parquet`` writes: one Parquet file a role, every record with every field.

Any of ``items``, ``users``, ``events``, ``ties``, ``queries``, ``judgments`` and ``texts.parquet``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.layouts.base import Loaded, Records, need, to_events, to_items
from soutui.data.quarantine import Quarantine
from soutui.data.readers import read_rows
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Split, Tie, User
from soutui.data.values import RowError, clean_id, clean_text, parse_number, read_id

T = TypeVar("T")

_ROLES = ("items", "users", "events", "ties", "queries", "judgments", "texts")
_HOLDERS = ("attributes", "attrs", "metadata")
_ITEM = ItemColumns("id", "title", ("texts",), _HOLDERS, "image", "available")
_USER = ItemColumns(id="id", attributes=_HOLDERS)
_EVENT = EventColumns("id", "kind", "user", "session", "item", "time", "order", "value", "query", "position")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The records of a folder; raises DataError when none of the files is in it."""
    files = {role: path / f"{role}.parquet" for role in _ROLES if (path / f"{role}.parquet").is_file()}
    if not files:
        need(None, path, "parquet", ("items.parquet and the like, as `soutui export` writes them",))

    def records(role: str, read: Callable[[Path], Iterator[T]]) -> Records[T]:
        return Records(lambda: read(files[role])) if role in files else Records()

    def one_by_one(convert: Callable[[Mapping[str, Any]], T]) -> Callable[[Path], Iterator[T]]:
        return lambda file: _read(file, convert, quarantine)

    def items(file: Path, columns: ItemColumns = _ITEM) -> Iterator[Item]:
        return to_items(read_rows(file, quarantine), ItemConverter(columns, {}, {}), file, quarantine)

    def users(file: Path) -> Iterator[User]:
        return (User(one.id, one.attributes) for one in items(file, _USER))

    def events(file: Path) -> Iterator[Event]:
        return to_events(read_rows(file, quarantine), _EVENT, file, quarantine)

    return Loaded(
        items=records("items", items),
        users=records("users", users),
        events=records("events", events),
        ties=records("ties", one_by_one(_tie)),
        queries=records("queries", one_by_one(_query)),
        judgments=records("judgments", one_by_one(_judgment)),
        texts=records("texts", one_by_one(_text)),
    )


def _read(file: Path, convert: Callable[[Mapping[str, Any]], T], quarantine: Quarantine) -> Iterator[T]:
    for number, row in read_rows(file, quarantine):
        try:
            made = convert(row)
        except RowError as error:
            quarantine.reject(str(file), number, error.column, error.reason, row)
        else:
            yield made


def _tie(row: Mapping[str, Any]) -> Tie:
    weight = _number(row, "weight")
    if weight <= 0:
        raise RowError("weight", f"bad weight: {weight}; it must be above 0")
    return Tie(_id(row, "user"), _id(row, "other"), clean_id(row.get("kind")) or "friend", weight)


def _query(row: Mapping[str, Any]) -> Query:
    return Query(_id(row, "id"), _id(row, "text"))


def _judgment(row: Mapping[str, Any]) -> Judgment:
    return Judgment(_id(row, "query"), _id(row, "item"), _number(row, "grade"), _split(row))


def _text(row: Mapping[str, Any]) -> LabelledText:
    held = row.get("labels")
    labels = held if isinstance(held, Mapping) else {}
    return LabelledText(
        _id(row, "id"),
        clean_text(row.get("text")),
        {clean_id(name): clean_text(label) for name, label in labels.items() if label is not None},
        clean_text(row.get("other")),
        clean_id(row.get("source")),
        _split(row),
    )


def _id(row: Mapping[str, Any], column: str) -> str:
    if found := read_id(row.get(column)):
        return found
    raise RowError(column, f"empty {column}: a value is needed")


def _number(row: Mapping[str, Any], column: str) -> float:
    number = parse_number(row.get(column))
    if number is None or not abs(number) < 1e300:
        raise RowError(column, f"not a finite number: {str(row.get(column))[:80]!r}")
    return number


def _split(row: Mapping[str, Any]) -> Split:
    split = clean_id(row.get("split"))
    if split not in get_args(Split):
        raise RowError("split", f"unknown split: {split[:80]!r}; allowed are train, valid and test")
    return cast(Split, split)
