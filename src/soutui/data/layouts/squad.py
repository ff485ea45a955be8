"""Reading comprehension in SQuAD's form, as a search for passages (Rajpurkar et al. 2016, arXiv:1606.05250).

SQuAD 1 and 2, DRCD and CMRC 2018 in SQuAD's form (``data, paragraphs, context, qas, question``) or in CMRC's own
(``context_text, qas, query_text``). Every passage is an item, titled as its article; every question a query; a
question's own passage is right (grade 1), or judged not to answer it (grade 0) where ``is_impossible`` is set. What
has no id gets a hash of its text. The split is the file name's (dev is valid). The same passage in two files is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from soutui.data.decode import open_bytes
from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, need, split_of
from soutui.data.layouts.tables import name_of, tables
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Item, Judgment, Query
from soutui.data.values import clean_id, clean_text
from soutui.errors import DataError

MAX_BYTES = 512 << 20
_WANTED = ("*.json with data, paragraphs, context and qas",)


@dataclass(frozen=True, slots=True)
class _Passage:
    item: Item
    questions: tuple[tuple[Query, float], ...]


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The passages and questions in a folder or file; raises DataError that says what is missing."""
    files = [file for file in tables(path, (".json",)) if _is_squad(file)]
    if not files:
        need(None, path, "squad", _WANTED)

    def items() -> Iterator[Item]:
        seen = Seen()
        for file in files:
            for passage in _passages(file, quarantine):
                if seen.put(digest(passage.item.id.encode("utf-8"))) is None:
                    yield passage.item

    def queries() -> Iterator[Query]:
        for file in files:
            for passage in _passages(file, quarantine):
                yield from (query for query, _ in passage.questions)

    def judgments() -> Iterator[Judgment]:
        for file in files:
            split = split_of(file.name)
            for passage in _passages(file, quarantine):
                yield from (Judgment(query.id, passage.item.id, grade, split) for query, grade in passage.questions)

    return Loaded(items=Records(items), queries=Records(queries), judgments=Records(judgments))


def _is_squad(path: Path) -> bool:
    with open_bytes(path) as stream:
        start = stream.read(1 << 16)
    return b'"context' in start or b'"paragraphs"' in start


def _passages(path: Path, quarantine: Quarantine) -> Iterator[_Passage]:
    file = str(path)
    quarantine.begin(file)
    for number, (title, row) in enumerate(_paragraphs(_read(path)), 1):
        text = clean_text(row.get("context", row.get("context_text")))
        name = clean_id(row.get("id", row.get("context_id"))) or name_of(title, text)
        if not text:
            quarantine.reject(file, number, "context", "empty passage: every one needs a text", row)
            continue
        questions = []
        for asked in _objects(row.get("qas")):
            question = clean_id(asked.get("question", asked.get("query_text")))
            if question:
                given = clean_id(asked.get("id", asked.get("query_id"))) or name_of(name, question)
                questions.append((Query(given, question), float(not asked.get("is_impossible"))))
            else:
                quarantine.reject(file, number, "question", "empty question: every one needs a text", asked)
        yield _Passage(Item(name, title, {"text": text}), tuple(questions))


def _read(path: Path) -> Any:
    with open_bytes(path) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} holds more than {MAX_BYTES >> 20} MB", "split it into several files")
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path}: bad JSON: {error}", "get the file again, or mend it there") from error


def _paragraphs(document: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Title and passage, from either form."""
    articles = document.get("data") if isinstance(document, dict) else document
    for article in _objects(articles):
        title = clean_id(article.get("title"))
        for row in _objects(article["paragraphs"]) if "paragraphs" in article else [article]:
            yield title, row


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
