"""Data sets as the field publishes them, one module a layout, each with ``load(path, quarantine)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

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
    recbole,
    relevance,
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
    "recbole": recbole.load,
    "relevance": relevance.load,
    "trec": trec.load,
    "ubi": ubi.load,
    "wands": wands.load,
}


def load(name: str, path: Path, quarantine: Quarantine) -> Loaded:
    """A data set by layout name; raises UsageError on an unknown name, DataError when needed files are missing."""
    if name not in LAYOUTS:
        raise UsageError(f"unknown layout {name!r}; known: {', '.join(LAYOUTS)}", "leave it out for plain files")
    return LAYOUTS[name](path, quarantine)
