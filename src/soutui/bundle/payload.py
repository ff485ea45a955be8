"""What an item says, by row: title, texts and attributes, decoded only for the hits of a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from soutui.arrays import load_array
from soutui.data.schema import Item

_ENDS, _BLOB = "cards.npy", "cards.bin"


@dataclass(frozen=True, slots=True)
class Card:
    """An item without its id: what a page shows of it."""

    title: str
    texts: dict[str, str]
    attributes: dict[str, Any]

    @classmethod
    def of(cls, item: Item) -> Card:
        """The card of an item; tuples become lists, as JSON has them."""
        attributes = {key: list(v) if isinstance(v, tuple) else v for key, v in item.attributes.items()}
        if item.image:
            attributes["image"] = item.image
        return cls(item.title, dict(item.texts), attributes)


def body(item: Item | Card) -> str:
    """The further texts of an item as one, title left out."""
    return " \n".join(text for text in item.texts.values() if text)


def embedding_text(item: Item | Card) -> str:
    """What the encoder reads of an item: title and texts."""
    rest = body(item)
    return f"{item.title}. {rest}" if item.title and rest else item.title or rest


class Payload:
    """Cards of ``n`` items in one memory-mapped file."""

    def __init__(self, ends: NDArray[np.int64], blob: NDArray[np.uint8]) -> None:
        self._ends, self._blob = ends, blob

    @staticmethod
    def write(folder: Path, items: Iterable[Item]) -> int:
        """Write the cards in row order; returns how many."""
        folder.mkdir(parents=True, exist_ok=True)
        ends: list[int] = []
        end = 0
        with (folder / _BLOB).open("wb") as out:
            for item in items:
                card = Card.of(item)
                end += out.write(orjson.dumps([card.title, card.texts, card.attributes]))
                ends.append(end)
        np.save(folder / _ENDS, np.array(ends, np.int64))
        return len(ends)

    @classmethod
    def open(cls, folder: Path) -> Payload:
        """Map the files of ``folder``."""
        size = (folder / _BLOB).stat().st_size
        blob = np.asarray(np.memmap(folder / _BLOB, np.uint8, "r")) if size else np.empty(0, np.uint8)
        return cls(load_array(folder / _ENDS), blob)

    def __len__(self) -> int:
        return len(self._ends)

    def card(self, row: int) -> Card:
        """The card of a row."""
        start = int(self._ends[row - 1]) if row else 0
        title, texts, attributes = orjson.loads(bytes(self._blob[start : int(self._ends[row])]))
        return Card(title, texts, attributes)
