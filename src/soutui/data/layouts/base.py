"""What a layout gives: items, events, users, ties, queries, judgments and texts, read when they are iterated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from soutui.config import EventColumns
from soutui.data.convert import EventConverter, ItemConverter
from soutui.data.decode import MAX_LINE, open_bytes, open_text, read_lines, undecodable
from soutui.data.hashes import Occurrences, Seen, digest
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Split, Tie, User
from soutui.data.values import RowError, clean_id, parse_number
from soutui.errors import DataError

Record = TypeVar("Record")

#: Line numbers and values by column.
Rows = Iterator[tuple[int, Mapping[str, Any]]]

_MOST_WORDS = 20

_SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "dev": "valid",
    "val": "valid",
    "valid": "valid",
    "validation": "valid",
    "test": "test",
    "testing": "test",
}


class Records(Generic[Record]):
    """Records that are read from their files anew at every iteration."""

    def __init__(self, read: Callable[[], Iterator[Record]] | None = None) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Record]:
        return self._read() if self._read is not None else iter(())


@dataclass(frozen=True, slots=True)
class Loaded:
    """A data set. Everything is lazy and may be iterated again; what a layout does not have is empty."""

    items: Iterable[Item] = Records()
    events: Iterable[Event] = Records()
    users: Iterable[User] = Records()
    queries: Iterable[Query] = Records()
    judgments: Iterable[Judgment] = Records()
    ties: Iterable[Tie] = Records()
    texts: Iterable[LabelledText] = Records()


def find(folder: Path, *names: str) -> Path | None:
    """The first of these files that exists, plain or gzipped."""
    for name in names:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def need(path: Path | None, folder: Path, layout: str, wanted: Sequence[str]) -> Path:
    """``path``, or a DataError that says which files the layout needs and which are there."""
    if path is not None:
        return path
    if not folder.exists():
        raise DataError(f"{folder} does not exist", f"the {layout} layout reads a folder with {', '.join(wanted)}")
    found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else [folder.name]
    shown = ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
    raise DataError(
        f"{folder} is not in the {layout} layout: it needs {', '.join(wanted)}; found: {shown or 'nothing'}",
        "check the folder, or import the files one by one without a layout",
    )


def split_of(name: str) -> Split:
    """The split that a file's name says: ``valid`` for ``dev.tsv`` and ``qrels.dev.txt``; ``""`` for none."""
    for part in name.lower().replace("-", ".").replace("_", ".").split("."):
        if part in _SPLITS:
            return _SPLITS[part]
    return ""


def read_fields(path: Path, delimiter: str | None, quarantine: Quarantine) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line of a plain file without quoting; ``delimiter`` None: tabs or white space."""
    quarantine.begin(str(path))
    with open_text(path) as (text, _):
        for number, line in read_lines(text):
            if line is None or undecodable(line):
                reason = (
                    "line too long: more than 16 MB" if line is None else "wrong encoding: bytes that are not valid"
                )
                quarantine.reject(str(path), number, "", reason, line or "")
            elif line.strip():
                yield number, line.rstrip("\r\n").split(delimiter or ("\t" if "\t" in line else None))


def read_queries(path: Path, quarantine: Quarantine) -> Iterator[Query]:
    """Queries of a tab-separated file ``id, text`` without header; each id once."""
    seen = Seen()
    for number, cells in read_fields(path, "\t", quarantine):
        name, text = clean_id(cells[0]), clean_id(" ".join(cells[1:]))
        if not name or not text:
            quarantine.reject(str(path), number, "", "ragged row: a query id, a tab and the query are needed", cells)
        elif seen.put(digest(name.encode("utf-8"))) is not None:
            quarantine.reject(str(path), number, "", f"duplicate id: {name[:80]}", cells)
        else:
            yield Query(name, text)


def read_qrels(path: Path, quarantine: Quarantine, split: Split) -> Iterator[Judgment]:
    """Judgments ``query, item, grade`` or TREC's ``query, 0, item, grade``, split by tabs or white space.

    A first line whose grade is no number is a header. Without a grade a line means 1.
    """
    first = True
    for number, cells in read_fields(path, None, quarantine):
        try:
            judgment = _judgment(cells, split)
        except RowError as error:
            if not first:
                quarantine.reject(str(path), number, error.column, error.reason, cells)
        else:
            yield judgment
        first = False


def _judgment(cells: Sequence[str], split: Split) -> Judgment:
    if len(cells) not in (2, 3, 4):
        raise RowError("", f"ragged row: {len(cells)} cells; query, item and grade are needed")
    query, item = clean_id(cells[0]), clean_id(cells[2] if len(cells) == 4 else cells[1])
    grade = 1.0 if len(cells) == 2 else parse_number(cells[-1])
    if grade is None or not abs(grade) < 1e9:
        raise RowError("grade", f"not a finite number: {cells[-1][:80]!r}")
    if not query or not item:
        raise RowError("", "empty id: query and item are needed")
    return Judgment(query, item, grade, split)


def mixed_lines(path: Path, quarantine: Quarantine) -> Iterator[tuple[int, str]]:
    """Line number and text of every line that is not blank, without its end.

    For old Western sets, whose lines are UTF-8 here and ISO 8859-1 there: what is not the one is read as the other.
    """
    file, number = str(path), 0
    quarantine.begin(file)
    with open_bytes(path) as stream:
        while line := stream.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and line[-1:] != b"\n":
                while line and line[-1:] != b"\n":
                    line = stream.readline(MAX_LINE)
                quarantine.reject(file, number, "", "line too long: more than 16 MB", "")
            elif not line.isspace():
                try:
                    text = line.decode("utf-8")
                except UnicodeDecodeError:
                    text = line.decode("latin-1")
                yield number, (text.lstrip("\ufeff") if number == 1 else text).rstrip("\r\n")


def table_rows(path: Path, delimiter: str, quarantine: Quarantine, names: Sequence[str] = ()) -> Rows:
    """The rows of a plain table without quoting, in mixed encodings; without ``names`` the first line names them."""
    width = len(names)
    for number, line in mixed_lines(path, quarantine):
        cells = line.split(delimiter)
        if not width:
            names = [clean_id(cell) for cell in cells]
            width = len(names)
        elif len(cells) != width:
            column = names[len(cells)] if len(cells) < width else ""
            quarantine.reject(str(path), number, column, f"ragged row: {len(cells)} cells, {width} columns", cells)
        else:
            yield number, dict(zip(names, cells, strict=True))


def having(rows: Rows, path: Path, *wanted: str) -> Rows:
    """The rows, after a look at the first one: DataError when it lacks one of these columns."""
    for number, values in rows:
        if missing := [name for name in wanted if name not in values]:
            raise DataError(
                f"{path} lacks the column {', '.join(missing)}; it has {', '.join(map(str, values))[:300]}",
                "is this the file that the layout means? Import it alone otherwise: soutui import SHOP --items FILE",
            )
        yield number, values
        break
    yield from rows


def to_items(
    rows: Rows, converter: ItemConverter, path: Path, quarantine: Quarantine, seen: Seen | None = None
) -> Iterator[Item]:
    """The items of rows, each id once: equal rows are one, a different one is quarantined. Files may share ``seen``."""
    seen, file = Seen() if seen is None else seen, str(path)
    for line, values in rows:

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


def to_events(
    rows: Rows, columns: EventColumns, path: Path, quarantine: Quarantine, occurrences: Occurrences | None = None
) -> Iterator[Event]:
    """The events of rows; those that cannot be used go to the quarantine."""
    convert, file = EventConverter(columns, occurrences).convert, str(path)
    for number, values in rows:
        try:
            event = convert(values)
        except RowError as error:
            quarantine.reject(file, number, error.column, error.reason, values)
        else:
            yield event


def most_used(counts: Mapping[str, float]) -> str:
    """The twenty words with the largest counts, the largest first, equal ones by name."""
    return ", ".join(sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_WORDS])
