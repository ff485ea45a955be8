"""What a query asks for: its terms, and what may stand in an item instead of some of them.

Alternatives come from the synonyms, from amounts in other units, and from compound words: two words that the
catalogue writes as one, one word that it writes as two. All of it happens when a query is read; nothing is indexed
for it. What alternatives weigh is :mod:`soutui.index.lexical`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from soutui.text.analyse import Analyser, Token
from soutui.text.normalise import has_cjk
from soutui.text.synonyms import SynonymTable
from soutui.text.units import measured

_SHORTEST, _LONGEST = 4, 24  # letters of a compound word
_SHORTEST_PART = 3  # letters of each part that an unknown word is taken apart into
_TRIED = 3  # ways to take a word apart that are looked up together
_MOST_TOKENS = 24  # words of a query for which alternatives are looked up
_SEPARATORS = re.compile(r"[-'./_&,]+")


class Clause(NamedTuple):
    """``typed`` terms, of which every one counts, or instead one of ``others``, of which all terms are needed."""

    typed: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query's terms, each with its weight (how often it is said), and its clauses."""

    terms: Mapping[str, float]
    clauses: tuple[Clause, ...] = ()

    def beside(self, further: Mapping[str, float]) -> ParsedQuery:
        """The query with further terms; one that is there already keeps the larger weight."""
        terms = dict(self.terms)
        known = {term for clause in self.clauses for term in clause.typed}
        for term, weight in further.items():
            if term not in known:
                terms[term] = max(weight, terms.get(term, 0.0))
        return ParsedQuery(terms, self.clauses)

    @property
    def others(self) -> frozenset[str]:
        """Every term that only an alternative has."""
        return frozenset(term for clause in self.clauses for other in clause.others for term in other)


class Statistics(Protocol):
    """What is known of the items' terms. Safe from any thread."""

    def doc_freq(self, term: str) -> int:
        """In how many items the term is."""
        ...

    def together(self, first: str, second: str) -> int:
        """In how many items both terms are."""
        ...


class QueryParser:
    """Reads queries with an analyser's terms. Safe from any thread.

    Without ``synonyms`` nothing is looked up there, without ``statistics`` no compound is formed or taken apart.
    """

    def __init__(
        self, analyser: Analyser, synonyms: SynonymTable | None = None, statistics: Statistics | None = None
    ) -> None:
        self.analyser = analyser
        self._synonyms = synonyms
        self._statistics = statistics

    def parse(self, text: str) -> ParsedQuery:
        """The query that a text asks. Its words are those of :meth:`Analyser.query_terms`."""
        tokens = self.analyser.tokens(text)
        terms: list[str] = []
        clauses: list[Clause] = []
        place = 0
        while place < len(tokens):
            if tokens[place].bridge:
                terms.append(tokens[place].bridge)
            end, clause, further = self._read(tokens, place)
            terms += further
            if clause is not None:
                clauses.append(clause)
            place = end
        if not terms and not clauses:
            terms = [term for token in tokens for term in token.aside]
        return ParsedQuery(Counter(terms), tuple(clauses))

    def _read(self, tokens: list[Token], place: int) -> tuple[int, Clause | None, Sequence[str]]:
        """What the tokens from ``place`` on say: where that ends, a clause, terms that count by themselves."""
        within = place < _MOST_TOKENS
        if within and self._synonyms is not None and (found := self._synonyms.find(tokens, place)) is not None:
            end, others = found
            return end, Clause(_typed(tokens[place:end]), others), ()
        token = tokens[place]
        word = token.word
        if (word[0].isdigit() or word[0] == ".") and (amounts := measured(word)):
            return place + 1, *_amounts(token, amounts)
        if self._statistics is None or not within or has_cjk(word):
            return place + 1, None, token.content
        return self._compound(tokens, place, self._statistics)

    def _compound(
        self, tokens: list[Token], place: int, statistics: Statistics
    ) -> tuple[int, Clause | None, Sequence[str]]:
        token = tokens[place]
        word = token.word
        for end, joined in _joined(tokens, place):
            term = self._whole(joined)
            if not term or term in token.content or not statistics.doc_freq(term):
                continue
            typed = _typed(tokens[place:end])
            if joined.isalpha():
                return end, Clause(typed, ((term,),)), ()
            # A model number counts by its parts and as a whole, however it is written.
            return end, None, (*typed, term)
        parts: tuple[str, ...] = ()
        if word.isalpha() and 2 * _SHORTEST_PART <= len(word) <= _LONGEST and len(token.content) == 1:
            parts = self._apart(word, token.content[0], statistics)
        return (place + 1, Clause(token.content, (parts,)), ()) if parts else (place + 1, None, token.content)

    def _whole(self, word: str) -> str:
        content = self.analyser.word(word).content
        return content[0] if content else ""

    def _apart(self, word: str, term: str, statistics: Statistics) -> tuple[str, ...]:
        """The two known words that meet most often and make up a word that no item has."""
        if statistics.doc_freq(term):
            return ()
        found: list[tuple[int, tuple[str, str]]] = []
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            head, tail = self._whole(word[:at]), self._whole(word[at:])
            if head and tail and (left := statistics.doc_freq(head)) and (right := statistics.doc_freq(tail)):
                found.append((min(left, right), (head, tail)))
        found.sort(reverse=True)
        best = max(((statistics.together(*parts), parts) for _, parts in found[:_TRIED]), default=(0, ()))
        return best[1] if best[0] else ()


def parsed(query: str | Sequence[str] | Mapping[str, float] | ParsedQuery, analyser: Analyser) -> ParsedQuery:
    """A text, terms, or terms with their weights, as a query."""
    if isinstance(query, ParsedQuery):
        return query
    if isinstance(query, str):
        return QueryParser(analyser).parse(query)
    return ParsedQuery(query if isinstance(query, Mapping) else Counter(query))


def _typed(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The terms of neighbouring tokens; the pair in front of the first is not among them."""
    bridges = [token.bridge for token in tokens[1:] if token.bridge]
    content = [term for token in tokens for term in token.content] + bridges
    return tuple(content or [term for token in tokens for term in token.aside])


def _amounts(token: Token, amounts: Sequence[Sequence[str]]) -> tuple[Clause | None, Sequence[str]]:
    """An amount counts as it is written or as any equal one."""
    if len(amounts) == 1:
        typed, number, same, more = amounts[0]
        if same and same != typed:
            return Clause((typed,), ((same,),)), tuple(term for term in (number, more) if term)
    return None, token.content


def _joined(tokens: list[Token], place: int) -> Iterator[tuple[int, str]]:
    """The words that this token and up to two after it would be if written as one: (end, word)."""
    first = tokens[place]
    if not first.word.isalnum():
        # head-phones
        joined = _SEPARATORS.sub("", first.word)
        if joined.isalpha() and _SHORTEST <= len(joined) <= _LONGEST:
            yield place + 1, joined
        return
    if not _may_join(first):
        return
    joined, found = first.word, []
    for end in range(place + 1, min(place + 3, len(tokens))):
        token = tokens[end]
        if not token.word.isalnum() or not _may_join(token):
            break
        joined += token.word
        digits = sum(character.isdigit() for character in joined)
        # Three pieces only of a model number: wh 1000 xm4.
        if _SHORTEST <= len(joined) <= _LONGEST and digits < len(joined) and (digits or end == place + 1):
            found.append((end + 1, joined))
    yield from reversed(found)


def _may_join(token: Token) -> bool:
    """Not function words (be cause, a void), but the t of t shirt; no Chinese, no amounts."""
    if has_cjk(token.word) or (token.word[0].isdigit() and measured(token.word)):
        return False
    return bool(token.content) or token.word in {"s", "t"}
