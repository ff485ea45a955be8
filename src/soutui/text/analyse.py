"""Text to terms: what lexical search counts.

English words lose their endings (Snowball) and British spellings become American, Chinese runs are cut into words
(jieba) *and* into pairs of characters, model numbers and numbers with units are kept whole and also taken apart, and
an amount has a term that every equal amount has. Function words are set aside: they are searched only when a query
has nothing else ("the who").

Nothing here knows about items, fields or scores.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from typing import Any, NamedTuple

import Stemmer

from soutui.config import TextSettings
from soutui.text.normalise import HAN, KANA, normalise
from soutui.text.units import AMOUNT, measured
from soutui.text.words import AMERICAN, CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS

#: Raised whenever the same text gives other terms: old indexes are then rebuilt.
VERSION = 2

#: Begins the term of a function word or of a single character: never a letter, so it meets no other term.
ASIDE = "_"

_CACHED_WORDS = 200_000
_LONGEST_QUERY = 4_000  # characters
_LONGEST_TERM = 64  # characters; a longer one is noise (base64, addresses) and is cut


_TAIL = r"(?:\+\+|#(?![0-9a-z]))?"  # c++, c#
_WORD = re.compile(
    rf"{AMOUNT}|[{HAN}]+|[{KANA}]+"
    rf"|[^\W_{HAN}{KANA}]+(?:[-'./_&,]+[^\W_{HAN}{KANA}]+)*{_TAIL}"
)
# The same for text without a character above 127: fewer cases, so faster.
_ASCII_WORD = re.compile(rf"{AMOUNT}|[0-9a-z]+(?:[-'./_&,]+[0-9a-z]+)*{_TAIL}")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_PARTS = re.compile(r"[^-'./_&,]+")
_EDGE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_RUN = re.compile(f"[{HAN}]")


class Split(NamedTuple):
    """The terms of a text: ``content`` is scored, ``aside`` (function words, single characters) mostly not."""

    content: list[str]
    aside: list[str]


class Token(NamedTuple):
    """One word of a query: ``word`` as it is normalised and its terms. ``bridge`` is the pair of characters that it
    makes with the Chinese word before it.
    """

    word: str
    content: tuple[str, ...]
    aside: tuple[str, ...] = ()
    bridge: str = ""


class Analyser:
    """Turns text into terms. Safe from any thread; the Chinese dictionary (about a second) loads at first need.

    Terms are in text order and repeat as often as the text does. Term spellings: an English stem
    (``run``), a Chinese word or pair of characters (``网络``), a model number without its separators
    (``wh1000xm4``) beside its parts, a number with its unit (``0.5l``) beside the number and the same amount in the
    unit that it is compared in (``500ml``), and with the prefix :data:`ASIDE` function words (``_the``) and the single
    characters of a Chinese text (``_茶``).

    ``words`` are further Chinese words that stay whole, beside those of the settings: the catalogue's own.
    """

    def __init__(self, settings: TextSettings | None = None, words: Iterable[str] = ()) -> None:
        settings = settings or TextSettings()
        self._user_words = tuple(dict.fromkeys(normalise(word) for word in (*settings.user_words, *words)))
        further = frozenset(normalise(word) for word in settings.stop_words)
        self._stop_words = ENGLISH_STOP_WORDS | CHINESE_STOP_WORDS | further
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._lock = threading.Lock()
        self._stemmer = Stemmer.Stemmer("english", 0)
        self._segmenter: Any = None
        self._pieces: dict[str, tuple[str, ...]] = {}
        self._settings = (sorted(further), sorted(self._user_words))

    @property
    def fingerprint(self) -> str:
        """Names rules, word lists and library versions: equal fingerprints give equal terms."""
        versions = [metadata.version(name) for name in ("PyStemmer", "jieba", "opencc-python-reimplemented")]
        told = json.dumps([VERSION, self._settings, sorted(self._stop_words), versions])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def terms(self, text: str) -> list[str]:
        """The terms of an item's text; its function words only when there is nothing else."""
        content, aside = self.split(text)
        return content or aside

    def query_terms(self, text: str) -> list[str]:
        """The terms of a query. Function words are left out unless the query has nothing else.

        Of a query longer than 4,000 characters the rest is not looked at.
        """
        tokens = self.tokens(text)
        content = [term for token in tokens for term in (token.bridge, *token.content) if term]
        return content or [term for token in tokens for term in token.aside]

    def tokens(self, text: str) -> list[Token]:
        """The words of a query with their terms, in order, as far as :meth:`query_terms` looks."""
        tokens: list[Token] = []
        for word in self._words(normalise(text[:_LONGEST_QUERY])):
            if _RUN.match(word):
                tokens += self._run(word)
            else:
                tokens.append(Token(word, *(self._known.get(word) or self._learn(word))))
        return tokens

    def split(self, text: str) -> Split:
        """The terms of an item's text, function words and single Chinese characters apart."""
        content: list[str] = []
        aside: list[str] = []
        known, learn = self._known, self._learn
        text = normalise(text)
        if text.isascii():
            for word in _ASCII_WORD.findall(text):
                more, less = known.get(word) or learn(word)
                content += more
                aside += less
            return Split(content, aside)
        for word in _WORD.findall(text):
            if _RUN.match(word):
                self._chinese(word, content, aside)
            else:
                more, less = known.get(word) or learn(word)
                content += more
                aside += less
        return Split(content, aside)

    def word(self, word: str) -> Split:
        """The terms of one normalised word that is not Chinese, as :meth:`split` finds them within a text."""
        more, less = self._known.get(word) or self._learn(word)
        return Split(list(more), list(less))

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as words."""
        segmenter = self._segmenter or self._load_segmenter()
        return list(segmenter.cut(run))

    def words(self, text: str) -> list[str]:
        """The normalised words of a text; a run of Chinese characters is one."""
        return self._words(normalise(text))

    def is_whole(self, word: str) -> bool:
        """Whether the first term of this word says all of it: an amount, a model number, a joined word."""
        parts = _PARTS.findall(word)
        return bool(measured(word)) or len(parts) == 1 or _worth_joining(parts)

    def is_stop_word(self, word: str) -> bool:
        """Whether this normalised word is set aside."""
        return word in self._stop_words

    def _words(self, text: str) -> list[str]:
        return (_ASCII_WORD if text.isascii() else _WORD).findall(text)

    def _learn(self, word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Analyses a word that is not known yet and remembers it."""
        content: list[str] = []
        aside: list[str] = []
        for term in self._take_apart(word):
            (aside if term[0] == ASIDE else content).append(term[:_LONGEST_TERM])
        result = tuple(content), tuple(aside)
        with self._lock:
            if len(self._known) >= _CACHED_WORDS:
                self._known.clear()
            self._known[word] = result
        return result

    def _take_apart(self, word: str) -> Iterator[str]:
        """The terms of one word or number; stop words with their prefix."""
        if word.isalpha():
            yield self._simple(word)
            return
        amounts = measured(word)
        if amounts:
            # Not the unit by itself: it says too little, and every item of a kind has it.
            for typed, *further in amounts:
                yield from dict.fromkeys(term for term in (typed, *further) if term)
            return
        parts = _PARTS.findall(word)
        if len(parts) == 1:
            yield from self._model(word)
            return
        if "'" in word:
            if word.endswith("'s"):
                yield from self._take_apart(word[:-2])
                return
            word = word.replace("'", "")
            if word.isalpha():
                yield self._simple(word)
                return
            parts = _PARTS.findall(word)
        if _GROUPED.fullmatch(word):
            yield word.replace(",", "")  # 1,000 or 12.5
            return
        if word[0].isdigit() and not any(character.isalpha() for character in word):
            yield word  # 2016-10-11
        elif _worth_joining(parts):
            yield self._stem("".join(parts))
        for part in parts:
            if part.isalpha():
                yield self._simple(part)
            else:
                yield from self._model(part)

    def _model(self, word: str) -> Iterator[str]:
        """A word with digits: whole, and in two where letters meet digits first."""
        yield word
        edge = _EDGE.search(word)
        if edge is not None:
            yield word[: edge.start()]
            yield word[edge.start() :]

    def _simple(self, word: str) -> str:
        return ASIDE + word if word in self._stop_words else self._stem(AMERICAN.get(word, word))

    def _stem(self, word: str) -> str:
        with self._lock:
            stem: str = self._stemmer.stemWord(word)
        return stem

    def _chinese(self, run: str, content: list[str], aside: list[str]) -> None:
        """Words of a run of Han characters, and pairs of characters between its function words.

        Pairs find what was cut differently in query and item; a word of two characters counts twice.
        """
        segmenter = self._segmenter or self._load_segmenter()
        stretch, pieces = "", self._pieces
        for word in (*segmenter.cut(run), ""):
            if word and word not in self._stop_words:
                content.append(word)
                stretch += word
                if word in pieces:
                    content += pieces[word]
                continue
            if word:
                aside.append(ASIDE + word)
            content += [stretch[i : i + 2] for i in range(len(stretch) - 1)]
            stretch = ""
        aside += [ASIDE + character for character in run]

    def _run(self, run: str) -> Iterator[Token]:
        """The same terms as :meth:`_chinese`, word by word."""
        segmenter = self._segmenter or self._load_segmenter()
        last = ""
        for word in segmenter.cut(run):
            aside = tuple(ASIDE + character for character in word)
            if word in self._stop_words:
                yield Token(word, (), (ASIDE + word, *aside))
                last = ""
                continue
            # A lone character is part of longer words in most items: look for it inside them, too.
            inner = aside if len(run) == 1 else tuple(word[i : i + 2] for i in range(len(word) - 1))
            yield Token(word, (word, *self._pieces.get(word, ()), *inner), aside, last + word[0] if last else "")
            last = word[-1]

    def _load_segmenter(self) -> Any:
        with self._lock:
            if self._segmenter is None:
                segmenter, self._pieces = _segmenter(self._user_words)
                self._segmenter = segmenter
            return self._segmenter


def _worth_joining(parts: list[str]) -> bool:
    """Whether the parts are also one word: t-shirt, wi-fi, u.s.a, wh-1000xm4; not wing/propeller."""
    return any(len(part) <= 2 or any(character.isdigit() for character in part) for part in parts)


@cache
def _dictionary() -> tuple[dict[str, int], int]:
    """jieba's own dictionary, read once for all analysers: word to frequency, and their sum. Never changed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in its source, pkg_resources
        import jieba

        logging.getLogger("jieba").setLevel(logging.WARNING)
        frequencies, total = jieba.Tokenizer.gen_pfdict(jieba.Tokenizer().get_dict_file())
    return frequencies, total


def _segmenter(user_words: tuple[str, ...]) -> tuple[Any, dict[str, tuple[str, ...]]]:
    """A private jieba tokenizer, without cache file and log lines, and the words inside the words it was told.

    A word that it keeps whole anyhow is not told: its frequency, and so every other cut, stays as it is.
    """
    frequencies, total = _dictionary()
    import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = frequencies, total
    tokenizer.initialized = True
    told = [word for word in user_words if len(list(tokenizer.cut(word, HMM=False))) > 1]
    pieces = {word: tuple(piece for piece in tokenizer.cut(word) if 1 < len(piece) < len(word)) for word in told}
    if told:
        tokenizer.FREQ = dict(frequencies)
    for word in told:
        tokenizer.add_word(word)  # at the frequency that just keeps it whole
    return tokenizer, {word: inner for word, inner in pieces.items() if inner}
