"""The engine with a text model: search by meaning, fusion, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from soutui.data import sample
from soutui.engine import Engine
from soutui.filters import AnyOf
from soutui.index.fuse import Weights
from soutui.types import Request
from soutui.workspace import Workspace


def weighed(shop: Workspace, values: Mapping[str, float]) -> Engine:
    """An engine whose search weighs the sources like this."""
    fusion = {
        "search": Weights(dict(values), "learned"),
        "recommend": Weights({"covisit": 0.5, "history": 0.5}, "given"),
    }
    return Engine(replace(shop.engine().parts, fusion=fusion), shop.store)


def test_meaning_finds_what_words_do_not(full_shop: Workspace, plain_shop: Workspace) -> None:
    query = "portable shelter to sleep outdoors"
    assert "tent-01" not in plain_shop.search(query, k=3).items
    page = full_shop.search(query, k=5)
    assert set(page.items) & {"tent-01", "tent-02", "tent-03"}


def test_queries_about_nothing_are_not_answered_with_the_nearest_things(full_shop: Workspace) -> None:
    """Where "nothing" begins is measured on other made-up words, so a few may pass, with few hits."""
    made_up = "zzzz qqqq|wibberflop|xoqqel brant|klimpse vorrendol|yuddik|pramble zosh|qwe|魑魅魍魉|囧槑|亖卌"
    pages = [full_shop.search(query) for query in made_up.split("|")]
    assert sum(not page.hits for page in pages) >= len(pages) / 2
    for page in pages:
        assert len(page.hits) <= 5
        assert page.hits or page.note


def test_words_are_found_whatever_the_model_thinks(full_shop: Workspace) -> None:
    """What a word of the query names is found, though its vector may be far away."""
    for brand in ("Halvik", "Kibo", "Fenwarth"):
        page = full_shop.search(brand, k=497)
        named = {one.id for one in sample.items() if one.available and brand.lower() in one.title.lower()}
        assert named
        assert named <= set(page.items)


@pytest.mark.parametrize("values", [{"lexical": 1.0, "dense": 0.0}, {"lexical": 0.0, "dense": 1.0}])
def test_a_source_that_counts_for_nothing_fills_no_page(full_shop: Workspace, values: dict[str, float]) -> None:
    engine = weighed(full_shop, values)
    (counting,) = [name for name, weight in values.items() if weight]
    for query in ("water bottle", "steel", "something for the desk", "咖啡"):
        page = engine.answer(Request(query=query, k=497))
        assert page.hits
        for hit in page.hits:
            assert hit.score > 0
            assert [reason.source for reason in hit.reasons] == [counting]
        # A hit that the user's history likes is still one that the query found.
        personal = engine.answer(Request(query=query, user="u42", k=497))
        assert set(personal.items) == set(page.items)


def test_reasons_of_every_source(full_shop: Workspace) -> None:
    mine = {one.item for one in full_shop.store.history("u42", 10_000)}
    seen = set()
    pages = [
        full_shop.search("tent 帐篷 bottle", user="u42", k=30),
        full_shop.search("keep coffee hot on a hike", k=30),
        full_shop.recommend("u42", k=30),
        full_shop.recommend(history=["tent-01"], k=30),
        full_shop.similar("tent-01", k=30),
    ]
    for page in pages:
        for hit in page.hits:
            assert sum(reason.weight for reason in hit.reasons) == pytest.approx(1, abs=1e-3)
            for reason in hit.reasons:
                seen.add(reason.source)
                assert reason.weight > 0
                if reason.source in ("covisit", "history"):
                    assert len(reason.evidence) == 1
                    assert reason.evidence[0] in mine | {"tent-01"}
                    assert reason.evidence[0] != hit.item or hit.item in mine
    assert {"lexical", "dense", "covisit", "history", "popular"} <= seen


def test_filters_hold_with_vectors_too(full_shop: Workspace) -> None:
    for request in (
        Request(query="something warm", k=50),
        Request(user="u42", k=50),
        Request(item="tent-01", k=50),
        Request(history=("mug-01", "tent-01"), k=50),
    ):
        page = full_shop.answer(replace(request, filters=AnyOf("category", ("kitchen",))))
        assert all(hit.attributes["category"] == "kitchen" for hit in page.hits)
        assert page.hits


def test_similar_items_need_no_events(full_copy: Workspace) -> None:
    full_copy.put([replace(sample.items()[0], id="twin")])
    assert full_copy.similar("twin", k=1).items == (sample.items()[0].id,)


@pytest.mark.parametrize("step", [1, 4])
def test_pages_laid_end_to_end_are_the_long_page(full_shop: Workspace, step: int) -> None:
    for request in (Request(query="steel bottle 水"), Request(query="light", user="u42"), Request(user="u42")):
        whole = full_shop.answer(replace(request, k=16))
        pages = [full_shop.answer(replace(request, k=step, offset=start)) for start in range(0, 16, step)]
        assert [hit for page in pages for hit in page.hits] == list(whole.hits)


def test_long_and_odd_queries_are_answered(full_shop: Workspace) -> None:
    for query in ("tent " * 399, "帐篷" * 900, "\ud83d tent", "tent\x00", "🏕️ tent"):
        assert full_shop.search(query, k=3).hits
