"""Data sets as the field publishes them, one module a layout, each with ``load(path, quarantine)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from soutui.data.archive import Unpacked, is_zip, unpack
from soutui.data.layouts import (
    amazon,
    beir,
    esci,
    faq,
    goodbooks,
    hetrec,
    labels,
    microlens,
    mind,
    minionerec,
    movielens,
    parquet,
    recbole,
    relevance,
    scifact,
    smart,
    squad,
    trec,
    ubi,
    wands,
)
from soutui.data.layouts.base import Loaded, Records
from soutui.data.quarantine import Quarantine
from soutui.errors import UsageError

__all__ = ["LAYOUTS", "Loaded", "Records", "load"]

#: Layout name -> its loader.
LAYOUTS: Mapping[str, Callable[[Path, Quarantine], Loaded]] = {
    "amazon": amazon.load,
    "beir": beir.load,
    "esci": esci.load,
    "faq": faq.load,
    "goodbooks": goodbooks.load,
    "hetrec": hetrec.load,
    "labels": labels.load,
    "microlens": microlens.load,
    "mind": mind.load,
    "minionerec": minionerec.load,
    "movielens": movielens.load,
    "parquet": parquet.load,
    "recbole": recbole.load,
    "relevance": relevance.load,
    "scifact": scifact.load,
    "smart": smart.load,
    "squad": squad.load,
    "trec": trec.load,
    "ubi": ubi.load,
    "wands": wands.load,
}


def load(name: str, path: Path, quarantine: Quarantine) -> Loaded:
    """A data set by layout name, from a folder, a file or a zip of either.

    Raises UsageError on an unknown name, DataError when needed files are missing or an archive is not to be trusted.
    """
    if name not in LAYOUTS:
        raise UsageError(f"unknown layout {name!r}; known: {', '.join(LAYOUTS)}", "leave it out for plain files")
    if not is_zip(path):
        return LAYOUTS[name](path, quarantine)
    unpacked = unpack(path)
    return _held(LAYOUTS[name](unpacked.folder, quarantine), unpacked)


def _held(loaded: Loaded, unpacked: Unpacked) -> Loaded:
    """The records, each holding what it is read from."""

    def hold(rows: Any) -> Records[Any]:
        def read(kept: Unpacked = unpacked) -> Iterator[Any]:
            yield from rows  # a generator's frame keeps the folder while somebody still reads

        return Records(read)

    return Loaded(**{one.name: hold(getattr(loaded, one.name)) for one in fields(loaded)})
