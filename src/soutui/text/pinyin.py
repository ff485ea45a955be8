"""How Chinese is said: readings of characters and words, and Latin letters taken apart into syllables.

Readings are toneless, ``ü`` is written ``v``. They are worked out once, when a bundle is built (``pypinyin``, which
knows that 银行 is *yin hang* and not *yin xing*); serving reads them from the bundle and imports nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import open_array
from soutui.text.normalise import has_cjk

_FIRST, _LAST = 0x4E00, 0x9FFF
_READINGS = 3  # kept of a character, the commonest first
_NONE = 0xFFFF
_COMBINATIONS = 16
_VOWELS = set("aeiouv")
_LETTERS = 40  # looked at in one stretch of pinyin
_BASE = np.uint64(0x9E3779B97F4A7C15 | 1)

Syllables = tuple[int, ...]

#: What is said alike in large parts of the country, or typed alike: initials, then finals.
_ALIKE_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_ALIKE_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"), ("ve", "ue"))


class Readings:
    """Syllables of characters. Read-only and safe from any thread."""

    def __init__(self, syllables: Sequence[str], table: NDArray[np.uint16]) -> None:
        self.syllables = tuple(syllables)
        self._table = table
        self._number = {syllable: number for number, syllable in enumerate(self.syllables)}
        self._alike = [
            tuple(self._number[other] for other in _alike(one) if other in self._number) for one in syllables
        ]

    @staticmethod
    def make() -> Readings:
        """The readings of all common characters, from pypinyin (a third of a second)."""
        from pypinyin import Style, pinyin

        said = [
            list(
                dict.fromkeys(one for readings in pinyin(chr(point), Style.NORMAL, True, "ignore") for one in readings)
            )
            for point in range(_FIRST, _LAST + 1)
        ]
        plain = [
            [one for one in readings if one.isascii() and one.isalpha() and _VOWELS & set(one)][:_READINGS]
            for readings in said
        ]
        syllables = sorted({one for readings in plain for one in readings})
        number = {syllable: place for place, syllable in enumerate(syllables)}
        table = np.full((len(plain), _READINGS), _NONE, np.uint16)
        for row, readings in enumerate(plain):
            table[row, : len(readings)] = [number[one] for one in readings]
        return Readings(syllables, table)

    def save(self, folder: Path) -> None:
        """Write the table into ``folder``."""
        (folder / "syllables.json").write_text(json.dumps(self.syllables), "utf-8")
        np.save(folder / "readings.npy", self._table)

    @classmethod
    def open(cls, folder: Path) -> Readings:
        """Map what :meth:`save` wrote."""
        table = open_array(folder / "readings.npy")
        return cls(json.loads((folder / "syllables.json").read_text("utf-8")), table)

    def of(self, character: str) -> Syllables:
        """The readings of one character, commonest first; none for what is not a common Chinese one."""
        point = ord(character)
        if not _FIRST <= point <= _LAST:
            return ()
        return tuple(one for one in self._table[point - _FIRST].tolist() if one != _NONE)

    def texts(self, run: str) -> list[Syllables]:
        """Ways to say a run of characters, at most 16; none when one of them has no reading."""
        return list(islice(product(*(self.of(character) for character in run)), _COMBINATIONS))

    def alike(self, said: Syllables) -> list[Syllables]:
        """The same and what is easily taken for it (zh and z, n and l, ang and an …), at most 16, itself first."""
        return list(islice(product(*((one, *self._alike[one]) for one in said)), _COMBINATIONS))

    def parse(self, letters: str) -> list[Syllables]:
        """Ways to read Latin letters as whole syllables, fewest syllables first; at most 16."""
        if not letters or len(letters) > _LETTERS or not letters.isascii():
            return []
        ways: list[list[Syllables]] = [[()]]
        for end in range(1, len(letters) + 1):
            here = [
                (*way, number)
                for start in range(max(0, end - 6), end)
                if (number := self._number.get(letters[start:end])) is not None
                for way in ways[start]
            ]
            ways.append(sorted(here, key=len)[:_COMBINATIONS])
        return ways[-1]

    def spell(self, said: Syllables) -> str:
        """The syllables as letters."""
        return "".join(self.syllables[one] for one in said)

    def initials(self, said: Syllables) -> str:
        """The first letter of every syllable."""
        return "".join(self.syllables[one][0] for one in said)

    def number(self, syllable: str) -> int | None:
        """The number of a syllable, or None."""
        return self._number.get(syllable)


def said_as(readings: Readings, words: Iterable[str]) -> Iterator[Syllables]:
    """How each Chinese word is said, by pypinyin's dictionary of phrases; () for what has no reading."""
    from pypinyin import lazy_pinyin

    for word in words:
        numbers = tuple(readings.number(one) for one in lazy_pinyin(word, errors="ignore"))
        known = tuple(one for one in numbers if one is not None)
        yield known if len(known) == len(word) else ()


def sound_key(said: Syllables) -> int:
    """64 bits that stand for a sequence of syllables: a polynomial hash."""
    key = 0
    for one in said:
        key = (key * int(_BASE) + one + 1) & 0xFFFFFFFFFFFFFFFF
    return key


class Sounds:
    """Which words of a vocabulary are said so: 64-bit keys (e,), ascending, and numbers (e,) of words."""

    def __init__(self, keys: NDArray[np.uint64], targets: NDArray[np.int32]) -> None:
        self._keys, self._targets = keys, targets

    @staticmethod
    def write(folder: Path, words: Sequence[str], readings: Readings) -> None:
        """Write the sounds of the Chinese words among ``words``."""
        chosen = [number for number, word in enumerate(words) if has_cjk(word)]
        pairs = [
            (sound_key(said), number)
            for number, said in zip(chosen, said_as(readings, (words[at] for at in chosen)), strict=True)
            if said
        ]
        pairs.sort()
        np.save(folder / "sounds.keys.npy", np.array([key for key, _ in pairs], np.uint64))
        np.save(folder / "sounds.words.npy", np.array([number for _, number in pairs], np.int32))

    @classmethod
    def open(cls, folder: Path) -> Sounds:
        """Map what :meth:`write` wrote."""
        return cls(*(open_array(folder / f"sounds.{name}.npy") for name in ("keys", "words")))

    def __len__(self) -> int:
        return len(self._keys)

    def numbers(self, said: Iterable[Syllables]) -> list[int]:
        """The numbers of the words said in one of these ways."""
        wanted = np.unique(np.array([sound_key(one) for one in said], np.uint64))
        if not len(self._keys) or not len(wanted):
            return []
        starts, ends = np.searchsorted(self._keys, wanted), np.searchsorted(self._keys, wanted, "right")
        found: list[int] = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if start < end:
                found += self._targets[start:end].tolist()
        return found


def _alike(syllable: str) -> set[str]:
    """Syllables that are easily taken for this one: one difference in the initial or in the final."""
    found = set()
    for long, short in _ALIKE_INITIALS:
        if syllable.startswith(long):
            found.add(short + syllable[len(long) :])
        elif syllable.startswith(short) and not syllable.startswith(short + "h"):
            found.add(long + syllable[len(short) :])
    for long, short in _ALIKE_FINALS:
        if syllable.endswith(long):
            found.add(syllable[: -len(long)] + short)
        elif syllable.endswith(short):
            found.add(syllable[: -len(short)] + long)
    return found
