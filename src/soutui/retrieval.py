"""Retrieval: which sources speak for a probe, over the bundle and the live delta, and what each adds to the score.

One place knows that a row may live in the bundle, in the delta, or in the bundle with changed text. Fusion, policy and
the page see rows only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from soutui.bundle.parts import Parts
from soutui.index.fuse import Weights
from soutui.live import Live
from soutui.text.normalise import has_cjk
from soutui.text.query import ParsedQuery, QueryParser
from soutui.types import Candidates, Mask, Probe, Rows, Scores, Vectors

SEARCH, RECOMMEND, PERSONAL, SIMILAR = "search", "recommend", "personal", "similar"

#: Below this share of the catalogue a filter is narrow, and words look no deeper than this many rows.
NARROW, NARROW_DEPTH = 0.2, 50

#: Used until a build has learned better ones.
DEFAULT_WEIGHTS: Mapping[str, Weights] = {
    SEARCH: Weights({"lexical": 0.5, "dense": 0.5}, "rrf"),
    RECOMMEND: Weights({"covisit": 0.8, "history": 0.15, "popular": 0.05}, "given"),
    PERSONAL: Weights({"covisit": 0.05, "history": 0.05}, "given"),
    SIMILAR: Weights({"covisit": 0.5, "history": 0.5}, "given"),
}


class Retrieved:
    """What retrieval leaves for ranking: candidates and what each source adds to each row's score ``(n, s)``."""

    __slots__ = ("baselines", "candidates", "others", "probe", "shares")

    def __init__(
        self,
        probe: Probe,
        candidates: Candidates,
        shares: Scores,
        baselines: Mapping[str, float],
        others: frozenset[str] = frozenset(),
    ) -> None:
        self.probe, self.candidates, self.shares, self.baselines = probe, candidates, shares, baselines
        self.others = others
        """Terms that were searched instead of those of the query: synonyms, other units."""


class Retrieval:
    """Candidates for probes. Reads the live delta, so the engine calls it under its lock."""

    def __init__(self, parts: Parts, live: Live) -> None:
        self.parts = parts
        self._live = live
        self._parser = QueryParser(parts.analyser, parts.synonyms, _Statistics(parts, live))

    def search(self, probe: Probe, depth: int, need: int) -> Retrieved:
        """Candidates for a query; a history moves what the query found, it adds nothing.

        ``depth`` rows come from each source, ``need`` are wanted on the page and before it.
        """
        query = self._parser.parse(probe.text or "")
        if probe.further:
            query = query.beside(dict(probe.further))
        lexical = self._lexical(probe, query, depth, need)
        baselines: dict[str, float] = {}
        if probe.vector is None or self.parts.dense is None:
            # Ascending by row, as the engine looks shares up.
            found = lexical.take(np.argsort(lexical.rows))
        else:
            found = Candidates.union([lexical, self._dense("dense", probe, depth)])
            column = found.column("dense")
            missing = np.isnan(column)
            upper = max(need, depth // 2)
            if len(lexical) > upper:
                # Far down the list of words, and not near either: no cosine lifts such a row onto the page.
                missing &= found.column("lexical") >= lexical.scores[upper - 1, 0]
            column[missing] = self.vectors(found.rows[missing]) @ probe.vector
            low, high = self.parts.floors.get("zh" if has_cjk(probe.text or "") else "en", (-1.0, -1.0))
            worded = ~np.isnan(found.column("lexical"))
            near = worded | (column >= (low if worded.any() else high))
            if not near.all():
                found = found.take(np.flatnonzero(near))
            baselines["dense"] = float(self.parts.dense.mean @ probe.vector)
        weights = self._weights(SEARCH, probe.text)
        found, shares = _spoken(found, weights.shares(found, baselines))
        if len(probe.history) and len(found):
            personal = self._affinity(probe, found)
            weights = self._weights(PERSONAL, None)
            shares = np.hstack([shares, weights.shares(*personal)])
            found = Candidates(
                found.rows, np.hstack([found.scores, personal[0].scores]), (*found.sources, "covisit", "history")
            )
        return Retrieved(probe, found, shares, baselines, query.others)

    def related(self, kind: str, probe: Probe, depth: int) -> Retrieved:
        """Candidates for a history or an anchor item; popular ones too when recommending."""
        parts = [self._covisit(probe, depth)]
        if probe.vector is not None and self.parts.dense is not None:
            parts.append(self._dense("history", probe, depth))
        if kind == RECOMMEND:
            parts.append(self._live.popular.retrieve(probe, depth))
        found, baselines = self._affinity(probe, Candidates.union(parts))
        if kind == RECOMMEND:
            popular = self._live.popular.score(found.rows).reshape(-1, 1)
            found = Candidates(found.rows, np.hstack([found.scores, popular]), (*found.sources, "popular"))
        weights = self._weights(kind, None)
        if kind == RECOMMEND:
            weights = _with_popular(weights, known=len(probe.history) > 0)
        return Retrieved(probe, *_spoken(found, weights.shares(found, baselines)), baselines)

    def _affinity(self, probe: Probe, found: Candidates) -> tuple[Candidates, dict[str, float]]:
        """Scores of these rows by what goes with the history: by co-occurrence and by text.

        What retrieval has scored already is kept; only the gaps are filled.
        """
        rows, known = found.rows, dict(zip(found.sources, found.scores.T, strict=True))
        silent = np.full(len(rows), np.nan, np.float32)
        covisit, text = known.get("covisit", silent).copy(), known.get("history", silent).copy()
        baselines: dict[str, float] = {}
        if len(probe.history) and len(rows):
            gaps = np.flatnonzero(np.isnan(covisit) & (rows < self.parts.n))
            covisit[gaps] = self.parts.taste.covisit.score(probe.history, probe.history_weights, rows[gaps])
            if len(self._live.covisit) and "covisit" not in known:
                live = self._live.covisit.score(probe.history, probe.history_weights, rows)
                covisit = np.nan_to_num(covisit) + live
            covisit[covisit <= 0] = np.nan
            vector = probe.vector if probe.text is None else self.taste_vector(probe.history, probe.history_weights)
            if vector is not None and self.parts.dense is not None:
                gaps = np.flatnonzero(np.isnan(text))
                text[gaps] = self.vectors(rows[gaps]) @ vector
                baselines["history"] = float(self.parts.dense.mean @ vector)
        return Candidates(rows, np.stack([covisit, text], axis=1), ("covisit", "history")), baselines

    def _lexical(self, probe: Probe, query: ParsedQuery, depth: int, need: int) -> Candidates:
        live = self._live
        narrow = probe.allowed_count is not None and probe.allowed_count < NARROW * self.parts.n
        if narrow and probe.vector is not None:
            # Words are found unfiltered and sifted, thousands for the last few; vectors reach the others.
            depth = min(depth, max(NARROW_DEPTH, need))
        main = self.parts.lexical.search(query, depth, self._main_mask(probe.allowed))
        if not live.retold:
            return Candidates.of("lexical", *main)
        return _merge("lexical", main, live.lexical.search(query, depth, probe.allowed), depth)

    def _dense(self, name: str, probe: Probe, depth: int) -> Candidates:
        dense, live = self.parts.dense, self._live
        assert dense is not None
        assert probe.vector is not None
        if not probe.vector.any():
            return Candidates.empty(name)
        mask = self._main_mask(probe.allowed)
        count = probe.allowed_count if mask is probe.allowed else None
        main = dense.search(probe.vector, depth, mask, count)
        if live.dense is None or not live.retold:
            return Candidates.of(name, *main)
        return _merge(name, main, live.dense.search(probe.vector, depth, probe.allowed), depth)

    def _covisit(self, probe: Probe, depth: int) -> Candidates:
        if not len(probe.history):
            return Candidates.empty("covisit")
        known = probe.history < self.parts.n
        inner = Probe(
            history=probe.history[known],
            history_weights=probe.history_weights[known],
            item=probe.item if probe.item is not None and probe.item < self.parts.n else None,
            allowed=None if probe.allowed is None else probe.allowed[: self.parts.n],
        )
        main = self.parts.taste.covisit.retrieve(inner, depth)
        extra = self._live.covisit.search(probe.history, probe.history_weights, depth, probe.allowed)
        return _merge("covisit", (main.rows, main.scores[:, 0]), extra, depth)

    def _main_mask(self, allowed: Mask | None) -> Mask | None:
        """``allowed`` cut to the bundle's rows, without those whose text changed."""
        n, untouched = self.parts.n, self._live.untouched
        if allowed is None:
            return untouched
        main = allowed if len(allowed) == n else allowed[:n]
        return main if untouched is None else main & untouched

    def vectors(self, rows: Rows) -> Vectors:
        """Text vectors ``(len(rows), d)`` of any rows; zeros without an encoder."""
        dense, live = self.parts.dense, self._live
        if dense is None:
            return np.zeros((len(rows), 1), np.float32)
        if live.dense is None or not live.retold:
            return dense.vectors(rows)
        made = np.zeros((len(rows), dense.dim), np.float32)
        main = rows < self.parts.n
        made[main] = dense.vectors(rows[main])
        for place, row in enumerate(rows.tolist()):
            if row in live.dense:
                made[place] = live.dense.vector(row)
        return made

    def taste_vector(self, history: Rows, weights: Scores) -> Vectors | None:
        """One unit vector for a history: newer items count more."""
        if self.parts.dense is None or not len(history):
            return None
        decay = self.parts.taste.history_decay ** np.arange(len(history), dtype=np.float32)
        vector = (weights * decay) @ self.vectors(history)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length > 0 else None

    def kin(self, probe: Probe, rows: Rows) -> dict[str, Rows]:
        """By source, the history row that speaks most for each of ``rows`` ``(m,)``; -1 where none does."""
        history = probe.history
        covisit, live = self.parts.taste.covisit, self._live
        weights = np.zeros((len(history), len(rows)), np.float32)
        main = np.flatnonzero(rows < self.parts.n)
        for place, other in enumerate(history.tolist()):
            if other < self.parts.n:
                weights[place, main] = covisit.neighbours.weights_to(other, rows[main])
        weights *= (probe.history_weights * covisit.decay ** np.arange(len(history)))[:, None].astype(np.float32)
        found = np.where(weights.max(axis=0, initial=0) > 0, history[weights.argmax(axis=0)], np.int32(-1))
        if len(live.covisit):
            for place in np.flatnonzero(found < 0).tolist():
                other = live.covisit.explain(history, int(rows[place]))
                found[place] = -1 if other is None else other
        nearest = np.full(len(rows), -1, np.int32)
        if self.parts.dense is not None:
            nearest = history[(self.vectors(history) @ self.vectors(rows).T).argmax(axis=0)]
        return {"covisit": found, "history": nearest}

    def _weights(self, kind: str, text: str | None) -> Weights:
        fusion = self.parts.fusion
        if text is not None and has_cjk(text) and f"{kind}.zh" in fusion:
            return fusion[f"{kind}.zh"]
        return fusion.get(kind) or DEFAULT_WEIGHTS[kind]


class _Statistics:
    """How many items of the bundle and of the live delta hold terms; an item in both is counted twice."""

    def __init__(self, parts: Parts, live: Live) -> None:
        self._main, self._live = parts.lexical, live.lexical

    def doc_freq(self, term: str) -> int:
        return self._main.doc_freq(term) + self._live.doc_freq(term)

    def together(self, first: str, second: str) -> int:
        return self._main.together(first, second) + self._live.together(first, second)


def _with_popular(weights: Weights, *, known: bool) -> Weights:
    """For a user nobody knows, popularity alone; for the others it orders what no other source speaks for."""
    if not known:
        return Weights({"popular": 1.0}, "given")
    return replace(weights, values={**weights.values, "popular": max(weights.values.get("popular", 0.0), 1e-3)})


def _spoken(found: Candidates, shares: Scores) -> tuple[Candidates, Scores]:
    """Only the rows that a source with a weight speaks for: nothing else could say why they are on the page."""
    keep = np.flatnonzero(shares.sum(axis=1) > 0)
    return (found, shares) if len(keep) == len(found) else (found.take(keep), shares[keep])


def _merge(source: str, main: tuple[Rows, Scores], live: tuple[Rows, Scores], k: int) -> Candidates:
    """The best ``k`` of both; a row that both name gets the sum of its scores (co-occurrence before and since)."""
    if not len(live[0]):
        return Candidates.of(source, *main)
    rows = np.concatenate([main[0], live[0]])
    unique, places = np.unique(rows, return_inverse=True)
    scores = np.bincount(places, np.concatenate([main[1], live[1]]), len(unique)).astype(np.float32)
    order = np.lexsort((unique, -scores))[:k]
    return Candidates.of(source, unique[order], scores[order])
