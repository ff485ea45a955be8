"""Speed at 100,000 items on one core: the engine beside the bare calls, whole searches, recommendation, recall."""

from __future__ import annotations

from benchmarks import child
from benchmarks.shops import encoded_shop
from benchmarks.tables import asked, table
from benchmarks.work import Facts, Work

TITLE = "Speed at 100,000 items, one core"

ITEMS = 100_000
CALLS = 600


def keys(work: Work) -> list[str]:
    """One catalogue."""
    return [str(work.size(ITEMS))]


def measure(work: Work, key: str) -> Facts:
    """Build the shop and ask it in a process of its own."""
    folder = encoded_shop(work, int(key))
    calls = CALLS if work.scale == 1 else 50
    return {"items": int(key), **child.run("benchmarks.asking", folder, key, calls)}


_NAMES = {
    "bare": "tantivy + faiss, bare calls",
    "bare words": "– tantivy alone",
    "bare vectors": "– faiss alone",
    "engine": "search, the query's vector known",
    "encoder": "encoder alone, one query",
    "whole": "whole search, new query",
    "personal": "personalised search, vector known",
    "recommend": "recommend to a user",
    "session": "recommend to a session of 6",
    "similar": "similar items",
}


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    return "\n\n".join(_tell(one) for one in facts.values())


def _tell(one: Facts) -> str:
    times, recall = one["times"], one["recall"]
    bare, engine = times["bare"]["p50"], times["engine"]["p50"]
    depth = f"depth {one['depth']}"
    worst = min(recall.items(), key=lambda entry: entry[1]["depth 10"])
    p50 = {name: values["p50"] for name, values in times.items()}
    checks = [
        asked("engine without the encoder, p50", "≤ 1.5 ms", f"{engine:.2f} ms", engine <= 1.5),
        asked("engine beside the bare calls", "≤ 3 ×", f"{engine / bare:.2f} × of {bare:.2f} ms", engine <= 3 * bare),
        asked("whole search, p50", "≤ 6 ms", f"{p50['whole']:.2f} ms", p50["whole"] <= 6),
        asked("recommend, p50", "≤ 3 ms", f"{p50['recommend']:.2f} ms", p50["recommend"] <= 3),
        asked(
            "dense recall@10 of exact, worst filter",
            "≥ .95",
            f"{worst[1]['depth 10']:.3f} ({worst[0]})",
            worst[1]["depth 10"] >= 0.95,
        ),
    ]
    shown = {**_NAMES, **{name: f"search, {name}" for name in times if name.startswith("filter")}}
    rows = [
        (
            title,
            *(f"{times[name][kind]:.3f}" for kind in ("p50", "p95", "cpu")),
            f"{times[name]['p50'] / bare:.2f}",
        )
        for name, title in shown.items()
        if name in times
    ]
    return "\n\n".join(
        (
            f"{one['items']:,} made-up items with vectors of the default encoder; a process pinned to one core; "
            f"requests of all kinds take turns in one loop ({times['engine']['calls']} of each, pages of 10), so that "
            "noise hits all alike. The bare calls get the ready query object and vector, the same depth "
            f"({one['depth']}) and the same search width; the engine's time includes following the change log, "
            "analysis, fusion, policy, highlights and reasons. Processor time is what the process itself used: "
            "on a busy machine the clock says more.",
            table(("what", "asked", "measured", "met"), checks),
            table(("request", "p50 ms", "p95 ms", "processor p50 ms", "× bare"), rows),
            "Dense recall@10 against an exact scan of the same vectors:",
            table(
                ("filter", "items left", "asked for 10", f"asked for {one['depth']}, as a search does"),
                [
                    (name, values["allowed"], f"{values['depth 10']:.3f}", f"{values[depth]:.3f}")
                    for name, values in recall.items()
                ],
            ),
        )
    )
