"""Snippets with the query's words marked, and which of its words an item holds.

Works on the text as it is written: ``running`` is marked for ``run``, 電腦 for 电脑. Nothing here scores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from soutui.errors import UsageError
from soutui.text.analyse import ASIDE, Analyser
from soutui.text.normalise import HAN, KANA, has_cjk, shadow
from soutui.text.units import AMOUNT, measured
from soutui.text.words import AMERICAN

_ELLIPSIS = "…"
_SCANNED = 50_000  # characters of a text that are looked at
_MARKS_WEIGHED = 500  # marks among which the best window is looked for
_FEW_STEMS = 8  # query words up to which texts are searched for them one by one
_SLACK = 16  # characters that a cut may move to fall between words

_MARKUP = re.compile(r"[&<>\"']")
_WORD = re.compile(rf"[^\W_{HAN}{KANA}]+(?:(?<=\d)[.,]\d[^\W_{HAN}{KANA}]*)*")
_ASCII_WORD = re.compile(r"[0-9a-z]+(?:(?<=[0-9])[.,][0-9][0-9a-z]*)*")
_AMOUNTS = re.compile(AMOUNT)


def _other_beginnings() -> dict[str, tuple[str, ...]]:
    """How British words begin whose American spelling begins otherwise, by three letters: gra(y), gre(y)."""
    found: dict[str, dict[str, None]] = {}
    for british, american in AMERICAN.items():
        if british[:3] != american[:3]:
            found.setdefault(american[:3], {})[british[:3]] = None
    return {beginning: tuple(others) for beginning, others in found.items()}


_OTHER_BEGINNINGS = _other_beginnings()
_OTHER_INITIALS = {other[0]: here[0] for here, others in _OTHER_BEGINNINGS.items() for other in others}

Span = tuple[int, int]


class Highlighter:
    """Finds one query's words in texts, and ``further`` terms. Safe from any thread; cheap to make and per text.

    A text's different words are looked up among those judged before; only a new one that begins like a
    query word is analysed and compared. Chinese words are looked for as they are.
    """

    def __init__(self, analyser: Analyser, query: str, further: Iterable[str] = ()) -> None:
        wanted = frozenset((*analyser.query_terms(query), *further))
        plain = {term.removeprefix(ASIDE) for term in wanted}
        content = any(term[0] != ASIDE for term in wanted)
        self._chinese = [word for word in plain if has_cjk(word) and not (content and analyser.is_stop_word(word))]
        self._verdicts = _Verdicts(analyser, wanted)
        self._known: dict[str, list[Span]] = {}
        # Stemming changes only the last letters of a longer word; a short one (die, dying) may keep no more than its
        # first, and a number may stand behind a point: with such words every word of a text is looked at.
        latin = {word for word in plain if not has_cjk(word)}
        apart = all(len(word) > 3 and word.isascii() and word.isalpha() for word in latin)
        stems = {word[:3] for word in latin} if apart and len(latin) <= _FEW_STEMS else set()
        self._stems = sorted({other for stem in stems for other in (stem, *_OTHER_BEGINNINGS.get(stem, ()))})
        # Amounts are marked with their units, in whatever unit they are.
        self._amounts = frozenset(word for word in plain if word[0].isdigit() and measured(word))

    def snippet(self, text: str, length: int = 160) -> str:
        """The best stretch of at most ``length`` characters, as HTML: escaped, query words in ``<em>``.

        Best is the stretch with the most different query words. An ellipsis stands where text was cut.
        """
        if length < 1:
            raise UsageError(f"length must be at least 1; {length} came", "ask for 160 characters or so")
        spans = self._spans(text)
        start, end = _window(text, spans, length)
        pieces = [_ELLIPSIS] if start > 0 else []
        # Most texts hold nothing to escape, and looking once is cheaper than escaping piece by piece.
        safe = escape if _MARKUP.search(text) else _as_is
        at = start
        for left, right in spans:
            left, right = max(left, start), min(right, end)
            if left < right:
                pieces += [safe(text[at:left]), "<em>", safe(text[left:right]), "</em>"]
                at = right
        pieces.append(safe(text[at:end]))
        if end < len(text):
            pieces.append(_ELLIPSIS)
        return "".join(pieces)

    def marks(self, texts: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Over named texts: the words that match, and the snippets of those texts that hold one, by name."""
        words: dict[str, None] = {}
        snippets: dict[str, str] = {}
        for name, text in texts:
            spans = self._spans(text)
            if spans:
                words.update((text[a:b].lower(), None) for a, b in spans)
                snippets[name] = self.snippet(text)
        return tuple(words), snippets

    def matched(self, texts: Iterable[str]) -> tuple[str, ...]:
        """The different words that match, in lower case as the texts spell them, in order of appearance."""
        return tuple(dict.fromkeys(text[a:b].lower() for text in texts for a, b in self._spans(text)))

    def _spans(self, text: str) -> list[Span]:
        """Where query words are: ascending, apart from each other; a hyphen between two joins them."""
        spans = self._known.get(text)
        if spans is None:
            # A hit's texts are asked about twice: for the words and for the snippet.
            spans = self._known[text] = self._find(text)
        return spans

    def _find(self, text: str) -> list[Span]:
        seen = shadow(text[:_SCANNED])
        spans: list[Span] = []
        verdicts = self._verdicts
        if seen.isascii():
            if self._stems:
                spans = self._from_stems(seen)
                return _merged(spans, seen) if len(spans) > 1 else spans
            if any(map(verdicts.__getitem__, set(_ASCII_WORD.findall(seen)))):
                spans = [match.span() for match in _ASCII_WORD.finditer(seen) if verdicts[match.group()]]
            if self._amounts:
                spans = sorted((*spans, *self._equal(seen)))
            return _merged(spans, seen) if len(spans) > 1 else spans
        for word in set(_WORD.findall(seen)):
            if verdicts[word]:
                spans += [(a, b) for a, b in _occurrences(word, seen) if _stands_alone(seen, a, b)]
        for word in self._chinese:
            spans += _occurrences(word, seen)
        if self._amounts:
            spans += self._equal(seen)
        return _merged(sorted(spans), seen) if len(spans) > 1 else spans

    def _equal(self, seen: str) -> Iterator[Span]:
        """Where amounts of the query are, written in any way."""
        for match in _AMOUNTS.finditer(seen):
            start = match.start()
            if start and (seen[start - 1].isalnum() and not has_cjk(seen[start - 1])):
                continue  # the end of a model number
            if any(amount.typed in self._amounts or amount.same in self._amounts for amount in measured(match.group())):
                yield match.span()

    def _from_stems(self, seen: str) -> list[Span]:
        """The same, looking only at words that begin like a query word: most texts hold few."""
        spans: list[Span] = []
        for stem in self._stems:
            at = seen.find(stem)
            while at >= 0:
                match = None
                if at == 0 or not seen[at - 1].isalnum():
                    match = _ASCII_WORD.match(seen, at)
                    if match is not None and self._verdicts[match.group()]:
                        spans.append(match.span())
                at = seen.find(stem, match.end() if match is not None else at + 1)
        return sorted(spans)


def _as_is(text: str) -> str:
    return text


class _Verdicts(dict[str, bool]):
    """Word to whether it matches the query, found out when it is first met."""

    def __init__(self, analyser: Analyser, wanted: frozenset[str]) -> None:
        self._analyser = analyser
        self._wanted = wanted
        # Stemming keeps a word's first letter.
        initials = {term.removeprefix(ASIDE)[:1] for term in wanted}
        self._initials = frozenset(initials | {other for other, here in _OTHER_INITIALS.items() if here in initials})

    def __missing__(self, word: str) -> bool:
        verdict = False
        if word[0] in self._initials:
            content, aside = self._analyser.word(word)
            verdict = not self._wanted.isdisjoint(content) or not self._wanted.isdisjoint(aside)
        self[word] = verdict
        return verdict


def _occurrences(word: str, text: str) -> Iterator[Span]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether this is a whole word or number: not ``art`` in ``cart``, not ``5`` in ``12.5``."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if (before and _is_letter(before[-1])) or (after and _is_letter(after[0])):
        return False
    if len(before) == 2 and before[1] in ".," and before[0].isdigit() and text[start].isdigit():
        return False
    return not (len(after) == 2 and after[0] in ".," and after[1].isdigit() and text[end - 1].isdigit())


def _is_letter(character: str) -> bool:
    return character.isalnum() and not has_cjk(character)


def _merged(spans: list[Span], text: str) -> list[Span]:
    merged = [spans[0]]
    for left, right in spans[1:]:
        start, end = merged[-1]
        if left <= end or (left == end + 1 and text[end] == "-"):
            merged[-1] = (start, max(end, right))
        else:
            merged.append((left, right))
    return merged


def _window(text: str, spans: list[Span], length: int) -> Span:
    """The stretch to show: all of a short text, else around the most different marked words, cut between words."""
    if len(text) <= length:
        return 0, len(text)
    start = 0
    if spans:
        first, last = _densest(text, spans[:_MARKS_WEIGHED], length)
        room = length - (last - first)
        start = max(0, min(first - room // 3, len(text) - length))
        if start > 0:
            start = _next_word(text, start, min(first, start + _SLACK))
    end = min(len(text), start + length)
    if end < len(text):
        end = _word_end(text, end, max(start + 1, end - _SLACK))
    return start, end


def _densest(text: str, spans: list[Span], length: int) -> Span:
    """First and last position of the marked words that fit into ``length`` and are the most different ones."""
    words = [text[a:b].lower() for a, b in spans]
    counts: dict[str, int] = {}
    best, best_score = (spans[0][0], min(spans[0][1], spans[0][0] + length)), (0, 0)
    left = 0
    for right, (_, end) in enumerate(spans):
        counts[words[right]] = counts.get(words[right], 0) + 1
        while left < right and end - spans[left][0] > length:
            counts[words[left]] -= 1
            if not counts[words[left]]:
                del counts[words[left]]
            left += 1
        score = (len(counts), right - left)
        if score > best_score:
            best, best_score = (spans[left][0], min(end, spans[left][0] + length)), score
    return best


def _next_word(text: str, start: int, latest: int) -> int:
    """The first position after a space in ``start .. latest``; ``start`` when there is none."""
    if text[start - 1].isspace():
        return start
    space = next((i for i in range(start, latest) if text[i].isspace()), None)
    return start if space is None else space + 1


def _word_end(text: str, end: int, earliest: int) -> int:
    """The last position before a space in ``earliest .. end``; ``end`` when there is none."""
    if text[end].isspace():
        return end
    return next((i for i in range(end - 1, earliest - 1, -1) if text[i].isspace()), end)
