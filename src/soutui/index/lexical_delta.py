"""The live part of lexical search: items that changed since the index was built, in memory.

Scores are on the index's scale (:class:`~soutui.index.lexical.LexicalIndex` has the formula), with its number
of items, document frequencies and average lengths, so that a list from here and one from there can be
merged by score. What is *not* known here: which rows of the index are out of date. The engine masks those.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from soutui.config import TextSettings
from soutui.errors import UsageError
from soutui.index.lexical import FIELDS, K1, B, Field, LexicalIndex, analyse, fields_of, idf, weight_instead
from soutui.text.analyse import Analyser
from soutui.text.query import ParsedQuery, parsed
from soutui.types import Candidates, Mask, Probe, Rows, Scores


class _Entry(NamedTuple):
    """What an item put into each field: terms to frequency, and the field's length in terms."""

    counts: dict[Field, Counter[str]]
    lengths: dict[Field, int]


class _Postings(NamedTuple):
    """The items that hold a term, ``(m,)`` each: row, frequency, length of the field in terms."""

    rows: Rows
    counts: NDArray[np.float64]
    lengths: NDArray[np.float64]


_Part = tuple[Rows, NDArray[np.float64]]
"""Rows, each once, and what is added to the score of each."""


class LexicalDelta:
    """New and changed items, found by the next search. A :class:`~soutui.types.Source` named ``lexical``.

    Made for up to some twenty thousand items: an update costs the analysis of its text, a search the
    postings of its terms. Safe from any thread: a lock serialises updates and searches.

    A term that the index has never seen gets its document frequency from the items here. Without an index
    all statistics come from the items here.
    """

    name = "lexical"

    def __init__(self, index: LexicalIndex | None, analyser: Analyser, settings: TextSettings | None = None) -> None:
        self.analyser = analyser
        self._index = index if index is not None and index.n else None
        self._title_weight = index.title_weight if index is not None else (settings or TextSettings()).title_weight
        self._entries: dict[int, _Entry] = {}
        self._postings: dict[Field, defaultdict[str, dict[int, int]]] = {name: defaultdict(dict) for name in FIELDS}
        self._totals: dict[Field, int] = dict.fromkeys(FIELDS, 0)
        self._arrays: dict[tuple[Field, str], _Postings] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, row: int) -> bool:
        return row in self._entries

    def put(self, row: int, title: str, body: str) -> None:
        """Adds an item, or replaces the one that this row held here."""
        if row < 0:
            raise UsageError(f"a row is 0 or more; {row} came", "append rows after the index's own")
        fields = analyse(self.analyser, title, body)
        lengths = {name: len(terms) for name, terms in fields.items()}
        entry = _Entry({name: Counter(terms) for name, terms in fields.items()}, lengths)
        with self._lock:
            self._drop(row)
            self._entries[row] = entry
            for name, counts in entry.counts.items():
                self._totals[name] += entry.lengths[name]
                postings = self._postings[name]
                for term, count in counts.items():
                    postings[term][row] = count
                    self._arrays.pop((name, term), None)

    def remove(self, row: int) -> bool:
        """Takes an item out; whether it was here."""
        with self._lock:
            return self._drop(row)

    def _drop(self, row: int) -> bool:
        entry = self._entries.pop(row, None)
        if entry is None:
            return False
        for name, counts in entry.counts.items():
            self._totals[name] -= entry.lengths[name]
            postings = self._postings[name]
            for term in counts:
                rows = postings[term]
                del rows[row]
                self._arrays.pop((name, term), None)
                if not rows:
                    del postings[term]
        return True

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """The ``k`` best items here for the probe's text; none when it has no text."""
        if not probe.text:
            return Candidates.empty(self.name)
        rows, scores = self.search(probe.text, k, probe.allowed)
        return Candidates.of(self.name, rows, scores)

    def doc_freq(self, term: str, field: Field = "text") -> int:
        """In how many items here the term is, in that field."""
        with self._lock:
            return len(self._postings[field].get(term, ()))

    def together(self, first: str, second: str) -> int:
        """How many items here hold both terms."""
        with self._lock:
            postings = self._postings["text"]
            return len(postings.get(first, {}).keys() & postings.get(second, {}).keys())

    def search(
        self, query: str | Sequence[str] | Mapping[str, float] | ParsedQuery, k: int, allowed: Mask | None = None
    ) -> tuple[Rows, Scores]:
        """Rows (m,) and scores (m,), m <= k, best first; ties are in ascending row order.

        ``query`` as :meth:`LexicalIndex.search <soutui.index.lexical.LexicalIndex.search>` takes it.
        A row beyond ``allowed`` is not allowed.
        """
        if k < 1:
            raise UsageError(f"k must be at least 1; {k} came", "ask for one hit or more")
        if not self._entries:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        wanted = parsed(query, self.analyser)
        with self._lock:
            rows, scores = self._score(wanted)
        if allowed is not None and len(rows):
            keep = rows < len(allowed)
            keep[keep] = allowed[rows[keep]]
            rows, scores = rows[keep], scores[keep]
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def _score(self, query: ParsedQuery) -> tuple[Rows, Scores]:
        """Every item here that the query finds, ascending, and its score."""
        parts = [part for term, times in query.terms.items() for part in self._parts(term, times)]
        for clause in query.clauses:
            typed = [part for term, times in Counter(clause.typed).items() for part in self._parts(term, times)]
            parts.append(_largest([_sum(typed), *(self._instead(clause.typed, other) for other in clause.others)]))
        rows, scores = _sum(parts)
        return rows, scores.astype(np.float32)

    def _parts(self, term: str, times: float) -> list[_Part]:
        """What a term adds to the items that hold it, one part for each field."""
        parts: list[_Part] = []
        for name, weight in fields_of(term, self._title_weight):
            rows = self._postings[name].get(term)
            if not rows:
                continue
            n, df, average = self._statistics(name, term, len(rows))
            most = times * weight * (K1 + 1) * idf(n, df)
            flat, slope = K1 * (1 - B), K1 * B / average
            held = self._arrays.get((name, term)) or self._freeze(name, term, rows)
            parts.append((held.rows, most * held.counts / (held.counts + flat + slope * held.lengths)))
        return parts

    def _instead(self, typed: Sequence[str], other: Sequence[str]) -> _Part:
        """What an alternative adds to the items that hold all of it."""
        weight = weight_instead(self._informs, typed, other)
        holders: set[int] | None = None
        parts: list[_Part] = []
        for term, times in Counter(other).items():
            mine = self._postings[fields_of(term, 0)[0][0]].get(term, {})
            holders = set(mine) if holders is None else holders & mine.keys()
            if not holders:
                return _sum([])
            parts += self._parts(term, times * weight)
        rows, scores = _sum(parts)
        keep = np.isin(rows, list(holders or ()))
        return rows[keep], scores[keep]

    def _informs(self, term: str) -> float:
        name = fields_of(term, 0)[0][0]
        n, df, _ = self._statistics(name, term, len(self._postings[name].get(term, ())))
        return idf(n, df)

    def _freeze(self, name: Field, term: str, rows: dict[int, int]) -> _Postings:
        """The postings of a term as arrays, kept until an item with that term comes or goes."""
        lengths = [self._entries[row].lengths[name] for row in rows]
        made = self._arrays[name, term] = _Postings(
            np.fromiter(rows.keys(), np.int32, len(rows)),
            np.fromiter(rows.values(), np.float64, len(rows)),
            np.array(lengths, np.float64),
        )
        return made

    def _statistics(self, name: Field, term: str, here: int) -> tuple[int, int, float]:
        """Number of items, document frequency and average length: the index's where it knows them."""
        n = len(self._entries)
        if self._index is None:
            return n, here, self._totals[name] / n
        known = self._index.doc_freq(term, name)
        average = self._index.average_length(name) or self._totals[name] / n
        return self._index.n, known or min(here, self._index.n), average


def _sum(parts: Sequence[_Part]) -> _Part:
    """All rows, ascending, with the sum of what the parts say."""
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.float64)
    found, places = np.unique(np.concatenate([rows for rows, _ in parts]), return_inverse=True)
    scores = np.zeros(len(found))
    np.add.at(scores, places, np.concatenate([added for _, added in parts]))
    return found, scores


def _largest(parts: Sequence[_Part]) -> _Part:
    """All rows, ascending, with the largest of what the parts say."""
    found, places = np.unique(np.concatenate([rows for rows, _ in parts]), return_inverse=True)
    scores = np.zeros(len(found))
    np.maximum.at(scores, places, np.concatenate([added for _, added in parts]))
    return found, scores
