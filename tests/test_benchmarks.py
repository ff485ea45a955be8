"""The benchmarks run from end to end on toys whose answers are known. Speeds are measured elsewhere, not tested."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks import __main__ as program
from benchmarks import asking, growth, rec_sets, search_sets, speed
from benchmarks.catalogue import DIM, FILTERS, Catalogue
from benchmarks.tables import difference, mean, short, table
from benchmarks.versus import OURS, beside, stored_runs, system_table, verdict
from benchmarks.work import Facts, Work

from soutui.bundle.columns import Columns
from soutui.config import Settings
from soutui.engine import Engine
from soutui.evaluate import Qrels, Run
from soutui.index.dense import DenseIndex
from soutui.index.lexical import LexicalIndex
from soutui.text.analyse import Analyser

WORDS = "anchor basket candle dagger engine falcon garnet hammer island jacket kettle ladder magnet needle orchid"
THINGS = WORDS.split()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.fixture
def search_set(tmp_path: Path) -> Path:
    """Fifteen items, one word each; the stored ``good`` run knows all answers, ``bad-ft`` none."""
    folder = tmp_path / "shared" / "benchmarks" / "search" / "toys"
    items = [{"id": f"d{at}", "title": word, "text": f"about {word} things"} for at, word in enumerate(THINGS)]
    write(folder / "corpus.jsonl.gz", "\n".join(json.dumps(item) for item in items))
    write(folder / "queries.tsv", "".join(f"q{at}\t{word}\n" for at, word in enumerate(THINGS)))
    write(folder / "qrels.train.tsv", "".join(f"q{at}\td{at}\t1\n" for at in range(8)))
    write(folder / "qrels.test.tsv", "".join(f"q{at}\td{at}\t1\n" for at in range(8, 15)))
    write(folder / "runs" / "good.tsv.gz", "".join(f"q{at}\td{at}\t1\t2.5\n" for at in range(8, 15)))
    write(folder / "runs" / "bad-ft.tsv.gz", "".join(f"q{at}\td0\t1\t0.5\n" for at in range(8, 15)))
    return folder


@pytest.fixture
def rec_set(tmp_path: Path) -> Path:
    """Two tastes: who had five even items wants the sixth; i11 is cold. The stored ``pop`` run is always wrong."""
    folder = tmp_path / "shared" / "benchmarks" / "rec" / "toys"
    items = [{"id": f"i{at}", "title": THINGS[at], "text": ""} for at in range(12)]
    write(folder / "items.jsonl.gz", "\n".join(json.dumps(item) for item in items))
    rows: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for user in range(60):
        mine = [f"i{(2 * (at + user // 2) + user % 2) % 12}" for at in range(6)]
        for at, item in enumerate(mine):
            part = "test" if at == 5 else "valid" if at == 4 else "train"
            rows[part].append(f"u{user}\t{item}\t{at}\t1\n")
    for part, lines in rows.items():
        write(folder / f"interactions.{part}.tsv.gz", "user\titem\torder\tvalue\n" + "".join(lines))
    head = "user\titem\trank\tscore\n"
    for ending in ("", ".cold-all", ".cold-only"):
        write(folder / f"users.sample{ending}.txt", "".join(f"u{user}\n" for user in range(40)))
        wrong = "".join(f"u{user}\ti{(user + 1) % 2}\t1\t1\n" for user in range(60))
        write(folder / "runs" / f"pop{ending}.tsv.gz", head + wrong)
        write(folder / f"results{ending}.json", json.dumps({"pop": {"ndcg10": 0.0}, "_tune": {}}))
    write(folder / "cold_items.txt.gz", "i11\n")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Work:
    plain = Settings()
    plain = replace(plain, encoder=replace(plain.encoder, model="none"))
    return Work(tmp_path / "work", tmp_path / "shared", settings=plain)


def test_search_is_compared_with_stored_runs(work: Work, search_set: Path) -> None:
    assert search_sets.keys(work) == ["toys"]
    facts = search_sets.measure(work, "toys")
    assert facts["requests"] == 7
    assert facts["best"] == "good"
    assert facts["systems"][OURS]["mean"] == 1.0
    assert facts["systems"]["good"]["difference"] == 0.0
    assert facts["systems"]["bad-ft"]["mean"] == 0.0
    assert not facts["systems"]["bad-ft"]["eligible"]
    told = search_sets.tell({"toys": facts})
    assert "| toys | 7 | 1.0000 [1.0000, 1.0000] | good 1.0000" in told
    assert "bad-ft †" in told


def test_recommendation_is_compared_with_stored_runs(work: Work, rec_set: Path) -> None:
    assert rec_sets.keys(work) == ["toys", "toys.cold"]
    facts = rec_sets.measure(work, "toys")
    assert facts["all"]["users"] == 60
    assert facts["requests"] == 40
    assert facts["missing"] == 0
    assert facts["systems"][OURS]["mean"] == pytest.approx(1.0)
    assert facts["systems"]["pop"]["mean"] == 0.0
    cold = rec_sets.measure(work, "toys.cold")
    assert cold["cold-all"]["all"]["users"] == 5
    told = rec_sets.tell({"toys": facts, "toys.cold": cold})
    assert "yes, better" in told
    assert "items nobody has had yet" in told


def test_cold_items_leave_the_log_and_the_lists(rec_set: Path) -> None:
    data = rec_sets.Data.read(rec_set, cold=True)
    assert {row["item"] for row in data.dropped} == {"i11"}
    assert "i11" not in {row["item"] for row in data.known}
    assert {row["item"] for row in data.test} == {"i11"}


def test_the_report_is_written_from_what_is_kept(work: Work, search_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "docs" / "results.md"
    options = ["--shared", str(work.shared), "--work", str(work.folder), "--out", str(out)]
    work.keep("search", "toys", search_sets.measure(work, "toys"))
    program.main(["none", *options])
    report = out.read_text("utf-8")
    assert "## Search on real sets" in report
    assert "### toys" in report
    assert "Not measured." in report
    assert str(tmp_path) not in report
    with pytest.raises(SystemExit, match="unknown section"):
        program.main(["serach", *options])
    with pytest.raises(SystemExit, match="has no 'x'"):
        program.main(["search:x", *options])


def test_difference_is_ours_minus_theirs() -> None:
    qrels = Qrels.from_dict({f"q{at}": {"a": 1.0} for at in range(40)})
    right = Run.from_lists({name: ["a", "b"] for name in qrels})
    second = Run.from_lists({name: ["b", "a"] for name in qrels})
    facts = beside(
        {OURS: second}, {"better": right, "neural": right}, qrels, lambda name: name == "better", ("ndcg@10",)
    )
    best = facts["systems"][facts["best"]]
    assert facts["best"] == "better"
    assert best["difference"] == pytest.approx(1 / np.log2(3) - 1)
    assert best["difference_interval"][0] <= best["difference"] <= best["difference_interval"][1] < 0
    assert verdict(best) == "**no**"
    assert "neural †" in system_table(facts)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.01, 0.1, "yes, better"),
        (-0.1, 0.3, "yes, mean above"),
        (-0.3, 0.1, "yes, mean below"),
        (-0.2, -0.1, "**no**"),
    ],
)
def test_verdicts(low: float, high: float, word: str) -> None:
    assert verdict({"difference": (low + high) / 2, "difference_interval": (low, high)}) == word


def test_stored_runs_are_chosen_by_ending(tmp_path: Path) -> None:
    for name in ("pop.tsv.gz", "pop.cold-all.tsv.gz", "knn.cold-only.tsv.gz"):
        write(tmp_path / name, "user\titem\trank\tscore\nu\ti\t1\t1\n")
    assert set(stored_runs(tmp_path)) == {"pop"}
    assert set(stored_runs(tmp_path, ".cold-all")) == {"pop"}
    assert set(stored_runs(tmp_path, ".cold-only")) == {"knn"}


def test_the_made_up_catalogue_is_what_it_says() -> None:
    catalogue = Catalogue(2_000)
    items = list(catalogue.items())
    assert items == list(Catalogue(2_000).items())
    assert len({item.id for item in items}) == 2_000
    shares = {
        name: np.mean([all(item.attributes[key] == value for key, value in condition.items()) for item in items])
        for name, condition in FILTERS.items()
    }
    assert shares["1 %, one category"] == 0.01
    assert shares["10 %, one department"] == 0.1
    assert shares["50 %, by chance"] == pytest.approx(0.5, abs=0.05)
    assert shares["10 %, by chance"] == pytest.approx(0.1, abs=0.03)
    assert shares["1 %, by chance"] == pytest.approx(0.01, abs=0.01)
    queries = catalogue.queries(300)
    assert len(set(queries)) == 300
    events = list(catalogue.events())
    assert len(events) == 20 * catalogue.users
    assert {event.item for event in events} <= {item.id for item in items}


def test_made_up_vectors_cluster_by_category() -> None:
    vectors = np.concatenate(list(Catalogue(1_000).vectors()))
    assert vectors.shape == (1_000, DIM)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    cosines = vectors @ vectors.T
    same = np.arange(1_000) % 100 == (np.arange(1_000) % 100)[:, None]
    np.fill_diagonal(cosines, np.nan)
    assert np.nanmean(cosines[same]) > np.nanmean(cosines[~same]) + 0.3


def test_a_requirement_that_is_missed_says_so() -> None:
    calls = {"p50": 2.0, "p95": 3.0, "cpu": 2.0, "calls": 5}
    recall = {"all": {"allowed": 9, "depth 10": 0.9, "depth 200": 1.0}}
    times = dict.fromkeys(("bare", "engine", "whole", "recommend"), calls)
    told = speed.tell({"9": {"items": 9, "depth": 200, "times": times, "recall": recall}})
    assert "| engine without the encoder, p50 | ≤ 1.5 ms | 2.00 ms | **no** |" in told
    assert "| engine beside the bare calls | ≤ 3 × | 1.00 × of 2.00 ms | yes |" in told
    assert "| ≥ .95 | 0.900 (all) | **no** |" in told


def test_growth_is_plotted(tmp_path: Path) -> None:
    def facts(items: int) -> Facts:
        times = {name: {"p50": 0.1 * items} for name in ("bare", "engine", "recommend")}
        size = {"resident": 1e6 * items, "private": 1e5 * items}
        seconds = {"load_seconds": 1.0, "build_seconds": 2.0 * items, "open_seconds": 0.5}
        return {"items": items, "times": times, "memory": size, "bytes": 1000 * items, **seconds}

    growth.plot({"10": facts(10), "100": facts(100)}, tmp_path / "img")
    assert (tmp_path / "img" / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_bare_calls_and_recall_reach_into_real_indexes(tmp_path: Path) -> None:
    # They use private fields; a renamed one should fail here, not after an hour of measuring.
    settings = replace(Settings(), index=replace(Settings().index, exact_below=100))
    vectors = next(Catalogue(1_000).vectors())[:, :32]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    DenseIndex.build(tmp_path / "dense", vectors, settings.index)
    analyser = Analyser(settings.text)
    LexicalIndex.build(tmp_path / "lexical", [(word, "") for word in THINGS], analyser)
    Columns.write(tmp_path / "columns", [item.attributes for item in Catalogue(1_000).items()])
    parts = SimpleNamespace(
        settings=settings,
        analyser=analyser,
        lexical=LexicalIndex.open(tmp_path / "lexical", analyser),
        dense=DenseIndex.open(tmp_path / "dense", settings.index),
        columns=Columns.open(tmp_path / "columns"),
    )
    words, near = asking._bare(parts, "kettle", vectors[5])
    assert len(words().hits) == 1
    assert near()[1][0][0] == 5
    recall = asking._recall(parts, vectors[:20])
    assert recall["1 %, one category"] == {"allowed": 10, "depth 10": 1.0, "depth 200": 1.0}
    assert recall["all"]["depth 200"] > 0.95
    assert "_queries" in Engine.__init__.__code__.co_names


def test_numbers_are_written_short() -> None:
    assert short(0.5) == ".5000"
    assert short(1.0) == "1.0000"
    assert mean(0.25, (0.1, 0.4)) == ".2500 [.1000, .4000]"
    assert difference(-0.01, (-0.02, 0.0)) == "-.0100 [-.0200, +.0000]"
    assert table(("a", "b"), [(1, 2)]) == "| a | b |\n|---|---:|\n| 1 | 2 |"
