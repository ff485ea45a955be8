"""UBI, OpenSearch's User Behavior Insights 1.x: what was asked and answered (queries), what was done (events).

Files of JSON lines, bulk exports (an ``index`` line before each document), dumps (documents under ``_source``), search
answers (``hits.hits``) or JSON arrays. Queries and events may share files: a document with an ``action_name`` is an
event, one with a ``user_query`` and no action a query. Every entry of ``query_response_hit_ids`` becomes an
``impression`` at its position, unless impressions of that query are in the events. Events get the text of their query
by ``query_id``. A query of nobody known counts as its own session. Actions without a meaning here go to the
quarantine by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soutui.config import EventColumns
from soutui.data.events import EventConverter
from soutui.data.layouts.base import Loaded, Records, need
from soutui.data.layouts.tables import tables
from soutui.data.quarantine import Quarantine
from soutui.data.readers import Row, read_rows
from soutui.data.schema import Event, EventKind
from soutui.data.values import RowError, clean_id, clean_text, parse_kind

_JSON = (".json", ".jsonl", ".ndjson")
_WANTED = ("ubi_queries and ubi_events as .json, .jsonl or .ndjson (documents with user_query or action_name)",)
_COLUMNS = EventColumns(
    *("", "kind", "user", "session", "item", "time"), value="value", query="query", position="position"
)
#: Words around the action: ``item_click``, ``product_purchase``, ``click_through`` mean click, purchase, click.
_AROUND = re.compile(r"^(item|product|result|hit|search_result|document|doc)_|_(item|product|result|through|hit)$")
_LOOKED_AT = 50
_MOST_HITS = 10_000
_MOST_NAMES = 100


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The behaviour in a folder or file; raises DataError when no document of either kind is in it."""
    files = [file for file in tables(path, _JSON) if _is_behaviour(file)]
    if not files:
        need(None, path, "ubi", _WANTED)
    return Loaded(events=Records(lambda: _events(files, quarantine)))


def _is_behaviour(path: Path) -> bool:
    for number, (_, document) in enumerate(_documents(path, Quarantine(None))):
        if "action_name" in document or "user_query" in document:
            return True
        if number > _LOOKED_AT:
            break
    return False


def _documents(path: Path, quarantine: Quarantine) -> Iterator[Row]:
    """The documents of a file, out of whatever export wrapped them."""
    for line, row in read_rows(path, quarantine):
        if len(row) == 1 and isinstance(row.get("index", row.get("create")), Mapping):
            continue  # a bulk export names the index before each document
        hits = row.get("hits")
        if isinstance(hits, Mapping) and isinstance(hits.get("hits"), list):
            sources = [hit.get("_source") if isinstance(hit, Mapping) else None for hit in hits["hits"]]
            yield from ((line, source) for source in sources if isinstance(source, dict))
        else:
            source = row.get("_source")
            yield line, source if isinstance(source, dict) else row


def _events(files: list[Path], quarantine: Quarantine) -> Iterator[Event]:
    texts: dict[str, str] = {}
    shown: set[str] = set()  # queries whose impressions are logged one by one
    for file in files:
        for _, document in _documents(file, Quarantine(None)):
            query = clean_id(document.get("query_id"))
            if "action_name" not in document:
                texts[query] = _asked(document)
            elif _kind(document.get("action_name")) == "impression":
                shown.add(query)
    convert = EventConverter(_COLUMNS).convert
    unknown: set[str] = set()
    for file in files:
        for line, document in _documents(file, quarantine):
            try:
                rows = [_flat(document, texts)] if "action_name" in document else _impressions(document, shown)
            except RowError as error:
                quarantine.reject(str(file), line, error.column, _bounded(error.reason, unknown), document)
                continue
            for row in rows:
                try:
                    event = convert(row)
                except RowError as error:
                    quarantine.reject(str(file), line, error.column, error.reason, row)
                else:
                    yield event


def _asked(document: Mapping[str, Any]) -> str:
    return clean_text(document.get("user_query"))


def _flat(document: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """An event's document as one row."""
    kind = _kind(document.get("action_name"))
    if kind is None:
        name = clean_id(document.get("action_name"))[:40].replace(":", " ")
        raise RowError("action_name", f"unknown action {name!r}: it means nothing that soutui knows")
    inside = _inside(document, "event_attributes")
    thing, place = _inside(inside, "object"), _inside(inside, "position")
    query = clean_id(document.get("query_id"))
    position = place.get("ordinal")
    return _who(document) | {
        "kind": kind,
        "item": thing.get("object_id", inside.get("object_id", document.get("object_id"))),
        "query": _asked(document) or texts.get(query, ""),
        "position": position if position not in (0, "0") else None,  # UBI's loggers write 0 for "no place"
        "value": thing.get("rating") if kind == "rating" else None,
    }


def _impressions(document: Mapping[str, Any], shown: set[str]) -> list[dict[str, Any]]:
    """What a query's answer showed, one row an entry."""
    query, hits = clean_id(document.get("query_id")), document.get("query_response_hit_ids")
    text = _asked(document)
    if "user_query" not in document:
        raise RowError("", "not behaviour: neither action_name nor user_query")
    if hits is not None and not isinstance(hits, list):
        raise RowError("query_response_hit_ids", f"wrong type: {type(hits).__name__}; a list of ids is needed")
    if query in shown or not hits:
        return []
    if len(hits) > _MOST_HITS:
        raise RowError("query_response_hit_ids", f"too many hits: {len(hits)}; at most {_MOST_HITS} are read")
    who = _who(document)
    if not clean_id(who["user"]) and not clean_id(who["session"]):
        who["session"] = query
    return [
        who | {"kind": "impression", "item": hit, "query": text, "position": place} for place, hit in enumerate(hits, 1)
    ]


def _who(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "user": document.get("client_id") or document.get("user_id"),
        "session": document.get("session_id"),
        "time": document.get("timestamp"),
    }


def _inside(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _kind(action: Any) -> EventKind | None:
    name = re.sub(r"[\s.-]+", "_", clean_id(action).lower())
    return parse_kind(name) or parse_kind(_AROUND.sub("", name))


def _bounded(reason: str, names: set[str]) -> str:
    """The reason, its category without the action's name once many different names came."""
    if not reason.startswith("unknown action"):
        return reason
    category = reason.split(":", 1)[0]
    if category not in names and len(names) >= _MOST_NAMES:
        return f"unknown action: {reason}"
    names.add(category)
    return reason
