"""Everything an engine needs, opened from a bundle or assembled in memory during a build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soutui.arrays import load_array
from soutui.bundle import manifest
from soutui.bundle.columns import Columns
from soutui.bundle.ids import IdMap
from soutui.bundle.payload import Payload
from soutui.bundle.spelling import Spelling
from soutui.config import Settings
from soutui.encode.onnx import OnnxEncoder
from soutui.index.covisit import ItemToItem
from soutui.index.dense import DenseIndex
from soutui.index.fuse import Weights
from soutui.index.interactions import Interactions
from soutui.index.lexical import LexicalIndex
from soutui.index.popular import Popular
from soutui.text.analyse import Analyser
from soutui.text.dictionary import read_words
from soutui.text.synonyms import Synonyms, SynonymTable
from soutui.types import Encoder, Mask


@dataclass(frozen=True, slots=True)
class Taste:
    """The sources that know users: fitted on one set of events."""

    users: IdMap
    interactions: Interactions
    covisit: ItemToItem
    popular: Popular
    history_decay: float = 0.8
    """Weight of a history item beside the next newer one, when history is turned into one vector."""

    def save(self, folder: Path) -> None:
        """Write every part into a folder of its own."""
        self.users.save(folder / "users")
        self.interactions.save(folder / "interactions")
        self.covisit.save(folder / "covisit")
        self.popular.save(folder / "popular")
        (folder / "taste.json").write_text(json.dumps({"history_decay": self.history_decay}))

    @classmethod
    def open(cls, folder: Path) -> Taste:
        """Map what :meth:`save` wrote."""
        facts = json.loads((folder / "taste.json").read_text("utf-8"))
        return cls(
            IdMap.open(folder / "users"),
            Interactions.open(folder / "interactions"),
            ItemToItem.open(folder / "covisit"),
            Popular.open(folder / "popular"),
            facts["history_decay"],
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """One catalogue snapshot, ready to answer. ``n`` items; every array is indexed by row."""

    name: str
    seq: int
    settings: Settings
    ids: IdMap
    payload: Payload
    columns: Columns
    available: Mask
    analyser: Analyser
    lexical: LexicalIndex
    dense: DenseIndex | None
    encoder: Encoder | None
    taste: Taste
    fusion: Mapping[str, Weights] = field(default_factory=dict)
    floors: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By language, from queries about nothing: an item that words did not find must be at least as near as the first,
    and as the second when words found no item at all."""

    spelling: Spelling | None = None
    """None in a bundle that was built before spelling was kept."""

    synonyms: SynonymTable | None = None

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.ids)


def open_parts(folder: Path, settings: Settings, *, threads: int = 1, synonyms: Synonyms | None = None) -> Parts:
    """Open a bundle. ``settings`` and ``synonyms`` supply what may change without a build (policy, search depth)."""
    facts = manifest.read(folder)
    words = read_words(folder)
    analyser = Analyser(settings.text, words)
    if analyser.fingerprint != facts["analyser"]:
        # The index holds words as the build's settings made them; other words would silently miss.
        analyser = Analyser(Settings.from_dict({"text": facts["settings"]["text"]}).text, words)
    encoder = OnnxEncoder.open(folder / "encoder", threads=threads) if (folder / "encoder").is_dir() else None
    fusion = json.loads((folder / "fusion.json").read_text("utf-8"))
    return Parts(
        name=folder.name,
        seq=int(facts["seq"]),
        settings=settings,
        ids=IdMap.open(folder / "items"),
        payload=Payload.open(folder / "items"),
        columns=Columns.open(folder / "columns"),
        available=load_array(folder / "items" / "available.npy"),
        analyser=analyser,
        lexical=LexicalIndex.open(folder / "lexical", analyser, settings.text),
        dense=DenseIndex.open(folder / "dense", settings.index) if encoder is not None else None,
        encoder=encoder,
        taste=Taste.open(folder / "taste"),
        fusion={name: Weights(**entry) for name, entry in fusion["weights"].items()},
        floors={language: (low, high) for language, (low, high) in fusion["floors"].items()},
        spelling=Spelling.open(folder / "spelling"),
        synonyms=SynonymTable(synonyms, analyser) if synonyms else None,
    )


def metrics(folder: Path) -> dict[str, Any]:
    """What the build measured of this bundle."""
    made: dict[str, Any] = json.loads((folder / "metrics.json").read_text("utf-8"))
    return made
