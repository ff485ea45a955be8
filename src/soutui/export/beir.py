"""The BEIR layout (Thakur et al. 2021, arXiv:2104.08663): ``corpus.jsonl``, ``queries.jsonl``, ``qrels/SPLIT.tsv``.

Splits become ``train``, ``dev`` and ``test``; judgments without one lie in ``qrels/all.tsv``. BEIR knows one text an
item. Attributes are its ``metadata``; image and availability are further keys, which BEIR's own tools overlook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from soutui.data.schema import Item, Judgment, Split
from soutui.export.report import Report
from soutui.store import Snapshot

_FILES: dict[Split, str] = {"": "all", "train": "train", "valid": "dev", "test": "test"}
_BREAK = re.compile(r"[\t\r\n]")
_JOINED = "texts of items that have several, or one under another name: joined into text"
_BROKEN = "judgments of an id with a tab or a line break"
_UNSPLIT = "judgments without a split: in qrels/all.tsv"


def write(snapshot: Snapshot, folder: Path, name: str, report: Report) -> None:
    """Write the three parts into an empty folder; users, events, ties and labelled texts have no place in it."""
    _lines(folder / "corpus.jsonl", (_item(one, report) for one in report.rows("items", snapshot.items())))
    queries = ({"_id": one.id, "text": one.text} for one in report.rows("queries", snapshot.queries()))
    _lines(folder / "queries.jsonl", queries)
    (folder / "qrels").mkdir()
    with ExitStack() as stack:
        files: dict[Split, BinaryIO] = {}
        for judgment in report.rows("judgments", snapshot.judgments()):
            if _BREAK.search(judgment.query) or _BREAK.search(judgment.item):
                report.left_out[_BROKEN] += 1
                continue
            split = judgment.split
            if split not in files:
                files[split] = stack.enter_context((folder / "qrels" / f"{_FILES[split]}.tsv").open("wb"))
                files[split].write(b"query-id\tcorpus-id\tscore\n")
            files[split].write(_line(judgment))
            report.changed.update([_UNSPLIT] if not split else [])
    if _BROKEN in report.left_out:
        report.unwritten("judgments", report.left_out[_BROKEN])
    report.absent("events", iter(range(snapshot.count_events())))
    report.absent("users", snapshot.users())
    report.absent("ties", snapshot.ties())
    report.absent("texts", snapshot.texts())


def _item(item: Item, report: Report) -> dict[str, Any]:
    made: dict[str, Any] = {"_id": item.id, "title": item.title, "text": "\n".join(item.texts.values())}
    if item.texts and list(item.texts) != ["text"]:
        report.changed[_JOINED] += len(item.texts)
    made["metadata"] = dict(item.attributes)
    if item.image:
        made["image"] = item.image
    if not item.available:
        made["available"] = False
    return made


def _lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as out:
        for row in rows:
            out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))


def _line(judgment: Judgment) -> bytes:
    grade = int(judgment.grade) if judgment.grade.is_integer() else judgment.grade
    return f"{judgment.query}\t{judgment.item}\t{grade}\n".encode()
