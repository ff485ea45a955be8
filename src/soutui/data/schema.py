"""What a catalogue and a log are made of: items, users, events, ties, queries, judgments, labelled texts.

Plain frozen records with external ids. They say nothing about files or tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

EventKind = Literal[
    "impression", "view", "click", "like", "add_to_cart", "purchase", "rating", "share", "follow", "hide"
]

#: How strongly each kind says "this user wants this". A rating counts by its value, hide counts against; an impression
#: (shown, looked at or not) says nothing about wanting and does not make an item one that the user had.
EVENT_WEIGHTS: Mapping[str, float] = {
    "impression": 0.0,
    "view": 0.5,
    "click": 1.0,
    "like": 2.0,
    "add_to_cart": 2.0,
    "purchase": 3.0,
    "rating": 1.0,
    "share": 2.0,
    "follow": 2.0,
    "hide": -1.0,
}

Split = Literal["", "train", "valid", "test"]

#: A value an attribute may take. Lists hold several values of one field.
Attribute = str | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be found. ``texts`` are further searchable fields by name, ``attributes`` are filterable."""

    id: str
    title: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    image: str = ""
    available: bool = True


@dataclass(frozen=True, slots=True)
class User:
    """Someone who acts. Users need no record: an unknown user in an event is simply new."""

    id: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a user did with an item.

    ``id`` makes recording idempotent. ``time`` is seconds since 1970; ``order`` the position in the
    user's history when there is no clock; at least one of ``user`` and ``session`` is set. ``value``
    is the rating of a rating, otherwise a free number. ``position`` counts from 1.
    """

    id: str
    kind: EventKind
    item: str
    user: str = ""
    session: str = ""
    time: float | None = None
    order: float | None = None
    value: float | None = None
    query: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """``user`` is tied to ``other``: a friend, someone followed, a group joined (``kind``). One direction; friends
    have two. ``weight`` above 0 says how strongly.
    """

    user: str
    other: str
    kind: str = "friend"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text somebody labelled: an opinion, a topic, an intent, or whether two texts mean the same.

    ``labels`` holds the label by field (``{"topic": "sport"}``); ``other`` is the second text of a pair; ``source``
    names the set that the text came with, so that several can lie side by side.
    """

    id: str
    text: str
    labels: Mapping[str, str] = field(default_factory=dict)
    other: str = ""
    source: str = ""
    split: Split = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A query with an id, as judgments refer to it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """How relevant an item is to a query: 0 is not, larger is more. ``split`` is kept when the files give one."""

    query: str
    item: str
    grade: float
    split: Split = ""


Record = Item | User | Event | Tie | Query | Judgment | LabelledText
