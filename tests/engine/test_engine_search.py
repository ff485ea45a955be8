"""Search through the whole engine, on a toy with known answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shops import CAMPING, KITCHEN, item, make, toy_events, toy_items
from soutui.errors import FilterError, NotFoundError, UsageError
from soutui.filters import AnyOf, Filter, Not, Or, Range
from soutui.types import Page, Request
from soutui.workspace import Workspace

EVERYTHING = {**CAMPING, **KITCHEN}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("tent", {"a1"}),
        ("TENTS", {"a1"}),
        ("headlamp", {"a4"}),
        ("ripstop", {"a1"}),
        ("磨刀石", {"b2"}),
        ("茶壶", {"b5"}),
        ("porcelain teapot", {"b5"}),
        ("stove", {"a3", "b4"}),
        ("tent knife", {"a1", "b1"}),
    ],
)
def test_words_find_the_items_that_hold_them(still_toy: Workspace, query: str, wanted: set[str]) -> None:
    page = still_toy.search(query)
    assert set(page.items) == wanted
    assert page.note == ""
    assert page.bundle == "000001"
    assert page.took > 0


def test_a_match_in_the_title_comes_first(still_toy: Workspace) -> None:
    assert still_toy.search("stove").items == ("a3", "b4")


def test_hits_say_what_the_item_says(still_toy: Workspace) -> None:
    (hit,) = still_toy.search("ripstop roof").hits
    assert (hit.item, hit.title) == ("a1", "Yellow tent")
    assert hit.attributes == {"price": 120.0, "brand": "Halvik", "group": "camping"}
    assert hit.highlights == {"text": "A <em>roof</em> of <em>ripstop</em> for two, with pegs"}
    (reason,) = hit.reasons
    assert (reason.source, reason.weight, set(reason.evidence)) == ("lexical", 1.0, {"roof", "ripstop"})


@pytest.mark.parametrize("query", ["zyzzyva", "魑魅魍魉", "!!! ??? ...", "🦊"])
def test_a_query_about_nothing_gets_an_empty_page_and_a_note(still_toy: Workspace, query: str) -> None:
    page = still_toy.search(query)
    assert page.hits == ()
    assert query in page.note


@pytest.mark.parametrize(
    "query", ["title:tent", '"tent', "tent AND (", "a*b?c~", "\x00tent", "-", "\\", "tent^9", "[a TO b]"]
)
def test_operators_are_only_text(still_toy: Workspace, query: str) -> None:
    page = still_toy.search(query)
    assert set(page.items) <= {"a1"}


def test_half_a_surrogate_pair_finds_nothing_and_breaks_nothing(still_toy: Workspace) -> None:
    assert still_toy.search("\ud83d").hits == ()
    assert still_toy.search("tent \ud83d").items == ("a1",)


@pytest.mark.parametrize("blank", ["", "   ", "\t\n", None])
def test_a_blank_query_asks_for_nothing_in_particular(still_toy: Workspace, blank: str | None) -> None:
    page = still_toy.answer(Request(query=blank))
    assert len(page.hits) == 10
    assert page.items == still_toy.recommend().items


def test_a_query_that_is_too_long_is_refused(still_toy: Workspace) -> None:
    with pytest.raises(UsageError, match="10000 characters"):
        still_toy.search("x" * 10_000)
    assert still_toy.search("tent " * 400).items == ("a1",)


@pytest.mark.parametrize("more", [{"query": "tent"}, {"user": "ua00"}, {"history": ("a1",)}])
def test_item_stands_alone(still_toy: Workspace, more: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="item cannot be combined"):
        still_toy.answer(Request(item="a1", **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"k": -1}, {"offset": -1}])
def test_negative_numbers_are_refused(still_toy: Workspace, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="0 or more"):
        still_toy.answer(Request(query="tent", **wrong))


def test_k_of_zero_is_an_empty_page_with_facets(still_toy: Workspace) -> None:
    page = still_toy.search("stove", k=0, facets=["group"])
    assert page.hits == ()
    assert page.note == ""
    assert page.facets == {"group": {"camping": 1, "kitchen": 1}}


def test_k_beyond_the_catalogue_gets_all_there_is(still_toy: Workspace) -> None:
    assert set(still_toy.search("stove", k=100_000).items) == {"a3", "b4"}
    assert set(still_toy.recommend(k=100_000).items) == set(EVERYTHING)
    assert "b1" not in still_toy.similar("b1", k=100_000).items


@pytest.mark.parametrize("step", [1, 3, 7])
@pytest.mark.parametrize(
    "request_", [Request(query="water bottle tent lamp 水"), Request(user="u42"), Request(item="tent-01"), Request()]
)
def test_pages_laid_end_to_end_are_the_long_page(plain_shop: Workspace, request_: Request, step: int) -> None:
    whole = plain_shop.answer(replace(request_, k=30))
    pages = [plain_shop.answer(replace(request_, k=step, offset=start)) for start in range(0, 30, step)]
    joined = [hit for page in pages for hit in page.hits][:30]
    assert [hit.item for hit in joined] == list(whole.items)
    assert [hit.score for hit in joined] == [hit.score for hit in whole.hits]
    assert [hit.reasons for hit in joined] == [hit.reasons for hit in whole.hits]


def test_a_page_past_the_end_says_so(still_toy: Workspace) -> None:
    page = still_toy.search("tent", offset=5)
    assert page.hits == ()
    assert page.note
    assert "nothing in the catalogue" not in page.note


def test_scores_fall_and_items_are_distinct(plain_shop: Workspace) -> None:
    for page in (plain_shop.search("steel bottle tent", k=50), plain_shop.recommend("u42", k=50)):
        scores = [hit.score for hit in page.hits]
        assert scores == sorted(scores, reverse=True)
        assert len(set(page.items)) == len(page.items) > 10
        assert all(score > 0 for score in scores)


# -- personalised ---------------------------------------------------------------------------------------------


def test_a_user_reorders_what_the_query_found_and_adds_nothing(plain_shop: Workspace) -> None:
    moved = 0
    for query in ("bottle", "steel", "black", "light", "小", "水"):
        anyone = plain_shop.search(query, k=497)
        for user in ("u42", "u1", "u2", "u3", "nobody at all"):
            theirs = plain_shop.search(query, user=user, k=497)
            assert set(theirs.items) == set(anyone.items)
            moved += theirs.items != anyone.items
    assert moved


def test_an_unknown_user_searches_like_anybody(still_toy: Workspace) -> None:
    assert still_toy.search("stove", user="nobody").items == still_toy.search("stove").items


def test_taste_moves_a_tie(tmp_path: Path) -> None:
    twins = [one for one in toy_items() if one.id in ("a1", "b1")]
    rest = [one for one in toy_items() if one.id not in ("a1", "b1")]
    same = [type(one)(one.id, "Gadget deluxe", {}, one.attributes) for one in twins]
    with make(tmp_path / "shop", rest + same, toy_events()) as shop:
        assert shop.search("gadget").items == ("a1", "b1")
        assert shop.search("gadget", user="ub00").items == ("b1", "a1")
        personal = shop.search("gadget", user="ub00").hits[0]
        assert {reason.source for reason in personal.reasons} == {"lexical", "covisit"}
        kin = next(reason for reason in personal.reasons if reason.source == "covisit")
        assert kin.evidence[0] in {"b2", "b3", "b4", "b5"}


# -- filters and facets ---------------------------------------------------------------------------------------

CONDITIONS: list[tuple[Filter, set[str]]] = [
    (AnyOf("brand", ("Kibo",)), {"a3", "a4", "b3"}),
    (AnyOf("brand", ("kibo", "TORU")), {"a3", "a4", "b3", "a5", "b1", "b2"}),
    (Range("price", lte=28), {"a4", "a5", "b4", "b5"}),
    (Range("price", gt=25, lt=45), {"a3", "b2", "b4"}),
    (AnyOf("price", (25.0,)), {"a4", "a5", "b5"}),
    (Not(AnyOf("group", ("camping",))), set(KITCHEN)),
    (Or((AnyOf("brand", ("Toru",)), Range("price", gte=120))), {"a1", "a5", "b1", "b2"}),
]


@pytest.mark.parametrize(("condition", "wanted"), CONDITIONS)
def test_filters_hold_on_every_hit_of_every_kind_of_request(
    still_toy: Workspace, condition: Filter, wanted: set[str]
) -> None:
    query = " ".join(title for title, *_ in EVERYTHING.values())
    for request in (
        Request(query=query, filters=condition, k=20),
        Request(query=query, user="ua00", filters=condition, k=20),
        Request(filters=condition, k=20),
        Request(user="nobody", filters=condition, k=20),
    ):
        assert set(still_toy.answer(request).items) == wanted
    for request in (
        Request(user="ua00", filters=condition, k=20),
        Request(history=("a1",), filters=condition, k=20),
        Request(item="b1", filters=condition, k=20),
    ):
        assert set(still_toy.answer(request).items) <= wanted


def test_true_and_one_are_not_the_same_filter(tmp_path: Path) -> None:
    with make(tmp_path / "shop", [item("x", "lamp", on=True), item("y", "lamp", on="1")]) as shop:
        for _ in range(2):
            assert "x" in shop.search("lamp", filters={"on": True}).items
            assert shop.search("lamp", filters={"on": 1}).items == ("y",)


def test_filters_come_as_objects_json_and_words(still_toy: Workspace) -> None:
    asked = "stove headlamp tent"
    wanted = still_toy.search(asked, filters=AnyOf("brand", ("Kibo",))).items
    assert set(wanted) == {"a3", "a4"}
    assert still_toy.search(asked, filters={"brand": "Kibo"}).items == wanted
    assert still_toy.search(asked, filters=["brand=Kibo"]).items == wanted
    assert still_toy.search(asked, filters="brand=Kibo").items == wanted


def test_a_filter_that_nothing_passes_says_so(still_toy: Workspace) -> None:
    for page in (
        still_toy.search("tent", filters={"brand": "Nobody"}),
        still_toy.recommend("ua00", filters={"brand": "Nobody"}),
        still_toy.similar("a1", filters={"brand": "Nobody"}),
    ):
        assert page.hits == ()
        assert "filter" in page.note


def test_an_unknown_field_is_refused_with_the_nearest(still_toy: Workspace) -> None:
    with pytest.raises(FilterError, match="brnad") as raised:
        still_toy.search("tent", filters={"brnad": "Kibo"})
    assert "brand" in raised.value.hint
    with pytest.raises(FilterError, match="brnad"):
        still_toy.search("tent", facets=["brnad"])


def test_facets_count_what_the_query_found(still_toy: Workspace) -> None:
    page = still_toy.search("stove headlamp lantern", k=1, facets=["brand", "price"])
    assert len(page.hits) == 1
    assert page.facets == {"brand": {"Kibo": 2, "Toru": 1, "Halvik": 1}, "price": {"25": 2, "35": 1, "28": 1}}


def test_facets_respect_filters(still_toy: Workspace) -> None:
    page = still_toy.search("stove headlamp lantern", filters={"group": "camping"}, facets=["brand", "group"])
    assert page.facets == {"brand": {"Kibo": 2, "Toru": 1}, "group": {"camping": 3}}


def test_unknown_items_are_said(still_toy: Workspace) -> None:
    with pytest.raises(NotFoundError, match="unknown item 'nope'"):
        still_toy.similar("nope")


def weights(page: Page) -> list[float]:
    return [sum(reason.weight for reason in hit.reasons) for hit in page.hits]


def test_reasons_share_the_whole_score(plain_shop: Workspace) -> None:
    for page in (
        plain_shop.search("water bottle", k=30),
        plain_shop.search("水壶", user="u42", k=30),
        plain_shop.recommend("u42", k=30),
        plain_shop.recommend(history=["tent-01", "stove-01"], k=30),
        plain_shop.recommend("nobody", k=30),
        plain_shop.similar("tent-01", k=30),
    ):
        assert page.hits
        assert weights(page) == pytest.approx([1.0] * len(page.hits), abs=1e-3)
