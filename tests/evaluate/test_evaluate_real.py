"""The stored runs of standard tools give the figures that were published with them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

from soutui.evaluate.compare import compare
from soutui.evaluate.files import read_qrels, read_run
from soutui.evaluate.metrics import evaluate
from soutui.evaluate.protocols import Chosen, split_events

pytestmark = pytest.mark.real


def published(path: Path) -> dict[str, list[float]]:
    """System → nDCG@10, Recall@100, MRR@10, Judged@10."""
    rows = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", path.read_text("utf-8"), re.M)
    return {name: [float(number) for number in numbers] for name, *numbers in rows}


@pytest.mark.parametrize(
    ("name", "systems"),
    [
        ("crowdflower-search-relevance", 12),
        ("scifact", 3),
        ("bank-faq-en", 2),
        ("cranfield", 2),
        ("cisi", 7),
        ("cmrc2018-zh", 1),
        ("esun-bank-faq-zh-hant", 8),
    ],
)
def test_search_figures(shared: Path, name: str, systems: int) -> None:
    folder = shared / "benchmarks" / "search" / name
    expected = published(folder / "RESULTS.md")
    assert expected
    qrels = read_qrels(folder / "qrels.test.tsv")
    relevant_from = 2 if name.startswith("crowdflower") else 1
    for system, numbers in list(expected.items())[:systems]:
        path = folder / "runs" / f"{system}.tsv.gz"
        if not path.exists():  # a few runs were not kept
            continue
        run = read_run(path)
        assert run.notes == ()
        made = evaluate(
            run,
            qrels,
            ["ndcg@10", "recall@100", "mrr@10", "judged@10"],
            relevant_from=relevant_from,
            no_relevant="skip",  # one of crowdflower's queries has no item at grade 2
        )
        means = [one.mean for one in made.values()]
        assert means[:3] == pytest.approx(numbers[:3], abs=5.1e-5), system
        assert means[3] == pytest.approx(numbers[3], abs=5.1e-4), system


@pytest.mark.parametrize("name", ["movielens-latest-small", "amazon-gift-cards-5core", "movielens-latest-small-llo"])
def test_recommendation_figures(shared: Path, name: str) -> None:
    folder = shared / "benchmarks" / "rec" / name
    sample = (folder / "users.sample.txt").read_text("utf-8").split()
    qrels = read_qrels(folder / "interactions.test.tsv.gz", kind="interactions").select(sample)
    results = json.loads((folder / "results.json").read_text("utf-8"))
    checked = 0
    for system, figures in results.items():
        path = folder / "runs" / f"{system}.tsv.gz"
        if not isinstance(figures, dict) or "ndcg10" not in figures or not path.exists():
            continue
        checked += 1
        made = evaluate(read_run(path), qrels, ["ndcg@10", "recall@10", "recall@50"])
        means = [one.mean for one in made.values()]
        # All users are in the sample where it has as many; otherwise the sample is 600 of 608.
        exact = figures["n"] == len(sample)
        assert means == pytest.approx(
            [figures["ndcg10"], figures["r10"], figures["r50"]], abs=1e-6 if exact else 0.01
        ), system
    assert checked > 5


def test_published_differences(shared: Path) -> None:
    """Seeds differ, so the intervals agree only to about .004."""
    folder = shared / "benchmarks" / "search" / "scifact"
    qrels = read_qrels(folder / "qrels.test.tsv")
    systems = {
        name: evaluate(read_run(folder / "runs" / f"{name}.tsv.gz"), qrels)["ndcg@10"].values
        for name in ("bm25s", "minilm", "rrf-minilm", "convex-minilm", "bm25s-tuned")
    }
    made = compare(systems, "bm25s", metric="ndcg@10")
    published_rows = {
        "bm25s-tuned": (-0.007, -0.017, 0.002),
        "minilm": (-0.036, -0.071, -0.002),
        "rrf-minilm": (0.030, 0.007, 0.052),
        "convex-minilm": (0.046, 0.028, 0.063),
    }
    for name, (diff, low, high) in published_rows.items():
        row = made.row(name)
        assert row.diff == pytest.approx(diff, abs=6e-4)
        assert row.diff_interval == pytest.approx((low, high), abs=4e-3)
    assert made.row("convex-minilm").verdict == "better"
    assert made.row("bm25s-tuned").verdict == "no difference shown"


def events(folder: Path) -> tuple[list[list[str]], list[str]]:
    """All rows of a stored split, and the part each is in."""
    rows, parts = [], []
    for part in ("train", "valid", "test"):
        with gzip.open(folder / f"interactions.{part}.tsv.gz", "rt", encoding="utf-8") as lines:
            next(lines)
            mine = [line.split("\t") for line in lines]
        rows += mine
        parts += [part] * len(mine)
    return rows, parts


@pytest.mark.parametrize(
    ("name", "protocol", "positive_from"),
    [("movielens-latest-small", "time", 3.5), ("amazon-2018-video-games", "last", 0.0)],
)
def test_stored_splits(shared: Path, name: str, protocol: Chosen, positive_from: float) -> None:
    """The protocols choose the test targets that were published."""
    rows, parts = events(shared / "benchmarks" / "rec" / name)
    users = np.unique([row[0] for row in rows], return_inverse=True)[1]
    items = np.unique([row[1] for row in rows], return_inverse=True)[1]
    clock = np.array([float(row[2]) for row in rows])
    positive = np.array([float(row[3]) for row in rows]) >= positive_from
    split = split_events(users, items, clock, positive=positive, protocol=protocol)
    theirs = np.flatnonzero(np.array(parts) == "test")
    both = len(np.intersect1d(split.test, theirs))
    assert both == len(theirs) == len(split.test)
