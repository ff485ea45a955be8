"""Labelled texts of any usual shape: a file, a folder of files (folders in it included), or a zip archive.

Tables with a header (.csv, .tsv, .txt, .jsonl, .json, .parquet): texts and labels are found by name (``text``,
``review``, ``title``, ``sentence1`` and ``sentence2``, ``label``, ``category``, ``sentiment``, 标题, 正负面 ...); every
column named like a label is one, and failing names the column with few different short values. Title and body are
joined by a line end. Other columns are left out.

Without a header, by content: a column of few different short values is a label, one that numbers the rows is left
out, the rest is text. Two columns of text are a pair when no label stands before them or when one is Chinese and the
other is not, else title and body. Lines with tabs or ``++$++`` have no quoting. JSON may be ``{"train": [[text,
label], ...], "oos_test": ...}``.

A file ``class.txt``, ``classes.txt`` or ``labels.txt`` beside the data names labels that are numbers from 0 or from
1; a JSON object of lists of labels (``domains.json``) adds the list's name as a second label.

The split is a column's or the file name's (dev is valid). The source is the folder's name, with inner folders and,
when a folder holds several sets, the file's name without its split. Ids are the source and a hash of the row; equal
rows stay separate records. Files without labels and Excel files are set aside with a line in the quarantine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from soutui.data.archive import Unpacked, is_zip, unpack
from soutui.data.decode import read_lines
from soutui.data.hashes import Occurrences
from soutui.data.layouts.base import Loaded, Records, need, split_of
from soutui.data.layouts.label_columns import Shape, guess_shape, is_header
from soutui.data.layouts.tables import name_of, open_mended, read_lines_of, read_table_cells
from soutui.data.profile import column_names
from soutui.data.quarantine import Quarantine
from soutui.data.readers import SUFFIXES, file_suffix, read_rows
from soutui.data.schema import LabelledText, Split
from soutui.data.values import RowError, clean_id, clean_text
from soutui.errors import DataError

SAMPLE_ROWS = 2000
MAX_TEXT = 1_000_000
_WANTED = ("a table of texts with labels (.csv, .tsv, .txt, .json, .jsonl, .parquet, or a zip of them)",)
_ABOUT = ("readme", "license", "licence", "source", "changelog", "notice", "citation", "copying")
_CLASSES = ("class", "classes", "labels", "label_names", "categories")
_NAMED = (".json", ".jsonl", ".ndjson", ".parquet", ".pq")
_EXCEL = (".xlsx", ".xls")
_CORPUS = " ++$++ "
_LONGEST = 1024
_WORD = re.compile(r"[^-_]+")

Cells = tuple[int, Sequence[str], Split]


@dataclass(frozen=True, slots=True)
class _File:
    """A file and what is known about it. ``names``: number -> class; ``groups``: grouping -> label -> group."""

    path: Path
    shape: Shape
    source: str
    names: Mapping[str, str]
    groups: Mapping[str, Mapping[str, str]]


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The labelled texts in a file, folder or zip; raises DataError when none of its files has any."""
    kept: list[Unpacked] = []
    files = list(_files(path, path.resolve().name.removesuffix(".zip"), kept))
    shapes = {file: _shape(file) for file, _ in files if file_suffix(file) in SUFFIXES}
    good = [(file, source, shape) for file, source in files if (shape := shapes.get(file))]
    if not good:
        need(None, path, "labels", _WANTED)
    sources = _sources([(file, source) for file, source, _ in good], path.is_file())
    known = [_File(file, shape, sources[file], _class_names(file, shape), _groups(file)) for file, _, shape in good]
    aside = [file for file, _ in files if not shapes.get(file)]

    # What was unpacked lives as long as the records that read it: the closure holds it.
    def texts(_kept: Sequence[Unpacked] = kept) -> Iterator[LabelledText]:
        again = Occurrences()
        for file in known:
            yield from _texts(file, again, quarantine)
        for other in aside:
            quarantine.begin(str(other))
            excel = file_suffix(other) in _EXCEL
            reason = "Excel file: save it as CSV UTF-8" if excel else "no labels: no column looks like text and labels"
            quarantine.reject(str(other), 0, "", reason, other.name)

    return Loaded(texts=Records(texts))


def _texts(file: _File, again: Occurrences, quarantine: Quarantine) -> Iterator[LabelledText]:
    name = str(file.path)
    rows = _cells(file.path, quarantine)
    if file.shape.header:
        next(rows, None)
    for line, cells, split in rows:
        try:
            yield _text(file, cells, split, again)
        except RowError as error:
            quarantine.reject(name, line, error.column, error.reason, cells)


def _text(file: _File, cells: Sequence[str], split: Split, again: Occurrences) -> LabelledText:
    shape = file.shape
    if len(cells) != shape.width:
        raise RowError("", f"ragged row: {len(cells)} cells, {shape.width} columns")
    text = "\n".join(filter(None, (clean_text(cells[n]) for n in shape.texts)))
    other = clean_text(cells[shape.other]) if shape.other is not None else ""
    if not text or (shape.other is not None and not other):
        raise RowError("text", "empty text: every row needs one, a pair needs two")
    if (len(text) + len(other)) * 4 > MAX_TEXT and len((text + other).encode("utf-8", "surrogatepass")) > MAX_TEXT:
        raise RowError("text", f"field too long: at most {MAX_TEXT} bytes are allowed")
    labels: dict[str, str] = {}
    for number, name in shape.labels.items():
        if label := clean_id(cells[number])[:_LONGEST]:
            labels[name] = file.names.get(label, label)
    if shape.labels and not labels:
        raise RowError(next(iter(shape.labels.values())), "empty label: every row needs one")
    for group, members in file.groups.items():
        if group not in labels and (found := next((members[one] for one in labels.values() if one in members), "")):
            labels[group] = found
    if shape.split is not None:
        split = split_of(cells[shape.split]) or split
    content = name_of(split, text, other, *(f"{key}={value}" for key, value in sorted(labels.items())))
    times = again.next(int(name_of(file.source, content), 16))
    identity = name_of(content, str(times)) if times else content
    return LabelledText(f"{file.source}-{identity}", text, labels, other, file.source, split)


# -- files -------------------------------------------------------------------------------------------------------


def _files(path: Path, source: str, kept: list[Unpacked]) -> Iterator[tuple[Path, str]]:
    """Data files and the source that their folder gives them."""
    if is_zip(path):
        kept.append(unpack(path))
        yield from _files(kept[-1].folder, source, kept)
    elif path.is_dir():
        for entry in sorted(path.iterdir()):
            if entry.name[0] == "." or entry.is_symlink() or (entry.is_file() and _is_about(entry)):
                continue
            yield from _files(entry, f"{source}/{entry.name}" if entry.is_dir() else source, kept)
    elif path.is_file() and file_suffix(path) in (*SUFFIXES, *_EXCEL):
        yield path, source


def _is_about(path: Path) -> bool:
    """Whether a file is about the data: a readme, the names of the classes, the groups of the labels."""
    stem = path.name.lower().split(".")[0]
    return stem.startswith(_ABOUT) or _is_classes(path) or bool(_hierarchy(path))


def _is_classes(path: Path) -> bool:
    return path.name.lower().split(".")[0] in _CLASSES and file_suffix(path) in (".txt", ".json")


def _sources(files: Sequence[tuple[Path, str]], single: bool) -> dict[Path, str]:
    """The source of each file: its folder, and its own name where a folder holds several sets."""
    stems = {path: _stem(path) for path, _ in files}
    sets = Counter(source for source, _ in {(source, stems[path]) for path, source in files})
    if single:
        return {path: stems[path] or path.resolve().parent.name for path, _ in files}
    return {path: f"{source}/{stems[path]}" if sets[source] > 1 and stems[path] else source for path, source in files}


def _stem(path: Path) -> str:
    """A file's name without its ending and without the word that says its split: ``sts-b`` of ``sts-b-dev.txt``."""
    stem = Path(path.name.removesuffix(".gz")).stem
    return re.sub(r"[-_]{2,}", "_", _WORD.sub(lambda word: "" if split_of(word[0]) else word[0], stem)).strip("-_")


def _class_names(path: Path, shape: Shape) -> dict[str, str]:
    """Number -> name, from a list of names beside the file; counted from 1 when the highest label says so."""
    names = next((found for near in sorted(path.parent.iterdir()) if (found := _listed_names(near))), [])
    if not names or path.parent == path:
        return {}
    numbers: set[int] = set()
    for _, cells, _ in _cells(path, Quarantine(None)):
        for n in shape.labels if len(cells) == shape.width else ():
            if cells[n].strip().isdecimal() and len(cells[n]) < 9:
                numbers.add(int(cells[n]))
    first = 1 if 0 not in numbers and len(names) in numbers else 0
    return {str(number): name for number, name in enumerate(names, first)}


def _listed_names(path: Path) -> list[str]:
    if not path.is_file() or not _is_classes(path) or path.stat().st_size > MAX_TEXT:
        return []
    if file_suffix(path) == ".json":
        found = _json(path)
        return [clean_id(name) for name in found] if isinstance(found, list) else []
    return [clean_id(" ".join(cells)) for _, cells in read_lines_of(path, "\t", Quarantine(None))]


def _groups(path: Path) -> dict[str, Mapping[str, str]]:
    """Name of the grouping -> label -> group, from JSON objects of lists of labels beside the file."""
    found = {near.stem.removesuffix("s"): _hierarchy(near) for near in sorted(path.parent.iterdir())}
    return {
        name: {label: group for group, labels in groups.items() for label in labels}
        for name, groups in found.items()
        if groups
    }


def _hierarchy(path: Path) -> dict[str, list[str]]:
    if not path.is_file() or path.suffix != ".json" or path.stat().st_size > MAX_TEXT:
        return {}
    found = _json(path)
    whole = isinstance(found, dict) and all(
        isinstance(labels, list) and labels and all(isinstance(label, str) for label in labels)
        for labels in found.values()
    )
    return found if whole else {}


def _json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        return None  # JSON lines, say: data, not names


# -- rows --------------------------------------------------------------------------------------------------------


def _shape(path: Path) -> Shape | None:
    try:
        sample = [cells for _, cells, _ in islice(_cells(path, Quarantine(None)), SAMPLE_ROWS)]
    except DataError:
        return None  # not a table: a text about the data, say
    header = bool(sample) and (file_suffix(path) in _NAMED or is_header(sample[0]))
    return guess_shape(sample[0], sample[header:], header) if sample else None


def _cells(path: Path, quarantine: Quarantine) -> Iterator[Cells]:
    """Line number, cells and split of every row; the first row of JSON and Parquet names the columns."""
    split = split_of(path.name)
    if file_suffix(path) in _NAMED:
        yield from _objects(path, split, quarantine)
    elif delimiter := _delimiter(path):
        for line, cells in read_lines_of(path, delimiter, quarantine):
            yield line, [_unquoted(cell) for cell in cells], split
    else:
        for line, cells in read_table_cells(path, quarantine):
            yield line, cells, split


def _delimiter(path: Path) -> str:
    """What separates the cells of a file without quoting; ``""`` for one with."""
    if file_suffix(path) == ".csv":
        return ""
    with open_mended(path) as text:
        line = next((line for _, line in read_lines(text) if line and line.strip()), "")
    return _CORPUS if _CORPUS in line else "\t" if "\t" in line else ""


def _unquoted(cell: str) -> str:
    # Programs that write tables quote a cell with quotes in it, and double those.
    inside = cell[1:-1].replace('""', "") if len(cell) > 1 and cell[0] == cell[-1] == '"' else '"'
    return cell if '"' in inside else cell[1:-1].replace('""', '"')


def _objects(path: Path, split: Split, quarantine: Quarantine) -> Iterator[Cells]:
    names: list[str] = []
    for line, values in read_rows(path, quarantine):
        if values and all(isinstance(value, list) for value in values.values()) and not names:
            yield from _by_split(values, split)
            return
        if not names:
            names = column_names(row for _, row in islice(read_rows(path, Quarantine(None)), 200))
            yield 0, names, split
        yield line, [_cell(values.get(name)) for name in names], split


def _by_split(values: Mapping[str, Any], split: Split) -> Iterator[Cells]:
    """The pairs of ``{"train": [[text, label], ...]}``; what is no pair becomes a row of another width."""
    number = 0
    yield 0, ("text", "label"), split
    for key, pairs in values.items():
        for pair in pairs:
            number += 1
            yield number, [_cell(value) for value in pair] if isinstance(pair, list) else [], split_of(key) or split


def _cell(value: Any) -> str:
    return " ".join(map(clean_text, value)) if isinstance(value, list | tuple) else clean_text(value)
