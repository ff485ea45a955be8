"""Without judgments: judged queries made from the log or, failing that, a check of whether vectors can be trusted.

An encoder that never saw a language puts all its texts close together. Rank fusion would then mix noise into every
page: on a Chinese set with an English encoder it scored .57 where words alone score .98.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from soutui.data.schema import Judgment
from soutui.engine import Engine
from soutui.evaluate.runs import Qrels
from soutui.index.fuse import Weights
from soutui.lifecycle.judged import judge, learn_weights
from soutui.lifecycle.log import Log
from soutui.retrieval import SEARCH
from soutui.text.normalise import has_cjk
from soutui.types import Request

MIN_CLICKED = 30
"""Distinct queries with clicks from which weights are learned."""

MAX_CLICKED = 2_000
SAMPLE = 60
TRUST = 0.5
"""Share of what words find that vectors must find too, in queries cut out of the items' own texts."""


def judgments_from_clicks(log: Log, names: list[str]) -> tuple[dict[str, str], list[Judgment]]:
    """Queries of the log with what was wanted after them, as judgments of grade 1; empty below MIN_CLICKED queries.

    ``names`` are the item ids by row. What was shown first is clicked more: the weights learned so are a start, not a
    measurement of relevance.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for place in np.flatnonzero((log.queries != "") & log.positive).tolist():
        wanted[" ".join(str(log.queries[place]).split()).casefold()].add(int(log.items[place]))
    if len(wanted) < MIN_CLICKED:
        return {}, []
    chosen = sorted(wanted)[:: max(1, len(wanted) // MAX_CLICKED)][:MAX_CLICKED]
    texts = {f"clicked-{place}": text for place, text in enumerate(chosen)}
    return texts, [Judgment(name, names[row], 1.0) for name, text in texts.items() for row in sorted(wanted[text])]


def untaught_weights(engine: Engine, default: Weights, seed: int) -> dict[str, Weights]:
    """Weights when there is nothing to learn from: rank fusion, or words alone where vectors cannot be trusted."""
    words_only = Weights({"lexical": 1.0, "dense": 0.0}, "given")
    if engine.parts.dense is None:
        return {SEARCH: Weights({"lexical": 1.0}, "given")}
    made = {SEARCH: default}
    for name, cjk in ((SEARCH, False), (f"{SEARCH}.zh", True)):
        queries = _cut_out(engine, cjk, seed)
        if len(queries) >= SAMPLE // 4:
            measured = _measure(engine, queries)
            made[name] = default if measured["dense"] >= TRUST * measured["lexical"] else words_only
    return made


def _cut_out(engine: Engine, cjk: bool, seed: int) -> dict[str, tuple[str, str]]:
    """Pieces of items' texts as queries: id → (query, item id)."""
    draw = np.random.default_rng(seed)
    found: dict[str, tuple[str, str]] = {}
    n = engine.parts.n
    for row in draw.permutation(n)[: 20 * SAMPLE].tolist():
        card = engine.parts.payload.card(row)
        # A middle piece of the longest text: the head of a title would be too easy.
        text = max((card.title, *card.texts.values()), key=len)
        if has_cjk(text) != cjk:
            continue
        pieces = list(text) if cjk else text.split()
        length = 10 if cjk else 5
        if len(pieces) < 2 * length:
            continue
        start = int(draw.integers(0, len(pieces) - length))
        piece = ("" if cjk else " ").join(pieces[start : start + length]).strip()
        if piece:
            found[f"cut-{row}"] = (piece, engine.parts.ids.name(row))
        if len(found) == SAMPLE:
            break
    return found


def _measure(engine: Engine, queries: Mapping[str, tuple[str, str]]) -> Mapping[str, float]:
    qrels = Qrels.from_dict({name: {item: 1.0} for name, (_, item) in queries.items()})
    requests = {name: Request(query=text) for name, (text, _) in queries.items()}
    return learn_weights(judge(engine, requests, qrels), ("lexical", "dense")).measured
