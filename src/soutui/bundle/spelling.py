"""The part of a bundle that forgives: words as they are written, how they are said, and phrases to complete."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soutui.bundle.columns import words
from soutui.bundle.payload import Card, body
from soutui.text.analyse import Analyser
from soutui.text.complete import LONGEST, LivePhrases, Phrase, Phrases, is_private, letters, phrase_key
from soutui.text.edits import LONGEST as LONGEST_WORD
from soutui.text.hanzi import BuiltSounds, LiveSounds
from soutui.text.normalise import HAN, KANA, has_cjk, normalise
from soutui.text.pinyin import Readings, Sounds, Syllables, said_as
from soutui.text.strings import Strings
from soutui.text.vocabulary import LiveWords, Vocabulary

#: Names of fields whose values are brands and categories, in lower case.
BRANDS = frozenset({"brand", "brands", "maker", "manufacturer", "vendor", "品牌", "牌子", "厂商"})
CATEGORIES = frozenset(
    {"category", "categories", "department", "type", "genre", "genres", "topic", "section"}
    | {"product_type", "product_category", "class", "类目", "品类", "类别", "分类", "栏目"}
)
TITLE_WEIGHT = 3.0
"""How much more a word of a title or of a brand counts than one of a further text."""

MOST_TEXT = 20_000_000
"""Characters of further texts read for words: of a catalogue that has more, the beginning of each text."""

_LIVE_TEXT = 20_000  # characters of a live item's texts

MOST_QUERIES = 200_000
MOST_WORDS = 20_000
LEAST_USERS = 2
"""Different users that a logged query must come from to be suggested to others."""

_WORD = re.compile(rf"[{HAN}]+|[^\W_{HAN}{KANA}]+(?:'[^\W_{HAN}{KANA}]+)*")


@dataclass(frozen=True, slots=True)
class Spelling:
    """What was written at build, opened."""

    vocabulary: Vocabulary
    readings: Readings
    sounds: BuiltSounds
    phrases: Phrases
    ordinary: Strings
    """Words of the language, whether the catalogue has them or not."""

    @classmethod
    def open(cls, folder: Path) -> Spelling | None:
        """Map the files of ``folder``; None when there is none: a bundle built before this was known."""
        if not (folder / "ordinary.bin").is_file():
            return None
        vocabulary, readings = Vocabulary.open(folder), Readings.open(folder)
        sounds = BuiltSounds(readings, Sounds.open(folder), vocabulary)
        return cls(vocabulary, readings, sounds, Phrases.open(folder), Strings.open(folder, "ordinary"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A logged query: by how many different users, how many wanted something after it, and how much."""

    users: int
    wanted: float


def write_spelling(
    folder: Path,
    cards: Iterable[Card],
    total: int,
    asked: Mapping[str, Asked],
    popularity: Sequence[float],
    ordinary: Sequence[str],
    analyser: Analyser,
) -> None:
    """Write the words of all cards and the phrases to complete into ``folder``.

    ``cards`` come by row, ``total`` of them; ``popularity`` (total,) orders titles; ``asked`` are logged queries;
    ``ordinary`` are words of the language, sorted.
    """
    counts: Counter[str] = Counter()
    brands: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    titles: dict[str, Phrase] = {}
    longest = MOST_TEXT // max(total, 1)
    for row, card in enumerate(cards):
        strong, names = card.title, fields_of(card)
        for kind, value in names:
            (brands if kind == "brand" else categories)[value] += 1
            strong += " \n" + value
        counts.update(dict(count_words(strong, body(card)[:longest], analyser)))
        if card.title and len(card.title) <= LONGEST:
            phrase = Phrase(card.title, "title", popularity[row], row)
            known = titles.get(key := phrase_key(card.title))
            if known is None or known.weight < phrase.weight:
                titles[key] = phrase
    kept = Vocabulary.write(folder, counts)
    Strings.write(folder, "ordinary", ordinary)
    readings = Readings.make()
    readings.save(folder)
    Sounds.write(folder, kept, readings)
    written = frozenset(kept)
    phrases: dict[str, Phrase] = {}
    for query, fact in sorted(asked.items(), key=lambda one: (-one[1].users, one[0]))[:MOST_QUERIES]:
        if may_suggest(query, fact) and all(word in written for word in _words(query, analyser)):
            phrases.setdefault(phrase_key(query), Phrase(query, "query", 3.0 + math.log1p(fact.users + fact.wanted)))
    for kind, found in (("category", categories), ("brand", brands)):
        for value, count in found.most_common():
            made = Phrase(value, "category" if kind == "category" else "brand", 2.0 + 0.5 * math.log1p(count))
            phrases.setdefault(phrase_key(value), made)
    for key, phrase in titles.items():
        phrases.setdefault(key, phrase)
    for word in _chinese(kept, counts, analyser):
        phrases.setdefault(word, Phrase(word, "word", 0.5 * math.log1p(counts[word]) - 1.0))
    Phrases.write(folder, list(phrases.values()), _cut(analyser), _say(readings), readings)


def _chinese(kept: list[str], counts: Mapping[str, float], analyser: Analyser) -> list[str]:
    """The commonest Chinese words of the vocabulary: typed in pinyin, they must be found as phrases."""
    found = [word for word in kept if len(word) > 1 and has_cjk(word) and not analyser.is_stop_word(word)]
    return sorted(found, key=lambda word: (-counts[word], word))[:MOST_WORDS]


def fields_of(card: Card) -> list[tuple[str, str]]:
    """The brands and categories of an item: (``brand`` or ``category``, value), short ones with letters only."""
    found = []
    for name, value in card.attributes.items():
        kind = "brand" if name.casefold() in BRANDS else "category" if name.casefold() in CATEGORIES else ""
        if kind:
            told = [one for one in words(value) if len(one) <= 60 and any(letter.isalpha() for letter in one)]
            found += [(kind, one) for one in dict.fromkeys(told)]
    return found


def count_words(strong: str, weak: str, analyser: Analyser) -> list[tuple[str, float]]:
    """The different words of an item with their weights: those of its title and names count more."""
    first, second = _words(strong, analyser), _words(weak, analyser)
    return [(word, (word in second) + (TITLE_WEIGHT if word in first else 0.0)) for word in sorted(first | second)]


def may_suggest(query: str, fact: Asked) -> bool:
    """Whether a logged query may be shown to other people."""
    short = 2 <= len(query) <= 80 and query.isprintable()
    return short and fact.users >= LEAST_USERS and fact.wanted > 0 and not is_private(query)


def _words(text: str, analyser: Analyser) -> set[str]:
    found: set[str] = set()
    for word in _WORD.findall(normalise(text)):
        if has_cjk(word):
            found.update(cut_run(analyser, word))
        elif len(word) <= LONGEST_WORD:
            found.add(word.removesuffix("'s"))
    return found


def cut_run(analyser: Analyser, run: str) -> list[str]:
    """A run of Chinese characters as words, as the analyser cuts it."""
    return [str(word) for word in analyser._load_segmenter().cut(run)]


def is_ordinary_chinese(analyser: Analyser, word: str) -> bool:
    """Whether jieba's dictionary has this word."""
    return int(analyser._load_segmenter().FREQ.get(word, 0)) > 2


def _cut(analyser: Analyser) -> Callable[[str], list[str]]:
    return lambda run: cut_run(analyser, run)


def _say(readings: Readings) -> Callable[[str], Syllables]:
    return lambda run: next(said_as(readings, [run]))


class LiveSpelling:
    """The same for items put since the build, in memory. The engine's lock guards it; silent without ``built``."""

    def __init__(self, built: Spelling | None, analyser: Analyser) -> None:
        self._analyser = analyser
        self.words = LiveWords()
        self.sounds = LiveSounds(built.readings, self.words) if built is not None else None
        self.phrases = LivePhrases()

    def put(self, row: int, card: Card) -> None:
        """The words and the title of a new or changed item."""
        sounds = self.sounds
        if sounds is None:
            return
        strong = " \n".join((card.title, *(value for _, value in fields_of(card))))
        for word in self.words.add(count_words(strong, body(card)[:_LIVE_TEXT], self._analyser)):
            if has_cjk(word):
                sounds.add(word)
        readings = sounds.readings
        say: Callable[[str], Syllables] = lambda run: next(iter(readings.texts(run)), ())  # noqa: E731
        self.phrases.put(row, card.title, letters(phrase_key(card.title), say, readings), _cut(self._analyser))

    def remove(self, row: int) -> None:
        """The title of an item that is gone. Its words stay known: forgetting them would need every text again."""
        self.phrases.remove(row)
