"""The child that asks a built shop: every kind of request, beside the bare library calls inside it.

``python -m benchmarks.asking FOLDER ITEMS CALLS [made]``. Requests of different kinds take turns in one loop, so that
whatever else the machine does hits all of them alike. ``made``: the vectors are made up, so queries get made-up
vectors too and no request goes through the encoder.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.catalogue import FILTERS, Catalogue
from benchmarks.child import memory, pin, spread, tell
from benchmarks.work import Facts
from soutui.bundle.parts import Parts
from soutui.filters import parse_json
from soutui.types import Request, Vectors
from soutui.workspace import Workspace

K = 10
RECALL_QUERIES = 200


def main() -> None:
    """Open, ask, tell."""
    pin()
    folder, n, calls = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    made = sys.argv[4:] == ["made"]
    catalogue = Catalogue(n)
    start = time.perf_counter()
    with Workspace.open(folder) as shop:
        queries = catalogue.queries(calls)
        shop.search(queries[0])
        facts: Facts = {"open_seconds": time.perf_counter() - start, "opened": memory()}
        engine = shop.engine()
        if made:
            vectors = catalogue.query_vectors(calls)
            # The engine keeps the vectors of late queries; the LRU holds 4096 of them.
            engine._queries.update(zip(queries, vectors, strict=True))
        for query in queries:
            engine.answer(Request(query=query))
        vectors = np.stack([engine._queries[query] for query in queries])
        facts["times"] = _times(shop, catalogue, queries, vectors, made)
        facts["memory"] = memory()
        facts["recall"] = _recall(engine.parts, vectors[:RECALL_QUERIES])
        facts["depth"] = engine.parts.settings.fuse.depth
    tell(facts)


def _times(shop: Workspace, catalogue: Catalogue, queries: list[str], vectors: Vectors, made: bool) -> Facts:
    engine, parts = shop.engine(), shop.engine().parts
    filters = {name: parse_json(condition) for name, condition in FILTERS.items()}
    for condition in filters.values():
        engine.answer(Request(query=queries[0], filters=condition))
    fresh, spare = catalogue.queries(len(queries), 1), catalogue.queries(len(queries), 2)
    seconds: dict[str, list[float]] = defaultdict(list)
    work: dict[str, list[float]] = defaultdict(list)

    def time_it(name: str, call: Callable[[], object]) -> None:
        start, begun = time.perf_counter(), time.process_time()
        call()
        work[name].append(time.process_time() - begun)
        seconds[name].append(time.perf_counter() - start)

    draw = np.random.default_rng(3)
    people, things = draw.integers(0, catalogue.users, len(queries)), draw.integers(0, catalogue.n, len(queries))
    for place in range(len(queries)):
        # Every kind asks a query that no other has just asked: whoever comes second would find the caches warm.
        mine, plain, hers, *filtered = ((place + 97 * turn) % len(queries) for turn in range(3 + len(filters)))
        query = queries[mine]
        words, near = _bare(parts, queries[plain], vectors[plain])
        alone_words, alone_near = _bare(parts, queries[hers], vectors[hers])
        user, thing = f"u{people[place]}", f"i{things[place]}"
        session = tuple(f"i{row}" for row in things[max(place - 5, 0) : place + 1])
        kinds: dict[str, Callable[[], object]] = {
            "bare": lambda words=words, near=near: (words(), near()),
            "bare words": alone_words,
            "bare vectors": alone_near,
            "engine": lambda query=query: engine.answer(Request(query=query, k=K)),
            "personal": lambda query=queries[hers - 11], user=user: engine.answer(Request(query=query, user=user, k=K)),
            "recommend": lambda user=user: shop.recommend(user, k=K),
            "session": lambda session=session: shop.recommend(history=session, k=K),
            "similar": lambda thing=thing: shop.similar(thing, k=K),
        }
        for (name, condition), other in zip(filters.items(), filtered, strict=True):
            kinds[f"filter {name}"] = lambda query=queries[other], condition=condition: engine.answer(
                Request(query=query, filters=condition, k=K)
            )
        if not made:
            encoder = parts.encoder
            assert encoder is not None
            kinds["whole"] = lambda place=place: shop.search(fresh[place], k=K)
            kinds["encoder"] = lambda place=place, encoder=encoder: encoder.encode([spare[place]], "query")
        names = list(kinds)
        # The order turns round at every other query, for what is shared all the same.
        for name in names if place % 2 else reversed(names):
            time_it(name, kinds[name])
    return {name: {**spread(values), "cpu": spread(work[name])["p50"]} for name, values in seconds.items()}


def _bare(parts: Parts, query: str, vector: Vectors) -> tuple[Callable[[], object], Callable[[], object]]:
    """The library calls inside a search and nothing else: same query object, same vector, same depth, same width."""
    depth = parts.settings.fuse.depth
    lexical, dense = parts.lexical, parts.dense
    assert dense is not None
    wanted = lexical._query(parts.analyser.query_terms(query))
    searcher: Any = lexical._searcher
    row = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
    if dense._graph is None:
        table = dense.vectors(np.arange(len(dense), dtype=np.int32))
        return lambda: searcher.search(wanted, depth, count=False), lambda: faiss.knn(
            row, table, depth, faiss.METRIC_INNER_PRODUCT
        )
    graph: Any = dense._graph
    width = faiss.SearchParametersHNSW(efSearch=max(parts.settings.index.hnsw_search, depth))
    return (
        lambda: searcher.search(wanted, depth, count=False) if wanted is not None else None,
        lambda: graph.search(row, depth, params=width),
    )


def _recall(parts: Parts, vectors: Vectors) -> Facts:
    """Share of the exact ten nearest that the index finds: asked for ten, and among the depth the engine asks for."""
    dense = parts.dense
    assert dense is not None
    table = dense.vectors(np.arange(len(dense), dtype=np.int32))
    exact = vectors @ table.T
    found: Facts = {}
    for name, condition in {"all": None, **FILTERS}.items():
        mask = None if condition is None else parts.columns.mask(parse_json(condition), set())
        scores = exact if mask is None else np.where(mask, exact, -np.inf)
        count = len(table) if mask is None else int(mask.sum())
        for depth in (K, parts.settings.fuse.depth):
            hits = 0
            for place, vector in enumerate(vectors):
                least = np.partition(scores[place], -min(K, count))[-min(K, count)]
                rows = dense.search(vector, depth, mask, count if mask is not None else None)[0][:K]
                # By score, so that equal items stand for each other.
                hits += int((exact[place, rows] >= least - 1e-6).sum())
            found.setdefault(name, {"allowed": count})[f"depth {depth}"] = hits / (min(K, count) * len(vectors))
    return found


if __name__ == "__main__":
    main()
