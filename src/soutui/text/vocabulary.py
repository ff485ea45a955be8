"""The words that a catalogue is written in, as they are written: how often each occurs, and which lie near another.

Knows words and counts. What a person may have meant is :mod:`soutui.text.spell`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import open_array
from soutui.text.edits import LONGEST, deletion_keys
from soutui.text.normalise import has_cjk
from soutui.text.strings import Strings

MOST = 200_000
"""Words kept at most, the most frequent ones; the others are still known to lexical search."""

_WIDEST = 2_000  # words looked at for one typed word


class Words(Protocol):
    """Words with counts. Safe to read from any thread."""

    def count(self, word: str) -> float:
        """How often the word occurs, titles counted more; 0 when it does not."""
        ...

    def near(self, typed: str) -> list[str]:
        """Words within reach of a typed one, each once, with some that are not: the caller compares."""
        ...

    def starting(self, prefix: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` most frequent words that begin so, with their counts, most frequent first."""
        ...


def reach(word: str) -> int:
    """How many edits away a word may have been typed: 2 from 8 letters, 1 from 4 (Chinese: from 3 characters)."""
    n = len(word)
    if n > LONGEST:
        return 0
    if has_cjk(word):
        return 1 if n >= 3 else 0
    return 0 if n < 4 else 1 if n < 8 or not word.isalpha() else 2


def _typed_reach(typed: str) -> int:
    """The reach of the longest word that this may have been meant for."""
    if len(typed) > LONGEST or len(typed) < 2:
        return 0
    return 2 if len(typed) >= 6 and typed.isalpha() and not has_cjk(typed) else 1


class Vocabulary:
    """A built vocabulary of ``n`` words, memory-mapped."""

    def __init__(
        self, words: Strings, counts: NDArray[np.float32], keys: NDArray[np.uint32], targets: NDArray[np.int32]
    ) -> None:
        self.words, self.counts = words, counts
        self._keys, self._targets = keys, targets

    @staticmethod
    def write(folder: Path, counts: Mapping[str, float]) -> list[str]:
        """Write the :data:`MOST` most frequent words into ``folder``; returns them, sorted as they are kept."""
        folder.mkdir(parents=True, exist_ok=True)
        kept = sorted(counts, key=lambda word: (-counts[word], word))[:MOST]
        kept.sort(key=lambda word: word.encode("utf-8", "surrogatepass"))
        Strings.write(folder, "words", kept)
        np.save(folder / "counts.npy", np.array([counts[word] for word in kept], np.float32))
        keys, targets = _deletions(kept)
        np.save(folder / "near.keys.npy", keys)
        np.save(folder / "near.words.npy", targets)
        return kept

    @classmethod
    def open(cls, folder: Path) -> Vocabulary:
        """Map what :meth:`write` wrote."""
        keys, targets, counts = (open_array(folder / f"{name}.npy") for name in ("near.keys", "near.words", "counts"))
        return cls(Strings.open(folder, "words"), counts, keys, targets)

    def __len__(self) -> int:
        return len(self.words)

    def count(self, word: str) -> float:
        """How often the word occurs; 0 when it does not."""
        number = self.words.find(word)
        return 0.0 if number is None else self.counts.item(number)

    def near(self, typed: str) -> list[str]:
        """Words that share a deletion key with ``typed``, at most 2,000."""
        depth = _typed_reach(typed)
        if not depth or not len(self._keys):
            return []
        keys = np.unique(deletion_keys([typed], depth)[0])
        starts = np.searchsorted(self._keys, keys)
        ends = np.searchsorted(self._keys, keys, "right")
        numbers: set[int] = set()
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if start < end:
                numbers.update(self._targets[start : min(end, start + _WIDEST)].tolist())
        return [self.words[number] for number in sorted(numbers)[:_WIDEST]]

    def starting(self, prefix: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` most frequent words that begin so."""
        start, end = self.words.starting(prefix)
        counts = self.counts[start:end]
        best = np.argpartition(-counts, k)[:k] if len(counts) > k else np.arange(len(counts))
        found = [(self.words[start + place], float(counts[place])) for place in best.tolist()]
        return sorted(found, key=lambda one: (-one[1], one[0]))


def _deletions(words: list[str]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Deletion keys (e,), ascending, and the numbers (e,) of the words they come from."""
    keys, targets = [np.empty(0, np.uint32)], [np.empty(0, np.int32)]
    order = sorted(range(len(words)), key=lambda at: (len(words[at]), reach(words[at])))
    for (_, depth), group in groupby(order, lambda at: (len(words[at]), reach(words[at]))):
        if not depth:
            continue
        numbers = list(group)
        made = deletion_keys([words[at] for at in numbers], depth)
        keys.append(made.ravel())
        targets.append(np.repeat(np.array(numbers, np.int32), made.shape[1]))
    # One number per pair, so that sorting and dropping repeats (doubled letters) is one call.
    pairs = np.unique(
        np.concatenate(keys).astype(np.uint64) << np.uint64(32) | np.concatenate(targets).astype(np.uint64)
    )
    return (pairs >> np.uint64(32)).astype(np.uint32), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int32)


class LiveWords:
    """Words of items put since the build, in memory. The engine's lock guards it."""

    def __init__(self) -> None:
        self._counts: dict[str, float] = {}
        self._near: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, counts: Iterable[tuple[str, float]]) -> list[str]:
        """Count words of one item; returns those that were not here yet. Beyond :data:`MOST` words none is added."""
        fresh = []
        for word, weight in counts:
            if word not in self._counts:
                if len(self._counts) >= MOST:
                    continue
                fresh.append(word)
                if depth := reach(word):
                    for key in deletion_keys([word], depth)[0].tolist():
                        self._near.setdefault(key, set()).add(word)
            self._counts[word] = self._counts.get(word, 0.0) + weight
        return fresh

    def count(self, word: str) -> float:
        """How often the word occurs here."""
        return self._counts.get(word, 0.0)

    def near(self, typed: str) -> list[str]:
        """Words that share a deletion key with ``typed``."""
        depth = _typed_reach(typed)
        if not depth or not self._counts:
            return []
        found: set[str] = set()
        for key in set(deletion_keys([typed], depth)[0].tolist()):
            found |= self._near.get(key, set())
        return sorted(found)[:_WIDEST]

    def starting(self, prefix: str, k: int) -> list[tuple[str, float]]:
        """The ``k`` most frequent words that begin so."""
        found = [(word, count) for word, count in self._counts.items() if word.startswith(prefix)]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:k]
