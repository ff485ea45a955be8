"""Files of queries and of users, in the forms that people have them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soutui.data.decode import open_text
from soutui.data.quarantine import Quarantine
from soutui.data.readers import file_suffix, read_rows
from soutui.data.schema import Query
from soutui.errors import DataError

_IDS = ("qid", "id", "_id", "query_id", "query-id", "queryid", "topic", "number", "查询编号", "编号")
_TEXTS = ("text", "query", "title", "query_text", "q", "查询", "查询词", "搜索词")
_USERS = ("user", "user_id", "userid", "uid", "id", "用户", "用户id", "用户编号")
_HINT = "write one query a line: id, tab, text; or JSON lines with id and text"


def read_queries(path: Path) -> Iterator[Query]:
    """The queries of a file: ``qid<TAB>text`` with or without a header, CSV, JSON lines or Parquet with a header.

    Raises DataError on a line without text, on an id given twice, and when there is none.
    """
    seen: set[str] = set()
    for number, name, text in _tabbed(path) if file_suffix(path) in (".tsv", ".txt", "") else _named(path):
        if not name or not text:
            raise DataError(f"{path}:{number}: a query needs an id and a text", _HINT)
        if name in seen:
            raise DataError(f"{path}:{number}: the query id {name!r} came before", "give every query its own id")
        seen.add(name)
        yield Query(name, text)
    if not seen:
        raise DataError(f"{path}: there are no queries", _HINT)


def read_users(path: Path) -> Iterator[str]:
    """The user ids of a file, one a line (further columns are ignored), each once; a header line is left out."""
    seen: set[str] = set()
    with open_text(path) as (stream, _):
        for number, line in enumerate(stream):
            name = line.strip().split("\t")[0].split(",")[0].strip()
            if not name or name in seen or (number == 0 and name.lower() in _USERS):
                continue
            seen.add(name)
            yield name
    if not seen:
        raise DataError(f"{path}: there are no users", "write one user id a line")


def _tabbed(path: Path) -> Iterator[tuple[int, str, str]]:
    with open_text(path) as (stream, _):
        order = (0, 1)
        for number, line in enumerate(stream, 1):
            cells = [cell.strip() for cell in line.rstrip("\r\n").split("\t")]
            if not any(cells):
                continue
            if number == 1:
                names = [cell.lower() for cell in cells]
                id_at = next((names.index(word) for word in _IDS if word in names), None)
                text_at = next((names.index(word) for word in _TEXTS if word in names), None)
                if id_at is not None and text_at is not None:
                    order = (id_at, text_at)
                    continue
            if len(cells) <= max(order):
                raise DataError(f"{path}:{number}: no tab between id and text", _HINT)
            yield number, cells[order[0]], cells[order[1]]


def _named(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, values in read_rows(path, Quarantine(None)):
        lower = {str(key).strip().lower(): value for key, value in values.items()}
        yield number, _first(lower, _IDS, path), _first(lower, _TEXTS, path)


def _first(values: Mapping[str, Any], words: tuple[str, ...], path: Path) -> str:
    for word in words:
        if word in values:
            return "" if values[word] is None else str(values[word]).strip()
    raise DataError(f"{path}: none of the columns {', '.join(values)} is {' or '.join(words[:3])}", _HINT)
