"""What a build will have to encode, and why: the new catalogue beside the bundle that serves now.

A vector is needed again only when the text it was made from, or the model, is another one. So a new price, a renamed
field or a new attribute costs nothing; a changed description costs one item; another model costs all of them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from soutui.bundle import manifest
from soutui.bundle.ids import IdMap
from soutui.bundle.payload import Card, Payload
from soutui.encode.cache import VectorCache, content_hash, encode_items
from soutui.errors import DamagedError, NotBuiltError, NotFoundError
from soutui.types import Encoder

#: Texts encoded to time the model; they stay in the cache, so the work is not lost.
PROBE = 64
#: Items compared to find renamed fields.
COMPARED = 2_000

FIRST, MODEL, NEW, TITLE, FORGOTTEN = "first build", "another model", "new items", "titles changed", "not in the cache"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the items that came, went or is called otherwise. ``kind``: ``added``, ``removed`` or ``renamed``."""

    kind: str
    name: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build will encode: ``encode`` of ``items`` texts, ``reasons`` → how many, about ``seconds`` long.

    ``reuse`` texts have a vector already, or nothing to encode. Without a model both are 0 and ``seconds`` is None.
    """

    items: int
    encode: int
    reuse: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    fields: tuple[FieldChange, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """The bundle that serves now, as far as a plan needs it."""

    ids: IdMap
    cards: Payload
    encoder: str

    @classmethod
    def open(cls, bundles: Path) -> Before | None:
        """The current bundle; None when there is none, or none that can be read."""
        try:
            folder = manifest.get_current(bundles)
            facts = manifest.read(folder)
        except (NotBuiltError, NotFoundError, DamagedError):
            return None
        return cls(IdMap.open(folder / "items"), Payload.open(folder / "items"), str(facts["encoder"]))


def make_plan(
    ids: IdMap, cards: Payload, texts: Sequence[str], encoder: Encoder | None, cache: VectorCache, before: Before | None
) -> Plan:
    """The plan for a catalogue of ``n`` items: their ids, cards and texts to encode, by row.

    The model is timed on up to :data:`PROBE` of the texts; the estimate goes by their characters.
    """
    fields = _fields(ids, cards, before) if before is not None else ()
    if encoder is None:
        return Plan(len(texts), 0, 0, {}, fields)
    hashes = [content_hash(text) if text.strip() else b"" for text in texts]
    known = cache.known(encoder.fingerprint, [key for key in hashes if key])
    rows: dict[bytes, int] = {}
    for row, key in enumerate(hashes):
        if key and key not in known:
            rows.setdefault(key, row)
    missing = list(rows.values())
    reasons = Counter(_reason(row, ids, cards, encoder.fingerprint, before) for row in missing)
    seconds = _seconds([texts[row] for row in missing], encoder, cache)
    return Plan(
        len(texts), len(missing), len(texts) - len(missing), dict(reasons.most_common()), fields, round(seconds, 1)
    )


def _reason(row: int, ids: IdMap, cards: Payload, fingerprint: str, before: Before | None) -> str:
    if before is None:
        return FIRST
    if before.encoder != fingerprint:
        return MODEL
    place = before.ids.row(ids.name(row))
    if place is None:
        return NEW
    old, new = before.cards.card(place), cards.card(row)
    if old.title != new.title:
        return TITLE
    for name in new.texts:
        if name not in old.texts and new.texts[name] not in old.texts.values():
            return f"text added: {name}"
    for name in old.texts:
        if name not in new.texts and old.texts[name] not in new.texts.values():
            return f"text removed: {name}"
    changed = next((name for name, text in new.texts.items() if old.texts.get(name, text) != text), "")
    if changed:
        return f"text changed: {changed}"
    return FORGOTTEN if list(old.texts.values()) == list(new.texts.values()) else "order of the texts changed"


def _fields(ids: IdMap, cards: Payload, before: Before) -> tuple[FieldChange, ...]:
    """Fields that came, went or were renamed, judged on items that are in both."""
    now: Counter[str] = Counter()
    then: Counter[str] = Counter()
    same: Counter[tuple[str, str]] = Counter()
    step = max(1, len(ids) // COMPARED)
    for row in range(0, len(ids), step):
        place = before.ids.row(ids.name(row))
        if place is None:
            continue
        new, old = _flat(cards.card(row)), _flat(before.cards.card(place))
        now.update(new.keys())
        then.update(old.keys())
        same.update((b, a) for b in old if b not in new for a in new if a not in old and old[b] == new[a])
    came, went = [name for name in now if name not in then], [name for name in then if name not in now]
    changes: list[FieldChange] = []
    for (gone, name), count in same.most_common():
        # Nearly all of its values are there under the new name: the odd one may have been edited meanwhile.
        if gone in went and name in came and count >= 0.9 * then[gone]:
            changes.append(FieldChange("renamed", name, gone))
            came.remove(name)
            went.remove(gone)
    changes += [FieldChange("added", name) for name in came]
    return (*changes, *(FieldChange("removed", name) for name in went))


def _flat(card: Card) -> dict[str, Any]:
    return {**card.attributes, **card.texts}


def _seconds(texts: list[str], encoder: Encoder, cache: VectorCache) -> float:
    """About how long these texts take, from a probe spread over them; the probe's vectors are kept."""
    if not texts:
        return 0.0
    sizes = np.array([len(text) for text in texts], np.float64)
    probe = [texts[place] for place in np.unique(np.linspace(0, len(texts) - 1, PROBE).astype(int))]
    encoder.encode(probe[:1], "item")  # the first call sets up the session
    start = time.perf_counter()
    encode_items(encoder, probe, cache)
    return float(time.perf_counter() - start) * float(sizes.sum()) / max(1, sum(map(len, probe)))
