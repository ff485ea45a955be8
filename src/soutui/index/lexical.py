"""Lexical search: BM25 over analysed terms in a tantivy index on disk.

Knows terms, rows and scores; how text becomes terms is :mod:`soutui.text.analyse`. Each item is three
fields: ``text`` (title and body together), ``title`` again by itself, so that a match there counts more,
and ``aside`` (function words, single Chinese characters), looked at only by queries that need it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tantivy

from soutui.arrays import open_array
from soutui.config import TextSettings
from soutui.errors import DamagedError, UsageError
from soutui.text.analyse import ASIDE, Analyser
from soutui.text.query import ParsedQuery, parsed
from soutui.types import Candidates, Mask, Probe, Rows, Scores

#: tantivy's BM25 constants; they cannot be changed there.
K1 = 1.2
B = 0.75

#: What an alternative (a synonym, another unit) weighs beside the words that were typed.
INSTEAD = 0.9

Field = Literal["text", "title", "aside"]
FIELDS: tuple[Field, ...] = ("text", "title", "aside")
_FACTS = "lexical.json"
_FORMAT = 1
_ROWS = "rows.npy"
# Most the writer holds before it starts a second segment; it takes what it needs, not all of it.
_HEAP_BYTES = 512_000_000
_TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the index knows about itself. ``lengths`` is the sum of terms per field; ``starts`` where segments begin."""

    format: int
    analyser: str
    n: int
    lengths: dict[str, int]
    starts: tuple[int, ...]


class LexicalIndex:
    """A built index, read-only and safe from any thread. A :class:`~soutui.types.Source` named ``lexical``.

    The score of an item for a query is

        sum over query terms t of c(t) * (bm25(t, text) + title_weight * bm25(t, title))

    with c(t) how often t is in the query and, in each field of dl terms,

        bm25 = idf * f * (k1 + 1) / (f + k1 * (1 - b + b * dl / avgdl))
        idf  = ln(1 + (n - df + 0.5) / (df + 0.5)),  k1 = 1.2, b = 0.75

    (Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009; the idf is Lucene's.) A clause of a
    parsed query adds the largest of what its typed terms add and, for each alternative of which the item has all
    terms, 0.9 * min(1, I(typed) / I(alternative)) * what these add, with I the sum of idf: a rare synonym says
    no more than the word that was typed. tantivy keeps
    dl in one byte, exact up to 40 terms and within 13 % above.
    """

    name = "lexical"

    def __init__(
        self,
        searcher: tantivy.Searcher,
        schema: tantivy.Schema,
        analyser: Analyser,
        settings: TextSettings,
        facts: _Facts,
        rows: Rows | None,
    ) -> None:
        self.analyser = analyser
        self.title_weight = settings.title_weight
        self.n = facts.n
        self._searcher = searcher
        self._schema = schema
        self._facts = facts
        self._rows = rows

    @staticmethod
    def build(
        folder: Path,
        documents: Iterable[tuple[str, str]],
        analyser: Analyser,
        progress: Callable[[int], None] | None = None,
        heap_bytes: int = _HEAP_BYTES,
    ) -> None:
        """Writes an index of ``(title, body)`` documents into ``folder`` (made if absent); row = position.

        ``progress`` is told the number of documents read so far, now and then and at the end. ``heap_bytes``
        bounds the writer's memory (at least 15 MB); an index that needs more gets several segments.
        """
        folder.mkdir(parents=True, exist_ok=True)
        schema = _schema()
        index = tantivy.Index(schema, str(folder), reuse=False)
        _register(index)
        # One thread: documents keep their order, so that a document's number is its row.
        writer = index.writer(heap_bytes, 1)
        n = 0
        lengths: dict[str, int] = dict.fromkeys(FIELDS, 0)
        for title, body in documents:
            document = tantivy.Document()
            for name, terms in analyse(analyser, title, body).items():
                document.add_text(name, " ".join(terms))
                lengths[name] += len(terms)
            document.add_unsigned("row", n)
            writer.add_document(document)
            n += 1
            if progress is not None and n % _TELL_EVERY == 0:
                progress(n)
        writer.commit()
        writer.wait_merging_threads()
        if progress is not None:
            progress(n)
        index.reload()
        starts = _write_rows(folder, index.searcher(), n)
        facts = _Facts(_FORMAT, analyser.fingerprint, n, lengths, starts)
        (folder / _FACTS).write_text(json.dumps(asdict(facts), indent=1) + "\n", "utf-8")

    @classmethod
    def open(cls, folder: Path, analyser: Analyser, settings: TextSettings | None = None) -> LexicalIndex:
        """The index in ``folder``, memory-mapped.

        Raises DamagedError when files are missing, do not fit together or were made by another analyser.
        """
        try:
            told = json.loads((folder / _FACTS).read_text("utf-8"))
            facts = _Facts(**{**told, "starts": tuple(told["starts"])})
            searcher, schema = _open(folder)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise DamagedError(f"{folder} is not a readable lexical index: {error}", "build again") from None
        if facts.format != _FORMAT or facts.analyser != analyser.fingerprint:
            raise DamagedError(
                f"{folder} was built with other text rules ({facts.analyser}; now {analyser.fingerprint})",
                "build again",
            )
        rows = open_array(folder / _ROWS) if facts.starts else None
        opened = cls(searcher, schema, analyser, settings or TextSettings(), facts, rows)
        opened._check(folder)
        return opened

    def _check(self, folder: Path) -> None:
        """Proves that document numbers translate to rows: total, and a sample of what the index itself stored."""
        if self._searcher.num_docs != self.n or self._searcher.num_segments != max(len(self._facts.starts), self.n > 0):
            raise DamagedError(f"{folder} holds {self._searcher.num_docs} items; {self.n} were written", "build again")
        if self.n == 0:
            return
        starts = self._facts.starts or (0,)
        places = np.unique(np.linspace(0, self.n - 1, 16).astype(int))
        segments = np.searchsorted(starts, places, side="right") - 1
        addresses = [
            tantivy.DocAddress(int(s), int(place - starts[s])) for s, place in zip(segments, places, strict=True)
        ]
        stored = np.array(self._searcher.fast_field_values("row", addresses), np.int64)
        if not np.array_equal(stored, places if self._rows is None else self._rows[places]):
            raise DamagedError(f"{folder}: documents are not in the order they were written in", "build again")

    def average_length(self, field: Field = "text") -> float:
        """Terms per item in that field, in the mean."""
        return self._facts.lengths[field] / self.n if self.n else 0.0

    def doc_freq(self, term: str, field: Field = "text") -> int:
        """In how many items the term is, in that field."""
        found: int = self._searcher.doc_freq(field, term)
        return found

    def together(self, first: str, second: str) -> int:
        """How many items hold both terms."""
        terms = [tantivy.Query.term_query(self._schema, "text", term, "freq") for term in (first, second)]
        both = tantivy.Query.boolean_query([(tantivy.Occur.Must, term) for term in terms])
        found: Any = self._searcher.search(both, 1, count=True)
        return int(found.count)

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """The ``k`` best items for the probe's text; none when it has no text."""
        if not probe.text:
            return Candidates.empty(self.name)
        rows, scores = self.search(probe.text, k, probe.allowed)
        return Candidates.of(self.name, rows, scores)

    def search(
        self, query: str | Sequence[str] | Mapping[str, float] | ParsedQuery, k: int, allowed: Mask | None = None
    ) -> tuple[Rows, Scores]:
        """Rows (m,) and scores (m,), m <= k, best first; ties are in ascending row order.

        ``query`` is a text, or terms from :meth:`Analyser.query_terms`, or terms with their weights c(t), or what a
        :class:`~soutui.text.query.QueryParser` made. ``allowed`` (at least n,) masks rows.
        """
        if k < 1:
            raise UsageError(f"k must be at least 1; {k} came", "ask for one hit or more")
        wanted = self._query(query)
        if wanted is None or self.n == 0:
            return _NOTHING
        if allowed is None:
            return self._hits(wanted, min(k, self.n))
        return self._filtered(wanted, k, allowed)

    def _query(self, query: str | Sequence[str] | Mapping[str, float] | ParsedQuery) -> tantivy.Query | None:
        """The query that scores as the class says; None when it cannot match anything."""
        query = parsed(query, self.analyser)
        parts = [part for term, count in query.terms.items() for part in self._should(term, count)]
        for clause in query.clauses:
            typed = [part for term, count in Counter(clause.typed).items() for part in self._should(term, count)]
            others = [part for other in clause.others if (part := self._instead(clause.typed, other)) is not None]
            if others:
                options = [tantivy.Query.boolean_query(typed), *others] if typed else others
                best = options[0] if len(options) == 1 else tantivy.Query.disjunction_max_query(options)
                parts.append((tantivy.Occur.Should, best))
            else:
                parts += typed
        return tantivy.Query.boolean_query(parts) if parts else None

    def _should(self, term: str, count: float) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """The parts of a query that a term adds: one for each field that has it."""
        parts = []
        for name, boost in fields_of(term, self.title_weight):
            # A term that is nowhere would cost the fast path for unions of plain terms.
            if self._searcher.doc_freq(name, term):
                part = tantivy.Query.term_query(self._schema, name, term, "freq")
                boosted = part if count * boost == 1 else tantivy.Query.boost_query(part, count * boost)
                parts.append((tantivy.Occur.Should, boosted))
        return parts

    def _instead(self, typed: Sequence[str], other: Sequence[str]) -> tantivy.Query | None:
        """An alternative to typed terms; None when no item can have it."""
        weight = weight_instead(self.informs, typed, other)
        parts = []
        for term, count in Counter(other).items():
            fields = self._should(term, count * weight)
            if not fields:
                return None
            # The first field holds what the others hold, too.
            parts += [(tantivy.Occur.Must, fields[0][1]), *fields[1:]]
        return tantivy.Query.boolean_query(parts) if parts else None

    def informs(self, term: str) -> float:
        """The idf of a term in the field that holds all of an item."""
        df = self.doc_freq(term, fields_of(term, 0)[0][0])
        return idf(self.n, df)

    def _hits(self, query: tantivy.Query, limit: int) -> tuple[Rows, Scores]:
        hits = self._searcher.search(query, limit, count=False).hits
        if not hits:
            return _NOTHING
        scores, places = zip(*hits, strict=True)
        values = np.array(scores, np.float32)
        if self._rows is None:
            return np.array([place.doc for place in places], np.int32), values
        starts = self._facts.starts
        rows = np.asarray(self._rows[[starts[place.segment_ord] + place.doc for place in places]])
        order = np.lexsort((rows, -values))
        return rows[order], values[order]

    def _filtered(self, query: tantivy.Query, k: int, allowed: Mask) -> tuple[Rows, Scores]:
        """Asks for more and more until k allowed rows are there or the index has no more."""
        count = int(np.count_nonzero(allowed[: self.n]))
        if count == 0:
            return _NOTHING
        limit = min(self.n, int(k * 1.2 * self.n / count) + 32)
        while True:
            rows, scores = self._hits(query, limit)
            keep = np.flatnonzero(allowed[rows])[:k]
            if len(keep) == min(k, count) or len(rows) < limit or limit == self.n:
                return rows[keep], scores[keep]
            limit = min(self.n, limit * 4)


def analyse(analyser: Analyser, title: str, body: str) -> dict[Field, list[str]]:
    """The terms of an item per field, as they are indexed and as the live delta counts them."""
    head, tail = analyser.split(title), analyser.split(body)
    return {"text": head.content + tail.content, "title": head.content, "aside": head.aside + tail.aside}


def fields_of(term: str, title_weight: float) -> tuple[tuple[Field, float], ...]:
    """The fields that a query's term is looked up in, each with its weight."""
    if term[0] == ASIDE:
        return (("aside", 1.0),)
    return (("text", 1.0), ("title", title_weight)) if title_weight > 0 else (("text", 1.0),)


def idf(n: int, df: int) -> float:
    """How much it says of an item to be one of ``df`` among ``n``, in nats."""
    return math.log(1 + (n - df + 0.5) / (df + 0.5))


def weight_instead(informs: Callable[[str], float], typed: Sequence[str], other: Sequence[str]) -> float:
    """What an alternative weighs; ``informs`` gives the idf of a term."""
    return INSTEAD * min(1.0, sum(map(informs, typed)) / max(sum(map(informs, other)), 1e-9))


_NOTHING: tuple[Rows, Scores] = (np.empty(0, np.int32), np.empty(0, np.float32))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name="terms", index_option="freq")
    builder.add_unsigned_field("row", fast=True, indexed=True)
    return builder.build()


def _open(folder: Path) -> tuple[tantivy.Searcher, tantivy.Schema]:
    """The index for searching. tantivy wants to write a lock beside the files, even to read them:

    a folder that is read-only is opened through links in a temporary one, which is not needed afterwards
    because the files are mapped by then.
    """
    if os.access(folder, os.W_OK):
        return _searcher(folder)
    with tempfile.TemporaryDirectory() as links:
        for file in folder.iterdir():
            if not file.name.endswith(".lock"):
                (Path(links) / file.name).symlink_to(file.resolve())
        return _searcher(Path(links))


def _searcher(folder: Path) -> tuple[tantivy.Searcher, tantivy.Schema]:
    index = tantivy.Index.open(str(folder))
    _register(index)
    return index.searcher(), index.schema


def _register(index: tantivy.Index) -> None:
    """Terms come analysed, with spaces between."""
    index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())


def _write_rows(folder: Path, searcher: tantivy.Searcher, n: int) -> tuple[int, ...]:
    """Where several segments begin, with a file that translates their documents to rows; () when none is needed."""
    if searcher.num_segments <= 1:
        return ()
    places = [place for _, place in searcher.search(tantivy.Query.all_query(), n, count=False).hits]
    segments = np.array([place.segment_ord for place in places])
    order = np.lexsort((np.array([place.doc for place in places]), segments))
    rows = np.array(searcher.fast_field_values("row", [places[i] for i in order]), np.int32)
    np.save(folder / _ROWS, rows)
    return tuple(int(start) for start in np.searchsorted(segments[order], np.arange(searcher.num_segments)))
