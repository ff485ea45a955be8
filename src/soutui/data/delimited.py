"""CSV and TSV, as they come: any of four delimiters, quoted line ends, stray quotes, ragged rows."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TextIO

from soutui.data.decode import MAX_LINE, read_lines, undecodable
from soutui.data.quarantine import Quarantine
from soutui.errors import DataError

DELIMITERS = (",", "\t", ";", "|")
SNIFFED_LINES = 200
PEEKED = 1 << 20
_DATA_CELL = re.compile(
    r"[-+]?[\d.]+([eE][-+]?\d+)?|\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?|nan|true|false", re.IGNORECASE
)


class _Lines:
    """Lines for csv.reader that can be handed back, so that a quote never closed costs one row and not the rest."""

    def __init__(self, text: TextIO, path: Path, quarantine: Quarantine) -> None:
        self._source = read_lines(text)
        self._back: deque[tuple[int, str]] = deque()
        self._path = str(path)
        self._quarantine = quarantine
        self.taken: list[tuple[int, str]] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        number, line = self._back.popleft() if self._back else self._fresh()
        self.taken.append((number, line))
        self._size += len(line)
        if self._size > MAX_LINE and len(self.taken) > 1:
            raise csv.Error("a quoted field longer than 16 MB")
        return line

    def _fresh(self) -> tuple[int, str]:
        while True:
            number, line = next(self._source)
            if line is None:
                reason = "line too long: more than 16 MB"
                self._quarantine.reject(self._path, number, "", reason, "")
            elif undecodable(line):
                reason = "wrong encoding: bytes that are not valid here"
                self._quarantine.reject(self._path, number, "", reason, line)
            else:
                return number, line

    def peek(self, count: int) -> list[str]:
        """Up to ``count`` of the next lines (about 1 MB); they will come again."""
        size = 0
        while len(self._back) < count and size < PEEKED:
            try:
                self._back.append(self._fresh())
            except StopIteration:
                break
            size += len(self._back[-1][1])
        return [line for _, line in self._back]

    def clear(self) -> None:
        """Forget the lines of the row that was read."""
        self.taken.clear()
        self._size = 0

    def hand_back(self) -> tuple[int, str]:
        """Return the first line of the failed row; the others will come again."""
        first, *others = self.taken
        self._back.extendleft(reversed(others))
        self.clear()
        return first


def read_cells(text: TextIO, path: Path, quarantine: Quarantine) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row, the first one included: for files that may have no header."""
    csv.field_size_limit(MAX_LINE)  # process-wide in Python's csv; only ever raised to this one bound
    lines = _Lines(text, path, quarantine)
    delimiter, quoting = _sniff(lines.peek(SNIFFED_LINES), path)
    yield from _rows(lines, path, quarantine, delimiter, quoting)


def read_delimited(text: TextIO, path: Path, quarantine: Quarantine) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and values by column of every good row. The first line names the columns.

    Raises DataError on an empty file, a missing header and duplicate names.
    """
    rows = read_cells(text, path, quarantine)
    _, header = next(rows, (1, None))
    if header is None:
        raise DataError(f"{path} is empty", "the first line must name the columns")
    names = _names(header, path)
    width = len(names)
    file = str(path)
    for number, cells in rows:
        if not any(cells):
            continue  # spreadsheets end in rows of nothing
        if len(cells) != width:
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]  # trailing delimiters hold nothing
            else:
                column = names[len(cells)] if len(cells) < width else ""
                reason = f"ragged row: {len(cells)} cells, {width} columns"
                quarantine.reject(file, number, column, reason, cells)
                continue
        yield number, dict(zip(names, cells, strict=True))


def _rows(
    lines: _Lines, path: Path, quarantine: Quarantine, delimiter: str, quoting: bool
) -> Iterator[tuple[int, list[str]]]:
    mode: Literal[0, 3] = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=delimiter, quoting=mode, strict=True)
    taken = lines.taken
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if not taken:
                return
            single = len(taken) == 1 and taken[0][1].count('"') > 1
            number, line = lines.hand_back()
            # Quotes inside a quoted cell ("5" pipe"): readable when the row is one line; else the quote never closed.
            loose = next(csv.reader([line], delimiter=delimiter, quoting=mode), []) if single else []
            if loose:
                yield number, loose
            else:
                quarantine.reject(str(path), number, "", f"broken quoting: {error}", line)
            # A failed reader may remember half a row.
            reader = csv.reader(lines, delimiter=delimiter, quoting=mode, strict=True)
            continue
        number = taken[0][0]
        lines.clear()
        if cells:
            yield number, cells


def _sniff(sample: Sequence[str], path: Path) -> tuple[str, bool]:
    """The delimiter under which most rows are as wide as the header, and whether quotes mean anything."""
    usual = "\t" if ".tsv" in path.name.lower() else ","
    best = (0.0, False, 0)
    chosen = usual, True
    for delimiter in DELIMITERS:
        for quoting in (True, False) if delimiter == "\t" else (True,):
            widths = _widths(sample, delimiter, quoting)
            if widths and widths[0] > 1:
                fitting = sum(width == widths[0] for width in widths) / len(widths)
                mark = (round(fitting, 2), delimiter == usual, widths[0])
                if mark > best:
                    best, chosen = mark, (delimiter, quoting)
    return chosen


def _widths(sample: Sequence[str], delimiter: str, quoting: bool) -> list[int]:
    mode: Literal[0, 3] = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    reader = csv.reader(iter(sample), delimiter=delimiter, quoting=mode, strict=True)
    widths: list[int] = []
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return widths
        except csv.Error as error:
            # A row that the end of the sample cuts says nothing; one that the end of the file cuts is broken.
            if "unexpected end" not in str(error) or len(sample) < SNIFFED_LINES:
                widths.append(-1)
            continue
        if cells:
            widths.append(len(cells))


def _names(header: Sequence[str], path: Path) -> list[str]:
    names = [cell.strip() for cell in header]
    while names and not names[-1]:
        names.pop()
    filled = [name for name in names if name]
    if not filled:
        raise DataError(f"{path}: no header: the first line names no columns", "the first line must name the columns")
    if 2 * sum(_DATA_CELL.fullmatch(name) is not None for name in filled) >= len(filled):
        raise DataError(
            f"{path}: no header: the first line looks like data: {', '.join(filled)[:200]}",
            "add a first line that names the columns, such as user,item,time",
        )
    names = [name or f"column {number}" for number, name in enumerate(names, 1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(
            f"{path}: duplicate column names: {', '.join(twice)[:200]}",
            "rename one of each; or the header line is missing",
        )
    return names
