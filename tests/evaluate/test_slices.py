"""Slices."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.evaluate import slices
from soutui.evaluate.metrics import PerQuery
from soutui.evaluate.runs import Qrels


def test_languages_and_lengths() -> None:
    texts = [
        "shoe",
        "red shoes",
        "a very red shoe",
        "手机",
        "手机壳",
        "iPhone手机壳",
        "苹果手机充电器",
        "42",
        "café",
        "",
    ]
    ids = [str(i) for i in range(len(texts))]
    assert [slices.language(text) for text in texts] == ["en", "en", "en", "zh", "zh", "mixed", "zh", "en", "en", "en"]
    assert [slices.length(text) for text in texts] == [1, 2, 4, 1, 2, 3, 4, 1, 1, 0]
    assert slices.by_language(ids, texts)["zh"] == ("3", "4", "6")
    assert slices.by_length(ids, texts) == {
        "1 word": ("0", "3", "7", "8", "9"),
        "2-3 words": ("1", "4", "5"),
        "4+ words": ("2", "6"),
    }


def test_head_and_cold() -> None:
    counts = {"a": 30, "b": 30, "c": 20, "d": 20}
    assert slices.head_items(counts) == {"a"}
    assert slices.head_items(counts, 0.5) == {"a", "b"}
    assert slices.head_items({}) == frozenset()
    qrels = Qrels.from_dict({"u": {"a": 1, "c": 1}, "v": {"c": 1, "d": 1, "a": 0}, "w": {"a": 1}, "none": {"a": 0}})
    assert slices.by_popularity(qrels, {"a"}) == {"head": ("u", "w"), "tail": ("v",)}
    assert slices.by_item_age(qrels, {"a", "c", "d"}) == {"warm item": ("u", "v", "w")}
    assert slices.by_user_age(["u", "v", "w"], ["w"]) == {"cold user": ("u", "v"), "warm user": ("w",)}


def test_by_slice() -> None:
    ids = tuple(f"q{i}" for i in range(30))
    values = PerQuery("ndcg@10", ids, np.arange(30) / 30)
    base = PerQuery("ndcg@10", ids, values.values - 0.1)
    rows = slices.by_slice(values, {"first": ids[:20], "last": ids[25:], "unknown": ("z",)}, base)
    assert [(row.slice, row.n, row.too_small) for row in rows] == [("first", 20, False), ("last", 5, True)]
    assert rows[0].mean == pytest.approx(np.arange(20).mean() / 30)
    assert rows[0].interval[0] < rows[0].mean < rows[0].interval[1]
    assert rows[0].diff == pytest.approx(0.1)
    assert rows[0].diff_interval == pytest.approx((0.1, 0.1))
    alone = slices.by_slice(values, {"first": ids[:20]})[0]
    assert alone.diff is None
    assert alone.diff_interval is None
    assert alone.interval == rows[0].interval
    assert alone.as_dict()["n"] == 20
