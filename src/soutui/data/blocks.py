"""Rows in blocks, by column: what converts a column at a time reads these. They know nothing about files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

Cells = Sequence[Any]

#: Microseconds since 1970 that Python's dates hold: years 1 to 9999.
_OLDEST, _NEWEST = -62135596800_000_000, 253402300800_000_000


class Block(Protocol):
    """``n`` rows of one file, in file order."""

    @property
    def lines(self) -> Sequence[int]:
        """The line or row number of each row, (n,), counted from 1."""

    def column(self, name: str) -> Cells:
        """The cells of a column, (n,); None where a row lacks it."""

    def seconds(self, name: str) -> Cells | None:
        """Seconds since 1970 by row, (n,), None where empty; None altogether unless the file says these are times."""

    def row(self, at: int) -> dict[str, Any]:
        """One row, values by column."""

    def rows(self) -> Sequence[dict[str, Any]]:
        """All rows, values by column."""


class RowBlock:
    """Rows that came as mappings: CSV and JSON."""

    def __init__(self, lines: Sequence[int], rows: Sequence[dict[str, Any]]) -> None:
        self.lines = lines
        self._rows = rows

    def column(self, name: str) -> Cells:
        """The cells of a column, (n,)."""
        try:
            return [row[name] for row in self._rows]
        except KeyError:
            return [row.get(name) for row in self._rows]

    def seconds(self, name: str) -> Cells | None:
        """Nothing: text has no type."""
        return None

    def row(self, at: int) -> dict[str, Any]:
        """One row, values by column."""
        return self._rows[at]

    def rows(self) -> Sequence[dict[str, Any]]:
        """All rows."""
        return self._rows


class ArrowBlock:
    """Rows of a Parquet file. A column becomes Python values when it is first asked for."""

    def __init__(self, first: int, batch: pa.RecordBatch) -> None:
        self.lines = range(first, first + batch.num_rows)
        self._names = batch.schema.names
        self._columns = dict(zip(self._names, map(_in_microseconds, batch.columns), strict=True))
        self._cells: dict[str, Cells] = {}

    def column(self, name: str) -> Cells:
        """The cells of a column, (n,); a cell that Python cannot hold is :data:`BAD`."""
        found = self._cells.get(name)
        if found is None:
            if name not in self._columns:
                found = [None] * len(self.lines)
            else:
                found = _values(self._columns[name])
            self._cells[name] = found
        return found

    def seconds(self, name: str) -> Cells | None:
        """Seconds since 1970 of a column of timestamps, (n,); None for any other."""
        column = self._columns.get(name)
        if column is None or not (pa.types.is_timestamp(column.type) and _is_plain(column)):
            return None
        return [None if ticks is None else ticks / 1_000_000 for ticks in column.cast(pa.int64()).to_pylist()]

    def row(self, at: int) -> dict[str, Any]:
        """One row, values by column."""
        return {name: self.column(name)[at] for name in self._names}

    def rows(self) -> list[dict[str, Any]]:
        """All rows, values by column."""
        names = self._names
        if not names:
            return [{} for _ in self.lines]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*map(self.column, names), strict=True)]

    def bad(self) -> dict[int, str]:
        """Row -> its first column whose cell Python cannot hold."""
        found: dict[int, str] = {}
        for name, column in self._columns.items():
            if not _is_plain(column):
                for at, cell in enumerate(self.column(name)):
                    if cell is BAD:
                        found.setdefault(at, name)
        return found


class _Bad:
    """Marks a Parquet cell that cannot become a Python value."""


BAD = _Bad()


def _in_microseconds(column: Any) -> Any:
    # Nanoseconds and named zones need pandas and a zone database; microseconds in UTC need neither.
    if not pa.types.is_timestamp(column.type):
        return column
    return column.cast(pa.timestamp("us", "UTC" if column.type.tz else None), safe=False)


def _is_plain(column: Any) -> bool:
    """Whether every cell surely becomes a Python value, found without making one."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            return False
        return True
    if pa.types.is_timestamp(kind):
        ends = pc.min_max(column.cast(pa.int64())).as_py()
        return ends["min"] is None or bool(ends["min"] >= _OLDEST and ends["max"] < _NEWEST)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_float32(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_null(kind)
    )


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        return [_value(cell) for cell in column]


def _value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except (ValueError, OverflowError):
        return BAD
