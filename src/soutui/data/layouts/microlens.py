"""MicroLens short videos (Ni et al. 2023, arXiv:2309.15379): pairs, titles, and optional tags, likes and views.

``*_pairs.csv`` has ``user,item,timestamp`` (milliseconds); ``*_pairs.tsv`` a user and its videos in order, without
times; the ``.csv`` is read when both are there. Titles: ``*_titles.csv`` or ``*_title_en.csv``, whose commas are often
not quoted. ``tags_to_summary.csv`` gives a video its tag and ``*_likes_and_views.txt`` its two counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.layouts.base import Loaded, Records, Rows, mixed_lines, need, to_events, to_items
from soutui.data.layouts.histories import checked, history_events
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item
from soutui.data.values import RowError, read_id

_WANTED = ("*_pairs.csv or *_pairs.tsv", "*_titles.csv or *_title_en.csv (each also with .gz; at least one of the two)")
_TITLES = ("_titles.csv", "_title_en.csv", "_title.csv")
_PAIRS = EventColumns(user="user", item="item", time="time", default_kind="click")
_ITEMS = ItemColumns("id", "title", (), ("tag", "likes", "views"))


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError when there are neither pairs nor titles."""
    titles = _ending(path, *_TITLES)
    pairs = _ending(path, "_pairs.csv", "_pairs.tsv")
    if titles is None and pairs is None:
        need(None, path, "microlens", _WANTED)
    tags, counts = _ending(path, "tags_to_summary.csv"), _ending(path, "likes_and_views.txt")

    def read_items() -> Iterator[Item]:
        if titles is None:
            return iter(())
        more: dict[str, dict[str, str]] = {}
        for file, delimiter, names in ((tags, ",", ("tag",)), (counts, "\t", ("likes", "views"))):
            for _, cells in _lines(file, delimiter, 1 + len(names), quarantine) if file else ():
                more.setdefault(read_id(cells[0]), {}).update(zip(names, cells[1:], strict=True))
        converter = ItemConverter(_ITEMS, {}, {"tag": "text", "likes": "number", "views": "number"})
        return to_items(_titles(titles, more, quarantine), converter, titles, quarantine)

    def read_events() -> Iterator[Event]:
        if pairs is None:
            return iter(())
        if ".tsv" in pairs.name:
            return history_events(_histories(pairs, quarantine))
        return to_events(_timed(pairs, quarantine), _PAIRS, pairs, quarantine)

    return Loaded(items=Records(read_items), events=Records(read_events))


def _ending(folder: Path, *ends: str) -> Path | None:
    """The first file, by name, that ends so, plain or gzipped."""
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((f for end in ends for f in names if f.name.removesuffix(".gz").endswith(end) and f.is_file()), None)


def _lines(path: Path, delimiter: str, width: int, quarantine: Quarantine) -> Iterator[tuple[int, Sequence[str]]]:
    """Line number and cells; the last keeps further delimiters. A first line that begins with no digit is left out."""
    for number, line in mixed_lines(path, quarantine):
        cells = line.split(delimiter, width - 1)
        if number == 1 and not line[:1].isdigit():
            continue
        if len(cells) == width:
            yield number, cells
        else:
            quarantine.reject(str(path), number, "", f"ragged row: {len(cells)} cells, {width} columns", cells)


def _titles(path: Path, more: dict[str, dict[str, str]], quarantine: Quarantine) -> Rows:
    for number, (name, title) in _lines(path, ",", 2, quarantine):
        title = title.strip()
        if title.startswith('"'):
            if len(title) < 2 or not title.endswith('"'):
                quarantine.reject(str(path), number, "title", "broken quoting: the quote is not closed", title)
                continue
            title = title[1:-1].replace('""', '"')
        yield number, {"id": name, "title": title, **more.get(read_id(name), {})}


def _timed(path: Path, quarantine: Quarantine) -> Rows:
    for number, (user, item, time) in _lines(path, ",", 3, quarantine):
        yield number, {"user": user, "item": item, "time": time}


def _histories(path: Path, quarantine: Quarantine) -> Iterator[tuple[str, Sequence[str]]]:
    for number, (user, items) in _lines(path, "\t", 2, quarantine):
        try:
            yield checked(user, items.split(" "))
        except RowError as error:
            quarantine.reject(str(path), number, error.column, error.reason, items)
