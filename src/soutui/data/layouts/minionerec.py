"""The Amazon sets of MiniOneRec (Kong et al. 2025, arXiv:2510.24431): windows of ten items and the next one.

``{train,valid,test}/*.csv`` have ``user_id, history_item_id, item_id``; ``index/*.item.json`` is one object of items by
number. Histories are put together from the windows of all parts that are there; they have an order and no times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import orjson

from soutui.config import ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.decode import open_bytes
from soutui.data.layouts.base import Loaded, Records, Rows, having, need, to_items
from soutui.data.layouts.histories import Histories, history_events
from soutui.data.layouts.markup import plain
from soutui.data.quarantine import Quarantine
from soutui.data.readers import read_rows
from soutui.data.schema import Event, Item
from soutui.data.values import RowError
from soutui.errors import DataError

_WANTED = ("index/*.item.json", "train/*.csv, valid/*.csv or test/*.csv (each also with .gz)")
_ITEMS = ItemColumns("id", "title", ("description",), ("brand", "categories"))
_BETWEEN = re.compile("""['"], ['"]""")
_MOST_BYTES = 256 << 20


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    catalogue = next((f for end in ("", ".gz") for f in sorted(path.glob(f"index/*.item.json{end}"))), None)
    windows = [f for part in ("train", "valid", "test") for f in sorted(path.glob(f"{part}/*.csv*"))]
    windows = [file for file in windows if file.name.removesuffix(".gz").endswith(".csv")]
    items = need(catalogue, path, "minionerec", _WANTED)
    if not windows:
        need(None, path, "minionerec", _WANTED)

    def read_items() -> Iterator[Item]:
        converter = ItemConverter(_ITEMS, {"categories": ", "}, {"brand": "text"})
        return to_items(_items(items, quarantine), converter, items, quarantine)

    return Loaded(items=Records(read_items), events=Records(lambda: _events(windows, quarantine)))


def _items(path: Path, quarantine: Quarantine) -> Rows:
    quarantine.begin(str(path))
    with open_bytes(path) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise DataError(f"{path} is larger than {_MOST_BYTES >> 20} MB", "write one object a line and import that")
    try:
        known = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path}: bad JSON: {error}", "one object of items by number is needed") from error
    if not isinstance(known, dict):
        raise DataError(f"{path}: JSON {type(known).__name__} where one object is needed", "items by number are needed")
    for number, (name, values) in enumerate(known.items(), 1):
        if isinstance(values, dict):
            texts = {key: plain(values.get(key)) or None for key in ("title", "brand", "categories")}
            yield number, {"id": name, **texts, "description": _listed(values.get("description"))}
        else:
            quarantine.reject(str(path), number, name, f"not an object: JSON {type(values).__name__}", values)


def _listed(value: object) -> str:
    """The text of a list of texts that was printed as Python would."""
    text = value if isinstance(value, str) else ""
    if text[:2] in ("['", '["') and text[-2:] in ("']", '"]'):
        text = _BETWEEN.sub(" ", text[2:-2]).replace("\\'", "'")
    return plain(text)


def _events(paths: list[Path], quarantine: Quarantine) -> Iterator[Event]:
    histories = Histories()
    for path in paths:
        for number, row in having(read_rows(path, quarantine), path, "user_id", "history_item_id", "item_id"):
            window = [part.strip(" '\"") for part in row["history_item_id"].strip(" []").split(",")]
            try:
                histories.add(row["user_id"], [*window, row["item_id"]])
            except RowError as error:
                quarantine.reject(str(path), number, error.column, error.reason, row)
    yield from history_events(histories)
