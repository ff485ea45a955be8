"""Typing errors: what they cost plain word search, and what is left of that cost when spelling is forgiven.

``python -m benchmarks.forgiving FOLDER ITEMS CALLS`` is the child that times completion and correction.
"""

from __future__ import annotations

import gzip
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import child
from benchmarks.catalogue import Catalogue
from benchmarks.shops import encoded_shop
from benchmarks.tables import asked, short, table
from benchmarks.typos import CHINESE, ENGLISH, mistype
from benchmarks.work import Facts, Work
from soutui.bundle.parts import Parts
from soutui.bundle.spelling import cut_run
from soutui.data import layouts, sample
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Item
from soutui.engine import Engine
from soutui.evaluate import Qrels, Run, per_query, read_qrels
from soutui.index.fuse import Weights
from soutui.text.normalise import has_cjk
from soutui.types import Request
from soutui.workspace import Workspace

TITLE = "Typing errors"

SETS = ("crowdflower-search-relevance", "scifact", "bank-faq-en", "cmrc2018-zh", "esun-bank-faq-zh-hant")
KNOWN_ITEM = "multicpr-queries-zh"
SAMPLES = ("sample-en", "sample-zh")
SPEED = "speed"

ITEMS = 100_000
CALLS = 1_000
MOST = 600
"""Queries of a set at most, the first by id."""

KNOWN_ITEMS = 30_000
RESAMPLES, SEED = 1_000, 7
PLAIN, WORDS, WHOLE, BARE = "plain words", "words, forgiving", "whole engine", "whole engine, not forgiving"
THIRD = 1 / 3

Rank = Callable[[str], list[str]]


def keys(work: Work) -> list[str]:
    """The judged sets that are here, the sample shop in both languages, and the speed."""
    here = {path.name for path in work.sets("search")}
    extra = [KNOWN_ITEM] if _known_item_file(work) is not None else []
    return [*(name for name in SETS if name in here), *extra, *SAMPLES, SPEED]


def measure(work: Work, key: str) -> Facts:
    """One set with errors of every kind, or the speed."""
    if key == SPEED:
        n = work.size(ITEMS)
        folder = encoded_shop(work, n)
        return {"items": n, **child.run("benchmarks.forgiving", folder, n, CALLS if work.scale == 1 else 50)}
    if key in SAMPLES:
        return _sample(work, key)
    if key == KNOWN_ITEM:
        return _known_items(work)
    folder = work.set_folder("search", key)
    with Quarantine(None) as quarantine, work.workspace(key) as shop:
        data = layouts.load("beir", folder, quarantine)
        queries = {query.id: query.text for query in data.queries}
        shop.load(items=data.items, queries=data.queries, judgments=data.judgments)
        shop.build()
        qrels = read_qrels(folder / "qrels.test.tsv")
        return typed(shop.engine().parts, queries, qrels)


def _sample(work: Work, key: str) -> Facts:
    with work.workspace("forgiving-sample") as shop:
        items, queries, judgments = sample.items(), list(sample.queries()), list(sample.judgments())
        shop.load(items=items, events=sample.simulate(items), queries=queries, judgments=judgments)
        shop.build()
        texts = {one.id: one.text for one in queries if has_cjk(one.text) == (key == "sample-zh")}
        # Some of its queries are misspelt by hand: a second error in the same word is not what is measured here.
        texts = {name: text for name, text in texts.items() if not shop.search(text, k=1).corrected}
        judged: dict[str, dict[str, float]] = {}
        for one in judgments:
            if one.query in texts:
                judged.setdefault(one.query, {})[one.item] = one.grade
        return typed(shop.engine().parts, texts, Qrels.from_dict(judged))


def _known_items(work: Work) -> Facts:
    """Short product texts, each to be found again by itself; every other one is asked for."""
    path = _known_item_file(work)
    assert path is not None
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    titles = list(dict.fromkeys(line.split("\t")[1].strip() for line in lines))[: work.size(KNOWN_ITEMS)]
    plain = replace(work.settings, encoder=replace(work.settings.encoder, model="none"))
    with work.workspace(KNOWN_ITEM, plain) as shop:
        shop.load(items=[Item(f"i{row}", title) for row, title in enumerate(titles)])
        shop.build()
        asked_for = {f"i{row}": titles[row] for row in range(1, len(titles), 2)}
        return typed(shop.engine().parts, asked_for, Qrels.from_dict({name: {name: 1.0} for name in asked_for}))


def _known_item_file(work: Work) -> Path | None:
    path = work.shared / "data" / KNOWN_ITEM / "ecom" / "train.query.txt.gz" if work.shared else None
    return path if path is not None and path.is_file() else None


def typed(parts: Parts, texts: Mapping[str, str], qrels: Qrels) -> Facts:
    """nDCG@10 of every system on the queries as they are and with errors of every kind."""
    names = [name for name in sorted(qrels) if name in texts][:MOST]
    clean = {name: texts[name] for name in names}
    judged = Qrels.from_dict({name: dict(qrels[name]) for name in names})
    systems = _systems(parts)
    kinds = CHINESE if sum(map(has_cjk, clean.values())) > len(clean) / 2 else ENGLISH

    def units(run: str) -> list[str]:
        return cut_run(parts.analyser, run)

    sets = {"": clean} | {
        kind: {name: mistype(text, kind, SEED, units) for name, text in clean.items()} for kind in kinds
    }
    values = {
        system: {kind: _ndcg(rank, queries, judged, names) for kind, queries in sets.items()}
        for system, rank in systems.items()
    }
    engine = Engine(parts)
    alarms = sum(bool(engine.answer(Request(query=text, k=1)).corrected) for text in clean.values())
    losses = {system: {kind: values[system][""] - values[system][kind] for kind in kinds} for system in systems}
    return {
        "queries": len(names),
        "clean": {system: float(values[system][""].mean()) for system in systems},
        "typed": {system: {kind: float(values[system][kind].mean()) for kind in kinds} for system in systems},
        "ratio": {
            system: {
                **{kind: ratio(losses[system][kind], losses[PLAIN][kind]) for kind in kinds},
                "all": ratio(_joined(losses[system]), _joined(losses[PLAIN])),
            }
            for system in systems
            if system != PLAIN
        },
        "alarms": alarms / len(names),
    }


def _systems(parts: Parts) -> dict[str, Rank]:
    text = parts.settings.text
    silent = replace(parts, settings=replace(parts.settings, text=replace(text, spelling="off", pinyin=False)))
    words = replace(parts, dense=None, encoder=None, fusion={"search": Weights({"lexical": 1.0}, "given")})

    def plain(query: str) -> list[str]:
        rows, _ = parts.lexical.search(parts.analyser.query_terms(query), 10)
        return [parts.ids.name(row) for row in rows.tolist()]

    found: dict[str, Rank] = {PLAIN: plain, WORDS: _ranker(words)}
    if parts.encoder is not None:
        found |= {WHOLE: _ranker(parts), BARE: _ranker(silent)}
    return found


def _ranker(parts: Parts) -> Rank:
    engine = Engine(parts)
    return lambda query: engine.rank(Request(query=query, k=10))[0]


def _ndcg(rank: Rank, queries: Mapping[str, str], judged: Qrels, names: Sequence[str]) -> NDArray[np.float64]:
    run = Run.from_lists({name: rank(queries[name]) for name in names}, "run")
    found = per_query(run, judged, "ndcg@10")
    by_name = found.as_dict()
    return np.array([by_name[name] for name in names])


def ratio(ours: NDArray[np.float64], plain: NDArray[np.float64]) -> dict[str, float | list[float]]:
    """What we lose as a share of what plain words lose, over the same queries, with a bootstrap interval."""
    draw = np.random.default_rng(SEED)
    picks = draw.integers(0, len(ours), (RESAMPLES, len(ours)))
    lost = plain[picks].sum(axis=1)
    shares = ours[picks].sum(axis=1) / np.where(lost > 0, lost, np.nan)
    low, high = np.nanpercentile(shares, [2.5, 97.5]) if (lost > 0).any() else (0.0, 0.0)
    total = float(plain.sum())
    return {"value": float(ours.sum()) / total if total > 0 else 0.0, "interval": [float(low), float(high)]}


def _joined(losses: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """A query's losses over all kinds: queries stay the units of the bootstrap."""
    return np.stack(list(losses.values())).sum(axis=0)


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    judged = {key: one for key, one in facts.items() if key != SPEED}
    parts = [
        "Errors made by chance (`benchmarks/typos.py`, seed 7): English letters swapped, left out, doubled, hit beside "
        "or replaced, a space lost or added; Chinese characters for others that sound or look alike, one left out, a "
        "word in pinyin; one error for every four words or twelve characters of a query, at least one. *Plain words* "
        "is BM25 over the same index and terms, nothing forgiven. A ratio is the nDCG@10 that a system loses to the "
        "errors as a share of what plain words lose to them, all kinds together, with a 95 % bootstrap interval over "
        "queries. *False alarms*: queries without an error beside which a correction was searched; in the sample shop, "
        "which has misspelt queries of its own, those that were corrected are left out.",
        table(
            ("set", "queries", PLAIN, "with errors", f"{WORDS}: ratio", f"{WHOLE}: ratio", "≤ 1/3", "false alarms"),
            [_row(key, one) for key, one in judged.items()],
        ),
    ]
    for key, one in judged.items():
        kinds = list(one["typed"][PLAIN])
        rows = [
            (system, short(one["clean"][system]), *(short(one["typed"][system][kind]) for kind in kinds))
            for system in one["typed"]
        ]
        rows += [
            (f"{system}: ratio", "", *(f"{one['ratio'][system][kind]['value']:.2f}" for kind in kinds))
            for system in one["ratio"]
        ]
        parts += [f"### {key}, mistyped", table(("nDCG@10", "no error", *kinds), rows)]
    if SPEED in facts:
        parts.append(_tell_speed(facts[SPEED]))
    return "\n\n".join(parts)


def _row(key: str, one: Facts) -> Sequence[object]:
    plain = one["typed"][PLAIN]
    told = {system: _told(ratios["all"]) for system, ratios in one["ratio"].items()}
    main = one["ratio"][WHOLE if WHOLE in one["ratio"] else WORDS]["all"]["value"]
    return (
        key,
        one["queries"],
        short(one["clean"][PLAIN]),
        short(float(np.mean(list(plain.values())))),
        told[WORDS],
        told.get(WHOLE, "–"),
        "yes" if main <= THIRD else "**no**",
        f"{100 * one['alarms']:.1f} %",
    )


def _told(one: Mapping[str, float | Sequence[float]]) -> str:
    low, high = one["interval"]  # type: ignore[misc]
    return f"{one['value']:.2f} [{low:.2f}, {high:.2f}]"


def _tell_speed(one: Facts) -> str:
    times = one["times"]
    checks = [
        asked("completion, p50", "≤ 2 ms", f"{times['suggest']['p50']:.2f} ms", times["suggest"]["p50"] <= 2),
        asked(
            "correction of a query, p50", "≤ 3 ms", f"{times['correct']['p50']:.2f} ms", times["correct"]["p50"] <= 3
        ),
    ]
    rows = [(_TIMED[name], f"{spread['p50']:.3f}", f"{spread['p95']:.3f}") for name, spread in times.items()]
    return "\n\n".join(
        (
            f"Speed at {one['items']:,} made-up items on one core, {times['suggest']['calls']} calls of each in turn:",
            table(("what", "asked", "measured", "met"), checks),
            table(("call", "p50 ms", "p95 ms"), rows),
            f"The files of spelling and completion are {one['bytes'] / 1e6:.0f} MB, {one['words']:,} words and "
            f"{one['phrases']:,} phrases.",
        )
    )


_TIMED = {
    "suggest": "completion of 1 to 12 letters",
    "suggest misspelt": "completion of misspelt letters",
    "correct": "correction of a misspelt query",
    "correct long": "correction of a misspelt query of 12 words",
    "known": "a query without errors",
}


def main() -> None:
    """In the child: open, time, tell."""
    child.pin()
    folder, n, calls = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    catalogue = Catalogue(n)
    queries = catalogue.queries(calls)
    with Workspace.open(folder) as shop:
        engine = shop.engine()
        spelling = engine.parts.spelling
        assert spelling is not None
        draw = np.random.default_rng(SEED)
        prefixes = [query[: int(draw.integers(1, 13))] for query in queries]
        wrong = [mistype(query, ENGLISH[place % len(ENGLISH)]) for place, query in enumerate(queries)]
        long = [" ".join((wrong[place], *queries[place : place + 3])) for place in range(len(queries))]
        long = [" ".join(query.split()[:12]) for query in long]
        forgive = engine._forgiving.forgive
        kinds: dict[str, Callable[[int], object]] = {
            "suggest": lambda at: engine.suggest(prefixes[at], 10),
            "suggest misspelt": lambda at: engine.suggest(wrong[at][:12], 10),
            "correct": lambda at: forgive(wrong[at]),
            "correct long": lambda at: forgive(long[at]),
            "known": lambda at: forgive(queries[at]),
        }
        times = {name: child.spread(seconds) for name, seconds in _turns(kinds, len(queries)).items()}
        place = folder / "bundles" / engine.parts.name / "spelling"
        size = sum(path.stat().st_size for path in place.iterdir())
        told = {"times": times, "bytes": size, "words": len(spelling.vocabulary), "phrases": len(spelling.phrases)}
    child.tell(told)


def _turns(kinds: Mapping[str, Callable[[int], object]], calls: int) -> dict[str, list[float]]:
    """Seconds of every call: the kinds take turns, so that noise hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for at in range(calls):
        for name, call in kinds.items():
            start = time.perf_counter()
            call(at)
            seconds[name].append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
