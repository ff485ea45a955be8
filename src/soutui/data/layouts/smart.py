"""The SMART format of the classic collections: Cranfield, CISI, Medline, CACM (Salton 1971).

Documents (``*.all*``) and queries (``*.qry``, ``query*``) are blocks that begin with ``.I number``; ``.T`` is the
title, ``.W`` the text, ``.A`` the author and ``.B`` the source, both attributes; ``.X`` and others are left out. A
title that the text repeats at its head, as Cranfield's do, is cut there.

Judgments (``*.rel``, ``*qrel*``): ``query document 0 0.0`` means relevant (CISI, Medline, CACM); ``query document
code`` is Cranfield's: codes 1 to 4 are relevant, -1 is not. Grades are 1 and 0, since published readings of
Cranfield's codes disagree on which end of 1 to 4 is best.

Cranfield's judgments number queries by their order, 1 to 225, not by the numbers after ``.I``. So when a judged number
is not among those of the queries, every query's id is its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, mixed_lines, need
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Attribute, Item, Judgment, Query
from soutui.data.values import clean_id, parse_number

_WANTED = ("*.all (documents)", "*.qry or query* (queries)", "*.rel or *qrel* (judgments)")
_NUMBER = re.compile(r"\.I\s+(\S+)\s*")
_FIELD = re.compile(r"\.([A-Z])\s*")

Block = tuple[int, str, dict[str, str]]


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The collection in a folder; raises DataError that says what is missing."""
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else []
    named = [(file, file.name.lower().removesuffix(".gz")) for file in files]
    documents = [file for file, name in named if ".all" in name]
    queries = [file for file, name in named if name.endswith(".qry") or name.startswith("query")]
    judged = [file for file, name in named if name.endswith(".rel") or "qrel" in name]
    for found in (documents, queries, judged):
        need(found[0] if found else None, path, "smart", _WANTED)
    return Loaded(
        items=Records(lambda: _items(documents, quarantine)),
        queries=Records(lambda: _queries(queries, judged, quarantine)),
        judgments=Records(lambda: _judgments(judged, quarantine)),
    )


def _blocks(path: Path, quarantine: Quarantine) -> Iterator[Block]:
    """Line, number and text by field of every block; a field that comes twice goes on."""
    start, number, field = 0, "", ""
    fields: dict[str, list[str]] = {}
    for line, text in mixed_lines(path, quarantine):
        if opening := _NUMBER.fullmatch(text):
            if start:
                yield start, number, _joined(fields)
            start, number, field, fields = line, _number(opening[1]), "", {}
        elif named := _FIELD.fullmatch(text):
            field = named[1]
        elif field:
            fields.setdefault(field, []).append(text)
        else:
            quarantine.reject(str(path), line, "", "loose text: no .I and no field stands before it", text)
    if start:
        yield start, number, _joined(fields)


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {field: clean_id(" ".join(lines)) for field, lines in fields.items()}


def _items(files: Sequence[Path], quarantine: Quarantine) -> Iterator[Item]:
    seen = Seen()
    for path in files:
        for line, number, fields in _blocks(path, quarantine):
            if seen.put(digest(number.encode("utf-8"))) is not None:
                quarantine.reject(str(path), line, ".I", f"duplicate id: {number[:80]}", fields)
                continue
            title, text = fields.get("T", ""), fields.get("W", "")
            text = text.removeprefix(title).strip()
            attributes: dict[str, Attribute] = {
                name: fields[field] for name, field in (("author", "A"), ("source", "B")) if fields.get(field)
            }
            yield Item(number, title, {"text": text} if text else {}, attributes)


def _queries(files: Sequence[Path], judged: Sequence[Path], quarantine: Quarantine) -> Iterator[Query]:
    blocks = [(path, *block) for path in files for block in _blocks(path, quarantine)]
    wanted = {judgment.query for judgment in _judgments(judged, Quarantine(None))}
    by_order = not wanted <= {number for _, _, number, _ in blocks}
    seen = Seen()
    for place, (path, line, number, fields) in enumerate(blocks, 1):
        name, text = str(place) if by_order else number, fields.get("W") or fields.get("T", "")
        if not text:
            quarantine.reject(str(path), line, ".W", "empty query: it needs a text", fields)
        elif seen.put(digest(name.encode("utf-8"))) is not None:
            quarantine.reject(str(path), line, ".I", f"duplicate id: {name[:80]}", fields)
        else:
            yield Query(name, text)


def _judgments(files: Sequence[Path], quarantine: Quarantine) -> Iterator[Judgment]:
    for path in files:
        for line, text in mixed_lines(path, quarantine):
            cells = text.split()
            code = parse_number(cells[2]) if len(cells) == 3 else 1.0
            if len(cells) not in (2, 3, 4) or code is None:
                quarantine.reject(str(path), line, "", "ragged row: query, document and a code are needed", text)
                continue
            yield Judgment(_number(cells[0]), _number(cells[1]), float(code > 0))


def _number(cell: str) -> str:
    return cell.lstrip("0") or "0"  # Cranfield's queries and CACM's judgments pad theirs: 001 is 1
