"""The one engine: probe → sources → fuse → policy → reasons, for every kind of request.

Search, personalised search, recommendation, session recommendation and similar items are one path that differs only
in which sources have something to say. The engine owns the live delta and follows the store's change log: a change
committed before a request is seen by it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from soutui.bundle.columns import words
from soutui.bundle.parts import Parts
from soutui.bundle.payload import embedding_text
from soutui.data.schema import Item
from soutui.errors import NotFoundError, UsageError
from soutui.filters import Filter
from soutui.forgiving import Forgiven, Forgiving
from soutui.live import Live
from soutui.locks import ReadWriteLock
from soutui.rank.explain import reasons
from soutui.rank.policy import Ordered, Policy
from soutui.retrieval import RECOMMEND, SIMILAR, Retrieval, Retrieved
from soutui.text.highlight import Highlighter
from soutui.types import Hit, Mask, Page, Probe, Request, Rows, Scores, Suggestion, Vectors

MAX_QUERY = 2_000


class Changes(Protocol):
    """What the engine asks of the store."""

    def latest(self) -> int:
        """Sequence number of the newest committed change."""
        ...

    def changes(self, since: int) -> Any:
        """Items, deleted ids and events after ``since``, up to ``.seq``; ``.more`` when cut short."""
        ...


class Engine:
    """Answers requests over one bundle and its live delta. Safe from any number of threads."""

    def __init__(
        self,
        parts: Parts,
        store: Changes | None = None,
        encode: Callable[[list[str]], Vectors] | None = None,
        positive_rating: float = 0.0,
    ) -> None:
        self.parts = parts
        self._store = store
        self._encode = encode
        self._positive_rating = positive_rating
        self._live = Live(parts)
        if store is not None:
            # A truth restored from a backup may end before the bundle's snapshot: follow it from where it ends.
            self._live.seq = min(parts.seq, store.latest())
        self._retrieval = Retrieval(parts, self._live)
        self._forgiving = Forgiving(parts, self._live)
        self._lock = ReadWriteLock()
        self._policy = Policy(parts.settings.policy)
        self._masks: OrderedDict[tuple[int, str], tuple[Mask | None, int]] = OrderedDict()
        self._queries: OrderedDict[str, Vectors] = OrderedDict()

    def answer(self, request: Request) -> Page:
        """The page for a request. Raises UsageError, FilterError or NotFoundError on a request that makes no sense."""
        start = time.perf_counter()
        _validate(request)
        self.refresh()
        asked, vector = self._understand(request)
        with self._lock.reading():
            found, note = self._retrieve(request, asked, vector)
            ordered, shares = self._order(request, found)
            hits = self._hits(request, found, ordered, shares)
            facets = {name: self._facet(name, found.candidates.rows) for name in request.facets}
        did_you_mean = asked.did_you_mean
        if not hits and request.k:
            note = _why_empty(request, found)
            if asked.text and not request.filters and not request.offset:
                with self._lock.reading():
                    did_you_mean = did_you_mean or self._forgiving.rescue(asked.text)
        took = (time.perf_counter() - start) * 1e3
        return Page(hits, facets, round(took, 3), self.parts.name, note, asked.corrected, did_you_mean)

    def rank(self, request: Request) -> tuple[list[str], Scores]:
        """Ids and scores only, best first: what run files and evaluation need."""
        _validate(request)
        self.refresh()
        asked, vector = self._understand(request)
        with self._lock.reading():
            ordered, _ = self._order(request, self._retrieve(request, asked, vector)[0])
            return [self._live.name(row) for row in ordered.rows.tolist()], ordered.scores

    def retrieve(self, request: Request) -> Retrieved:
        """Candidates before policy, by row: what learning fusion weights needs."""
        asked, vector = self._understand(request)
        with self._lock.reading():
            return self._retrieve(request, asked, vector)[0]

    def suggest(self, prefix: str, k: int = 10) -> tuple[Suggestion, ...]:
        """At most ``k`` completions of what has been typed, best first. Raises UsageError on a ``k`` below 1."""
        if k < 1:
            raise UsageError(f"k must be at least 1; {k} came", "try k = 10")
        self.refresh()
        with self._lock.reading():
            return self._forgiving.suggest(prefix, k)

    def refresh(self) -> None:
        """Follow the change log up to now."""
        if self._store is None or self._store.latest() <= self._live.seq:
            return
        with self._lock.writing():
            live = self._live
            while self._store.latest() > live.seq:
                changes = self._store.changes(live.seq)
                self._apply(list(changes.items), list(changes.deleted), list(changes.events))
                live.seq = changes.seq
            self._masks.clear()

    @property
    def seq(self) -> int:
        """Sequence number of the last change that answers contain."""
        return self._live.seq

    @property
    def live_rows(self) -> int:
        """Items added since the bundle."""
        return len(self._live)

    def _apply(self, items: list[Item], deleted: list[str], events: list[Any]) -> None:
        vectors: Vectors | None = None
        if self.parts.encoder is not None and items:
            texts = [embedding_text(item) for item in items]
            vectors = self._encode(texts) if self._encode else self.parts.encoder.encode(texts, "item")
        for place, item in enumerate(items):
            self._live.put(item, None if vectors is None else vectors[place])
        for name in deleted:
            self._live.delete(name)
        for event in events:
            self._live.record(event, self._positive_rating)
        self._live.version += 1

    def _understand(self, request: Request) -> tuple[Forgiven, Vectors | None]:
        """The query with its spelling corrected, and the vector of that."""
        query = request.query.strip() if request.query else ""
        if not query:
            return Forgiven(""), None
        with self._lock.reading():
            asked = self._forgiving.forgive(query, as_typed=request.as_typed)
        return asked, self._query_vector(asked.text)

    def _query_vector(self, query: str | None) -> Vectors | None:
        encoder = self.parts.encoder
        if encoder is None or not query or not query.strip():
            return None
        known = self._queries.get(query)
        if known is None:
            known = encoder.encode([query], "query")[0]
            self._queries[query] = known
            if len(self._queries) > 4096:
                self._queries.popitem(last=False)
        return known

    def _allowed(self, condition: Filter | None, seen: Rows) -> tuple[Mask | None, int]:
        # By spelling, not by equality: to Python the filters {"on": true} and {"on": 1} are equal.
        key = (self._live.version, repr(condition))
        known = self._masks.get(key)
        if known is None:
            base = self._live.base()
            if condition is not None:
                base &= self._live.mask(condition)
            count = int(np.count_nonzero(base))
            known = (None if count == len(base) else base, count)
            self._masks[key] = known
            if len(self._masks) > 256:
                self._masks.popitem(last=False)
        mask, count = known
        if len(seen):
            mask = np.ones(self._live.total, np.bool_) if mask is None else mask.copy()
            mask[seen] = False
            count = int(np.count_nonzero(mask))
        return mask, count

    def _history(self, request: Request) -> tuple[Rows, Scores, Rows]:
        """Rows and weights of the history that counts, and every row the user has had."""
        live, length = self._live, self.parts.settings.index.history
        if request.history:
            rows = [row for row in map(live.row, dict.fromkeys(request.history)) if row is not None]
            known = np.array(rows, np.int32)
            return known[:length], np.ones(len(known[:length]), np.float32), known
        if request.user is None:
            return _NO_ROWS, _NO_SCORES, _NO_ROWS
        return live.history(request.user, length)

    def _retrieve(self, request: Request, asked: Forgiven, vector: Vectors | None) -> tuple[Retrieved, str]:
        query = asked.text
        history, weights, seen = self._history(request)
        depth = max(self.parts.settings.fuse.depth, request.offset + request.k)
        if query:
            mask, count = self._allowed(request.filters, _NO_ROWS)
            probe = Probe(query, vector, history, weights, None, mask, count, asked.further)
            return self._retrieval.search(probe, depth, request.offset + request.k), ""
        if request.item is not None:
            row = self._live.row(request.item)
            if row is None:
                raise NotFoundError(f"unknown item {request.item!r}", "ids are as in the item files")
            anchor = np.array([row], np.int32)
            mask, count = self._allowed(request.filters, anchor)
            vector = self._retrieval.vectors(anchor)[0]
            probe = Probe(None, vector, anchor, np.ones(1, np.float32), row, mask, count)
            return self._retrieval.related(SIMILAR, probe, depth), ""
        exclude = seen if self.parts.settings.policy.seen == "exclude" else _NO_ROWS
        mask, count = self._allowed(request.filters, exclude)
        vector = self._retrieval.taste_vector(history, weights)
        probe = Probe(None, vector, history, weights, None, mask, count)
        named = request.user is not None or bool(request.history)
        note = "nothing is known of this user yet: popular items" if named and not len(history) else ""
        return self._retrieval.related(RECOMMEND, probe, depth), note

    def _order(self, request: Request, found: Retrieved) -> tuple[Ordered, Scores]:
        """Fused, ordered, through policy; with the shares of each ordered row."""
        rows, shares = found.candidates.rows, found.shares
        scores = shares.sum(axis=1)
        order = np.lexsort((rows, -scores))
        wanted = request.offset + request.k
        ordered = self._policy.apply(
            found.probe.text,
            rows[order],
            scores[order],
            found.probe.allowed,
            wanted,
            _Shelf(self._live, self._retrieval),
        )
        if request.offset:
            ordered = Ordered(ordered.rows[request.offset :], ordered.scores[request.offset :], ordered.rules)
        if not len(rows):
            return ordered, np.zeros((len(ordered.rows), shares.shape[1]), np.float32)
        places = np.minimum(np.searchsorted(rows, ordered.rows), len(rows) - 1)
        return ordered, np.where((rows[places] == ordered.rows)[:, None], shares[places], 0)

    def _hits(self, request: Request, found: Retrieved, ordered: Ordered, shares: Scores) -> tuple[Hit, ...]:
        live, sources = self._live, found.candidates.sources
        highlighter = Highlighter(self.parts.analyser, found.probe.text, found.others) if found.probe.text else None
        rows = ordered.rows.tolist()
        kin = self._retrieval.kin(found.probe, ordered.rows) if len(found.probe.history) and rows else {}
        hits = []
        for place, (row, score, share) in enumerate(zip(rows, ordered.scores.tolist(), shares.tolist(), strict=True)):
            card = live.card(row)
            evidence: dict[str, tuple[str, ...]] = {
                name: (live.name(int(others[place])),) for name, others in kin.items() if others[place] >= 0
            }
            highlights: dict[str, str] = {}
            if highlighter is not None:
                evidence["lexical"], highlights = highlighter.marks((("title", card.title), *card.texts.items()))
            told = reasons(share, sources, evidence, ordered.rules.get(row, ()))
            hits.append(Hit(live.name(row), score, card.title, card.attributes, highlights, told))
        return tuple(hits)

    def _facet(self, name: str, rows: Rows) -> dict[str, int]:
        fields = self._live.fields
        main = [row for row in rows.tolist() if row < self.parts.n and not self._live.changed(row)]
        counts = self.parts.columns.count(name, np.array(main, np.int32), fields)
        for row in rows.tolist():
            if self._live.changed(row) and name in (attributes := self._live.card(row).attributes):
                counts.update(words(attributes[name]))
        return dict(counts.most_common(50))


class _Shelf:
    """The catalogue as policy sees it."""

    def __init__(self, live: Live, retrieval: Retrieval) -> None:
        self.row, self.attributes, self.mask, self.vectors = live.row, live.attributes, live.mask, retrieval.vectors


_NO_ROWS: Rows = np.empty(0, np.int32)
_NO_SCORES: Scores = np.empty(0, np.float32)


def _validate(request: Request) -> None:
    if request.k < 0 or request.offset < 0:
        raise UsageError(f"k and offset must be 0 or more; {request.k} and {request.offset} came", "try k = 10")
    if request.query and len(request.query) > MAX_QUERY:
        raise UsageError(
            f"the query has {len(request.query)} characters; at most {MAX_QUERY} are read", "send the words that matter"
        )
    if request.item is not None and (request.query or request.user or request.history):
        raise UsageError("item cannot be combined with query, user or history", "ask for similar items by item alone")


def _why_empty(request: Request, found: Retrieved) -> str:
    if found.probe.allowed_count == 0:
        return "no available item passes the filters" if request.filters else "no item is available"
    if request.offset and len(found.candidates):
        return f"there are fewer than {request.offset + 1} hits"
    if request.query and request.query.strip():
        return f"nothing in the catalogue is about {request.query.strip()!r}"
    return "nothing to show"
