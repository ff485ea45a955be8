"""SciFact: scientific claims and the abstracts they cite (Wadden et al. 2020, arXiv:2004.14974).

``corpus`` (``doc_id, title, abstract``) and ``claims_train``, ``claims_dev`` or ``claims_validation``,
``claims_test`` (``id, claim, cited_doc_ids``), as the JSON lines of the authors or as tables in which lists are
written as numpy prints them. A claim is a query; every abstract it cites is right (grade 1), as in BEIR. A claim that
has a row for each piece of evidence is one query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, need, split_of
from soutui.data.layouts.tables import read_table, tables
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Item, Judgment, Query
from soutui.data.values import clean_id, clean_text

_WANTED = ("corpus*.jsonl or .csv", "claims_*.jsonl or .csv")
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))", re.DOTALL)
#: Between two strings of a list as numpy prints it.
_BETWEEN = re.compile(r"""(?<=['"])\s*\n\s*(?=['"])""")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    files = tables(path, (".csv", ".jsonl"))
    corpus = [file for file in files if file.name.startswith("corpus")]
    claims = [file for file in files if file.name.startswith("claims")]
    for found in (corpus, claims):
        need(found[0] if found else None, path, "scifact", _WANTED)

    def queries() -> Iterator[Query]:
        seen = Seen()
        for file in claims:
            for name, text, _ in _claims(file, quarantine):
                if seen.put(digest(name.encode("utf-8"))) is None:
                    yield Query(name, text)

    def judgments() -> Iterator[Judgment]:
        seen = Seen()
        for file in claims:
            for name, _, cited in _claims(file, quarantine):
                for item in cited:
                    if seen.put(digest(f"{name}\x1f{item}".encode())) is None:
                        yield Judgment(name, item, 1.0, split_of(file.name))

    return Loaded(
        items=Records(lambda: _items(corpus, quarantine)), queries=Records(queries), judgments=Records(judgments)
    )


def _items(files: Sequence[Path], quarantine: Quarantine) -> Iterator[Item]:
    seen = Seen()
    for path in files:
        for line, row in read_table(path, quarantine):
            name, title = clean_id(row.get("doc_id")), clean_id(row.get("title"))
            if not name or seen.put(digest(name.encode("utf-8"))) is not None:
                reason = f"duplicate id: {name[:80]}" if name else "empty id: every abstract needs one"
                quarantine.reject(str(path), line, "doc_id", reason, row)
                continue
            text = _sentences(row.get("abstract"))
            yield Item(name, title, {"text": text} if text else {})


def _claims(path: Path, quarantine: Quarantine) -> Iterator[tuple[str, str, list[str]]]:
    for line, row in read_table(path, quarantine):
        name, text = clean_id(row.get("id")), clean_id(row.get("claim"))
        if name and text:
            yield name, text, re.findall(r"\d+", str(row.get("cited_doc_ids") or ""))
        else:
            quarantine.reject(str(path), line, "claim", "empty claim: id and claim are needed", row)


def _sentences(value: Any) -> str:
    """The abstract as one text, from a list or from a printed one."""
    if not isinstance(value, list):
        printed = clean_text(value).removeprefix("[").removesuffix("]")
        value = [_ESCAPE.sub(_unescaped, part.strip()[1:-1]) for part in _BETWEEN.split(printed)]
    return " ".join(filter(None, map(clean_id, value)))


def _unescaped(found: re.Match[str]) -> str:
    if code := found[1] or found[2]:
        return chr(int(code, 16))
    return " " if found[3] in "ntr" else found[3]
