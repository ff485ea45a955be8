"""Recommendation on real sets: our lists beside every stored run; cold items for information."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.tables import mean, table
from benchmarks.versus import OURS, SUMMARY, beside, stored_runs, summary_row, system_table
from benchmarks.work import Facts, Work, timed
from soutui.data.columns import guess_events, guess_items
from soutui.data.convert import read_items
from soutui.data.events import read_events
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.data.schema import Event, Item
from soutui.evaluate import Qrels, Run, compare, per_query
from soutui.filters import parse_json
from soutui.types import Request
from soutui.workspace import Workspace

TITLE = "Recommendation on real sets"

METRICS = ("ndcg@10", "recall@10", "recall@50")
DEPTH = 50
COLD = ".cold"
#: Ratings from here up are positives, where a set's README says so; everywhere else every row is one.
POSITIVE_FROM = {"movielens-latest-small": 3.5, "movielens-latest-small-llo": 3.5}

Rows = list[Mapping[str, str]]


def keys(work: Work) -> list[str]:
    """The sets, and those with a list of cold items once more."""
    folders = work.sets("rec")
    cold = [path.name + COLD for path in folders if (path / "cold_items.txt.gz").is_file()]
    return [path.name for path in folders] + cold


def eligible(system: str) -> bool:
    """Whether a stored system trains neither the text model nor a neural network."""
    return not system.startswith("sasrec")


@dataclass(frozen=True)
class Data:
    """A set's rows. ``known`` are train and valid, without ``dropped``: the rows of cold items, in a cold task."""

    folder: Path
    known: Rows
    dropped: Rows
    test: Rows
    cold: frozenset[str]

    @classmethod
    def read(cls, folder: Path, cold: bool) -> Data:
        """Read the rows of a set."""
        known = [*_rows(folder, "train"), *_rows(folder, "valid")]
        test = _rows(folder, "test")
        if not cold:
            return cls(folder, known, [], test, frozenset())
        items = frozenset(gzip.decompress((folder / "cold_items.txt.gz").read_bytes()).decode().split())
        kept = [row for row in known if row["item"] not in items]
        dropped = [row for row in known if row["item"] in items]
        return cls(folder, kept, dropped, [row for row in test if row["item"] in items], items)

    def qrels(self) -> Qrels:
        """Test items by user, of users with a positive row in what is known."""
        least = POSITIVE_FROM.get(self.folder.name, float("-inf"))
        warm = {row["user"] for row in self.known if float(row["value"]) >= least}
        return Qrels.from_pairs((row["user"], row["item"]) for row in self.test if row["user"] in warm)

    def items(self, quarantine: Quarantine) -> Iterator[Item]:
        """The catalogue, by the product's own guess of the columns; in a cold task, items say whether they are."""
        path = self.folder / "items.jsonl.gz"
        columns, _ = guess_items(head(path, 2000))
        for item in read_items(path, columns, quarantine):
            told = {"cold": "yes" if item.id in self.cold else "no"} if self.cold else {}
            yield replace(item, attributes={**item.attributes, **told})

    def events(self, quarantine: Quarantine) -> Iterator[Event]:
        """The known rows as events, by the product's own guess of the columns."""
        columns, _ = guess_events(head(self.folder / "interactions.train.tsv.gz", 2000))
        for part in ("train", "valid"):
            for event in read_events(self.folder / f"interactions.{part}.tsv.gz", columns, quarantine):
                if event.item not in self.cold:
                    yield event


def measure(work: Work, key: str) -> Facts:
    """Build a workspace from train and valid with default settings; rank all items for the test users."""
    name = key.removesuffix(COLD)
    return measure_set(work, key, work.set_folder("rec", name), cold=key != name)


def measure_set(work: Work, key: str, folder: Path, *, cold: bool) -> Facts:
    """The facts of the set in ``folder``."""
    clock = timed()
    data = Data.read(folder, cold)
    qrels = data.qrels()
    with Quarantine(None) as quarantine, work.workspace(f"rec-{key}") as shop:
        shop.load(items=data.items(quarantine), events=data.events(quarantine))
        built = shop.build()
        parts = shop.engine().parts
        facts: Facts = {
            "items": built.items,
            "events": built.events,
            "rejected": quarantine.count,
            "protocol": built.metrics["recommend"]["protocol"],
            "method": parts.taste.covisit.method,
            "weights": dict(parts.fusion["recommend"].values) if "recommend" in parts.fusion else {},
            "build_seconds": built.seconds,
        }
        if cold:
            for kind, condition in (("cold-all", None), ("cold-only", {"cold": "yes"})):
                lists = _answers(shop, qrels, data, condition)
                facts[kind] = _compare(folder, kind, lists, qrels)
        else:
            lists = _answers(shop, qrels, data, None)
            facts |= _compare(folder, "", lists, qrels)
    return facts | {"seconds": clock()}


def _compare(folder: Path, kind: str, lists: Run, qrels: Qrels) -> Facts:
    """Beside the stored runs on the sampled users; alone over all users."""
    ending = f".{kind}" if kind else ""
    chosen = (folder / f"users.sample{ending}.txt").read_text("utf-8").split()
    sampled = qrels.select(chosen)
    facts = beside({OURS: lists}, stored_runs(folder / "runs", ending), sampled, eligible, METRICS)
    facts["missing"] = len(chosen) - len(sampled)
    values = per_query(lists, qrels, METRICS[0])
    row = compare({OURS: values.values}, OURS).rows[0]
    facts["all"] = {"users": row.n, "mean": row.mean, "interval": row.interval}
    published = json.loads((folder / f"results{ending}.json").read_text("utf-8"))
    facts["published"] = {name: one["ndcg10"] for name, one in published.items() if not name.startswith("_")}
    return facts


def _answers(shop: Workspace, qrels: Qrels, data: Data, condition: Mapping[str, str] | None) -> Run:
    """The lists of all test users; what a user had of the dropped rows is taken out as well."""
    gone: dict[str, set[str]] = {}
    for row in data.dropped:
        gone.setdefault(row["user"], set()).add(row["item"])
    chosen = parse_json(condition) if condition else None
    run = shop.run(
        {user: Request(user=user, filters=chosen, k=DEPTH + len(gone.get(user, ()))) for user in qrels}, OURS
    )
    if not gone:
        return run
    return Run.from_lists(
        {user: [item for item in run[user][0] if item not in gone.get(user, ())][:DEPTH] for user in run}, OURS
    )


def _rows(folder: Path, part: str) -> Rows:
    return [row for _, row in read_rows(folder / f"interactions.{part}.tsv.gz", Quarantine(None))]


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    warm = {key: one for key, one in facts.items() if "systems" in one}
    cold = {key: one for key, one in facts.items() if "cold-all" in one}
    parts = [
        "Full ranking of all items minus what the user had, 50 deep. Built from train and valid rows with default "
        "settings: every choice (item-to-item settings, half-life, fusion weights) is made by the product inside them. "
        "Compared on the users of each set's `users.sample.txt`, for whom runs are stored. *Best eligible* as above; "
        "neural systems are marked †.",
        table(SUMMARY, [summary_row(key, one) for key, one in warm.items()]),
        "Over all test users with a history, ours, beside the means that were published with the sets "
        "(of the best eligible and the best neural system; not computed again here):",
        table(
            ("set", "users", "ours", "best eligible, published", "best neural, published"),
            [_all_row(key, one) for key, one in warm.items()],
        ),
    ]
    for key, one in warm.items():
        weights = ", ".join(f"{name} {value:.2f}" for name, value in one["weights"].items())
        parts += [
            f"### {key}",
            f"{one['items']} items, {one['events']} events; inner split: {one['protocol']}; "
            f"item-to-item: {one['method']}; weights: {weights}; built in {one['build_seconds']:.0f} s.",
            system_table(one),
        ]
    for key, one in cold.items():
        name = key.removesuffix(COLD)
        parts.append(f"### {name}: items nobody has had yet (for information)")
        for kind, title in (("cold-all", "Among all items"), ("cold-only", "Among the cold items only")):
            users = one[kind]["all"]
            parts += [
                f"{title}; all {users['users']} users: ours {mean(users['mean'], users['interval'])}, "
                f"published: {', '.join(f'{n} {v:.4f}' for n, v in _sorted(one[kind]['published']))}.",
                system_table(one[kind]),
            ]
    return "\n\n".join(parts)


def _all_row(key: str, facts: Facts) -> tuple[str, ...]:
    ours, ranked = facts["all"], _sorted(facts["published"])
    best = [
        next((f"{name} {value:.4f}" for name, value in ranked if eligible(name) == wanted), "–")
        for wanted in (True, False)
    ]
    return key, str(ours["users"]), mean(ours["mean"], ours["interval"]), *best


def _sorted(values: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda entry: -entry[1])
