from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from soutui.config import TextSettings
from soutui.errors import UsageError
from soutui.index.lexical import LexicalIndex
from soutui.index.lexical_delta import LexicalDelta
from soutui.text.analyse import Analyser
from soutui.types import Probe

ANALYSER = Analyser()
SETTINGS = TextSettings(title_weight=0.5)
COLOURS = ("red", "blue", "green", "white")
THINGS = ("shoe", "lamp", "chair", "table", "green tea", "网络银行", "绿茶")


def catalogue(n: int) -> list[tuple[str, str]]:
    return [
        (f"{COLOURS[i % 4]} {THINGS[i % 7]}", " ".join(["solid", "wood", "wool", "绿茶"][: i % 5]) + f" model{i}")
        for i in range(n)
    ]


def index_of(folder: Path, documents: Sequence[tuple[str, str]]) -> LexicalIndex:
    LexicalIndex.build(folder, documents, ANALYSER)
    return LexicalIndex.open(folder, ANALYSER, SETTINGS)


@pytest.mark.parametrize("query", ["red shoe", "green tea", "绿茶", "茶", "wood model405", "网络银行"])
def test_scores_are_on_the_index_scale(tmp_path: Path, query: str) -> None:
    documents = catalogue(420)
    small = index_of(tmp_path / "small", documents[:400])
    whole = index_of(tmp_path / "whole", documents)
    delta = LexicalDelta(small, ANALYSER)
    for row in range(400, 420):
        delta.put(row, *documents[row])
    allowed = np.arange(420) >= 400
    expected = dict(zip(*(part.tolist() for part in whole.search(query, 420, allowed)), strict=True))
    rows, scores = delta.search(query, 420)
    assert expected
    assert set(rows.tolist()) == set(expected)
    np.testing.assert_allclose(scores, [expected[row] for row in rows.tolist()], rtol=0.08)


def test_a_known_item_scores_as_in_the_index(tmp_path: Path) -> None:
    documents = catalogue(50)
    index = index_of(tmp_path, documents)
    delta = LexicalDelta(index, ANALYSER)
    for row, document in enumerate(documents):
        delta.put(row, *document)
    for query in ("red shoe", "solid wood lamp lamp", "绿茶 茶", "the"):
        rows, scores = index.search(query, 50)
        mine, values = delta.search(query, 50)
        assert mine.tolist() == rows.tolist()
        np.testing.assert_allclose(values, scores, rtol=1e-5)


def test_put_replace_remove(tmp_path: Path) -> None:
    delta = LexicalDelta(index_of(tmp_path, catalogue(20)), ANALYSER)
    delta.put(20, "Purple umbrella", "new")
    assert delta.search("umbrellas", 5)[0].tolist() == [20]
    delta.put(20, "Purple parasol", "newer")
    assert len(delta) == 1
    assert 20 in delta
    assert len(delta.search("umbrella", 5)[0]) == 0
    assert delta.search("parasol", 5)[0].tolist() == [20]
    assert delta.remove(20)
    assert not delta.remove(20)
    assert len(delta) == 0
    assert len(delta.search("parasol", 5)[0]) == 0


def test_without_an_index() -> None:
    delta = LexicalDelta(None, ANALYSER, SETTINGS)
    assert len(delta.search("red", 3)[0]) == 0
    delta.put(0, "red lamp", "")
    delta.put(1, "red red shoe", "")
    delta.put(2, "", "")
    rows, scores = delta.search("red shoe", 3)
    assert rows.tolist() == [1, 0]
    assert np.all(scores > 0)


def test_order_ties_masks_and_k() -> None:
    delta = LexicalDelta(None, ANALYSER)
    for row in (5, 3, 4):
        delta.put(row, "red lamp", "")
    assert delta.search("red", 10)[0].tolist() == [3, 4, 5]
    assert delta.search("red", 2)[0].tolist() == [3, 4]
    # Row 5 lies beyond the mask.
    assert delta.search("red", 10, np.array([True, True, True, False, True]))[0].tolist() == [4]
    assert len(delta.search("red", 10, np.zeros(9, np.bool_))[0]) == 0


def test_is_a_source() -> None:
    delta = LexicalDelta(None, ANALYSER)
    delta.put(0, "red lamp", "")
    assert delta.retrieve(Probe(text="lamps"), 3).rows.tolist() == [0]
    assert delta.retrieve(Probe(text="lamps"), 3).sources == ("lexical",)
    assert len(delta.retrieve(Probe(), 3)) == 0


def test_wrong_calls() -> None:
    delta = LexicalDelta(None, ANALYSER)
    with pytest.raises(UsageError):
        delta.put(-1, "a", "b")
    with pytest.raises(UsageError):
        delta.search("red", 0)
