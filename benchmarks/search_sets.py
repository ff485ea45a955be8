"""Search on real sets: our test run beside every stored one."""

from __future__ import annotations

from pathlib import Path

from benchmarks.tables import table
from benchmarks.versus import OURS, SUMMARY, beside, stored_runs, summary_row, system_table
from benchmarks.work import Facts, Work, timed
from soutui.data import layouts
from soutui.data.quarantine import Quarantine
from soutui.evaluate import Qrels, Run, per_query, read_qrels, read_run
from soutui.types import Request
from soutui.workspace import Workspace

TITLE = "Search on real sets"

METRICS = ("ndcg@10", "recall@100", "mrr@10")
DEPTH = 100
#: Grade from which an item counts as found, where it is not 1 (recall and MRR only; nDCG takes grades as they are).
RELEVANT_FROM = {"crowdflower-search-relevance": 2.0}


def keys(work: Work) -> list[str]:
    """The sets."""
    return [path.name for path in work.sets("search")]


def eligible(system: str) -> bool:
    """Whether a stored system trains neither the text model nor a neural network (a learned ranker is allowed)."""
    return not system.endswith("-ft")


def measure(work: Work, key: str) -> Facts:
    """Build a workspace from the set with default settings and compare its test run with the stored ones."""
    return measure_set(work, key, work.set_folder("search", key))


def measure_set(work: Work, key: str, folder: Path) -> Facts:
    """The facts of the set in ``folder``."""
    clock = timed()
    with Quarantine(None) as quarantine, work.workspace(key) as shop:
        data = layouts.load("beir", folder, quarantine)
        shop.load(items=data.items, queries=data.queries, judgments=data.judgments)
        built = shop.build()
        protocol = built.metrics["search"]["protocol"]
        runs = built.folder / "runs" / "search"
        qrels = read_qrels(folder / "qrels.test.tsv")
        if "cross-fitted" in protocol:
            ours = {OURS: read_run(runs / f"{OURS}.tsv.gz")}
        else:
            ours = {OURS: _answers(shop, folder, qrels)}
        for name in ("bm25", "dense", "rrf"):
            if (runs / f"{name}.tsv.gz").is_file():
                ours[f"{OURS} {_PARTS[name]}"] = read_run(runs / f"{name}.tsv.gz")
        weights = {kind: dict(one.values) for kind, one in shop.engine().parts.fusion.items() if "search" in kind}
    theirs = stored_runs(folder / "runs")
    relevant_from = RELEVANT_FROM.get(key, 1.0)
    facts = beside(ours, theirs, qrels, eligible, METRICS, relevant_from)
    facts |= {"protocol": protocol, "items": built.items, "weights": weights, "rejected": quarantine.count}
    if float(qrels.grades.max()) > 1:
        shown = {OURS: ours[OURS], **theirs}
        facts["judged_only"] = {name: per_query(judged_only(run, qrels), qrels).mean for name, run in shown.items()}
    return facts | {"build_seconds": built.seconds, "seconds": clock()}


_PARTS = {"bm25": "words only", "dense": "vectors only", "rrf": "rank fusion"}


def _answers(shop: Workspace, folder: Path, qrels: Qrels) -> Run:
    """What the built workspace answers to the test queries."""
    with Quarantine(None) as quarantine:
        texts = {query.id: query.text for query in layouts.load("beir", folder, quarantine).queries}
    return shop.run({name: Request(query=texts[name], k=DEPTH) for name in qrels}, OURS)


def judged_only(run: Run, qrels: Qrels) -> Run:
    """The run without items that nobody judged: says how a system orders, whatever was judged."""
    return Run.from_lists(
        {name: [item for item in run[name][0] if item in qrels[name]] for name in qrels if name in run}, run.name
    )


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    parts = [
        "Each set's test queries; our run and the stored runs of other systems, read and measured by the same code. "
        "*Best eligible* is the stored system with the highest mean on these queries among those that train neither "
        "the text model nor a neural network (others are marked †). Default settings; fusion weights are learned on "
        "train and valid queries, or cross-fitted over five folds where there is only a test part.",
        table(SUMMARY, [summary_row(key, one) for key, one in facts.items()]),
    ]
    for key, one in facts.items():
        weights = "; ".join(
            f"{kind}: " + ", ".join(f"{name} {value:.2f}" for name, value in values.items())
            for kind, values in one["weights"].items()
        )
        parts += [
            f"### {key}",
            f"{one['items']} items, {one['requests']} test queries; {one['protocol']}. Weights that serve: {weights}.",
            system_table(one),
        ]
        if "judged_only" in one:
            ranked = sorted(one["judged_only"].items(), key=lambda entry: -entry[1])
            parts.append(
                "nDCG@10 of the judged items among the first 100, the others left out: "
                + ", ".join(f"{n} {v:.4f}" for n, v in ranked)
                + "."
            )
    return "\n\n".join(parts)
