"""The one door between external ids and row numbers: memory-mapped, nothing is loaded to open it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import load_array
from soutui.errors import DataError

_KEYS, _ROWS, _ENDS, _NAMES = "keys.npy", "rows.npy", "ends.npy", "names.bin"


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class IdMap:
    """``n`` external ids and their rows 0..n-1. Lookup is by a sorted 64-bit hash."""

    def __init__(
        self,
        keys: NDArray[np.uint64],
        rows: NDArray[np.int32],
        ends: NDArray[np.int64],
        names: NDArray[np.uint8],
    ) -> None:
        self._keys, self._rows, self._ends, self._names = keys, rows, ends, names

    @classmethod
    def of(cls, names: Iterable[str]) -> IdMap:
        """The map of these distinct ids, in row order. Raises DataError on a repeated id."""
        encoded = [name.encode("utf-8", "surrogatepass") for name in names]
        keys = np.fromiter(
            (int.from_bytes(blake2b(name, digest_size=8).digest(), "little") for name in encoded),
            np.uint64,
            len(encoded),
        )
        order = np.argsort(keys, kind="stable").astype(np.int32)
        keys = keys[order]
        for place in np.flatnonzero(keys[1:] == keys[:-1]):
            first, second = encoded[order[place]], encoded[order[place + 1]]
            raise DataError(
                f"two ids share one key: {first.decode(errors='replace')!r} and {second.decode(errors='replace')!r}",
                "ids must be distinct; rename one of the two",
            )
        ends = np.cumsum([len(name) for name in encoded], dtype=np.int64) if encoded else np.empty(0, np.int64)
        return cls(keys, order, ends, np.frombuffer(b"".join(encoded), np.uint8))

    def save(self, folder: Path) -> None:
        """Write the map into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / _KEYS, self._keys)
        np.save(folder / _ROWS, self._rows)
        np.save(folder / _ENDS, self._ends)
        self._names.tofile(folder / _NAMES)

    @classmethod
    def open(cls, folder: Path) -> IdMap:
        """Map the files of ``folder``."""
        ends = load_array(folder / _ENDS)
        size = (folder / _NAMES).stat().st_size
        names = np.asarray(np.memmap(folder / _NAMES, np.uint8, "r")) if size else np.empty(0, np.uint8)
        # The keys are read in: a binary search over a cold map would cost a page fault per step.
        return cls(load_array(folder / _KEYS), load_array(folder / _ROWS), ends, names)

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, name: str) -> int | None:
        """The row of an id, or None; what the hash finds is confirmed by the id itself."""
        key = np.uint64(_key(name))
        place = int(self._keys.searchsorted(key))
        if place >= len(self._keys) or self._keys[place] != key:
            return None
        row = int(self._rows[place])
        return row if self.name(row) == name else None

    def rows(self, names: Sequence[str]) -> NDArray[np.int32]:
        """The rows ``(len(names),)`` of many ids; -1 where unknown.

        Only the 64-bit hash is compared, unlike in :meth:`row`: among n ids an unknown one is taken for a known one
        with probability n / 2^64, far below that of a disk error.
        """
        keys = np.fromiter((_key(name) for name in names), np.uint64, len(names))
        if not len(self._keys):
            return np.full(len(names), -1, np.int32)
        places = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._rows[places], np.int32(-1)).astype(np.int32)

    def name(self, row: int) -> str:
        """The external id of a row."""
        start = int(self._ends[row - 1]) if row else 0
        return bytes(self._names[start : int(self._ends[row])]).decode("utf-8", "surrogatepass")
