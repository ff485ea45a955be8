"""Arguments and options that several verbs share, and how their values are read."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from soutui.cli.output import Console
from soutui.errors import UsageError

Shop = Annotated[Path, typer.Argument(metavar="SHOP", help="The shop's folder.")]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", "-f", metavar="WORD", help="brand=Kibo, colour=red|blue, price<=20, brand!=Kibo; repeatable."
    ),
]
Count = Annotated[int, typer.Option("-k", "--k", help="Length of the list.")]
Offset = Annotated[int, typer.Option("--offset", help="Hits to skip.")]
ItemFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--items", metavar="FILE", help="Item file: CSV, TSV, JSON lines, JSON or Parquet, also .gz; repeatable."
    ),
]
EventFiles = Annotated[
    list[Path] | None, typer.Option("--events", metavar="FILE", help="Event file, same formats; repeatable.")
]
UserFiles = Annotated[
    list[Path] | None, typer.Option("--users", metavar="FILE", help="User file with attributes; repeatable.")
]
QueryFiles = Annotated[
    list[Path] | None,
    typer.Option("--queries", metavar="FILE", help="Queries to learn and measure on: id, text; repeatable."),
]
JudgmentFiles = Annotated[
    list[Path] | None,
    typer.Option("--judgments", metavar="FILE", help="Judgments of those queries: query, item, grade; repeatable."),
]
ItemColumnWords = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="FIELD=COLUMN", help="Say what an item column means: id=sku, text=a,b; repeatable."
    ),
]
EventColumnWords = Annotated[
    list[str] | None,
    typer.Option(
        "--event-column", metavar="FIELD=COLUMN", help="Say what an event column means: item=asin; repeatable."
    ),
]


def console_of(context: typer.Context) -> Console:
    """The console of this run."""
    console = context.obj
    assert isinstance(console, Console)
    return console


def clean(text: str) -> str:
    """An argument as valid text: bytes that were not UTF-8 become a mark."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def cleaned(words: Sequence[str] | None) -> list[str]:
    """Several arguments as valid text."""
    return [clean(word) for word in words or ()]


def read_pairs(words: Sequence[str] | None, option: str) -> list[tuple[str, str]]:
    """``name=value`` words. Raises UsageError on one without ``=``."""
    pairs = []
    for word in cleaned(words):
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{option} {word!r} is not of the form name=value", f"write {option} name=value")
        pairs.append((name.strip(), value.strip()))
    return pairs


def read_settings(words: Sequence[str] | None) -> dict[str, Any]:
    """``--set encoder.model=none`` words as nested values: TOML where it can be read as such, else text."""
    nested: dict[str, Any] = {}
    for name, text in read_pairs(words, "--set"):
        *path, last = name.split(".")
        place = nested
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise UsageError(f"--set {name}: {part} has a value already", "set it once")
        try:
            place[last] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            place[last] = text
    return nested
