"""Spelling: what a person meant who typed a word that the catalogue does not have.

A noisy channel (Kernighan, Church & Gale 1990): of the words ``c`` near a typed word ``t``, the one with the largest

    log n(c) - cost(t | c)

where n(c) is the number of items that say ``c`` (titles count more) and the cost says how hard it is to type ``t`` for
it: a slip of the fingers, a missing or an extra space, a character that sounds or looks alike, a word in pinyin. The
rival is always that ``t`` is what was meant, all the more if it is an ordinary word of the language. A word that the
catalogue has is never touched.

Nothing here knows about items or scores: whether a word is known and how often two words meet is asked of the caller.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

from soutui.text.correction import SURE, Correction, Fix, Kind
from soutui.text.edits import LONGEST, slip
from soutui.text.hanzi import Cut, Said, mend_chinese, read_pinyin
from soutui.text.normalise import HAN, KANA, normalise, shadow
from soutui.text.vocabulary import Words, reach

_LONGEST_TEXT = 200  # characters of a query that are looked at
_MOST_TOKENS = 24
_MOST_FIXES = 8
_CONTEXT = 3  # neighbours asked about, candidates that are asked for
_NULL = -4.0  # score at which a word that nobody knows is as likely meant as mistyped
_EXPLAINED = 6.0  # nats for each further unknown word that a reading explains
_ORDINARY = 5.0  # nats more when it is a word of the language
_SHORT, _NAME = 1.2, 2.5  # nats more, for each letter below six and for a name
_SPLIT, _JOIN, _PINYIN = 1.5, 1.5, 1.0  # nats
_APART = 1.5  # nats more for two words that do not meet in any item
_FITS, _GLUED = 2.0, 2.0  # nats: a neighbouring character that fits, letters around the pinyin
_REUNITED = 0.7  # confidence that an extra space was typed between two words that never meet
_MEETING = 0.5  # how much of the log-lift of two words that meet counts

_TOKEN = re.compile(rf"[{HAN}]+|[^\W_{HAN}{KANA}]+(?:'[^\W_{HAN}{KANA}]+)*")
_DIGITS = re.compile(r"\d")
_HAN = re.compile(f"[{HAN}]")


class Catalogue(Protocol):
    """What the speller asks of whoever holds the items."""

    @property
    def size(self) -> int:
        """Number of items."""
        ...

    def known(self, word: str) -> bool:
        """Whether searching this normalised word finds anything, whatever its ending."""
        ...

    def together(self, first: str, second: str) -> int:
        """How many items hold both words."""
        ...

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as words."""
        ...

    def is_stop_word(self, word: str) -> bool:
        """Whether this word says how, not what."""
        ...

    def is_ordinary(self, word: str) -> bool:
        """Whether this is a word of the language, whatever the catalogue has."""
        ...


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    known: bool
    stop: bool
    name: bool
    """Whether it has capitals inside."""

    @property
    def odd(self) -> bool:
        """Whether it wants explaining: unknown, or one or two letters that are no function word."""
        return not self.known or (len(self.word) < 3 and not self.stop and self.word.isalpha())


@dataclass(frozen=True, slots=True)
class _Guess:
    """A way to read tokens ``first .. last``; ``score`` in nats."""

    first: int
    last: int
    meant: str
    kind: Kind
    score: float


class Speller:
    """Corrects texts against vocabularies, the bundle's and the live one. Cheap to make, safe from any thread."""

    def __init__(
        self, words: Sequence[Words], said: Sequence[Said], catalogue: Catalogue, *, pinyin: bool = True
    ) -> None:
        self._words, self._sounds, self._catalogue, self._pinyin = words, said, catalogue, pinyin
        self._size = max(catalogue.size, 1)

    def correct(self, text: str) -> Correction:
        """What the text may have meant; without fixes when every word is known or nothing is near."""
        seen = shadow(text[:_LONGEST_TEXT])
        fixes: list[Fix] = []
        loose: list[int] = []
        latin: list[_Token] = []
        shouted = text.isupper()
        for match in list(_TOKEN.finditer(seen))[:_MOST_TOKENS]:
            if _HAN.match(match.group()):
                found, places = self._chinese(text, match.start(), match.group())
                fixes += found
                loose += places
            else:
                latin.append(self._token(match, text, shouted))
        if len(latin) > 1 or any(not token.known for token in latin):
            fixes += self._latin(text, latin)
        fixes = [fix for fix in fixes if normalise(fix.meant) != normalise(fix.typed)]
        fixes = sorted(fixes, key=lambda fix: fix.start)[:_MOST_FIXES]
        mended = [range(fix.start, fix.end) for fix in fixes if fix.confidence >= SURE]
        letters = dict.fromkeys(seen[at] for at in loose if not any(at in places for places in mended))
        return Correction(text, tuple(fixes), tuple(letters)[:_MOST_FIXES])

    def count(self, word: str) -> float:
        """How often the catalogue writes this word."""
        return sum(words.count(word) for words in self._words)

    def _token(self, match: re.Match[str], text: str, shouted: bool) -> _Token:
        word = normalise(match.group()).removesuffix("'s")
        stop = self._catalogue.is_stop_word(word)
        # Two letters say too little to be corrected; numbers mean what they say.
        known = stop or len(word) < 3 or word.isdigit() or self._catalogue.known(word)
        name = not shouted and any(letter.isupper() for letter in text[match.start() + 1 : match.end()])
        return _Token(*match.span(), word, known, stop, name)

    # -- Latin letters ----------------------------------------------------------------------------------------

    def _latin(self, text: str, tokens: list[_Token]) -> Iterator[Fix]:
        """The best reading of each unknown token, alone or with a neighbour."""
        taken: set[int] = set()
        for place, token in enumerate(tokens):
            if token.known or place in taken:
                continue
            guesses = [*self._slips(place, token), *self._splits(place, token), *self._joins(text, place, tokens)]
            if self._pinyin:
                guesses += self._spoken(text, place, tokens)
            guesses = [one for one in guesses if taken.isdisjoint(range(one.first, one.last + 1))]
            if not guesses:
                continue
            best, confidence, others = self._choose(guesses, tokens)
            taken |= set(range(best.first, best.last + 1))
            start, end = tokens[best.first].start, tokens[best.last].end
            yield Fix(start, end, text[start:end], best.meant, best.kind, confidence, others)
        free = [token for place, token in enumerate(tokens) if place not in taken]
        yield from self._reunited(text, free)

    def _slips(self, place: int, token: _Token) -> Iterator[_Guess]:
        typed = token.word
        model, digits = not typed.isalpha(), _DIGITS.findall(typed)
        if len(typed) > LONGEST or (model and len(typed) < 5):
            return
        for words in self._words:
            for word in words.near(typed):
                if word.isalpha() == model or (model and _DIGITS.findall(word) != digits):
                    continue  # another number is another model
                cost = slip(typed, word, reach(word))
                if cost is not None and word != typed:
                    yield _Guess(place, place, word, "slip", self._log(word) - cost)

    def _splits(self, place: int, token: _Token) -> Iterator[_Guess]:
        """Two words typed as one. Only the likeliest few are asked whether they meet in an item."""
        typed, found = token.word, []
        if not typed.isalpha() or len(typed) > 2 * LONGEST:
            return
        for at in range(2, len(typed) - 1):
            head, tail = typed[:at], typed[at:]
            if (left := self._said(head)) > 0 and (right := self._said(tail)) > 0:
                found.append((min(left, right), head, tail))
        for rarer, head, tail in sorted(found, reverse=True)[:_CONTEXT]:
            if self._catalogue.is_stop_word(head) or self._catalogue.is_stop_word(tail):
                rest = tail if self._catalogue.is_stop_word(head) else head
                score = self._log(rest) - _APART if len(rest) > 3 else -math.inf
            elif met := self._catalogue.together(head, tail):
                score = math.log(met)
            else:
                # They never meet: only words long enough not to be found in any letters.
                score = math.log(rarer) - _APART if min(len(head), len(tail)) >= 4 else -math.inf
            if score > -math.inf:
                yield _Guess(place, place, f"{head} {tail}", "split", score - _SPLIT)

    def _said(self, word: str) -> float:
        """How often the catalogue says this word: as it is written, or with another ending (then once)."""
        catalogue = self._catalogue
        return self.count(word) or float(catalogue.is_stop_word(word) or (len(word) > 2 and catalogue.known(word)))

    def _joins(self, text: str, place: int, tokens: list[_Token]) -> Iterator[_Guess]:
        """One word typed as two, of which this is one."""
        for first in (place - 1, place):
            if first < 0 or first + 1 >= len(tokens):
                continue
            left, right = tokens[first], tokens[first + 1]
            if (word := self._joined(text, left, right)) is not None:
                yield _Guess(first, first + 1, word, "join", self._log(word) - _JOIN)

    def _joined(self, text: str, left: _Token, right: _Token) -> str | None:
        word = left.word + right.word
        apart = text[left.end : right.start].isspace() and len(word) >= 4
        if not apart or not word.isalpha():
            return None
        return word if self._said(word) > 0 or self._catalogue.is_ordinary(word) else None

    def _reunited(self, text: str, tokens: list[_Token]) -> Iterator[Fix]:
        """Two known words that meet in no item, but one word written together does: an extra space."""
        for left, right in pairwise(tokens):
            both = left.known and right.known and not left.stop and not right.stop
            word = self._joined(text, left, right) if both and left.word.isalpha() and right.word.isalpha() else None
            if word is not None and self._said(word) and not self._catalogue.together(left.word, right.word):
                yield Fix(left.start, right.end, text[left.start : right.end], word, "join", _REUNITED)

    def _spoken(self, text: str, place: int, tokens: list[_Token]) -> Iterator[_Guess]:
        """Chinese words typed as they are said, in one piece or syllable by syllable."""
        first = last = place
        while first and self._syllable(text, tokens, first - 1):
            first -= 1
        while last + 1 < len(tokens) and self._syllable(text, tokens, last):
            last += 1
        for start in range(first, place + 1):
            for end in range(last, place - 1, -1):
                letters = "".join(token.word for token in tokens[start : end + 1]).replace("'", "")
                before, after = text[: tokens[start].start][-1:], text[tokens[end].end :][:1]
                for head, spoken, tail in self._stretches(letters) if start == end else [("", letters, "")]:
                    for score, word in self._readings(spoken, "" if head else before, "" if tail else after):
                        yield _Guess(
                            start, end, head + word + tail, "pinyin", score - (_GLUED if head or tail else 0.0)
                        )

    def _readings(self, letters: str, before: str, after: str) -> list[tuple[float, str]]:
        """Words that the letters may be pinyin of, with their scores; better when the characters around them fit."""
        found: dict[str, float] = {}
        for words in self._sounds:
            for score, word in read_pinyin(letters, words):
                pairs = [pair for pair in (before + word[0], word[-1] + after) if len(pair) == 2]
                fits = sum(self._catalogue.known(pair) for pair in pairs)
                found[word] = max(score - _PINYIN + _FITS * fits, found.get(word, -math.inf))
        return sorted(((score, word) for word, score in found.items()), reverse=True)[:_CONTEXT]

    def _stretches(self, letters: str) -> Iterator[tuple[str, str, str]]:
        """A word, and what it is without a known beginning or end: led|dengpao, yumaoqiu|95."""
        yield "", letters, ""
        if len(letters) > LONGEST:
            return
        for at in range(1, len(letters) - 3):
            head, tail = letters[:at], letters[at:]
            if tail.isalpha() and (head.isdigit() or (at > 1 and self._catalogue.known(head))):
                yield head, tail, ""
            head, tail = letters[:-at], letters[-at:]
            if head.isalpha() and (tail.isdigit() or (at > 1 and self._catalogue.known(tail))):
                yield "", head, tail

    def _syllable(self, text: str, tokens: list[_Token], place: int) -> bool:
        """Whether this token and the next stand side by side and may both be pinyin."""
        left, right = tokens[place], tokens[place + 1]
        return (
            text[left.end : right.start].isspace()
            and max(len(left.word), len(right.word)) <= 6
            and left.word.isascii()
            and right.word.isascii()
            and left.word.isalpha()
            and right.word.isalpha()
        )

    def _choose(
        self, guesses: list[_Guess], tokens: list[_Token]
    ) -> tuple[_Guess, float, tuple[tuple[str, float], ...]]:
        """The likeliest guess, how likely beside the others and beside that nothing is wrong, and the next two."""
        merged: dict[tuple[int, int, str], _Guess] = {}
        for one in guesses:
            unknown = sum(token.odd for token in tokens[one.first : one.last + 1])
            guess = replace(one, score=one.score + _EXPLAINED * (unknown - 1))
            key = (guess.first, guess.last, guess.meant)
            if key not in merged or merged[key].score < guess.score:
                merged[key] = guess
        ranked = sorted(merged.values(), key=lambda one: (-one.score, one.meant))
        if len(ranked) > 1 and ranked[1].score > ranked[0].score - 4.0:
            near = [self._in_context(one, tokens) for one in ranked[:_CONTEXT]]
            ranked = sorted((*near, *ranked[_CONTEXT:]), key=lambda one: (-one.score, one.meant))
        best = ranked[0]
        rivals = [one for one in ranked if (one.first, one.last) == (best.first, best.last)]
        mass = sum(math.exp(max(one.score - best.score, -50)) for one in rivals)
        mass += math.exp(min(self._null(tokens[best.first : best.last + 1], best) - best.score, 50))
        others = tuple((one.meant, round(math.exp(one.score - best.score) / mass, 4)) for one in rivals[1:3])
        return best, round(1 / mass, 4), others

    def _null(self, tokens: list[_Token], guess: _Guess) -> float:
        """The score at which a guess is as likely as that the words, which nobody knows, were meant.

        Short words have many neighbours by chance; capitals inside a word are a name's; ordinary words are meant.
        """
        letters = sum(len(token.word) for token in tokens)
        ordinary = guess.kind == "slip" and self._catalogue.is_ordinary(tokens[0].word)
        named = any(token.name for token in tokens)
        return _NULL + max(0, 6 - letters) * _SHORT + (_NAME if named else 0.0) + (_ORDINARY if ordinary else 0.0)

    def _in_context(self, guess: _Guess, tokens: list[_Token]) -> _Guess:
        """The guess with its score moved by how often it meets the known words around it."""
        around = [
            one for at, one in enumerate(tokens) if one.known and not one.stop and not guess.first <= at <= guess.last
        ]
        around = [one for one in around if len(one.word) > 2]
        around.sort(key=lambda one: abs(one.start - tokens[guess.first].start))
        mine = max(self.count(guess.meant), 1.0)
        lift = 0.0
        for other in around[:_CONTEXT]:
            share = min(max(self.count(other.word), 1.0) / self._size, 1.0)
            met = self._catalogue.together(guess.meant, other.word)
            lift += math.log((met + 5 * share + 0.05) / (mine * share + 5 * share + 0.05))
        return replace(guess, score=guess.score + _MEETING * lift)

    def _log(self, word: str) -> float:
        return math.log(max(self.count(word), 0.5))

    # -- Chinese characters -----------------------------------------------------------------------------------

    def _chinese(self, text: str, offset: int, run: str) -> tuple[list[Fix], list[int]]:
        catalogue = self._catalogue
        words = catalogue.cut(run)
        cut = [Cut(word, catalogue.is_stop_word(word), catalogue.is_ordinary(word)) for word in words]
        mended, doubtful = mend_chinese(run, cut, catalogue.known, self._sounds)
        fixes = []
        for one in mended:
            at, to = offset + one.start, offset + one.end
            fixes.append(Fix(at, to, text[at:to], one.meant, "alike", one.confidence, one.others))
        return fixes, [offset + place for place in doubtful]
