"""The MovieLens layouts (Harper and Konstan 2015): ml-latest and 20M/25M (.csv), 1M and 10M (.dat), 100K (u.*).

Titles carry the year (``Heat (1995)``), which becomes the attribute ``year``; genres become a list. Free tags, when
there are any, become the searchable text ``tags``, the most used first. Ratings are events of kind ``rating``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from soutui.config import EventColumns
from soutui.data.layouts.base import Loaded, Records, find, mixed_lines, most_used, need, to_events
from soutui.data.quarantine import Quarantine
from soutui.data.readers import read_rows
from soutui.data.schema import Attribute, Event, Item, User
from soutui.data.values import clean_id, clean_text, parse_number

_WANTED = ("movies.csv and ratings.csv, or movies.dat and ratings.dat, or u.item and u.data (each also with .gz)",)
_YEAR = re.compile(r"\((\d{4})(?:[-–]\d{0,4})?\)\s*$")
_NO_GENRES = "(no genres listed)"
_GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)

_RATINGS = EventColumns(user="userId", item="movieId", value="rating", time="timestamp", default_kind="rating")
Rows = Iterator[tuple[int, Mapping[str, object]]]


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    movies = find(path, "movies.csv", "movies.dat", "u.item")
    ratings = find(path, "ratings.csv", "ratings.dat", "u.data")
    movies, ratings = need(movies, path, "movielens", _WANTED), need(ratings, path, "movielens", _WANTED)
    tags, users = find(path, "tags.csv", "tags.dat"), find(path, "users.dat", "u.user")
    return Loaded(
        items=Records(lambda: _items(movies, tags, quarantine)),
        events=Records(lambda: _events(ratings, quarantine)),
        users=Records(lambda: _users(users, quarantine) if users else iter(())),
    )


def _rows(path: Path, names: Sequence[str], quarantine: Quarantine) -> Rows:
    """Rows of a .csv with header, a .dat with ``::`` or a u.* file with ``|`` or tabs, under the .csv's names."""
    if ".csv" in path.name:
        yield from read_rows(path, quarantine)
        return
    delimiter = "\t" if path.name.startswith("u.data") else "::" if ".dat" in path.name else "|"
    # These files are ISO 8859-1 in all releases; later ones are UTF-8 and have a header, so they go elsewhere.
    for number, line in mixed_lines(path, quarantine):
        cells = line.split(delimiter)
        if len(cells) < len(names):
            reason = f"ragged row: {len(cells)} cells, {len(names)} columns"
            quarantine.reject(str(path), number, names[len(cells)], reason, cells)
        else:
            yield number, dict(zip(names, (*cells[: len(names)],), strict=True)) | {"more": cells[len(names) :]}


def _items(movies: Path, tags: Path | None, quarantine: Quarantine) -> Iterator[Item]:
    words = _tags(tags, quarantine) if tags else {}
    seen: set[str] = set()
    flags = movies.name.startswith("u.item")
    names = ("movieId", "title", "release", "video", "link") if flags else ("movieId", "title", "genres")
    for number, row in _rows(movies, names, quarantine):
        name, title = clean_id(row.get("movieId")), clean_text(row.get("title"))
        if not name or name in seen:
            reason = f"duplicate id: {name}" if name else "empty id: every movie needs one"
            quarantine.reject(str(movies), number, "movieId", reason, row)
            continue
        seen.add(name)
        attributes: dict[str, Attribute] = {}
        genres = _flagged(row["more"]) if flags else clean_text(row.get("genres")).split("|")
        kept = tuple(genre for genre in genres if genre and genre not in (_NO_GENRES, "unknown"))
        if kept:
            attributes["genres"] = kept
        if year := _YEAR.search(title):
            attributes["year"] = float(year[1])
        yield Item(name, title, {"tags": words[name]} if name in words else {}, attributes)


def _flagged(flags: object) -> list[str]:
    cells = flags if isinstance(flags, list) else []
    return [genre for genre, flag in zip(_GENRES, cells, strict=False) if flag == "1"]


def _tags(path: Path, quarantine: Quarantine) -> dict[str, str]:
    counts: dict[str, Counter[str]] = {}
    for _, row in _rows(path, ("userId", "movieId", "tag", "timestamp"), quarantine):
        if tag := clean_id(row.get("tag")):
            counts.setdefault(clean_id(row.get("movieId")), Counter())[tag.lower()] += 1
    return {movie: most_used(tags) for movie, tags in counts.items()}


def _events(ratings: Path, quarantine: Quarantine) -> Iterator[Event]:
    rows = _rows(ratings, ("userId", "movieId", "rating", "timestamp"), quarantine)
    return to_events(rows, _RATINGS, ratings, quarantine)


def _users(users: Path, quarantine: Quarantine) -> Iterator[User]:
    small = users.name.startswith("u.user")
    names = ("id", "age", "gender", "occupation", "zip") if small else ("id", "gender", "age", "occupation", "zip")
    for number, row in _rows(users, names, quarantine):
        name, age = clean_id(row["id"]), parse_number(row["age"])
        if not name or age is None:
            quarantine.reject(str(users), number, "age" if name else "id", "bad user: id and age are needed", row)
            continue
        words = {key: clean_text(row[key]) for key in ("gender", "occupation", "zip")}
        yield User(name, {"age": age, **{key: word for key, word in words.items() if word}})
