"""Records to rows and back. Validates on the way in; knows nothing about connections.

A row is a plain dict by column name, without the sequence number. Mappings are kept as JSON text.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, cast

import orjson

from soutui.data.schema import (
    EVENT_WEIGHTS,
    Attribute,
    Event,
    EventKind,
    Item,
    Judgment,
    LabelledText,
    Query,
    Split,
    Tie,
    User,
)
from soutui.errors import DataError

Row = dict[str, Any]

#: The columns that the ``*_of`` functions below take, in their order.
ITEM_COLUMNS = ("id", "title", "texts", "attributes", "image", "available")
EVENT_COLUMNS = ("id", "kind", "item", "user", "session", "time", "order", "value", "query", "position")


def item_row(item: Item) -> Row:
    """The row of an item, with the hash of its contents. The order of attributes does not change the hash."""
    check_id("an item", item.id)
    texts = _dump(item.texts, "item", item.id)
    attributes = _dump(item.attributes, "item", item.id)
    ordered = _dump(item.attributes, "item", item.id, orjson.OPT_SORT_KEYS) if len(item.attributes) > 1 else attributes
    available = bool(item.available)
    contents = _json((item.title, texts, ordered, item.image, available), "item", item.id)
    return {
        "id": item.id,
        "title": item.title,
        "texts": texts,
        "attributes": attributes,
        "image": item.image,
        "available": available,
        "deleted": False,
        "hash": hashlib.blake2b(contents, digest_size=16).hexdigest(),
    }


def item_of(row: Any) -> Item:
    """The item in a row of :data:`ITEM_COLUMNS`."""
    identity, title, texts, attributes, image, available = row
    return Item(identity, title, orjson.loads(texts), _attributes(attributes), image, bool(available))


def user_row(user: User) -> Row:
    """The row of a user."""
    check_id("a user", user.id)
    return {"id": user.id, "attributes": _dump(user.attributes, "user", user.id, orjson.OPT_SORT_KEYS)}


def user_of(row: Any) -> User:
    """The user in a row of id and attributes."""
    return User(row[0], _attributes(row[1]))


def tie_row(tie: Tie) -> Row:
    """The row of a tie."""
    check_id("a tie's user", tie.user)
    check_id("a tie's other end", tie.other)
    weight = float(tie.weight)
    if not (math.isfinite(weight) and weight > 0):
        raise DataError(f"the tie of {tie.user!r} to {tie.other!r} weighs {weight}", "a weight is above 0")
    return {"user": tie.user, "other": tie.other, "kind": tie.kind, "weight": weight}


def tie_of(row: Any) -> Tie:
    """The tie in a row of user, other, kind and weight."""
    return Tie(*row)


def text_row(text: LabelledText) -> Row:
    """The row of a labelled text."""
    check_id("a text", text.id)
    return {
        "id": text.id,
        "text": text.text,
        "other": text.other,
        "labels": _dump(text.labels, "text", text.id, orjson.OPT_SORT_KEYS),
        "source": text.source,
        "split": text.split,
    }


def text_of(row: Any) -> LabelledText:
    """The labelled text in a row of id, text, labels, other, source and split."""
    identity, text, labels, other, source, split = row
    return LabelledText(identity, text, orjson.loads(labels), other, source, cast(Split, split))


def query_row(query: Query) -> Row:
    """The row of a query."""
    check_id("a query", query.id)
    return {"id": query.id, "text": query.text}


def query_of(row: Any) -> Query:
    """The query in a row of id and text."""
    return Query(row[0], row[1])


def judgment_row(judgment: Judgment) -> Row:
    """The row of a judgment."""
    check_id("a judgment's query", judgment.query)
    check_id("a judgment's item", judgment.item)
    grade = float(judgment.grade)
    if not math.isfinite(grade):
        raise DataError(f"the judgment of {judgment.item!r} for {judgment.query!r} is {grade}", "a grade is a number")
    return {
        "query": judgment.query,
        "item": judgment.item,
        "grade": grade,
        "split": judgment.split,
    }


def judgment_of(row: Any) -> Judgment:
    """The judgment in a row of query, item, grade and split."""
    return Judgment(row[0], row[1], row[2], cast(Split, row[3]))


def event_row(event: Event) -> Row:
    """The row of an event."""
    check_id("an event", event.id)
    check_id("an event's item", event.item)
    if not (event.user or event.session):
        raise DataError(f"event {event.id!r} has neither a user nor a session", "set at least one of them")
    if event.kind not in EVENT_WEIGHTS:
        raise DataError(f"event {event.id!r} is of kind {event.kind!r}", f"allowed: {', '.join(EVENT_WEIGHTS)}")
    return {
        "id": event.id,
        "kind": event.kind,
        "item": event.item,
        "user": event.user,
        "session": event.session,
        # Not a number means absent; SQLite would do that by itself, other databases not.
        "time": event.time if event.time == event.time else None,
        "order": event.order if event.order == event.order else None,
        "value": event.value if event.value == event.value else None,
        "query": event.query,
        "position": event.position,
    }


def event_of(row: Any) -> Event:
    """The event in a row of :data:`EVENT_COLUMNS`."""
    identity, kind, item, user, session, time, order, value, query, position = row
    return Event(identity, cast(EventKind, kind), item, user, session, time, order, value, query, position)


def load_object(text: str) -> dict[str, Any]:
    """The JSON object in a text that :func:`dump_object` wrote."""
    return cast(dict[str, Any], orjson.loads(text))


def dump_object(value: Mapping[str, Any], what: str, identity: str) -> str:
    """A mapping as JSON text. NaN becomes null; what JSON cannot say is a :class:`DataError` that names the record."""
    return _dump(value, what, identity)


def _json(value: Any, what: str, identity: str, option: int = 0) -> bytes:
    """JSON bytes of a value, or a :class:`DataError` that names the record it belongs to."""
    try:
        return orjson.dumps(value, option=option)
    except TypeError as error:
        raise DataError(
            f"{what} {identity!r} holds a value that cannot be stored: {error}",
            "allowed: valid Unicode text, numbers, true/false and lists of texts",
        ) from error


def _dump(value: Mapping[str, Any], what: str, identity: str, option: int = 0) -> str:
    if not value:
        return "{}"
    return _json(value if type(value) is dict else dict(value), what, identity, option).decode()


def _attributes(text: str) -> dict[str, Attribute]:
    if text == "{}":
        return {}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in orjson.loads(text).items()
        if value is not None
    }


def check_id(what: str, identity: str) -> str:
    """The id itself when it may be one: text, not empty, valid Unicode, no NUL; else a :class:`DataError`."""
    if not isinstance(identity, str):
        raise DataError(f"{what} has the id {identity!r}; ids are text", "turn it into text first")
    if not identity:
        raise DataError(f"{what} has an empty id", "every record needs an id")
    if "\0" in identity or not (identity.isascii() or _is_unicode(identity)):
        raise DataError(f"{what} has the id {identity!r}; ids are valid Unicode without NUL", "leave the character out")
    return identity


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
