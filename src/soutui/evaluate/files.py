"""Run and judgment files: reading anybody's, writing TREC's.

Read (plain or gzip, told by content; UTF-8 with or without a byte order mark):

    runs         TREC: qid Q0 docid rank score tag · qid docid rank score · MS MARCO: qid docid rank ·
                 qid docid score · any columns under a header · JSON {qid: {docid: score}}
    judgments    TREC: qid 0 docid grade · qid docid grade, with or without a header (BEIR) · qid docid ·
                 interactions: a header with a user column, every row grade 1 · JSON {qid: {docid: grade}}

A file whose first line has a tab is split at tabs, one with commas and no blanks at commas, any other at blanks.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np
from numpy.typing import NDArray

from soutui.errors import DataError
from soutui.evaluate.runs import Builder, Qrels, Run, Values, drop_repeated, repeated

#: Lines read at once.
_BLOCK = 50_000

_QUERY = ("qid", "query_id", "query-id", "queryid", "query", "topic", "q")
_USER = ("user", "user_id", "user-id", "userid", "uid")
_ITEM = ("item", "item_id", "itemid", "docid", "docno", "doc_id", "doc", "corpus-id", "corpus_id", "pid")
_RANK = ("rank", "position")
_SCORE = ("score", "sim", "similarity")
_GRADE = ("grade", "relevance", "rel", "relevant", "label", "judgment", "judgement", "score")
_RUN_HINT = "a run line is: qid Q0 docid rank score tag; or qid docid rank score; or has a header"
_QRELS_HINT = "a judgment line is: qid 0 docid grade; or qid docid grade; or has a header"


def read_run(path: Path, *, name: str = "", duplicates: Literal["error", "first"] = "error") -> Run:
    """A run from a file; ``name`` defaults to the file's name without endings.

    Ranks decide the order when they are distinct within each query and the scores do not contradict them (scores are
    often rounded); otherwise the scores do, ties as they stand in the file, and ``Run.notes`` says so.
    ``duplicates="first"`` keeps the best-ranked mention of an item that a query has twice, instead of the DataError
    that names file and line.
    """
    name = name or _stem(path)
    with _open(path) as text:
        if _is_json(text):
            return Run.from_scores(_read_json(path, text), name)
        rows = _read_rows(path, text, _run_layout, _RUN_HINT)
    ranks, scores = rows.column("rank"), rows.column("score")
    third = rows.column("third")
    if third is not None:
        ranks, scores = (third, None) if _are_ranks(rows.query_codes, third) else (None, third)
    key, notes = _order_key(rows.query_codes, ranks, scores)
    order = np.lexsort((key, rows.query_codes))
    made = rows.builder(order).grouped(Run, np.arange(len(order)), (-key if scores is None else scores)[order], name)
    twice = repeated(made)
    if len(twice) and duplicates == "error":
        raise rows.error(
            int(order[twice[0]]),
            f"item {made.vocabulary[made.codes[twice[0]]]!r} came before for the same query",
            "remove the repetition, or read with duplicates='first' to keep the best-ranked mention",
        )
    if len(twice):
        made, gone = drop_repeated(made)
        notes = (*notes, f"{gone} repeated items dropped; the best-ranked mention was kept")
    return Run(made.queries, made.vocabulary, made.offsets, made.codes, made.numbers, name, notes)


def read_qrels(path: Path, *, name: str = "", kind: Literal["auto", "qrels", "interactions"] = "auto") -> Qrels:
    """Judgments from a file. ``kind="interactions"``: users and items in the first two columns or named by the header.

    Every row of interactions has grade 1; ``auto`` takes a file for interactions when its header has a user column.
    A pair judged twice with one grade counts once; with two grades it is a DataError that names file and line.
    """
    name = name or _stem(path)
    with _open(path) as text:
        if _is_json(text):
            return Qrels.from_dict(_read_json(path, text), name)
        rows = _read_rows(path, text, lambda first, header: _qrels_layout(first, header, kind), _QRELS_HINT)
    grades = rows.column("grade")
    if grades is None:
        grades = np.ones(len(rows.query_codes))
    keys = rows.query_codes * len(rows.items) + rows.item_codes
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    clashes = np.flatnonzero(same & (grades[order][1:] != grades[order][:-1]))
    if len(clashes):
        raise rows.error(
            int(order[clashes[0] + 1]), "the pair was judged before with another grade", "keep one grade for each pair"
        )
    once = np.ones(len(order), np.bool_)
    once[order[1:][same]] = False
    kept = np.flatnonzero(once)
    kept = kept[np.argsort(rows.query_codes[kept], kind="stable")]
    made = rows.builder(kept).grouped(Qrels, np.arange(len(kept)), grades[kept], name)
    notes = (f"{len(order) - len(kept)} repeated judgments counted once",) if len(kept) < len(order) else ()
    return Qrels(made.queries, made.vocabulary, made.offsets, made.codes, made.numbers, name, notes)


def write_run(run: Run, path: Path, *, tag: str = "") -> None:
    """Write ``qid Q0 docid rank score tag`` lines; a name ending ``.tsv`` gets qid, item, rank, score under a header.

    A further ``.gz`` compresses. Scores survive exactly. TREC lines cannot hold ids with blanks: DataError, before
    anything is written.
    """
    tabbed, tag = _is_tabbed(path), tag or run.name or "soutui"
    _check_ids((*run.queries, *_used(run.vocabulary, run.codes), tag), path, tabbed)
    with _create(path) as out:
        if tabbed:
            out.write("qid\titem\trank\tscore\n")
        for query in run:
            items, scores = run[query]
            for rank, (item, score) in enumerate(zip(items, scores.tolist(), strict=True), 1):
                line = f"{query}\t{item}\t{rank}\t{score!r}" if tabbed else f"{query} Q0 {item} {rank} {score!r} {tag}"
                out.write(line + "\n")


def write_qrels(qrels: Qrels, path: Path) -> None:
    """Write ``qid 0 docid grade`` lines; a name ending ``.tsv`` gets qid, item, grade under a header."""
    tabbed = _is_tabbed(path)
    _check_ids((*qrels.queries, *_used(qrels.vocabulary, qrels.codes)), path, tabbed)
    with _create(path) as out:
        if tabbed:
            out.write("qid\titem\tgrade\n")
        for query in qrels:
            for item, grade in qrels[query].items():
                shown = f"{grade:.0f}" if grade.is_integer() else repr(grade)
                out.write(f"{query}\t{item}\t{shown}\n" if tabbed else f"{query} 0 {item} {shown}\n")


@dataclass(frozen=True)
class _Layout:
    """Where the columns are; ``numbers`` are the numeric ones. Every line must have ``width`` columns."""

    query: int
    item: int
    numbers: dict[str, int]
    width: int
    header: bool = False


@dataclass
class _Rows:
    """The rows of a file as codes and numbers, with the line each stood on."""

    path: Path
    queries: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    query_list: array[int] = field(default_factory=lambda: array("q"))
    item_list: array[int] = field(default_factory=lambda: array("q"))
    number_lists: dict[str, array[float]] = field(default_factory=dict)
    lines: array[int] = field(default_factory=lambda: array("q"))

    @property
    def query_codes(self) -> NDArray[np.int64]:
        return np.frombuffer(self.query_list, np.int64)

    @property
    def item_codes(self) -> NDArray[np.int64]:
        return np.frombuffer(self.item_list, np.int64)

    def column(self, name: str) -> Values | None:
        return np.frombuffer(self.number_lists[name]) if name in self.number_lists else None

    def error(self, row: int, message: str, hint: str) -> DataError:
        return DataError(f"{self.path}:{self.lines[row]}: {message}", hint)

    def builder(self, order: NDArray[np.intp]) -> Builder:
        """A builder holding the rows in this order, without their numbers."""
        return Builder(self.queries, self.items, self.query_codes[order].tolist(), self.item_codes[order].tolist())


def _read_rows(path: Path, text: TextIO, layout_of: Callable[[list[str], bool], _Layout | None], hint: str) -> _Rows:
    rows, number, first = _Rows(path), 0, ""
    while not first.strip():
        first, number = text.readline(), number + 1
        if not first:
            raise DataError(f"{path}: there are no rows", hint)
    separator = "\t" if "\t" in first else "," if "," in first and len(first.split()) == 1 else None
    layout = _layout(path, number, first.rstrip("\r\n").split(separator), layout_of, hint)
    start = [] if layout.header else [first]
    number += layout.header
    while lines := [*start, *islice(text, _BLOCK)]:
        table = [line.rstrip("\r\n").split(separator) for line in lines]
        if not _append(rows, table, layout, range(number, number + len(lines))):
            kept = [at for at, line in enumerate(lines) if line.strip()]
            for at in kept:
                _check_line(f"{path}:{number + at}", table[at], layout, hint)
            _append(rows, [table[at] for at in kept], layout, [number + at for at in kept])
        number, start = number + len(lines), []
    if not rows.lines:
        raise DataError(f"{path}: there are no rows", hint)
    return rows


def _append(rows: _Rows, table: list[list[str]], layout: _Layout, lines: Iterable[int]) -> bool:
    """Append a block of split lines, a column at a time; False and nothing appended when a line is not as it must."""
    if any(len(parts) != layout.width for parts in table):
        return False
    columns = list(zip(*table, strict=True))
    query_names, item_names = columns[layout.query], columns[layout.item]
    if not all(query_names) or not all(item_names):
        return False
    try:
        numbers = {name: array("d", map(float, columns[at])) for name, at in layout.numbers.items()}
    except ValueError:
        return False
    if any(np.isnan(column).any() for column in numbers.values()):
        return False
    queries, items = rows.queries, rows.items
    rows.query_list.extend([queries.setdefault(name, len(queries)) for name in query_names])
    rows.item_list.extend([items.setdefault(name, len(items)) for name in item_names])
    rows.lines.extend(lines)
    for name, column in numbers.items():
        rows.number_lists.setdefault(name, array("d")).extend(column)
    return True


def _check_line(where: str, parts: list[str], layout: _Layout, hint: str) -> None:
    if len(parts) != layout.width:
        raise DataError(f"{where}: {len(parts)} columns came, the first line has {layout.width}", hint)
    if not parts[layout.query] or not parts[layout.item]:
        raise DataError(f"{where}: an id is empty", hint)
    for at in layout.numbers.values():
        if (value := _number(parts[at])) != value:
            raise DataError(f"{where}: {parts[at]!r} came where a number is expected", hint)


def _layout(
    path: Path, number: int, first: list[str], layout_of: Callable[[list[str], bool], _Layout | None], hint: str
) -> _Layout:
    layout = layout_of([name.strip().lower() for name in first], True) or layout_of(first, False)
    if layout is None:
        raise DataError(f"{path}:{number}: cannot tell what these {len(first)} columns are", hint)
    return layout


def _run_layout(first: list[str], header: bool) -> _Layout | None:
    width = len(first)
    if header:
        query, item = _find(first, _QUERY + _USER), _find(first, _ITEM)
        numbers = {name: at for name, names in (("rank", _RANK), ("score", _SCORE)) if (at := _find(first, names)) >= 0}
        return _Layout(query, item, numbers, width, True) if query >= 0 and item >= 0 and numbers else None
    numeric = [_number(part) == _number(part) for part in first]
    if width in (5, 6) and numeric[3] and numeric[4]:
        return _Layout(0, 2, {"rank": 3, "score": 4}, width)
    if width == 4 and numeric[2] and numeric[3]:
        return _Layout(0, 1, {"rank": 2, "score": 3}, width)
    return _Layout(0, 1, {"third": 2}, width) if width == 3 and numeric[2] else None


def _qrels_layout(first: list[str], header: bool, kind: str) -> _Layout | None:
    width = len(first)
    if header:
        query, user, item = _find(first, _QUERY), _find(first, _USER), _find(first, _ITEM)
        grade = _find(first, _GRADE)
        if item < 0 or (query < 0 and user < 0):
            return None
        if kind == "interactions" or (kind == "auto" and user >= 0 and (grade < 0 or first[grade] == "score")):
            return _Layout(user if user >= 0 else query, item, {}, width, True)
        return _Layout(query if query >= 0 else user, item, {"grade": grade}, width, True) if grade >= 0 else None
    if kind == "interactions":
        return _Layout(0, 1, {}, width) if width >= 2 else None
    if width == 4:
        return _Layout(0, 2, {"grade": 3}, width) if _number(first[3]) == _number(first[3]) else None
    if width == 3:
        return _Layout(0, 1, {"grade": 2}, width) if _number(first[2]) == _number(first[2]) else None
    return _Layout(0, 1, {}, width) if width == 2 else None


def _order_key(codes: NDArray[np.int64], ranks: Values | None, scores: Values | None) -> tuple[Values, tuple[str, ...]]:
    """What to sort by, ascending, and what must be said about it."""
    if ranks is None:
        assert scores is not None
        return -scores, ()
    order = np.lexsort((ranks, codes))
    inside = codes[order][1:] == codes[order][:-1]
    if (inside & (np.diff(ranks[order]) == 0)).any():
        if scores is None:
            return ranks, ("some ranks repeat within a query; such items keep the order of the file",)
        return -scores, ("ranks repeat within a query, so the scores decide the order",)
    if scores is None:
        return ranks, ()
    earlier, later = scores[order][:-1][inside], scores[order][1:][inside]
    if (later <= earlier).all():
        return ranks, ()
    if (later >= earlier).all():
        return ranks, ("scores rise with the rank, so they were read as distances; the ranks decide the order",)
    return -scores, (
        f"ranks contradict the scores in {int((later > earlier).sum())} places, so the scores decide the order",
    )


def _are_ranks(codes: NDArray[np.int64], values: Values) -> bool:
    """Whether the numbers count 1, 2, 3, … (or from 0) within every query, as in MS MARCO's three columns."""
    if not np.isfinite(values).all():
        return False
    order = np.lexsort((values, codes))
    starts = np.r_[True, codes[order][1:] != codes[order][:-1]]
    first, steps = values[order][starts], np.diff(values[order])[~starts[1:]]
    return bool((steps == 1).all() and (first == first[0]).all() and first[0] in (0, 1) and len(steps) > 0)


def _find(names: list[str], wanted: tuple[str, ...]) -> int:
    return next((names.index(name) for name in wanted if name in names), -1)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".tsv", ".txt", ".run", ".trec", ".json", ".qrels", ".csv"):
        name = name.removesuffix(ending)
    return name or path.name


def _is_tabbed(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".tsv")


def _used(items: tuple[str, ...], codes: NDArray[np.int32]) -> list[str]:
    return [items[code] for code in np.unique(codes).tolist()]


def _check_ids(ids: Iterable[str], path: Path, tabbed: bool) -> None:
    for name in ids:
        if not name or any(c in "\t\r\n" for c in name) or (not tabbed and name.split() != [name]):
            raise DataError(
                f"{path}: the id {name!r} cannot be written",
                "ids must not be empty or hold tabs or line breaks"
                if tabbed
                else "ids in TREC files must not be empty or hold blanks; a name ending .tsv may hold spaces",
            )


def _is_json(text: TextIO) -> bool:
    start = text.read(64)
    text.seek(0)
    return re.match(r'\s*\{\s*("[^\t]*$|\}|$)', start) is not None


def _read_json(path: Path, text: TextIO) -> dict[str, dict[str, float]]:
    hint = "write {query id: {item id: number}}"
    try:
        value: Any = json.load(text)
    except ValueError as error:
        raise DataError(f"{path}: {error}", hint) from None
    for query, by_item in value.items():
        if not isinstance(by_item, dict) or not all(type(number) in (int, float) for number in by_item.values()):
            raise DataError(f"{path}: the entry for {query!r} is not a mapping from item ids to numbers", hint)
    return {str(query): by_item for query, by_item in value.items()}


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with io.TextIOWrapper(gzip.open(raw) if zipped else raw, "utf-8-sig") as text:
                yield text
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8: {error}", "convert the file to UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: {error}", "check that the file exists, can be read and is complete") from None


@contextmanager
def _create(path: Path) -> Iterator[TextIO]:
    """A text file that is compressed when named so; the same text gives the same bytes."""
    with path.open("wb") as raw:
        # No time and no name in the header, so that equal runs are equal files.
        binary: Any = gzip.GzipFile("", "wb", 6, raw, 0) if path.name.endswith(".gz") else raw
        with io.TextIOWrapper(binary, "utf-8", newline="\n") as text:
            yield text
