"""Sets of 64-bit hashes that stay small: 8 bytes a key and 4 or 8 a value, instead of Python's hundred.

Imports use it to know which ids and which contents came before, over files of tens of millions of rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Counts = NDArray[np.int64]
_CHUNK = 1 << 20


def digest(content: bytes) -> int:
    """A stable 64-bit hash; never 0. Two of ten million texts collide with a chance of 3 in a million."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little") or 1


def digests(contents: Iterable[bytes]) -> Hashes:
    """The :func:`digest` of each content, (n,)."""
    joined = b"".join([blake2b(content, digest_size=8).digest() for content in contents])
    keys: Hashes = np.frombuffer(joined, "<u8").astype(np.uint64)
    keys[keys == 0] = 1
    return keys


def hexes(keys: Hashes) -> list[str]:
    """Each key of (n,) as 16 hexadecimal digits."""
    text = keys.astype(">u8").tobytes().hex()
    return [text[at : at + 16] for at in range(0, len(text), 16)]


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
    """Counts how often each content came in one import: 0 for the first, 1 for its first repetition, and so on.

    12 bytes a slot; between 40 and 70 % of the slots are taken. Not thread-safe.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._make(1 << 12)

    def next(self, key: int) -> int:
        """The number of times this key (not 0) came before; then counts it."""
        mask, keys = self._mask, self._keys
        slot = key & mask
        while (found := keys[slot]) and found != key:
            slot = (slot + 1) & mask
        times = self._times[slot]
        self._times[slot] = times + 1
        if not found:
            keys[slot] = key
            self._taken += 1
            self._room(1)
        return times

    def count(self, keys: Hashes) -> Counts:
        """:meth:`next` of each key (n,) in turn, as (n,)."""
        self._room(len(keys))
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        first = np.ones(len(keys), bool)
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        starts = first.nonzero()[0]
        sizes = np.diff(starts, append=len(keys))
        slots, fresh = self._slots(ordered[starts])
        self._taken += fresh
        counts = np.frombuffer(self._times, np.uint32)
        before = counts[slots]
        counts[slots] += sizes.astype(np.uint32)
        times = np.empty(len(keys), np.int64)
        times[order] = np.arange(len(keys)) - np.repeat(starts, sizes) + np.repeat(before, sizes)
        return times

    def _make(self, size: int) -> None:
        self._mask = size - 1
        self._keys = array("Q", bytes(8 * size))
        self._times = array("I", bytes(4 * size))

    def _room(self, more: int) -> None:
        size = self._mask + 1
        while (self._taken + more) * 10 > size * 7:
            size *= 2
        if size == self._mask + 1:
            return
        old_keys, old_times = np.frombuffer(self._keys, np.uint64), np.frombuffer(self._times, np.uint32)
        self._make(size)
        counts = np.frombuffer(self._times, np.uint32)
        for start in range(0, len(old_keys), _CHUNK):  # in parts, so that moving takes no memory to speak of
            part = old_keys[start : start + _CHUNK]
            taken = part.nonzero()[0]
            slots, _ = self._slots(part[taken])
            counts[slots] = old_times[start : start + _CHUNK][taken]

    def _slots(self, keys: Hashes) -> tuple[Counts, int]:
        """Where these different keys are, taking slots for those that are new; and how many are new."""
        table = np.frombuffer(self._keys, np.uint64)
        mask = np.uint64(self._mask)
        slots = keys & mask
        left = np.arange(len(keys))
        fresh = 0
        while len(left):
            wanted = keys[left]
            at = slots[left]
            # Of two new keys that want the same slot one wins, and the other goes on to the next slot.
            free = table[at] == 0
            table[at[free]] = wanted[free]
            lost = table[at] != wanted
            fresh += int(np.count_nonzero(free & ~lost))
            left = left[lost]
            slots[left] = (slots[left] + np.uint64(1)) & mask
        return slots.astype(np.int64), fresh
