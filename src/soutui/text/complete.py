"""Completion: phrases that go on from what has been typed: logged queries, categories, brands, titles.

A phrase is found from the start of any of its words, Chinese ones also by pinyin and by the first letters of it.
Nothing here knows about items: a title has a row, and whoever asks says which rows may be shown.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from soutui.arrays import open_array
from soutui.text.normalise import HAN, KANA, has_cjk, normalise, shadow
from soutui.text.pinyin import Readings, Syllables
from soutui.text.strings import Strings

PhraseKind = Literal["query", "category", "brand", "title", "word"]
KINDS: tuple[PhraseKind, ...] = ("query", "category", "brand", "title", "word")

#: Added to a phrase's weight when it begins with what was typed.
FROM_START = 1.5
LONGEST_PREFIX = 100  # characters of what was typed that are looked at
LONGEST = 200  # characters; a longer phrase is no completion
_STARTS = 6  # words of a phrase that it is found from
_WIDEST = 4_000  # phrases looked at for words that do not stand together

_KEYS = "abcdefghijklmnopqrstuvwxyz"

_SPACES = re.compile(r"\s+")
_PART = re.compile(rf"[{HAN}{KANA}]+|[^\W_{HAN}{KANA}]+")


class Phrase(NamedTuple):
    """A text that may complete another. ``weight`` orders phrases; ``row`` is a title's item, -1 for the others."""

    text: str
    kind: PhraseKind
    weight: float
    row: int = -1


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase that goes on from what was typed; ``weight`` with the bonus for where it was found."""

    text: str
    kind: PhraseKind
    weight: float
    row: int


def typed_key(text: str) -> str:
    """What was typed, as phrases are looked up: one spelling, single spaces, the one at the end kept."""
    return _SPACES.sub(" ", normalise(text[:LONGEST_PREFIX])).lstrip()


def phrase_key(text: str) -> str:
    """A phrase as it is looked up."""
    return _SPACES.sub(" ", normalise(text)).strip()


def starts(key: str, cut: Callable[[str], list[str]]) -> list[int]:
    """Where the words of a phrase begin, at most six, the first included."""
    places = []
    for match in _PART.finditer(key):
        at = match.start()
        if not has_cjk(match.group()):
            places.append(at)
        else:
            for word in cut(match.group()):
                places.append(at)
                at += len(word)
        if len(places) >= _STARTS:
            break
    return list(dict.fromkeys([0, *places]))[:_STARTS]


def letters(key: str, way: Callable[[str], Syllables], readings: Readings) -> list[str]:
    """A Chinese phrase in Latin letters: as it is said, and the first letters alone; none when it holds no Chinese."""
    if not has_cjk(key):
        return []
    full, short = "", ""
    for match in _PART.finditer(key):
        part = match.group()
        if has_cjk(part):
            said = way(part)
            if not said:
                return []
            full, short = full + readings.spell(said), short + readings.initials(said)
        else:
            full, short = full + part, short + part
    return list(dict.fromkeys((full, short)))


class Phrases:
    """Built phrases, memory-mapped. Read-only and safe from any thread."""

    def __init__(
        self,
        texts: Strings,
        keys: Strings,
        kinds: NDArray[np.uint8],
        rows: NDArray[np.int32],
        entries: _Entries,
        said: _Entries,
    ) -> None:
        self._texts, self._keys, self._kinds, self._rows = texts, keys, kinds, rows
        self._entries, self._said = entries, said

    @staticmethod
    def write(
        folder: Path,
        phrases: Sequence[Phrase],
        cut: Callable[[str], list[str]],
        way: Callable[[str], Syllables],
        readings: Readings,
    ) -> None:
        """Write the files of these phrases into ``folder``. ``way`` says how a run of Chinese characters is said."""
        keys = [phrase_key(phrase.text) for phrase in phrases]
        Strings.write(folder, "phrases", (phrase.text for phrase in phrases))
        Strings.write(folder, "phrases.keys", keys)
        np.save(folder / "phrases.kinds.npy", np.array([KINDS.index(one.kind) for one in phrases], np.uint8))
        np.save(folder / "phrases.rows.npy", np.array([one.row for one in phrases], np.int32))
        found = [(key[at:], place, at) for place, key in enumerate(keys) for at in starts(key, cut)]
        _Entries.write(folder, "starts", found, phrases)
        said = [(one, place, 0) for place, key in enumerate(keys) for one in letters(key, way, readings)]
        _Entries.write(folder, "said", said, phrases)

    @classmethod
    def open(cls, folder: Path) -> Phrases:
        """Map what :meth:`write` wrote."""
        kinds, rows = (open_array(folder / f"phrases.{name}.npy") for name in ("kinds", "rows"))
        texts, keys = Strings.open(folder, "phrases"), Strings.open(folder, "phrases.keys")
        return cls(texts, keys, kinds, rows, _Entries.open(folder, "starts"), _Entries.open(folder, "said"))

    def __len__(self) -> int:
        return len(self._texts)

    def going_on(self, key: str, k: int) -> list[Found]:
        """The ``k`` best phrases with a word from which they go on as ``key`` begins, best first."""
        return self._found(self._entries.best(key, k))

    def said(self, key: str, k: int) -> list[Found]:
        """The ``k`` best phrases that are said so, or whose first letters are these."""
        return self._found(self._said.best(key, k))

    def holding(self, words: Sequence[str], k: int) -> list[Found]:
        """The ``k`` best phrases in which each of these begins a word, wherever: the rarest one is looked up."""
        rarest = min(words, key=self._entries.width)
        others = [word for word in words if word is not rarest]
        kept = []
        for number, weight in self._entries.best(rarest, _WIDEST):
            text = " " + self._keys[number]
            if all(f" {word}" in text or (has_cjk(word) and word in text) for word in others):
                kept.append((number, weight))
                if len(kept) == k:
                    break
        return self._found(kept)

    def slipped(self, head: str, last: str) -> str | None:
        """``head`` and ``last`` with one slip in ``last`` taken back, so that most phrases go on so; None: none does.

        A letter too many, too few, for another or in the other's place, never the first. What begins alike is looked
        up once, so that the few hundred tries cost a fraction of a millisecond.
        """
        texts = self._entries.texts
        within = texts.starting(head + last[:1])
        best, most = None, 0
        for at in range(1, len(last)):
            tail = last[at + 1 :]
            tries = {tail, *(letter + tail for letter in _KEYS), *(letter + last[at:] for letter in _KEYS)}
            if tail:
                tries.add(tail[0] + last[at] + tail[1:])
            for one in sorted(tries - {last[at:]}):
                start, end = texts.starting(head + last[:at] + one, within)
                if end - start > most:
                    best, most = head + last[:at] + one, end - start
            within = texts.starting(head + last[: at + 1], within)
            # Nothing begins so any more: a slip further on cannot help.
            if within[0] == within[1]:
                break
        return best

    def _found(self, entries: Iterable[tuple[int, float]]) -> list[Found]:
        return [
            Found(self._texts[number], KINDS[self._kinds[number]], weight, self._rows.item(number))
            for number, weight in entries
        ]


class _Entries:
    """Sorted texts, each pointing at a phrase: numbers (e,) of phrases and weights (e,)."""

    def __init__(self, texts: Strings, numbers: NDArray[np.int32], weights: NDArray[np.float32]) -> None:
        self.texts, self._numbers, self._weights = texts, numbers, weights

    @staticmethod
    def write(folder: Path, name: str, found: list[tuple[str, int, int]], phrases: Sequence[Phrase]) -> None:
        """Write (text, phrase, place in it), sorted by the texts' bytes."""
        found.sort(key=lambda one: one[0].encode("utf-8", "surrogatepass"))
        Strings.write(folder, name, (text for text, _, _ in found))
        np.save(folder / f"{name}.phrases.npy", np.array([number for _, number, _ in found], np.int32))
        weights = [phrases[number].weight + (FROM_START if at == 0 else 0.0) for _, number, at in found]
        np.save(folder / f"{name}.weights.npy", np.array(weights, np.float32))

    @classmethod
    def open(cls, folder: Path, name: str) -> _Entries:
        numbers, weights = (open_array(folder / f"{name}.{one}.npy") for one in ("phrases", "weights"))
        return cls(Strings.open(folder, name), numbers, weights)

    def width(self, key: str) -> int:
        """How many entries begin so."""
        start, end = self.texts.starting(key)
        return end - start

    def best(self, key: str, k: int) -> Iterator[tuple[int, float]]:
        """The best ``k`` phrases (number, weight) with an entry that begins so, each once, best first."""
        start, end = self.texts.starting(key)
        weights = self._weights[start:end]
        # Phrases with several entries here are met again: look at some more.
        most = min(4 * k, len(weights))
        order = np.argpartition(-weights, most - 1)[:most] if most < len(weights) else np.arange(len(weights))
        numbers = self._numbers[start:end][order]
        seen: set[int] = set()
        for at in np.lexsort((numbers, -weights[order])).tolist():
            number = int(numbers[at])
            if number not in seen:
                seen.add(number)
                yield number, float(weights[order[at]])
                if len(seen) == k:
                    return


class LivePhrases:
    """Titles of items put since the build. The engine's lock guards it."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, int, float]] = []
        self._texts: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def put(self, row: int, title: str, further: Iterable[str], cut: Callable[[str], list[str]]) -> None:
        """The title of a row, instead of the one it had; ``further`` are its spellings in Latin letters."""
        self.remove(row)
        if not title or len(title) > LONGEST:
            return
        key = phrase_key(title)
        self._texts[row] = title
        for at in starts(key, cut):
            insort(self._entries, (key[at:], row, FROM_START if at == 0 else 0.0))
        for one in further:
            insort(self._entries, ("\0" + one, row, FROM_START))

    def remove(self, row: int) -> None:
        """Takes the title of a row out."""
        if self._texts.pop(row, None) is not None:
            self._entries = [one for one in self._entries if one[1] != row]

    def going_on(self, key: str, k: int) -> list[Found]:
        """The ``k`` best titles with a word from which they go on so."""
        at, best = bisect_left(self._entries, (key, -1, 0.0)), dict[int, float]()
        while at < len(self._entries) and self._entries[at][0].startswith(key) and len(best) < _WIDEST:
            _, row, weight = self._entries[at]
            best[row] = max(weight, best.get(row, 0.0))
            at += 1
        order = sorted(best, key=lambda row: (-best[row], -row))[:k]
        return [Found(self._texts[row], "title", best[row], row) for row in order]

    def said(self, key: str, k: int) -> list[Found]:
        """The ``k`` best titles that are said so."""
        return self.going_on("\0" + key, k)


def marked(text: str, key: str) -> str:
    """``text`` as HTML: escaped, what was typed in ``<em>``."""
    seen, typed = shadow(text), key.strip()
    spans = []
    at = seen.find(typed)
    if typed and at >= 0:
        spans = [(at, at + len(typed))]
    else:
        for word in sorted(set(typed.split()), key=len, reverse=True):
            at = seen.find(word)
            if at >= 0 and all(at + len(word) <= a or at >= b for a, b in spans):
                spans.append((at, at + len(word)))
    pieces, end = [], 0
    for start, stop in sorted(spans):
        pieces += [escape(text[end:start]), "<em>", escape(text[start:stop]), "</em>"]
        end = stop
    return "".join(pieces) + escape(text[end:])


#: What no completion may give away: addresses, and numbers long enough to be a person's.
_PERSONAL = re.compile(r"@|https?:|www\.|(?:\d[\s().+-]{0,2}){7}", re.IGNORECASE)


def is_private(query: str) -> bool:
    """Whether a logged query may hold something about a person: an address, a telephone or card number."""
    return _PERSONAL.search(normalise(query)) is not None
