"""The shop's files: catalogue, queries and judgments, as they lie in the package."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import orjson

from soutui.data.schema import Attribute, Item, Judgment, Query

#: The parts of the shop, in the order of their items.
DOMAINS = ("outdoor", "kitchen", "audio", "books", "home", "news", "video")

_TEXTS = ("title_zh", "text", "text_zh")
_NOT_ATTRIBUTES = frozenset({"id", "title", "image", "available", *_TEXTS})


def items() -> list[Item]:
    """The shop's items. ``texts`` holds title_zh, text and text_zh; everything else is an attribute."""
    return [
        Item(
            id=row["id"],
            title=row["title"],
            texts={name: row[name] for name in _TEXTS},
            attributes={name: _plain(value) for name, value in row.items() if name not in _NOT_ATTRIBUTES},
            image=row.get("image", ""),
            available=row["available"],
        )
        for row in _lines("items", ".jsonl")
    ]


def queries() -> list[Query]:
    """The queries: English, Chinese and mixed; :func:`languages` says which is which."""
    return [Query(row["id"], row["text"]) for row in _lines("queries", ".jsonl")]


def languages() -> dict[str, str]:
    """The language of each query by query id: ``en``, ``zh`` or ``mixed``."""
    return {row["id"]: row["language"] for row in _lines("queries", ".jsonl")}


def judgments() -> list[Judgment]:
    """Graded judgments, 0 to 3; what the grades mean stands in :mod:`soutui.data.sample`."""
    rows = [row for part in parts("judgments", ".tsv") for row in part.decode().splitlines()[1:]]
    return [Judgment(query, item, float(grade)) for query, item, grade in (row.split("\t") for row in rows)]


def goes_with() -> dict[str, tuple[str, ...]]:
    """What people who look at this go on to look at: type or item id to types and item ids.

    What several domains say about one type is put together. What an item says about itself replaces what its type
    says: a children's bottle leads to children's things.
    """
    found: dict[str, tuple[str, ...]] = {}
    for part in parts("goes", ".json"):
        for name, others in orjson.loads(part).items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *others)))
    return found


def parts(folder: str, suffix: str) -> list[bytes]:
    """The bytes of each domain's file in one of the package's folders; what a domain does not have is left out."""
    place = resources.files("soutui.data.sample").joinpath(folder)
    files = [place.joinpath(name + suffix) for name in ("general", *DOMAINS)]
    return [file.read_bytes() for file in files if file.is_file()]


def raw(name: str) -> bytes:
    """The bytes of one of the package's files of the shop."""
    return resources.files("soutui.data.sample").joinpath(name).read_bytes()


def _plain(value: Any) -> Attribute:
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, str | bool) else float(value)


def _lines(folder: str, suffix: str) -> list[Mapping[str, Any]]:
    return [orjson.loads(line) for part in parts(folder, suffix) for line in part.splitlines()]
