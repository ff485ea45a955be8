"""What changes after a build is seen by the very next answer."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from shops import event, item, make, toy_events, toy_items
from soutui.data.schema import Item
from soutui.engine import Engine
from soutui.errors import FilterError, NotFoundError
from soutui.index.fuse import Weights
from soutui.types import Request
from soutui.workspace import Workspace

KAYAK = item("k1", "Inflatable kayak", "Paddles included 皮划艇", price=310.0, brand="Nordsee", wet=True)


def test_a_new_item_is_found_by_the_next_search(toy: Workspace) -> None:
    assert toy.search("kayak").items == ()
    with pytest.raises(NotFoundError):
        toy.similar("k1")
    toy.put([KAYAK])
    (hit,) = toy.search("kayaks").hits
    assert (hit.item, hit.title, hit.attributes) == ("k1", KAYAK.title, dict(KAYAK.attributes))
    assert hit.highlights["title"] == "Inflatable <em>kayak</em>"
    assert hit.reasons[0].evidence == ("kayak",)
    assert toy.search("皮划艇").items == ("k1",)
    assert toy.engine().live_rows == 1


def test_filters_and_facets_see_a_new_items_attributes(toy: Workspace) -> None:
    with pytest.raises(FilterError, match="wet"):
        toy.search("tent", filters={"wet": True})
    toy.put([KAYAK])
    asked = "kayak tent headlamp"
    assert toy.search(asked, filters={"wet": True}).items == ("k1",)
    assert toy.search(asked, filters={"brand": "nordsee"}).items == ("k1",)
    assert set(toy.search(asked, filters={"price": {"gte": 120}}).items) == {"k1", "a1"}
    assert set(toy.search(asked, filters={"not": {"wet": True}}).items) == {"a1", "a4"}
    assert toy.search(asked, facets=["brand", "wet", "price"]).facets == {
        "brand": {"Halvik": 1, "Kibo": 1, "Nordsee": 1},
        "wet": {"true": 1},
        "price": {"120": 1, "25": 1, "310": 1},
    }


def test_a_new_title_replaces_the_old_words(toy: Workspace) -> None:
    toy.put([item("a1", "Purple bivouac", "Sheltered", price=99.0, brand="Halvik", group="camping")])
    assert toy.search("tent").items == ()
    assert toy.search("ripstop").items == ()
    assert toy.search("bivouac").items == ("a1",)
    (hit,) = toy.search("sheltered", filters={"price": {"lt": 100}}).hits
    assert hit.title == "Purple bivouac"
    assert toy.search("bivouac", filters={"price": 120}).items == ()


def test_a_changed_item_keeps_what_people_did_with_it(toy: Workspace) -> None:
    before = toy.recommend("ua00")
    assert before.items[0] == "a1"
    toy.put([item("a1", "Purple bivouac", price=99.0, brand="Halvik", group="camping")])
    after = toy.recommend("ua00")
    assert after.items == before.items
    assert [hit.score for hit in after.hits] == [hit.score for hit in before.hits]
    assert after.hits[0].attributes["price"] == 99.0
    assert set(toy.similar("a1", k=4).items) == {"a2", "a3", "a4", "a5"}
    assert toy.engine().live_rows == 0


def test_a_new_price_alone_leaves_the_words_in_the_index(toy: Workspace) -> None:
    before = toy.search("tent ripstop")
    stored = toy.store.get_item("a1")
    assert stored is not None
    toy.put([Item("a1", stored.title, stored.texts, {**stored.attributes, "price": 1.5})])
    after = toy.search("tent ripstop")
    assert (after.items, after.hits[0].score) == (before.items, before.hits[0].score)
    assert after.hits[0].attributes["price"] == 1.5
    assert toy.search("tent", filters={"price": {"lt": 2}}).items == ("a1",)


def everywhere(shop: Workspace, id: str) -> list[bool]:
    """Whether an item is answered: by its words, to who had its group, by filter, to anybody, as similar."""
    return [
        id in shop.search("tent kayak", k=50).items,
        id in shop.recommend("ua00", k=50).items,
        id in shop.recommend("ua00", filters={"price": {"gt": 0}}, k=50).items,
        id in shop.recommend(k=50).items,
        id in shop.similar("a2", k=50).items,
    ]


def test_a_deleted_item_is_gone_everywhere_and_may_come_back(toy: Workspace) -> None:
    original = toy.store.get_item("a1")
    assert original is not None
    assert everywhere(toy, "a1") == [True] * 5
    toy.delete(["a1"])
    assert everywhere(toy, "a1") == [False] * 5
    assert toy.search("tent", facets=["group"]).facets == {"group": {}}
    with pytest.raises(NotFoundError):
        toy.similar("a1")
    assert "a1" not in toy.recommend(history=["a1"], k=50).items
    toy.put([original])
    assert everywhere(toy, "a1") == [True] * 5
    toy.delete(["a1"])
    assert everywhere(toy, "a1") == [False] * 5
    toy.put([item("a1", "Blue kayak", price=3.0)])
    assert everywhere(toy, "a1") == [True] * 5
    assert toy.search("tent").items == ()


def test_a_new_item_can_be_deleted_and_put_again(toy: Workspace) -> None:
    for _ in range(2):
        toy.put([KAYAK])
        assert toy.search("kayak").items == ("k1",)
        toy.delete(["k1"])
        assert toy.search("kayak").items == ()
        with pytest.raises(NotFoundError):
            toy.similar("k1")
    assert toy.engine().live_rows == 1


def test_an_item_that_is_sold_out_is_not_answered_until_it_is_back(toy: Workspace) -> None:
    original = toy.store.get_item("a1")
    assert original is not None
    toy.put([Item("a1", original.title, original.texts, original.attributes, available=False)])
    assert everywhere(toy, "a1") == [False] * 5
    assert set(toy.similar("a1", k=4).items) == {"a2", "a3", "a4", "a5"}
    toy.put([original])
    assert everywhere(toy, "a1") == [True] * 5


def test_what_was_sold_out_when_built_can_come_back(tmp_path: Path) -> None:
    away = [item("a1", "Yellow tent", available=False, price=1.0)]
    rest = [one for one in toy_items() if one.id != "a1"]
    with make(tmp_path / "shop", rest + away, toy_events()) as shop:
        assert everywhere(shop, "a1") == [False] * 5
        shop.put([item("a1", "Yellow tent", price=1.0)])
        assert everywhere(shop, "a1") == [True] * 5


def test_events_change_the_next_recommendation(toy: Workspace) -> None:
    assert "popular" in toy.recommend("newcomer").note
    toy.record([event("newcomer", "b1", 2e9)])
    page = toy.recommend("newcomer")
    assert page.note == ""
    assert set(page.items[:4]) == {"b2", "b3", "b4", "b5"}
    assert "b1" not in page.items
    assert {one for reason in page.hits[0].reasons for one in reason.evidence} == {"b1"}
    toy.record([event("newcomer", "a1", 2e9 + 1), event("newcomer", "a2", 2e9 + 2), event("newcomer", "a3", 2e9 + 3)])
    page = toy.recommend("newcomer", k=20)
    assert set(page.items[:2]) == {"a4", "a5"}
    assert not set(page.items) & {"b1", "a1", "a2", "a3"}


def test_hiding_takes_an_item_away_at_once(toy: Workspace) -> None:
    assert toy.recommend("ua00").items[0] == "a1"
    toy.record([event("ua00", "a1", 2e9, "hide")])
    assert "a1" not in toy.recommend("ua00", k=50).items
    # What was wanted before and hidden now is no longer a reason for anything.
    toy.record([event("ua00", "a2", 2e9 + 1, "hide")])
    named = {one for hit in toy.recommend("ua00").hits for reason in hit.reasons for one in reason.evidence}
    assert named <= {"a3", "a4", "a5"}


def test_events_of_a_session_count_for_it(toy: Workspace) -> None:
    toy.record([type(one)(one.id, one.kind, one.item, session="visit", time=2e9) for one in [event("v", "b1", 2e9)]])
    assert set(toy.recommend("visit").items[:4]) == {"b2", "b3", "b4", "b5"}


def test_a_new_item_is_recommended_with_what_it_was_had_with(toy: Workspace) -> None:
    toy.put([KAYAK])
    assert "k1" not in toy.recommend("ua00", k=50).items
    for i in range(3):
        toy.record([event(f"paddler{i}", "a1", 2e9 + 10 * i), event(f"paddler{i}", "k1", 2e9 + 10 * i + 1)])
    assert "k1" in toy.similar("a1", k=5).items
    assert toy.similar("k1").items[0] == "a1"
    page = toy.recommend("ua01", k=50)  # had a1, not a2
    assert "k1" in page.items
    hit = next(hit for hit in page.hits if hit.item == "k1")
    assert ("covisit", ("a1",)) in {(reason.source, reason.evidence) for reason in hit.reasons}
    assert "k1" in toy.recommend(k=50).items, "it is popular now"


def test_events_with_unknown_items_change_nothing(toy: Workspace) -> None:
    before = toy.recommend("ua00").items
    toy.record([event("ua00", "never-was", 2e9)])
    assert toy.recommend("ua00").items == before


def test_an_event_that_came_before_its_item_counts_when_the_item_comes(toy: Workspace) -> None:
    toy.record([event("paddler", "a1", 2e9), event("paddler", "k1", 2e9 + 1)])
    assert toy.recommend("paddler").items[0] in {"a2", "a3", "a4", "a5"}
    toy.put([KAYAK])
    assert "k1" not in toy.recommend("paddler", k=50).items
    assert "k1" in toy.similar("a1").items


def test_ratings_count_from_the_threshold_of_the_build(tmp_path: Path) -> None:
    rated = [event(f"r{i}", "a1", 1e9 + i, "rating", value=float(i % 5 + 1)) for i in range(10)]
    with make(tmp_path / "shop", toy_items(), toy_events() + rated) as shop:
        shop.record([event("low", "b1", 2e9, "rating", value=3.0), event("high", "b1", 2e9, "rating", value=4.0)])
        assert set(shop.recommend("high").items[:4]) == {"b2", "b3", "b4", "b5"}
        low = shop.recommend("low", k=50)
        assert "popular" in low.note
        assert "b1" not in low.items


def test_a_long_evening_of_events_is_left_out_whole(toy: Workspace) -> None:
    toy.put([item(f"n{i}", f"novelty {i}") for i in range(300)])
    toy.record([event("fan", f"n{i}", 2e9 + i, "like") for i in range(300)])
    toy.record([event("collector", f"n{i}", 2e9 + i) for i in range(280)])
    page = toy.recommend("collector", k=400)
    assert not set(page.items) & {f"n{i}" for i in range(280)}
    assert {f"n{i}" for i in range(280, 300)} <= set(page.items)


def test_personalised_search_sees_new_events(tmp_path: Path) -> None:
    rest = [one for one in toy_items() if one.id not in ("a1", "b1")]
    same = [item("a1", "Gadget deluxe"), item("b1", "Gadget deluxe")]
    with make(tmp_path / "shop", rest + same, toy_events()) as shop:
        assert shop.search("gadget", user="newcomer").items == ("a1", "b1")
        shop.record([event("newcomer", "b2", 2e9)])
        assert shop.search("gadget", user="newcomer").items == ("b1", "a1")


def test_pages_see_changes_that_came_in_one_batch(toy: Workspace) -> None:
    toy.put([item(f"n{i}", f"novelty number{i}", lot=float(i % 3)) for i in range(500)])
    toy.delete([f"n{i}" for i in range(0, 500, 2)])
    page = toy.search("novelty", k=1000, facets=["lot"])
    assert set(page.items) == {f"n{i}" for i in range(1, 500, 2)}
    assert toy.search("number 123").items[0] == "n123"
    assert "n124" not in toy.search("number 124", k=1000).items


def test_a_second_engine_that_opens_later_knows_the_same(toy: Workspace) -> None:
    toy.put([KAYAK])
    toy.delete(["b1"])
    toy.record([event("newcomer", "a1", 2e9)])
    with Workspace.open(toy.folder) as other:
        for shop in (toy, other):
            assert shop.search("kayak").items == ("k1",)
            assert shop.search("knife").items == ()
        assert other.recommend("newcomer").items == toy.recommend("newcomer").items


def python(folder: Path, body: str) -> None:
    """Run code over the workspace ``shop`` in a process of its own."""
    lines = [
        "import sys",
        "from soutui.workspace import Workspace",
        "from soutui.data.schema import Event, Item",
        "with Workspace.open(sys.argv[1]) as shop:",
        textwrap.indent(textwrap.dedent(body), "    "),
    ]
    subprocess.run([sys.executable, "-c", "\n".join(lines), str(folder)], check=True, timeout=120)


def test_another_process_writes_and_this_one_sees_it(toy: Workspace) -> None:
    assert toy.search("kayak tent").items == ("a1",)
    python(
        toy.folder,
        """
        shop.put([Item("k1", "Inflatable kayak")])
        shop.delete(["a1"])
        shop.record([Event("e1", "click", "b1", "newcomer", time=2e9)])
        """,
    )
    assert toy.search("kayak tent").items == ("k1",)
    assert set(toy.recommend("newcomer").items[:4]) == {"b2", "b3", "b4", "b5"}


def test_a_build_by_another_process_is_taken_up(toy: Workspace) -> None:
    toy.put([KAYAK])
    assert toy.search("kayak").bundle == "000001"
    python(toy.folder, "shop.build()")
    page = toy.search("kayak")
    assert (page.items, page.bundle) == (("k1",), "000002")
    assert toy.engine().live_rows == 0


# -- with a text model ----------------------------------------------------------------------------------------


def test_a_new_item_is_found_by_meaning(full_copy: Workspace) -> None:
    new = Item("new", "Inflatable canoe", {"text": "Paddle across the lake with two people"})
    full_copy.put([new])
    hits = full_copy.search("boat for rowing on water", k=3).hits
    assert hits[0].item == "new"
    assert [reason.source for reason in hits[0].reasons] == ["dense"]
    assert full_copy.similar("new", k=3).hits
    full_copy.put([Item("new", "Wool socks", {"text": "Warm feet in winter"})])
    assert "new" not in full_copy.search("boat for rowing on water", k=3).items
    assert "new" in full_copy.search("something warm for my feet", k=3).items
    full_copy.delete(["new"])
    assert "new" not in full_copy.search("something warm for my feet", k=497).items


def test_an_old_item_with_new_text_changes_its_meaning(full_copy: Workspace) -> None:
    first = full_copy.search("shelter for camping", k=3).items[0]
    full_copy.put([Item(first, "Turbine handpiece", {"text": "Drills a tooth without pain"})])
    assert first not in full_copy.search("shelter for camping", k=10).items
    assert full_copy.search("equipment of a dentist", k=3).items[0] == first


def test_a_new_item_that_resembles_the_history_is_recommended(full_copy: Workspace) -> None:
    full_copy.put([Item("new", "Two-person trekking tent", {"text": "A light tent for two with two entrances"})])
    # Weights of the test's own: what a small shop's shoppers teach may be to mind text less.
    even = {"recommend": Weights({"covisit": 0.5, "history": 0.5}, "given")}
    engine = Engine(replace(full_copy.engine().parts, fusion=even), full_copy.store)
    page = engine.answer(Request(history=("tent-01", "tent-02"), k=60))
    assert "new" in page.items
    hit = next(hit for hit in page.hits if hit.item == "new")
    assert hit.reasons[0].source == "history"
    assert hit.reasons[0].evidence[0] in {"tent-01", "tent-02"}
