"""Recommendation and similar items through the whole engine, on a toy with known answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shops import CAMPING, KITCHEN, event, item, make, settings, toy_events, toy_items
from soutui.data.schema import Event
from soutui.engine import Engine
from soutui.errors import NotFoundError
from soutui.filters import AnyOf
from soutui.types import Request
from soutui.workspace import Workspace


def test_a_shopper_gets_what_others_of_the_kind_had_and_nothing_they_had(still_toy: Workspace) -> None:
    for i in range(12):
        for group in "ab":
            missing = f"{group}{i % 5 + 1}"
            page = still_toy.recommend(f"u{group}{i:02}")
            assert page.items[0] == missing
            assert not set(page.items) & {f"{group}{j + 1}" for j in range(5) if j != i % 5}
            assert page.note == ""


def test_an_unknown_user_gets_what_is_popular_and_is_told(tmp_path: Path) -> None:
    more = [event(f"x{i}", "b3", 2e9 + i, "purchase") for i in range(9)]
    with make(tmp_path / "shop", toy_items(), toy_events() + more) as shop:
        page = shop.recommend("nobody")
        assert page.items[0] == "b3"
        assert "popular" in page.note
        assert {reason.source for hit in page.hits for reason in hit.reasons} == {"popular"}
        asked_for_nobody = shop.recommend()
        assert asked_for_nobody.items == page.items
        assert asked_for_nobody.note == ""


def test_a_session_is_answered_like_a_user(still_toy: Workspace) -> None:
    page = still_toy.recommend(history=["a1", "a2", "a3"])
    assert set(page.items[:2]) == {"a4", "a5"}
    assert not set(page.items) & {"a1", "a2", "a3"}
    assert page.note == ""


def test_a_history_overrides_the_users_own(still_toy: Workspace) -> None:
    page = still_toy.recommend("ua00", history=["b1", "b2"])
    assert page.items[0] in {"b3", "b4", "b5"}
    assert page.hits[0].reasons[0].evidence[0] in {"b1", "b2"}


def test_a_history_of_unknown_items_is_no_history(still_toy: Workspace) -> None:
    page = still_toy.recommend(history=["x", "y"])
    assert page.items == still_toy.recommend().items
    assert "popular" in page.note


def test_a_long_history_is_left_out_whole(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), toy_events(), index={"history": 2}) as shop:
        page = shop.recommend(history=["a1", "a2", "a3", "a4"])
        assert not set(page.items) & {"a1", "a2", "a3", "a4"}
        assert page.items[0] == "a5"


def test_repeats_in_a_history_count_once(still_toy: Workspace) -> None:
    once = still_toy.recommend(history=["a1", "b1"])
    assert still_toy.recommend(history=["a1", "a1", "b1", "a1"]).items == once.items


def test_what_a_user_hid_stays_away(tmp_path: Path) -> None:
    hidden = event("ua00", "a1", 3e9, "hide")
    with make(tmp_path / "shop", toy_items(), [*toy_events(), hidden]) as shop:
        assert "a1" not in shop.recommend("ua00", k=20).items
        assert "a1" in shop.recommend("ua05", k=20).items
        assert "a1" in shop.search("tent", user="ua00").items


def test_who_only_hid_things_gets_popular_ones_without_them(tmp_path: Path) -> None:
    hidden = [event("grump", id, 3e9, "hide") for id in ("a1", "b1")]
    with make(tmp_path / "shop", toy_items(), toy_events() + hidden) as shop:
        assert set(shop.recommend("grump", k=20).items) == {*CAMPING, *KITCHEN} - {"a1", "b1"}


def test_seen_items_may_be_kept(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), toy_events(), policy={"seen": "keep"}) as shop:
        assert set(shop.recommend("ua00", k=20).items) >= set(CAMPING)


def test_what_is_not_available_is_never_answered(tmp_path: Path) -> None:
    items = [one for one in toy_items() if one.id not in ("a1", "b1")]
    gone = [item("a1", "Yellow tent", available=False, group="camping"), item("b1", "Knife", available=False)]
    with make(tmp_path / "shop", items + gone, toy_events()) as shop:
        assert shop.search("tent knife").items == ()
        for page in (shop.recommend("ua00", k=20), shop.recommend(k=20), shop.similar("a2", k=20)):
            assert page.hits
            assert not set(page.items) & {"a1", "b1"}
        # It can still be asked about, and what people did with it still counts.
        assert set(shop.similar("a1", k=4).items) == {"a2", "a3", "a4", "a5"}


def test_similar_items_are_the_groups_others(still_toy: Workspace) -> None:
    for id in (*CAMPING, *KITCHEN):
        page = still_toy.similar(id, k=20)
        assert set(page.items) == {other for other in (*CAMPING, *KITCHEN) if other[0] == id[0] and other != id}
        for hit in page.hits:
            (reason,) = hit.reasons
            assert (reason.source, reason.evidence) == ("covisit", (id,))


def test_an_item_nobody_had_has_no_similar_ones_without_a_text_model(tmp_path: Path) -> None:
    with make(tmp_path / "shop", [*toy_items(), item("new", "New thing")], toy_events()) as shop:
        page = shop.similar("new")
        assert page.hits == ()
        assert page.note
        with pytest.raises(NotFoundError):
            shop.similar("newer")


def test_reasons_name_items_of_the_history(plain_shop: Workspace) -> None:
    for user in ("u42", "u1", "u2", "u3"):
        mine = {one.item for one in plain_shop.store.history(user, 10_000) if one.kind != "impression"}
        page = plain_shop.recommend(user, k=30)
        named = {one for hit in page.hits for reason in hit.reasons for one in reason.evidence}
        assert named
        assert named <= mine
        assert not mine & set(page.items)


def test_reasons_name_words_of_the_item(plain_shop: Workspace) -> None:
    for query in ("steel water bottles", "保温水壶", "coffee 咖啡"):
        for hit in plain_shop.search(query, user="u42", k=30).hits:
            found = plain_shop.store.get_item(hit.item)
            assert found is not None
            text = " ".join((found.title, *found.texts.values())).lower()
            (lexical,) = [reason for reason in hit.reasons if reason.source == "lexical"]
            assert lexical.evidence
            assert all(word in text for word in lexical.evidence)


def test_rank_is_the_page_without_the_trimmings(plain_shop: Workspace) -> None:
    for request in (Request(query="tent 帐篷", k=20), Request(user="u42", k=20), Request(item="tent-01", k=20)):
        page = plain_shop.answer(request)
        items, scores = plain_shop.engine().rank(request)
        assert items == list(page.items)
        assert scores.tolist() == [hit.score for hit in page.hits]


# -- rules from settings --------------------------------------------------------------------------------------


def ruled(shop: Workspace, policy: dict[str, Any]) -> Engine:
    parts = shop.engine().parts
    return Engine(replace(parts, settings=settings(policy=policy)), shop.store)


def test_rules_of_the_settings_move_hits(still_toy: Workspace) -> None:
    rules = [{"action": "pin", "query": "stove", "items": ["b4"]}, {"action": "bury", "items": ["a1"], "weight": 2.0}]
    engine = ruled(still_toy, {"rules": rules})
    page = engine.answer(Request(query="stove"))
    assert page.items == ("b4", "a3")
    assert page.hits[0].reasons[-1].source == "rule"
    assert page.hits[0].reasons[-1].evidence == ("pin",)
    assert engine.answer(Request(query="stove", filters=None, offset=1)).items == ("a3",)
    assert engine.answer(Request(query="tent")).items == ("a1",)
    assert engine.answer(Request(query="tent stove")).items[-1] == "a1"


def test_a_pinned_item_obeys_filters_and_availability(still_toy: Workspace) -> None:
    engine = ruled(still_toy, {"rules": [{"action": "pin", "items": ["b1"]}]})
    assert engine.answer(Request(query="tent")).items == ("b1", "a1")
    assert engine.answer(Request(query="tent", filters=AnyOf("group", ("camping",)))).items == ("a1",)


def test_caps_hold_on_the_page(plain_shop: Workspace) -> None:
    engine = ruled(plain_shop, {"caps": {"brand": 2}})
    for request in (Request(query="bottle tent lamp knife", k=20), Request(user="u42", k=20)):
        page = engine.answer(request)
        assert max(Counter(hit.attributes["brand"] for hit in page.hits).values()) == 2


def test_boosts_by_filter(still_toy: Workspace) -> None:
    engine = ruled(still_toy, {"rules": [{"action": "boost", "where": {"brand": "Halvik"}, "weight": 5.0}]})
    assert engine.answer(Request(query="stove")).items == ("b4", "a3")


# -- thin logs ------------------------------------------------------------------------------------------------


def test_no_events_at_all(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items()) as shop:
        assert shop.search("tent").items == ("a1",)
        for page in (shop.recommend(), shop.recommend("somebody"), shop.similar("a1")):
            assert page.hits == ()
            assert page.note


def test_one_user(tmp_path: Path) -> None:
    mine = [event("solo", "a1", 1e9), event("solo", "a2", 1e9 + 60)]
    with make(tmp_path / "shop", toy_items(), mine) as shop:
        page = shop.recommend("solo", k=20)
        assert not set(page.items) & {"a1", "a2"}
        assert set(shop.recommend("other", k=20).items) == {"a1", "a2"}


def test_one_item(tmp_path: Path) -> None:
    with make(tmp_path / "shop", [item("only", "The only thing")], [event("solo", "only", 1e9)]) as shop:
        assert shop.search("thing").items == ("only",)
        assert shop.recommend("other").items == ("only",)
        for page in (shop.recommend("solo"), shop.similar("only")):
            assert page.hits == ()
            assert page.note


def test_events_that_only_name_unknown_items(tmp_path: Path) -> None:
    strange = [event("u", f"x{i}", 1e9 + i) for i in range(100)]
    with make(tmp_path / "shop", toy_items(), strange) as shop:
        assert shop.search("tent").items == ("a1",)
        assert shop.recommend("u").hits == ()
        assert any("100 events" in note for note in shop.status()["bundle"]["notes"])


def test_a_session_without_a_user_is_who_acts(tmp_path: Path) -> None:
    acts = [Event(f"s{i}", "click", f"a{i}", session="visit", time=1e9 + i) for i in (1, 2)]
    with make(tmp_path / "shop", toy_items(), toy_events() + acts) as shop:
        assert set(shop.recommend("visit").items[:3]) == {"a3", "a4", "a5"}
