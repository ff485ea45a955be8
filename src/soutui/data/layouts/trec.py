"""The TREC layout: documents, topics and judgments, as NIST's test collections come.

Documents are files or a folder named ``documents``, ``docs``, ``corpus`` or ``collection``: SGML with
``<DOC><DOCNO>..</DOCNO>..</DOC>``, or JSON lines. Topics are a file ``topics*`` or ``queries*``: ``<top>`` blocks
or ``id<tab>text``. Judgments are files ``qrels*`` with lines ``query 0 item grade``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from soutui.data.decode import MAX_LINE, open_text, read_lines, undecodable
from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, need, read_qrels, read_queries, split_of
from soutui.data.layouts.beir import read_corpus
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Item, Judgment, Query
from soutui.data.values import clean_id, clean_text

_WANTED = ("documents* (SGML or .jsonl, or a folder of them)", "topics* or queries*", "qrels*")
_DOCUMENTS = ("documents", "docs", "corpus", "collection")
_TITLES = ("title", "headline", "ttl", "hl")
_SKIPPED = ("docno", "docid", "parent", "length", "docoldno", "dochdr")
_FIELD = re.compile(r"<([A-Za-z][\w-]*)(?:\s[^>]*)?>(.*?)</\1\s*>", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^>]*>")
_SPACE = re.compile(r"\s+")
#: Old topics leave their tags open: a field runs to the next tag.
_TOPIC_FIELD = re.compile(r"<(num|title)>\s*(?:Number:|Topic:)?\s*(.*?)(?=<|$)", re.DOTALL | re.IGNORECASE)


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    files = sorted(path.iterdir()) if path.is_dir() else []
    documents = _files([entry for entry in files if entry.name.lower().startswith(_DOCUMENTS)])
    topics = _files([entry for entry in files if entry.name.lower().startswith(("topics", "queries"))])
    qrels = _files([entry for entry in files if entry.name.lower().startswith("qrels")])
    for found in (documents, topics, qrels):
        need(found[0] if found else None, path, "trec", _WANTED)

    def read_items() -> Iterator[Item]:
        seen = Seen()
        for file in documents:
            items = read_corpus(file, quarantine) if ".jsonl" in file.name else _read_sgml(file, quarantine)
            for item in items:
                if seen.put(digest(item.id.encode("utf-8"))) is None:
                    yield item
                else:
                    quarantine.reject(str(file), 0, "DOCNO", f"duplicate id: {item.id[:80]}", item.title)

    def read_texts() -> Iterator[Query]:
        for file in topics:
            yield from _read_topics(file, quarantine)

    def read_judgments() -> Iterator[Judgment]:
        for file in qrels:
            yield from read_qrels(file, quarantine, split_of(file.name.removeprefix("qrels")))

    return Loaded(items=Records(read_items), queries=Records(read_texts), judgments=Records(read_judgments))


def _files(entries: Sequence[Path]) -> list[Path]:
    found = [file for entry in entries for file in (sorted(entry.rglob("*")) if entry.is_dir() else [entry])]
    return [file for file in found if file.is_file() and not file.name.startswith(".")]


def _blocks(path: Path, tag: str, quarantine: Quarantine) -> Iterator[tuple[int, str]]:
    """First line number and inside of every ``<tag>..</tag>``; one at a time, so memory stays flat."""
    quarantine.begin(str(path))
    opening, closing = re.compile(rf"<{tag}>", re.IGNORECASE), re.compile(rf"</{tag}>", re.IGNORECASE)
    start, size, lines = 0, 0, list[str]()
    with open_text(path) as (text, _):
        for number, line in read_lines(text):
            if line is None or undecodable(line):
                quarantine.reject(str(path), number, "", "wrong encoding: or a line of more than 16 MB", line or "")
                continue
            if not start:
                opened = opening.search(line)
                if opened is None:
                    continue
                start, size, lines, line = number, 0, [], line[opened.end() :]
            lines.append(line)
            size += len(line)
            if closing.search(line):
                yield start, closing.split("".join(lines))[0]
                start = 0
            elif size > MAX_LINE:
                quarantine.reject(str(path), start, tag, f"no end: <{tag}> is not closed within 16 MB", lines[0])
                start = 0
    if start:
        quarantine.reject(str(path), start, tag, f"no end: <{tag}> is not closed", lines[0])


def _read_sgml(path: Path, quarantine: Quarantine) -> Iterator[Item]:
    for number, block in _blocks(path, "DOC", quarantine):
        fields = [(name.lower(), inside) for name, inside in _FIELD.findall(block)]
        name = next((clean_id(inside) for tag, inside in fields if tag == "docno"), "")
        if not name:
            quarantine.reject(str(path), number, "DOCNO", "empty id: every document needs a DOCNO", block)
            continue
        title = next((_words(inside) for tag, inside in fields if tag in _TITLES), "")
        body = " ".join(_words(inside) for tag, inside in fields if tag not in (*_SKIPPED, *_TITLES))
        if not body:  # text that stands outside any field
            body = _words(_FIELD.sub(" ", block))
        yield Item(name, title, {"text": body} if body else {})


def _read_topics(path: Path, quarantine: Quarantine) -> Iterator[Query]:
    with open_text(path) as (text, _):
        tagged = any(
            line and "<top>" in line.lower() for _, (_, line) in zip(range(200), read_lines(text), strict=False)
        )
    if not tagged:
        yield from read_queries(path, quarantine)
        return
    for number, block in _blocks(path, "top", quarantine):
        fields = {tag.lower(): _words(inside) for tag, inside in _TOPIC_FIELD.findall(block)}
        if fields.get("num") and fields.get("title"):
            yield Query(clean_id(fields["num"]), fields["title"])
        else:
            quarantine.reject(str(path), number, "num", "empty query: <num> and <title> are needed", block)


def _words(text: str) -> str:
    return _SPACE.sub(" ", clean_text(html.unescape(_TAG.sub(" ", text)))).strip()
