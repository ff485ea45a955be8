"""Questions and answers: a table of them, a JSON export, or the map ``{id: [{question, answers}, ...]}`` of E.SUN.

A table needs a column of questions and one of answers; ``question_zh`` beside ``question`` is kept as a text of that
name. An id column names the entries, else a hash of question and answer does. Columns of paraphrases (lists, or text
separated by ``|``, ``;`` or line ends, or ``similar 1``, ``similar 2``) and further questions in one cell become
queries with that entry as the right answer. Every other column is an attribute. JSON may be lines, an array, or one
object around an array (``{"intents": [{"tag", "patterns", "responses"}]}``).

Rows with the same question and the same answer are one entry (a note in the quarantine counts them), unless they bring
ids of their own; the same question with another answer is another entry. In a map, an entry's title is its first
question, the others its text ``questions``. Beside it, a file with ``qid, query`` holds queries and one with ``qid,
retrieve`` says which entry answers them; those of a ``category`` other than ``faq`` belong to documents that are not
here and are set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from soutui.config import ItemColumns
from soutui.data.convert import SAMPLE_ROWS, ItemConverter
from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, need
from soutui.data.layouts.tables import name_of, read_table, tables, words
from soutui.data.profile import column_names
from soutui.data.quarantine import Quarantine
from soutui.data.readers import Row
from soutui.data.schema import Item, Judgment, Query
from soutui.data.values import RowError, clean_id, clean_text, read_id
from soutui.data.words import plain_name, without_language
from soutui.errors import DataError

_WANTED = ("a table with columns question and answer (or 问题 and 答案), or {id: [{question, answers}]} in JSON",)
_QUESTION = words(
    "question questions q faq faq_question standard_question title_question patterns 问题 问 问句 提问 标准问 标准问题 "
    "标准问句 主问题 常见问题 问题描述 問題 問句 提問 標準問 標準問題 常見問題"
)
_ANSWER = words(
    "answer answers a reply response responses faq_answer solution 答案 回答 答 答复 回复 解答 标准答案 答案内容 答覆 "
    "回覆 回應 標準答案"
)
_PARAPHRASES = words(
    "paraphrase paraphrases similar similar_question similar_questions variant variants alternative alternatives "
    "alternative_question alternative_questions utterance utterances example examples variation variations "
    "相似问 相似问题 相似问法 扩展问 扩展问题 同义问 同义问题 变体 问法 用户问法 相似問 相似問題 擴展問 "
    "同義問 問法"
)
_ID = words("id faq_id question_id qa_id entry_id 编号 序号 編號 序號 问题编号 问题id")
_SEPARATOR = re.compile(r"\s*(?:\|+|[;；]|\r?\n)\s*")
_NUMBERED = re.compile(r"[\s_]*\d+$")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column is what; questions and answers under the names of their texts, the plain one first."""

    id: str
    questions: Mapping[str, str]
    answers: Mapping[str, str]
    paraphrases: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    item: Item
    paraphrases: tuple[str, ...]
    repeated: bool


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The questions and answers in a folder or file; raises DataError that says what is missing."""
    files: list[Path] = []
    asked: list[Path] = []
    truths: list[Path] = []
    for file in tables(path):
        columns = set(column_names(_first(file)))
        if _columns(columns) is not None:
            files.append(file)
        elif {"qid", "query"} <= columns:
            asked.append(file)
        elif {"qid", "retrieve"} <= columns:
            truths.append(file)
    if not files:
        need(None, path, "faq", _WANTED)

    def queries() -> Iterator[Query]:
        seen = Seen()
        for entry in _entries(files, quarantine):
            for text in entry.paraphrases:
                if seen.put(digest(text.encode("utf-8"))) is None:
                    yield Query(name_of(text), text)
        for file in asked:
            yield from (Query(name, text) for name, text in _about_faq(file, "query", quarantine))

    def judgments() -> Iterator[Judgment]:
        seen = Seen()
        for entry in _entries(files, quarantine):
            for text in entry.paraphrases:
                if seen.put(digest(f"{text}\x1f{entry.item.id}".encode())) is None:
                    yield Judgment(name_of(text), entry.item.id, 1.0)
        for file in truths:
            yield from (Judgment(name, item, 1.0) for name, item in _about_faq(file, "retrieve", quarantine))

    return Loaded(
        items=Records(lambda: (entry.item for entry in _entries(files, quarantine) if not entry.repeated)),
        queries=Records(queries),
        judgments=Records(judgments),
    )


def _first(path: Path) -> list[dict[str, Any]]:
    try:
        return [values for _, values in islice(_rows(path, Quarantine(None)), SAMPLE_ROWS)]
    except DataError:
        return []  # not a table: a readme, say


def _rows(path: Path, quarantine: Quarantine) -> Iterator[Row]:
    """The rows of a file; those inside one JSON object count from 1."""
    for line, values in read_table(path, quarantine):
        inside = list(values.values())
        if len(inside) == 1 and _are_objects(inside[0]):
            yield from enumerate(inside[0], 1)
        elif inside and all(_are_objects(value) and any("question" in one for one in value) for value in inside):
            yield from ((number, _from_map(key, values[key])) for number, key in enumerate(values, 1))
        else:
            yield line, values


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _from_map(key: str, pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One entry of ``{id: [{question, answers}]}`` as a row."""
    questions = [text for pair in pairs if (text := clean_text(pair.get("question")))]
    answers = [text for pair in pairs for text in _listed(pair.get("answers", pair.get("answer")))]
    row = {"id": key, "question": questions[:1], "answer": answers}
    return row | ({"questions": "\n".join(questions[1:])} if len(questions) > 1 else {})


def _columns(names: Sequence[str] | set[str]) -> _Columns | None:
    """What the columns are; None when there is no question or no answer among them."""
    questions: dict[str, str] = {}
    answers: dict[str, str] = {}
    paraphrases: list[str] = []
    others: list[str] = []
    identity = ""
    for name in sorted(names, key=lambda name: (plain_name(name) != without_language(plain_name(name)), name)):
        plain = plain_name(name)
        bare = without_language(plain)
        numberless = _NUMBERED.sub("", bare)
        if plain in _ID and not identity:
            identity = name
        elif numberless in _PARAPHRASES:
            paraphrases.append(name)
        elif bare in _QUESTION and (not questions or (plain != bare)):
            questions["title" if not questions else clean_id(plain)] = name
        elif bare in _ANSWER and (not answers or plain != bare):
            answers["answer" if not answers else clean_id(plain)] = name
        elif numberless in _QUESTION and numberless != bare:
            paraphrases.append(name)
        else:
            others.append(name)
    if not questions or not answers:
        return None
    return _Columns(identity, questions, answers, tuple(paraphrases), tuple(others))


def _listed(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [text for one in values if (text := clean_text(one))]


def _flat(values: Mapping[str, Any], columns: _Columns) -> dict[str, Any]:
    """A row under the names of an item's fields."""
    row: dict[str, Any] = {name: values.get(name) for name in columns.others}
    for field, column in columns.questions.items():
        row[field] = clean_id(next(iter(_listed(values.get(column))), ""))
    for field, column in columns.answers.items():
        row[field] = "\n".join(_listed(values.get(column)))
    if not row["title"]:
        raise RowError(columns.questions["title"], "empty question: every entry needs one")
    if not row["answer"]:
        raise RowError(columns.answers["answer"], "empty answer: every entry needs one")
    row["id"] = read_id(values.get(columns.id)) if columns.id else name_of(row["title"], row["answer"])
    if not row["id"]:
        raise RowError(columns.id, "empty id: every entry needs one")
    return row


def _paraphrases(values: Mapping[str, Any], columns: _Columns, title: str) -> tuple[str, ...]:
    found = [text for column in columns.questions.values() for text in _listed(values.get(column))[1:]]
    for column in columns.paraphrases:
        value = values.get(column)
        found += _listed(_SEPARATOR.split(value) if isinstance(value, str) else value)
    return tuple(text for text in dict.fromkeys(map(clean_id, found)) if text and text != title)


def _entries(files: Sequence[Path], quarantine: Quarantine) -> Iterator[_Entry]:
    """Every good row; ``repeated`` ones stand for the entry that came before with the same question and answer."""
    seen = Seen()
    for path in files:
        file, sample = str(path), _first(path)
        columns = _columns(column_names(sample))
        if columns is None:
            continue
        converter = _converter(sample, columns)
        for line, values in _rows(path, quarantine):

            def note(column: str, reason: str, value: Any, file: str = file, line: int = line) -> None:
                quarantine.note(file, line, column, reason, value)

            try:
                item = converter.convert(_flat(values, columns), note)
            except RowError as error:
                quarantine.reject(file, line, error.column, error.reason, values)
                continue
            content = digest(f"{item.title}\x1f{item.texts['answer']}".encode())
            before = seen.put(digest(item.id.encode("utf-8")), content)
            if before not in (None, content):
                quarantine.reject(file, line, columns.id, f"duplicate id: {item.id[:80]}", values)
                continue
            if before is not None:
                quarantine.note(file, line, "", "repeated entry: same question and answer as before", values)
            yield _Entry(item, _paraphrases(values, columns, item.title), before is not None)


def _converter(sample: Sequence[Mapping[str, Any]], columns: _Columns) -> ItemConverter:
    # ``questions`` is what a map's entries have beside their title; in a table no column left is called so.
    attributes = tuple(name for name in columns.others if name != "questions")
    texts = (*(field for field in (*columns.answers, *columns.questions) if field != "title"), "questions")
    return ItemConverter.of(sample, ItemColumns("id", "title", texts, attributes, "", ""))


def _about_faq(path: Path, column: str, quarantine: Quarantine) -> Iterator[tuple[str, str]]:
    """Query id and ``column`` of the rows about the FAQ."""
    file = str(path)
    for line, values in _rows(path, quarantine):
        name, category = clean_id(values.get("qid")), clean_id(values.get("category"))
        found = [clean_id(one) for one in _listed(values.get(column))]
        if category not in ("", "faq"):
            reason = f"other documents: category {category[:40]!r} is not answered by the FAQ"
            quarantine.reject(file, line, "category", reason, values)
        elif not name or not found:
            quarantine.reject(file, line, column, f"empty row: qid and {column} are needed", values)
        else:
            yield from ((name, one) for one in found)
