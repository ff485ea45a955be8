"""goodbooks-10k (Zajac 2017): ``books.csv`` and, where they are there, ratings, books to read and tags.

``ratings.csv`` is sorted by time but has none, so its line numbers are the order of a user's ratings. ``to_read.csv``
becomes likes. ``book_tags.csv`` and ``tags.csv`` together give the searchable text ``tags``, the most used first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.layouts.base import Loaded, Records, Rows, find, having, most_used, need, to_events, to_items
from soutui.data.quarantine import Quarantine
from soutui.data.readers import read_rows
from soutui.data.schema import Event, Item
from soutui.data.values import clean_text, parse_number, read_id

_WANTED = ("books.csv", "optional ratings.csv, to_read.csv, tags.csv with book_tags.csv (each also with .gz)")
_NUMBERS = ("original_publication_year", "average_rating", "ratings_count")
_ITEMS = ItemColumns(
    "book_id", "title", ("original_title", "tags"), ("authors", "language_code", *_NUMBERS), "image_url"
)
_RATINGS = EventColumns(user="user_id", item="book_id", value="rating", order="order", default_kind="rating")
_TO_READ = EventColumns(user="user_id", item="book_id", default_kind="like")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError when ``books.csv`` is missing."""
    books = need(find(path, "books.csv"), path, "goodbooks", _WANTED)
    ratings, to_read = find(path, "ratings.csv"), find(path, "to_read.csv")
    tags, tagged = find(path, "tags.csv"), find(path, "book_tags.csv")

    def read_items() -> Iterator[Item]:
        words = _tags(tags, tagged, quarantine) if tags and tagged else {}
        converter = ItemConverter(_ITEMS, {"authors": ", "}, dict.fromkeys(_NUMBERS, "number"))
        return to_items(_books(books, words, quarantine), converter, books, quarantine)

    def read_events() -> Iterator[Event]:
        if ratings:
            rows = having(read_rows(ratings, quarantine), ratings, "user_id", "book_id", "rating")
            ordered = ((number, {**row, "order": float(number)}) for number, row in rows)
            yield from to_events(ordered, _RATINGS, ratings, quarantine)
        if to_read:
            rows = having(read_rows(to_read, quarantine), to_read, "user_id", "book_id")
            yield from to_events(rows, _TO_READ, to_read, quarantine)

    return Loaded(items=Records(read_items), events=Records(read_events))


def _books(path: Path, words: dict[str, str], quarantine: Quarantine) -> Rows:
    for number, row in having(read_rows(path, quarantine), path, "book_id", "title"):
        original = "" if row.get("original_title") == row["title"] else row.get("original_title")
        found = words.get(read_id(row.get("goodreads_book_id")), "")
        yield number, {**row, "authors": row.get("authors") or None, "original_title": original, "tags": found}


def _tags(tags: Path, tagged: Path, quarantine: Quarantine) -> dict[str, str]:
    """Goodreads' id of a book → its most used tags."""
    rows = having(read_rows(tags, quarantine), tags, "tag_id", "tag_name")
    names = {read_id(row["tag_id"]): clean_text(row["tag_name"]) for _, row in rows}
    counts: dict[str, dict[str, float]] = {}
    for number, row in having(read_rows(tagged, quarantine), tagged, "goodreads_book_id", "tag_id", "count"):
        name, count = names.get(read_id(row["tag_id"])), parse_number(row["count"])
        if name and count is not None and abs(count) < 1e12:
            counts.setdefault(read_id(row["goodreads_book_id"]), {})[name] = count
        else:
            quarantine.reject(str(tagged), number, "tag_id", "unknown tag: or its count is no number", row)
    return {book: most_used(known) for book, known in counts.items()}
