"""The shop's files: catalogue, queries and judgments, as they lie in the package."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

import orjson

from soutui.data.schema import Item, Judgment, Query

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
        for row in _lines("catalogue.jsonl")
    ]


def queries() -> list[Query]:
    """The 40 queries: English, Chinese and mixed; :func:`languages` says which is which."""
    return [Query(row["id"], row["text"]) for row in _lines("queries.jsonl")]


def languages() -> dict[str, str]:
    """The language of each query by query id: ``en``, ``zh`` or ``mixed``."""
    return {row["id"]: row["language"] for row in _lines("queries.jsonl")}


def judgments() -> list[Judgment]:
    """Graded judgments, 0 to 3; what the grades mean stands in :mod:`soutui.data.sample`."""
    rows = read("judgments.tsv").decode().splitlines()[1:]
    return [Judgment(query, item, float(grade)) for query, item, grade in (row.split("\t") for row in rows)]


def read(name: str) -> bytes:
    """The bytes of one of the package's own files."""
    return resources.files("soutui.data.sample").joinpath(name).read_bytes()


def _plain(value: Any) -> str | float | bool:
    return value if isinstance(value, str | bool) else float(value)


def _lines(name: str) -> list[Mapping[str, Any]]:
    return [orjson.loads(line) for line in read(name).splitlines()]
