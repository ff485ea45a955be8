"""MIND, Microsoft's news data set (Wu et al., ACL 2020): ``news.tsv`` and ``behaviors.tsv``, without headers.

Every news shown is an impression with its position, the impression's id as session; one that was clicked is also a
click. The history column is the same in all rows of a user: it becomes clicks with an order and no time, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, Rows, find, need, read_fields, to_events, to_items
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item
from soutui.data.values import RowError, read_id

_WANTED = ("news.tsv and behaviors.tsv (each also with .gz)",)
_NEWS = ("id", "category", "subcategory", "title", "abstract", "url", "title_entities", "abstract_entities")
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ([AP])M")
_ITEMS = ItemColumns("id", "title", ("abstract",), ("category", "subcategory", "entities"))
_EVENTS = EventColumns(
    kind="kind", user="user", session="session", item="item", time="time", order="order", position="position"
)


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder, with either file or both; raises DataError when neither is there."""
    news, behaviors = find(path, "news.tsv"), find(path, "behaviors.tsv")
    if news is None and behaviors is None:
        need(None, path, "mind", _WANTED)
    return Loaded(
        items=Records(lambda: _items(news, quarantine) if news else iter(())),
        events=Records(lambda: _events(behaviors, quarantine) if behaviors else iter(())),
    )


def _items(path: Path, quarantine: Quarantine) -> Iterator[Item]:
    converter = ItemConverter(_ITEMS, {}, {"category": "text", "subcategory": "text"})
    return to_items(_news(path, quarantine), converter, path, quarantine)


def _news(path: Path, quarantine: Quarantine) -> Rows:
    for number, cells in read_fields(path, "\t", quarantine):
        if len(cells) < 5:  # copies without the entities are common
            quarantine.reject(str(path), number, _NEWS[len(cells)], f"ragged row: {len(cells)} cells, 8 columns", cells)
            continue
        row = dict(zip(_NEWS, cells, strict=False))
        yield number, {**row, "entities": [label for cell in cells[6:8] for label in _labels(cell)]}


def _labels(cell: str) -> list[str]:
    """The names of the entities in a cell of JSON; none where it is broken, for they only add to the news."""
    try:
        found = orjson.loads(cell) if cell.startswith("[{") else []
    except orjson.JSONDecodeError:
        return []
    return [label for one in found if isinstance(one, dict) and isinstance(label := one.get("Label"), str)]


def _events(path: Path, quarantine: Quarantine) -> Iterator[Event]:
    return to_events(_behaviors(path, quarantine), _EVENTS, path, quarantine)


def _behaviors(path: Path, quarantine: Quarantine) -> Rows:
    """One row an event: a user's history before the first impression of the user, then what every impression showed."""
    histories = Seen()
    for number, cells in read_fields(path, "\t", quarantine):
        try:
            session, user, time, history, shown = _row(cells)
        except RowError as error:
            quarantine.reject(str(path), number, error.column, error.reason, cells)
            continue
        if history and histories.put(digest(user.encode("utf-8"))) is None:
            for order, item in enumerate(history):
                yield number, {"kind": "click", "user": user, "item": item, "order": float(order)}
        for position, entry in enumerate(shown, 1):
            clicked = entry.endswith("-1")
            item = entry[:-2] if clicked or entry.endswith("-0") else entry  # test parts do not say what was clicked
            row = {"user": user, "session": session, "item": item, "time": time, "position": float(position)}
            yield number, {**row, "kind": "impression"}
            if clicked:
                yield number, {**row, "kind": "click"}


def _row(cells: Sequence[str]) -> tuple[str, str, float, list[str], list[str]]:
    """Impression, user, seconds since 1970, history and what was shown; raises RowError."""
    if len(cells) != 5:
        raise RowError("", f"ragged row: {len(cells)} cells; impression, user, time, history and news are needed")
    session, user = read_id(cells[0]), read_id(cells[1])
    if not user:
        raise RowError("user", "nobody: every impression needs a user")
    return session, user, _seconds(cells[2]), cells[3].split(), cells[4].split()


def _seconds(text: str) -> float:
    """``11/15/2019 9:05:58 AM``: month first, UTC."""
    found = _TIME.fullmatch(text.strip())
    try:
        if found:
            month, day, year, hour, minute, second = map(int, found.groups()[:6])
            if 1 <= hour <= 12:
                hour = hour % 12 + (12 if found[7] == "P" else 0)
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        pass
    raise RowError("time", f"not a time: {text[:80]!r}; such as 11/15/2019 9:05:58 AM")
