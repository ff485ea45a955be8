"""Mistyped Chinese: a character that sounds or looks like the right one, one too few, and words typed in pinyin.

An input method offers words by sound, so most wrong characters sound right (about 80 % of errors: Liu et al., 2011).
A stretch of text is only looked at where two neighbouring characters stand together nowhere in the catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from soutui.text.edits import slip
from soutui.text.pinyin import Readings, Sounds, Syllables, sound_key
from soutui.text.shapes import look_alikes
from soutui.text.vocabulary import LiveWords, Vocabulary

#: Nats: a character that sounds the same, nearly the same, looks alike; any other; one too few or too many.
SAME_SOUND, NEAR_SOUND, SHAPE, OTHER, LENGTH, MORE = 0.5, 3.0, 1.5, 2.0, 0.5, 3.0
_UNMET = 4.0  # nats that a pair of characters costs which stands together nowhere in the catalogue
_STOP = 4.0  # nats for taking a function word for a mistake
_SHARE = 0.4  # how much of the logarithm of a word's count counts
_ORDINARY = 3.0  # nats for taking a word of the language for a mistake
_NULL = 4.5  # score at which the stretch is as likely right as wrong
_ALONE = 4.0  # nats for a word of one syllable: a dozen words are said like it
_FURTHER = 3.0  # nats for each word after the first
_LONGEST = 6
_HOMOPHONES = 5  # words said alike that are looked at


class Cut(NamedTuple):
    """A word of a run: whether it is a function word, and whether it is a word of the language at all."""

    word: str
    stop: bool
    ordinary: bool


@dataclass(frozen=True, slots=True)
class Mended:
    """``start .. end`` of a run was probably meant as ``meant``; ``others`` with their confidences come next."""

    start: int
    end: int
    meant: str
    confidence: float
    others: tuple[tuple[str, float], ...] = ()


class Said(Protocol):
    """Words by how they are said and how they look, with their counts. Safe to read from any thread."""

    @property
    def readings(self) -> Readings:
        """Syllables of characters."""
        ...

    def said(self, ways: list[Syllables]) -> list[tuple[str, float]]:
        """Words said in one of these ways, with their counts."""
        ...

    def near(self, typed: str) -> list[str]:
        """Words that differ from ``typed`` in a character."""
        ...

    def count(self, word: str) -> float:
        """How often the word occurs."""
        ...


@dataclass(frozen=True, slots=True)
class BuiltSounds:
    """The bundle's words by sound."""

    readings: Readings
    sounds: Sounds
    vocabulary: Vocabulary

    def said(self, ways: list[Syllables]) -> list[tuple[str, float]]:
        """Words said in one of these ways, with their counts."""
        vocabulary = self.vocabulary
        return [(vocabulary.words[at], vocabulary.counts.item(at)) for at in dict.fromkeys(self.sounds.numbers(ways))]

    def near(self, typed: str) -> list[str]:
        """Words that differ from ``typed`` in a character."""
        return self.vocabulary.near(typed)

    def count(self, word: str) -> float:
        """How often the word occurs."""
        return self.vocabulary.count(word)


class LiveSounds:
    """Words of items put since the build, by sound. The engine's lock guards it."""

    def __init__(self, readings: Readings, words: LiveWords) -> None:
        self.readings, self._words = readings, words
        self._sounds: dict[int, set[str]] = {}

    def add(self, word: str) -> None:
        """A Chinese word that is new here, under every way to say its characters."""
        for said in self.readings.texts(word) if len(word) > 1 else ():
            self._sounds.setdefault(sound_key(said), set()).add(word)

    def said(self, ways: list[Syllables]) -> list[tuple[str, float]]:
        """Words said in one of these ways, with their counts."""
        found = {word for said in ways for word in self._sounds.get(sound_key(said), ())}
        return [(word, self._words.count(word)) for word in sorted(found)]

    def near(self, typed: str) -> list[str]:
        """Words that differ from ``typed`` in a character."""
        return self._words.near(typed)

    def count(self, word: str) -> float:
        """How often the word occurs."""
        return self._words.count(word)


def mend_chinese(
    run: str,
    cut: Sequence[Cut],
    known: Callable[[str], bool],
    said: Sequence[Said],
) -> tuple[list[Mended], list[int]]:
    """Stretches of a run that were probably meant otherwise, apart, in order; and the places of characters that

    stand where the catalogue has no such pair: whatever is wrong there, one of them may be right.

    ``cut`` are the run's words in order; ``known`` says whether the catalogue has a word or a pair of characters.
    """
    if not said or len(run) < 2 or sum(len(one.word) for one in cut) != len(run):
        return [], []
    line = _Line(run, cut, known)
    if not any(line.weak):
        return [], []
    found = []
    for start, end in line.stretches():
        typed = run[start:end]
        rivals: dict[str, float] = {}
        for one in said:
            for word, cost in _candidates(typed, one):
                score = _SHARE * math.log1p(one.count(word)) - cost + line.gain(start, end, word)
                rivals[word] = max(score, rivals.get(word, -math.inf))
        if rivals:
            ranked = sorted(rivals, key=lambda word: (-rivals[word], word))
            best = rivals[ranked[0]]
            mass = sum(math.exp(score - best) for score in rivals.values()) + math.exp(min(_NULL - best, 50))
            others = tuple((word, round(math.exp(rivals[word] - best) / mass, 4)) for word in ranked[1:3])
            found.append((best, Mended(start, end, ranked[0], round(1 / mass, 4), others)))
    return _apart(found), line.doubtful()


class _Line:
    """A run with what the catalogue knows of it."""

    def __init__(self, run: str, cut: Sequence[Cut], known: Callable[[str], bool]) -> None:
        self.run, self._known = run, known
        self.weak: list[bool] = []
        self.stop: list[bool] = []
        self._edges = {0}
        """Where a stretch may begin or end: between words, and anywhere inside one that the catalogue does not have."""
        self._ordinary: list[tuple[int, int]] = []
        for word, stop, ordinary in cut:
            weak = not stop and (len(word) == 1 or not known(word))
            at = len(self.weak)
            self._edges |= set(range(at + 1, at + len(word))) if weak else set()
            self._edges.add(at + len(word))
            self.weak += [weak] * len(word)
            self.stop += [stop] * len(word)
            if ordinary and len(word) > 1:
                self._ordinary.append((at, at + len(word)))
        # A pair with a function word is not indexed: it says nothing.
        self._met = [
            0.0 if self.stop[at] or self.stop[at + 1] or known(run[at : at + 2]) else -_UNMET
            for at in range(len(run) - 1)
        ]

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Stretches to look at: of words, with a pair that stands nowhere in the catalogue and something weak."""
        edges = sorted(self._edges)
        for start in edges:
            for end in edges:
                if 2 <= end - start <= _LONGEST and any(self.weak[start:end]) and any(self._met[start : end - 1]):
                    yield start, end

    def doubtful(self) -> list[int]:
        """Places of the weak characters in pairs that stand nowhere in the catalogue."""
        here = {place for at, cost in enumerate(self._met) if cost for place in (at, at + 1)}
        return sorted(place for place in here if self.weak[place])

    def gain(self, start: int, end: int, word: str) -> float:
        """How much better the pairs of characters are met with ``word`` there."""
        run, before = self.run, sum(self._met[max(start - 1, 0) : end])
        after = 0.0
        if start and not self.stop[start - 1] and not self._known(run[start - 1] + word[0]):
            after -= _UNMET
        if end < len(run) and not self.stop[end] and not self._known(word[-1] + run[end]):
            after -= _UNMET
        lost = sum(
            a != b and self.stop[start + at] for at, (a, b) in enumerate(zip(run[start:end], word, strict=False))
        )
        ordinary = sum(start < to and at < end for at, to in self._ordinary)
        return after - before - _STOP * lost - _ORDINARY * ordinary


def _candidates(typed: str, said: Said) -> Iterator[tuple[str, float]]:
    """Words that may have been meant, each with what the mistake costs."""
    ways = said.readings.texts(typed)
    heard = {typed}
    for word, _ in said.said(ways):
        if word not in heard:
            heard.add(word)
            yield word, SAME_SOUND + MORE * (_differences(typed, word) - 1)
    alike = list(dict.fromkeys(other for way in ways[:4] for other in said.readings.alike(way)))
    for word, _ in said.said(alike):
        if word not in heard:
            heard.add(word)
            yield word, NEAR_SOUND + MORE * (_differences(typed, word) - 1)
    shapes = look_alikes()
    for at, character in enumerate(typed):
        for other in shapes.get(character, ""):
            word = typed[:at] + other + typed[at + 1 :]
            if word not in heard and said.count(word) > 0:
                heard.add(word)
                yield word, SHAPE
    for word in said.near(typed):
        # Never one character fewer: what looks like one too many is mostly the next word.
        if word not in heard and len(word) >= max(3, len(typed)) and slip(typed, word, 1) is not None:
            yield word, OTHER if len(word) == len(typed) else LENGTH


def _differences(typed: str, word: str) -> int:
    return sum(a != b for a, b in zip(typed, word, strict=False)) or 1


def _apart(found: list[tuple[float, Mended]]) -> list[Mended]:
    """The best-scored stretches that do not overlap, in text order."""
    taken: set[int] = set()
    kept = []
    for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].start, pair[1].end)):
        if taken.isdisjoint(range(one.start, one.end)):
            taken |= set(range(one.start, one.end))
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def read_pinyin(letters: str, said: Said) -> Iterator[tuple[float, str]]:
    """Chinese words typed as they are said: (score, the words run together), for each way to read the letters.

    The words said exactly so, and the likeliest cut into several catalogue words, by dynamic programming; words of
    one syllable cost more, and there must be a longer one: of single characters anything can be made.
    """
    for way in said.readings.parse(letters):
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(way)
        for end in range(1, len(way) + 1):
            for start in range(max(0, end - _LONGEST), end):
                before = best[start]
                if before is None:
                    continue
                cost = (_ALONE if end - start == 1 else 0.0) + (_FURTHER if start else 0.0)
                for word, count in said.said([way[start:end]]):
                    score = before[0] + math.log(max(count, 0.5)) - cost
                    here = best[end]
                    if here is None or score > here[0]:
                        best[end] = (score, (*before[1], word))
        last = best[-1]
        whole = [(math.log(max(count, 0.5)), word) for word, count in said.said([way])] if len(way) > 1 else []
        yield from sorted(whole, reverse=True)[:_HOMOPHONES]
        if last is not None and len(last[1]) > 1 and any(len(word) > 1 for word in last[1]):
            yield last[0], "".join(last[1])
