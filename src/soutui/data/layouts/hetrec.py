"""Last.fm of HetRec 2011 (Cantador et al., RecSys 2011): listening counts, friends and tags, in tab-separated files.

A count becomes a view with the count as value; there are no times. ``user_friends.dat`` lists both directions, and both
are kept as they are. The most used tags become the searchable text ``tags`` when ``user_taggedartists.dat`` is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.layouts.base import (
    Loaded,
    Records,
    Rows,
    find,
    having,
    most_used,
    need,
    table_rows,
    to_events,
    to_items,
)
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Tie
from soutui.data.values import clean_text, read_id

_WANTED = ("artists.dat", "user_artists.dat", "optional user_friends.dat, user_taggedartists.dat, tags.dat (also .gz)")
_ITEMS = ItemColumns("id", "name", ("tags",), ("url",), "pictureURL")
_PLAYS = EventColumns(user="userID", item="artistID", value="weight", default_kind="view")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    artists = need(find(path, "artists.dat"), path, "hetrec", _WANTED)
    plays = need(find(path, "user_artists.dat"), path, "hetrec", _WANTED)
    friends, names = find(path, "user_friends.dat"), find(path, "tags.dat")
    tagged = find(path, "user_taggedartists.dat", "user_taggedartists-timestamps.dat")

    def read_items() -> Iterator[Item]:
        tags = _tags(tagged, names, quarantine) if tagged and names else {}
        converter = ItemConverter(_ITEMS, {}, {"url": "text"})
        return to_items(_artists(artists, tags, quarantine), converter, artists, quarantine)

    def read_events() -> Iterator[Event]:
        rows = having(table_rows(plays, "\t", quarantine), plays, "userID", "artistID", "weight")
        return to_events(rows, _PLAYS, plays, quarantine)

    return Loaded(
        items=Records(read_items),
        events=Records(read_events),
        ties=Records(lambda: _ties(friends, quarantine) if friends else iter(())),
    )


def _artists(path: Path, tags: dict[str, Counter[str]], quarantine: Quarantine) -> Rows:
    for number, row in having(table_rows(path, "\t", quarantine), path, "id", "name"):
        known = tags.get(read_id(row["id"]))
        yield number, {**row, "tags": most_used(known)} if known else row


def _tags(path: Path, names: Path, quarantine: Quarantine) -> dict[str, Counter[str]]:
    """Artist → tag → how many users gave it."""
    words = {
        read_id(row["tagID"]): clean_text(row["tagValue"])
        for _, row in having(table_rows(names, "\t", quarantine), names, "tagID", "tagValue")
    }
    counts: dict[str, Counter[str]] = {}
    for number, row in having(table_rows(path, "\t", quarantine), path, "artistID", "tagID"):
        word = words.get(read_id(row["tagID"]))
        if word:
            counts.setdefault(read_id(row["artistID"]), Counter())[word] += 1
        else:
            quarantine.reject(str(path), number, "tagID", f"unknown tag: {row['tagID'][:80]!r}", row)
    return counts


def _ties(path: Path, quarantine: Quarantine) -> Iterator[Tie]:
    for number, row in having(table_rows(path, "\t", quarantine), path, "userID", "friendID"):
        user, other = read_id(row["userID"]), read_id(row["friendID"])
        if user and other:
            yield Tie(user, other)
        else:
            quarantine.reject(str(path), number, "userID", "nobody: two users are needed", row)
