"""Data sets as the field publishes them: BEIR, TREC, MovieLens. Each module has ``load(path, quarantine)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from soutui.data.layouts import amazon, beir, goodbooks, hetrec, microlens, mind, minionerec, movielens, recbole, trec
from soutui.data.layouts.base import Loaded, Records
from soutui.data.quarantine import Quarantine
from soutui.errors import UsageError

__all__ = ["LAYOUTS", "Loaded", "Records", "load"]

#: Layout name -> its loader.
LAYOUTS: Mapping[str, Callable[[Path, Quarantine], Loaded]] = {
    "amazon": amazon.load,
    "beir": beir.load,
    "goodbooks": goodbooks.load,
    "hetrec": hetrec.load,
    "microlens": microlens.load,
    "mind": mind.load,
    "minionerec": minionerec.load,
    "movielens": movielens.load,
    "recbole": recbole.load,
    "trec": trec.load,
}


def load(name: str, path: Path, quarantine: Quarantine) -> Loaded:
    """A data set by layout name; raises UsageError on an unknown name, DataError when needed files are missing."""
    if name not in LAYOUTS:
        raise UsageError(f"unknown layout {name!r}; known: {', '.join(LAYOUTS)}", "leave it out for plain files")
    return LAYOUTS[name](path, quarantine)
