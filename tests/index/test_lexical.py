from __future__ import annotations

import gzip
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.config import TextSettings
from soutui.errors import DamagedError, UsageError
from soutui.index.lexical import FIELDS, K1, B, LexicalIndex, analyse, fields_of
from soutui.text.analyse import Analyser
from soutui.types import Probe

ANALYSER = Analyser()
Document = tuple[str, str]
Build = Callable[..., LexicalIndex]

SHOP: list[Document] = [
    ("Red running shoe", "Light shoe for the road"),
    ("Blue running shoe", "For the trail, size 8"),
    ("Red cotton t-shirt", ""),
    ("Sony WH-1000XM4 headphones", "Wireless, noise cancelling"),
    ("The Who", "Live at Leeds"),
    ("", ""),
    ("綠茶 500ml", "無糖綠茶飲料"),
    ("红茶 500 ml", "含糖红茶饮料"),
    ("网络银行", "如何开通网络银行"),
    ("Red running shoe", "Light shoe for the road"),
]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def make(documents: Sequence[Document], title_weight: float = 0.5) -> LexicalIndex:
        folder = tmp_path / f"lexical{len(list(tmp_path.iterdir()))}"
        LexicalIndex.build(folder, iter(documents), ANALYSER)
        return LexicalIndex.open(folder, ANALYSER, TextSettings(title_weight=title_weight))

    return make


def naive(documents: Sequence[Document], query: str, title_weight: float) -> dict[int, float]:
    """Row to score, straight from the formula."""
    items = [analyse(ANALYSER, *document) for document in documents]
    n = len(items)
    scores: dict[int, float] = {}
    for term, times in Counter(ANALYSER.query_terms(query)).items():
        for name, weight in fields_of(term, title_weight):
            average = sum(len(item[name]) for item in items) / n
            df = sum(term in item[name] for item in items)
            for row, item in enumerate(items):
                f = item[name].count(term)
                if f:
                    idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
                    norm = K1 * (1 - B + B * len(item[name]) / average)
                    scores[row] = scores.get(row, 0.0) + times * weight * idf * f * (K1 + 1) / (f + norm)
    return scores


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("red shoes", {0, 1, 2, 9}),
        ("wh1000xm4", {3}),
        ("WH 1000XM4", {3}),
        ("500 毫升", {6, 7}),
        ("绿茶", {6}),
        ("茶", {6, 7}),
        ("網路 网络银行", {8}),
        ("the who", {0, 1, 4, 9}),
        ("size 8", {1}),
        ("zebra", set()),
        ("", set()),
        ("!!", set()),
    ],
)
def test_who_is_found(build: Build, query: str, rows: set[int]) -> None:
    found, scores = build(SHOP).search(query, 10)
    assert set(found.tolist()) == rows
    if query == "the who":
        assert found[0] == 4
    assert found.dtype == np.int32
    assert scores.dtype == np.float32
    assert np.all(np.diff(scores) <= 0)


@pytest.mark.parametrize("title_weight", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("query", ["red shoe", "red red shoe running", "茶", "the who", "绿茶饮料", "headphones red"])
def test_scores_are_the_formula(build: Build, query: str, title_weight: float) -> None:
    expected = naive(SHOP, query, title_weight)
    rows, scores = build(SHOP, title_weight).search(query, 10)
    assert set(rows.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-5)


def test_ties_are_in_row_order(build: Build) -> None:
    rows, scores = build(SHOP).search("red running shoe", 2)
    assert rows.tolist() == [0, 9]
    assert scores[0] == scores[1]


def test_a_title_counts_more(build: Build) -> None:
    documents = [("blue lamp", "red"), ("red lamp", "blue")]
    assert build(documents, 0.5).search("red", 2)[0].tolist() == [1, 0]
    tied, scores = build(documents, 0.0).search("red", 2)
    assert tied.tolist() == [0, 1]
    assert scores[0] == scores[1]


def test_statistics(build: Build) -> None:
    index = build(SHOP)
    assert index.n == len(SHOP)
    assert index.doc_freq("shoe") == 3
    assert index.doc_freq("shoe", "title") == 3
    assert index.doc_freq("zebra") == 0
    for name in FIELDS:
        mean = np.mean([len(analyse(ANALYSER, *document)[name]) for document in SHOP])
        assert index.average_length(name) == pytest.approx(mean)


def test_is_a_source(build: Build) -> None:
    index = build(SHOP)
    found = index.retrieve(Probe(text="red shoe"), 2)
    assert found.sources == ("lexical",)
    assert found.rows.tolist() == index.search("red shoe", 2)[0].tolist()
    allowed = np.ones(len(SHOP), np.bool_)
    allowed[0] = False
    assert 0 not in index.retrieve(Probe(text="red shoe", allowed=allowed), 9).rows
    assert len(index.retrieve(Probe(), 5)) == 0
    assert len(index.retrieve(Probe(text="zebra"), 5)) == 0


def test_terms_and_text_are_the_same_question(build: Build) -> None:
    index = build(SHOP)
    for mine, theirs in zip(index.search("red shoes", 5), index.search(["red", "shoe"], 5), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_filters_lose_nothing(build: Build) -> None:
    documents = [(f"common item {i % 7}", "word " * (i % 5)) for i in range(3000)]
    index = build(documents)
    everything, scores = index.search("common word 3", 3000)
    score_of = dict(zip(everything.tolist(), scores.tolist(), strict=True))
    random = np.random.default_rng(3)
    for share in (0.0, 0.002, 0.05, 0.5, 1.0):
        # Longer than the index: a live delta appends rows.
        allowed = np.append(random.random(3000) < share, [True, True])
        for k in (1, 20, 5000):
            rows, values = index.search("common word 3", k, allowed)
            expected = [row for row in everything.tolist() if allowed[row]][:k]
            assert rows.tolist() == expected
            np.testing.assert_allclose(values, [score_of[row] for row in expected], rtol=1e-6)


def test_k_must_be_positive(build: Build) -> None:
    with pytest.raises(UsageError):
        build(SHOP).search("red", 0)


def test_an_empty_catalogue(build: Build) -> None:
    index = build([])
    assert index.n == 0
    assert index.average_length() == 0.0
    assert len(index.search("red", 5)[0]) == 0


def test_progress_ends_at_the_number_of_items(tmp_path: Path) -> None:
    told: list[int] = []
    LexicalIndex.build(tmp_path / "x", (("a", "b") for _ in range(2500)), ANALYSER, told.append)
    assert told == [1000, 2000, 2500]


def letters(number: int) -> str:
    """A word of its own for every number; no digits, so that it stays one term."""
    return "q" + "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_several_segments_still_know_their_rows(tmp_path: Path) -> None:
    documents = [(f"x{letters(i)}", " ".join(letters(i * 200 + j) for j in range(200))) for i in range(900)]
    LexicalIndex.build(tmp_path, documents, ANALYSER, heap_bytes=15_000_000)
    index = LexicalIndex.open(tmp_path, ANALYSER)
    assert (tmp_path / "rows.npy").exists()
    for row in (0, 1, 599, 899):
        assert index.search(f"x{letters(row)}", 3)[0].tolist() == [row]
    everything = [term for title, _ in documents for term in ANALYSER.query_terms(title)]
    rows, scores = index.search(everything, 2000)
    assert sorted(rows.tolist()) == list(range(900))
    assert all(rows[i] < rows[i + 1] for i in range(899) if scores[i] == scores[i + 1])
    allowed = np.zeros(900, np.bool_)
    allowed[[7, 700]] = True
    assert set(index.search(everything, 5, allowed)[0].tolist()) == {7, 700}


@pytest.mark.parametrize("harm", ["facts", "garbage", "index", "format", "count"])
def test_damage_is_said(tmp_path: Path, harm: str) -> None:
    LexicalIndex.build(tmp_path, SHOP, ANALYSER)
    facts = tmp_path / "lexical.json"
    told = json.loads(facts.read_text("utf-8"))
    if harm == "facts":
        facts.unlink()
    elif harm == "garbage":
        facts.write_text("{", "utf-8")
    elif harm == "index":
        (tmp_path / "meta.json").unlink()
    elif harm == "format":
        facts.write_text(json.dumps({**told, "format": 0}), "utf-8")
    else:
        facts.write_text(json.dumps({**told, "n": 3}), "utf-8")
    with pytest.raises(DamagedError):
        LexicalIndex.open(tmp_path, ANALYSER)


def test_other_text_rules_need_a_new_index(tmp_path: Path) -> None:
    LexicalIndex.build(tmp_path, SHOP, ANALYSER)
    with pytest.raises(DamagedError, match="text rules"):
        LexicalIndex.open(tmp_path, Analyser(TextSettings(stop_words=("red",))))


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LexicalIndex.build(tmp_path, SHOP, ANALYSER)
    for lock in tmp_path.glob("*.lock"):
        lock.unlink()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    index = LexicalIndex.open(tmp_path, ANALYSER)
    assert index.search("red shoe", 1)[0].tolist() == [0]
    assert not list(tmp_path.glob("*.lock"))


WORDS = st.sampled_from(["red", "shoe", "shoes", "the", "茶", "绿茶", "电脑", "電腦", "8", "500ml", "wh-1000", "x"])
TEXT = st.lists(WORDS, max_size=6).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=12), TEXT)
def test_any_catalogue_agrees_with_the_formula(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Document], query: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    LexicalIndex.build(folder, documents, ANALYSER)
    rows, scores = LexicalIndex.open(folder, ANALYSER, TextSettings(title_weight=0.5)).search(query, 50)
    expected = naive(documents, query, 0.5)
    assert set(rows.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=1e-4)


def ndcg(ranked: Sequence[str], grades: dict[str, float], k: int = 10) -> float:
    discounts = 1 / np.log2(np.arange(2, k + 2))
    gains = np.array([grades.get(item, 0.0) for item in ranked[:k]])
    ideal = np.sort(np.array(list(grades.values())))[::-1][:k]
    return float(gains @ discounts[: len(gains)] / (ideal @ discounts[: len(ideal)]))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "floor"),
    # The best plain BM25 measured on these sets reaches .396, .382, .524 and .824.
    [("cisi", 0.395), ("cranfield", 0.385), ("bank-faq-en", 0.53), ("esun-bank-faq-zh-hant", 0.824)],
)
def test_quality_on_public_collections(shared: Path, tmp_path: Path, name: str, floor: float) -> None:
    folder = shared / "benchmarks" / "search" / name
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    queries = dict(line.split("\t", 1) for line in (folder / "queries.tsv").read_text("utf-8").splitlines())
    judged: dict[str, dict[str, float]] = {}
    for line in (folder / "qrels.test.tsv").read_text("utf-8").splitlines():
        query, item, grade = line.split("\t")
        judged.setdefault(query, {})[item] = float(grade)
    LexicalIndex.build(tmp_path, ((item["title"], item["text"]) for item in items), ANALYSER)
    index = LexicalIndex.open(tmp_path, ANALYSER, TextSettings(title_weight=0.3))
    values = [
        ndcg([items[row]["id"] for row in index.search(queries[query], 10)[0]], grades)
        for query, grades in judged.items()
    ]
    assert np.mean(values) >= floor
