"""What an engine forgives: spelling, pinyin, half-typed words; over the bundle and the live delta.

One place asks the catalogue for the speller and decides what of a correction is searched. A bundle that was built
before this was known is silent: nothing is corrected, nothing suggested.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from soutui.bundle.parts import Parts
from soutui.bundle.spelling import cut_run, is_ordinary_chinese
from soutui.index.lexical import Field
from soutui.live import Live
from soutui.text.analyse import ASIDE
from soutui.text.complete import Found, marked, typed_key
from soutui.text.correction import Correction
from soutui.text.hanzi import Said
from soutui.text.normalise import has_cjk, normalise
from soutui.text.spell import Speller
from soutui.types import Suggestion

LOOSE = 0.8
"""Weight of a single Chinese character that is searched because something around it is wrong."""

TYPED = 0.5
"""Weight of a known word as typed where its correction (an extra space) is searched too."""

_SPARE = 3  # phrases fetched for each one wanted, since some items may be gone
_WORDS = 3  # completions of the last word alone at most: each is asked for in the index


@dataclass(frozen=True, slots=True)
class Forgiven:
    """A query as it is searched; ``further`` as in :class:`~soutui.types.Probe`. The other texts are mostly empty."""

    text: str
    further: tuple[tuple[str, float], ...] = ()
    corrected: str = ""
    did_you_mean: str = ""


class Forgiving:
    """Corrects and completes. Reads the live delta, so the engine calls it under its lock."""

    def __init__(self, parts: Parts, live: Live) -> None:
        self._parts, self._live = parts, live
        spelling = parts.spelling
        self._speller: Speller | None = None
        if spelling is not None and live.spelling.sounds is not None:
            said: list[Said] = [spelling.sounds, live.spelling.sounds]
            self._speller = Speller(
                [spelling.vocabulary, live.spelling.words], said, self, pinyin=parts.settings.text.pinyin
            )

    def forgive(self, query: str, *, as_typed: bool = False) -> Forgiven:
        """The query with what it may have meant, as ``text.spelling`` allows."""
        mode = self._parts.settings.text.spelling
        if self._speller is None or mode == "off" or as_typed:
            return Forgiven(query)
        correction = self._speller.correct(query)
        if not correction.fixes and not correction.loose:
            return Forgiven(query)
        suggested = correction.suggested
        if mode == "suggest":
            return Forgiven(query, did_you_mean=suggested if suggested != query else "")
        searched = correction.searched
        corrected = searched if searched != query else ""
        did_you_mean = suggested if suggested != searched else ""
        return Forgiven(searched, self._further(query, correction), corrected, did_you_mean)

    def _further(self, query: str, correction: Correction) -> tuple[tuple[str, float], ...]:
        """Terms beside those of the corrected text: those typed, likely other readings, single characters."""
        terms = self._parts.analyser.query_terms
        found = dict.fromkeys(terms(query), TYPED)
        for word, confidence in correction.rivals().items():
            for term in terms(word):
                found[term] = max(confidence, found.get(term, 0.0))
        for character in correction.loose:
            found[ASIDE + character] = LOOSE
        return tuple(found.items())

    def rescue(self, query: str) -> str:
        """Another query for one that found nothing; "" when there is none: written together, or a completion of it."""
        if self._speller is None or self._parts.settings.text.spelling == "off":
            return ""
        if (found := self._speller.correct(query).guessed) != query:
            return found
        together = query.replace(" ", "")
        if self.known(normalise(together)) or self._speller.correct(together).guessed != together:
            return self._speller.correct(together).guessed
        return next((one.text for one in self.suggest(query, 1)), "")

    # -- what the speller asks ----------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Number of items."""
        return self._live.total

    def known(self, word: str) -> bool:
        """Whether searching this normalised word, or this pair of characters, finds anything."""
        if not any(map(str.isalnum, word)):
            return False
        if has_cjk(word):
            term = ASIDE + word if len(word) == 1 else word
        else:
            content, aside = self._parts.analyser.word(word)
            term = (*content, *aside, "")[0]
        if self._parts.synonyms is not None and self._parts.synonyms.knows(term):
            return True
        field: Field = "aside" if term.startswith(ASIDE) else "text"
        return self._parts.lexical.doc_freq(term, field) > 0 or self._live.lexical.doc_freq(term, field) > 0

    def together(self, first: str, second: str) -> int:
        """How many of the bundle's items hold both words; a live word is taken to meet every other."""
        terms = []
        for word in (first, second):
            content = [word] if has_cjk(word) else self._parts.analyser.word(word).content
            if not content:
                return 0
            if self._parts.lexical.doc_freq(content[0]) == 0:
                return self._live.lexical.doc_freq(content[0])
            terms.append(content[0])
        return self._parts.lexical.together(*terms)

    def cut(self, run: str) -> list[str]:
        """A run of Chinese characters as words."""
        return cut_run(self._parts.analyser, run)

    def is_stop_word(self, word: str) -> bool:
        """Whether this word says how, not what."""
        return self._parts.analyser.is_stop_word(word)

    def is_ordinary(self, word: str) -> bool:
        """Whether this is a word of the language, whatever the catalogue has."""
        spelling = self._parts.spelling
        if has_cjk(word):
            return is_ordinary_chinese(self._parts.analyser, word)
        if spelling is None:
            return False
        return any(spelling.ordinary.find(one) is not None for one in _stems(word))

    # -- completion ---------------------------------------------------------------------------------------------

    def suggest(self, prefix: str, k: int) -> tuple[Suggestion, ...]:
        """The ``k`` best completions of what has been typed, best first.

        Phrases that go on so; then those that hold all its words; then by pinyin; then the last word alone; and when
        there is none of these, the same for what it may have been meant to be.
        """
        key = typed_key(prefix)
        if self._parts.spelling is None or not key or k < 1:
            return ()
        found = self._completions(key, k)
        if found or self._speller is None or self._parts.settings.text.spelling == "off":
            return found
        meant = typed_key(self._speller.correct(key.strip()).guessed)
        for other in (meant, *self._slipped(key)):
            if other != key and (found := self._completions(other, k)):
                return tuple(replace(one, corrected=True) for one in found)
        return ()

    def _completions(self, key: str, k: int) -> tuple[Suggestion, ...]:
        phrases, live = self._parts.spelling, self._live.spelling.phrases
        assert phrases is not None
        made: dict[str, Suggestion] = {}
        words = key.split()

        def take(found: Iterable[Found]) -> None:
            for one in sorted(found, key=lambda phrase: -phrase.weight):
                folded = typed_key(one.text)
                if len(made) < k and folded not in made and self._shown(one):
                    item = self._live.name(one.row) if one.row >= 0 else ""
                    made[folded] = Suggestion(one.text, one.kind, marked(one.text, key), item, round(one.weight, 3))

        steps: list[Callable[[int], Iterable[Found]]] = [
            lambda most: [*phrases.phrases.going_on(key, most), *live.going_on(key, most)]
        ]
        if len(words) > 1:
            steps.append(lambda most: phrases.phrases.holding(words, most))
        if self._parts.settings.text.pinyin and len(key) > 1 and key.isascii():
            plain = key.replace(" ", "").replace("'", "")
            steps.append(lambda most: [*phrases.phrases.said(plain, most), *live.said(plain, most)])
        for step in steps:
            if len(made) < k:
                take(step(_SPARE * k))
        if len(made) < k and (len(words[-1]) > 1 or has_cjk(words[-1])) and not key.endswith(" "):
            for text, count in self._last_word(words):
                if len(made) < k and text not in made:
                    made[text] = Suggestion(text, "word", marked(text, key), "", round(count, 3))
        return tuple(made.values())

    def _last_word(self, words: list[str]) -> list[tuple[str, float]]:
        """What was typed with its last word completed from the vocabulary: only words that meet the one before."""
        spelling, live = self._parts.spelling, self._live.spelling
        assert spelling is not None
        *head, last = words
        counts: Counter[str] = Counter()
        for vocabulary in (spelling.vocabulary, live.words):
            counts.update(dict(vocabulary.starting(last, _WORDS + 1)))
        counts.pop(last, None)
        chosen = counts.most_common(_WORDS)
        met = [(word, count) for word, count in chosen if not head or self.together(head[-1], word)]
        return [(" ".join((*head, word)), float(count)) for word, count in met]

    def _slipped(self, key: str) -> list[str]:
        """What was typed with one slip in its last word taken back, where phrases go on so."""
        head, last = key[: len(key) - len(key.split()[-1])], key.split()[-1]
        spelling = self._parts.spelling
        if spelling is None or not (last.isascii() and last.isalpha() and 4 <= len(last) <= 20 and key.endswith(last)):
            return []
        found = spelling.phrases.slipped(head, last)
        return [] if found is None else [found]

    def _shown(self, found: Found) -> bool:
        """Whether a phrase may be shown: a title only while its item is available and still has it."""
        if found.row < 0:
            return True
        live = self._live
        told = found.row not in live.retold or live.card(found.row).title == found.text
        return told and live.is_available(found.row)


def _stems(word: str) -> list[str]:
    """A word without the endings that word lists leave out: lovers, planes, baked."""
    return [word, *(word.removesuffix(end) for end in ("s", "es", "ed", "ing") if word.endswith(end) and len(word) > 5)]
