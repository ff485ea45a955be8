"""Many short texts in two memory-mapped files: nothing is loaded to open them.

What order they are in is the writer's business; :meth:`Strings.place` needs them sorted by their UTF-8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import open_array


class Strings:
    """``n`` texts, numbered from 0. Read-only and safe from any thread."""

    def __init__(self, ends: NDArray[np.int64], blob: NDArray[np.uint8]) -> None:
        self._ends, self._blob = ends, blob.data

    @staticmethod
    def write(folder: Path, name: str, texts: Iterable[str]) -> None:
        """Write ``name.bin`` and ``name.ends.npy`` into ``folder``."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        (folder / f"{name}.bin").write_bytes(b"".join(encoded))
        np.save(folder / f"{name}.ends.npy", np.cumsum([len(text) for text in encoded], dtype=np.int64))

    @classmethod
    def open(cls, folder: Path, name: str) -> Strings:
        """Map what :meth:`write` wrote."""
        path = folder / f"{name}.bin"
        blob = np.asarray(np.memmap(path, np.uint8, "r")) if path.stat().st_size else np.empty(0, np.uint8)
        return cls(open_array(folder / f"{name}.ends.npy"), blob)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        return self.raw(number).decode("utf-8", "surrogatepass")

    def raw(self, number: int) -> bytes:
        """The UTF-8 bytes of a text."""
        start = self._ends.item(number - 1) if number else 0
        return self._blob[start : self._ends.item(number)].tobytes()

    def place(self, key: bytes, low: int = 0, high: int | None = None) -> int:
        """The first number of ``low .. high`` whose text is not before ``key``: the texts must be sorted by bytes."""
        high = len(self._ends) if high is None else high
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def starting(self, key: str, within: tuple[int, int] | None = None) -> tuple[int, int]:
        """First number and end of the texts that begin so, among sorted ones; ``within``: where to look."""
        raw = key.encode("utf-8", "surrogatepass")
        low, high = within or (0, len(self._ends))
        start = self.place(raw, low, high)
        return start, self.place(raw + b"\xff", start, high)

    def find(self, text: str) -> int | None:
        """The number of a text among sorted ones, or None."""
        key = text.encode("utf-8", "surrogatepass")
        place = self.place(key)
        return place if place < len(self) and self.raw(place) == key else None
