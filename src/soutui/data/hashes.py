"""A set of 64-bit hashes that stays small: 8 bytes a key and 8 bytes a value, instead of Python's hundred.

Imports use it to know which ids and which contents came before, over files of tens of millions of rows.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b


def digest(content: bytes) -> int:
    """A stable 64-bit hash; never 0. Two of ten million texts collide with a chance of 3 in a million."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little") or 1


class Seen:
    """Hash table from 64-bit keys (not 0) to 64-bit values; open addressing with linear probing. Not thread-safe."""

    def __init__(self) -> None:
        self._mask = (1 << 10) - 1
        self._keys = array("Q", bytes(8 << 10))
        self._values = array("Q", bytes(8 << 10))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, key: int, value: int = 0) -> int | None:
        """Keep ``value`` under ``key`` if the key is new and return None; otherwise return the value kept before."""
        mask, keys = self._mask, self._keys
        slot = key & mask
        while found := keys[slot]:
            if found == key:
                return self._values[slot]
            slot = (slot + 1) & mask
        keys[slot] = key
        self._values[slot] = value
        self._count += 1
        if self._count * 5 > mask * 3:
            self._grow()
        return None

    def _grow(self) -> None:
        old_keys, old_values = self._keys, self._values
        size = (self._mask + 1) * 2
        mask = self._mask = size - 1
        keys = self._keys = array("Q", bytes(8 * size))
        values = self._values = array("Q", bytes(8 * size))
        for key, value in zip(old_keys, old_values, strict=True):
            if key:
                slot = key & mask
                while keys[slot]:
                    slot = (slot + 1) & mask
                keys[slot] = key
                values[slot] = value


class Occurrences:
    """Counts how often each content came in one import: 0 for the first, 1 for its first repetition, and so on."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._repeated: dict[int, int] = {}

    def next(self, key: int) -> int:
        """The number of times this key came before; then counts it."""
        if self._seen.put(key) is None:
            return 0
        times = self._repeated.get(key, 0) + 1
        self._repeated[key] = times
        return times
