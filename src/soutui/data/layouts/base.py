"""What a layout gives: items, events, users, ties, queries, judgments and texts, read when they are iterated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from soutui.data.decode import open_text, read_lines, undecodable
from soutui.data.hashes import Seen, digest
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Split, Tie, User
from soutui.data.values import RowError, clean_id, parse_number
from soutui.errors import DataError

Record = TypeVar("Record")

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
