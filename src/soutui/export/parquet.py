"""Parquet: every record with every field, one file a role. ``soutui import SHOP parquet FOLDER`` reads all of it back.

Texts, labels and attributes are nested columns with a field for each name. A name whose values are of several kinds (a
text here, a list there) has its commonest kind in ``attributes``, the second in ``attrs``, the third in ``metadata``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from soutui.data.schema import Attribute
from soutui.export.attributes import Kind, Names, kind_of
from soutui.export.report import Report
from soutui.store import Snapshot

#: Rows in a row group: what is in memory at once.
GROUP_ROWS = 20_000
#: Columns of attributes; an import flattens all of them.
HOLDERS = ("attributes", "attrs", "metadata")
_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "list": pa.list_(pa.string()),
}
_EVENT = (
    *((name, pa.string()) for name in ("id", "kind", "item", "user", "session")),
    *((name, pa.float64()) for name in ("time", "order", "value")),
    ("query", pa.string()),
    ("position", pa.int64()),
)
_AS_TEXT = "values of a fourth kind under one name: written as text"


def write(snapshot: Snapshot, folder: Path, name: str, report: Report) -> None:
    """Write ``items.parquet`` and so on into an empty folder; what there is none of gets no file."""
    found = Names(snapshot.items())
    texts, holders = _struct(dict.fromkeys(found.texts, pa.string())), _Holders(found, report)
    fields = [("id", pa.string()), ("title", pa.string()), *texts, *holders.fields]
    fields += [("image", pa.string()), ("available", pa.bool_())]
    items = (
        (
            one.id,
            one.title,
            *([one.texts or None] if texts else []),
            *holders.of(one.attributes),
            one.image,
            one.available,
        )
        for one in snapshot.items()
    )
    _file(folder / "items.parquet", fields, report.rows("items", items))
    people = _Holders(Names(snapshot.users()), report)
    users = ((user.id, *people.of(user.attributes)) for user in snapshot.users())
    _file(folder / "users.parquet", [("id", pa.string()), *people.fields], report.rows("users", users))
    events = map(_fields(name for name, _ in _EVENT), snapshot.events())
    _file(folder / "events.parquet", _EVENT, report.rows("events", events))
    tie = [("user", pa.string()), ("other", pa.string()), ("kind", pa.string()), ("weight", pa.float64())]
    _file(folder / "ties.parquet", tie, report.rows("ties", map(_fields(n for n, _ in tie), snapshot.ties())))
    query = [("id", pa.string()), ("text", pa.string())]
    _file(
        folder / "queries.parquet", query, report.rows("queries", map(_fields(n for n, _ in query), snapshot.queries()))
    )
    grade = [("query", pa.string()), ("item", pa.string()), ("grade", pa.float64()), ("split", pa.string())]
    grades = map(_fields(n for n, _ in grade), snapshot.judgments())
    _file(folder / "judgments.parquet", grade, report.rows("judgments", grades))
    labels = _struct({label: pa.string() for text in snapshot.texts() for label in text.labels}, "labels")
    plain = ("id", "text", "other", "source", "split")
    told = (
        (*(getattr(one, field) for field in plain), *([one.labels or None] if labels else []))
        for one in snapshot.texts()
    )
    _file(folder / "texts.parquet", [*((n, pa.string()) for n in plain), *labels], report.rows("texts", told))


class _Holders:
    """Attributes spread over columns so that each field has one type."""

    def __init__(self, names: Names, report: Report) -> None:
        # Of four kinds the last is written as text: text itself must not be it.
        self._kinds = {
            name: tuple(sorted(kinds, key=lambda kind: kind != "text")) if len(kinds) > len(HOLDERS) else kinds
            for name, kinds in names.kinds().items()
        }
        self._report = report
        types = [
            {name: _TYPES[kinds[at]] for name, kinds in self._kinds.items() if at < len(kinds)}
            for at in range(len(HOLDERS))
        ]
        self._used = sum(map(bool, types))
        self.fields = [field for name, held in zip(HOLDERS, types, strict=True) for field in _struct(held, name)]

    def of(self, attributes: Mapping[str, Attribute]) -> list[dict[str, Any] | None]:
        """One cell for each column in use."""
        cells: list[dict[str, Any]] = [{} for _ in range(self._used)]
        for name, value in attributes.items():
            kind = kind_of(value)
            at = self._kinds[name].index(kind)
            if at >= len(HOLDERS):
                at = self._kinds[name].index("text")
                value = ", ".join(value) if isinstance(value, tuple) else str(value)
                self._report.changed[_AS_TEXT] += 1
            cells[at][name] = float(value) if isinstance(value, int) and kind == "number" else value
        return [cell or None for cell in cells]


def _struct(types: Mapping[str, pa.DataType], name: str = "texts") -> list[tuple[str, pa.DataType]]:
    """One nested column, or none: Parquet has no table without fields."""
    return [(name, pa.struct(list(types.items())))] if types else []


def _fields(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    listed = tuple(names)
    return lambda record: tuple([getattr(record, name) for name in listed])


def _file(path: Path, fields: Sequence[tuple[str, pa.DataType]], rows: Iterator[tuple[Any, ...]]) -> None:
    schema = pa.schema(list(fields))
    writer: pq.ParquetWriter | None = None
    try:
        while group := list(islice(rows, GROUP_ROWS)):
            if writer is None:
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            columns = [
                pa.array(column, type=field.type)
                for column, field in zip(zip(*group, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    finally:
        if writer is not None:
            writer.close()
