"""Many short texts in two memory-mapped files: nothing is loaded to open them.

What order they are in is the writer's business; :meth:`Strings.place` needs them sorted by their UTF-8 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPE, _SHAPE = re.compile(rb"'descr': '([^']+)'"), re.compile(rb"'shape': \(([\d, ]*)\)")


def open_array(path: Path) -> NDArray[Any]:
    """Map a ``.npy`` file that :func:`numpy.save` wrote, read-only; an empty one is loaded.

    numpy reads the header by parsing it as Python, which CPython 3.11 cannot do in several threads at once: now and
    then that fails with "AST constructor recursion depth mismatch" (cpython#106905), and bundles are opened while
    other threads answer. The header is read by its two fields instead.
    """
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        length = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
        header, start = stream.read(length), stream.tell()
    dtype, shape = _DTYPE.search(header), _SHAPE.search(header)
    if dtype is None or shape is None or b"'fortran_order': False" not in header:
        return np.asarray(np.load(path, mmap_mode="r"))
    lengths = tuple(int(part) for part in shape[1].split(b",") if part.strip())
    kind = np.dtype(dtype[1].decode())
    if 0 in lengths:
        return np.empty(lengths, kind)
    return np.asarray(np.memmap(path, kind, "r", start, lengths))


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
