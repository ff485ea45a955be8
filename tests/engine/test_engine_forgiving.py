"""The engine forgives: what is searched for a mistyped query, what the page says of it, what is suggested."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shops import event, item, make, toy_events, toy_items
from soutui.bundle import manifest
from soutui.bundle.parts import open_parts
from soutui.data.schema import Event
from soutui.engine import Engine
from soutui.errors import UsageError
from soutui.types import Request
from soutui.workspace import Workspace


def asked(query: str, *users: str, item: str = "a2") -> list[Event]:
    return [event(user, item, 2e9 + place, query=query) for place, user in enumerate(users)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> object:
    log = [
        *toy_events(),
        *asked("warm sleeping bag", "u1", "u2", "u3"),
        *asked("only one asks", "u1", "u1"),
        *asked("call me 138 0013 8000", "u1", "u2"),
        *asked("anna@example.org tent", "u1", "u2"),
        *asked("misspeled tennt", "u1", "u2"),
    ]
    with make(tmp_path_factory.mktemp("forgiving") / "shop", toy_items(), log) as made:
        yield made


def test_a_mistyped_query_finds_what_was_meant_and_says_so(shop: Workspace) -> None:
    for typed, meant, found in (
        ("slepeing bag", "sleeping bag", "a2"),
        ("sleepingbag", "sleeping bag", "a2"),
        ("lantren", "lantern", "a5"),
        ("陆营灯", "露营灯", "a5"),
        ("chahu", "茶壶", "b5"),
    ):
        page = shop.search(typed)
        assert page.items[0] == found, typed
        assert meant in (page.corrected, page.did_you_mean)


def test_an_empty_page_says_what_else_may_be_meant(shop: Workspace) -> None:
    for typed, meant in (("tea pott", "teapot"), ("qqqq xxxx", "")):
        page = shop.search(typed)
        assert (page.items, page.corrected, page.did_you_mean) == ((), "", meant)


def test_the_corrected_words_are_marked(shop: Workspace) -> None:
    hit = shop.search("lantren").hits[0]
    assert hit.highlights["title"] == "Camping <em>lantern</em>"
    assert "lantern" in hit.reasons[0].evidence


def test_known_words_are_left_alone(shop: Workspace) -> None:
    for query in ("sleeping bag", "Lantern", "tents", "露营灯", "damascus blade", "qqqqq"):
        page = shop.search(query)
        assert (page.corrected, page.did_you_mean) == ("", "")


def test_as_typed_searches_only_that(shop: Workspace) -> None:
    page = shop.answer(Request(query="lantren", as_typed=True))
    assert (page.items, page.corrected) == ((), "")


def with_text(shop: Workspace, **changes: object) -> Engine:
    chosen = shop.settings
    text = replace(chosen.text, **changes)  # type: ignore[arg-type]
    return Engine(open_parts(manifest.get_current(shop.bundles), replace(chosen, text=text)))


def test_suggest_tells_and_off_is_silent(shop: Workspace) -> None:
    told = with_text(shop, spelling="suggest").answer(Request(query="lantren"))
    assert (told.items, told.corrected, told.did_you_mean) == ((), "", "lantern")
    off = with_text(shop, spelling="off")
    assert off.answer(Request(query="lantren")).did_you_mean == ""
    assert off.suggest("lantren") == ()
    assert with_text(shop, pinyin=False).answer(Request(query="chahu")).items == ()


def test_suggestions_by_kind(shop: Workspace) -> None:
    found = {one.text: one for one in shop.suggest("sleep")}
    assert found["warm sleeping bag"].kind == "query"
    assert found["Sleeping bag"].kind == "title"
    assert found["Sleeping bag"].item == "a2"
    assert found["Sleeping bag"].highlighted == "<em>Sleep</em>ing bag"
    assert shop.suggest("halv")[0].kind == "brand"
    assert shop.suggest("") == shop.suggest("  ") == ()
    assert len(shop.suggest("t", k=2)) == 2


def test_pinyin_completes_chinese_words(shop: Workspace) -> None:
    assert next(one.text for one in shop.suggest("cha")) == "茶壶"
    assert "露营" in [one.text for one in shop.suggest("luy")]


def test_a_misspelt_prefix_is_completed_and_says_so(shop: Workspace) -> None:
    (first, *_) = shop.suggest("lanten")
    assert first.corrected
    assert "lantern" in first.text.lower()


def test_other_peoples_secrets_are_not_suggested(shop: Workspace) -> None:
    for prefix in ("only", "call", "138", "anna", "misspeled", "tennt"):
        assert all(one.kind != "query" for one in shop.suggest(prefix)), prefix


def test_k_must_be_positive(shop: Workspace) -> None:
    with pytest.raises(UsageError):
        shop.suggest("a", k=0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(max_size=80))
def test_hostile_text(shop: Workspace, text: str) -> None:
    page = shop.search(text, k=3)
    assert isinstance(page.corrected, str)
    for one in shop.suggest(text, k=3):
        assert one.text


def test_live_items_are_known_and_suggested(toy: Workspace) -> None:
    assert toy.search("quorvex").corrected == ""
    toy.put([item("n1", "Quorvex kettel 汤锅", "A new thing", brand="Zanthia")])
    page = toy.search("kettel")
    assert page.items == ("n1",)
    assert page.corrected == "", "the catalogue says kettel now"
    assert toy.search("quorvx").corrected == "quorvex"
    assert toy.search("tangguo").items == ("n1",)
    assert [one.item for one in toy.suggest("quor") if one.kind == "title"] == ["n1"]
    toy.put([item("n1", "Plain pot", "A new thing")])
    assert [one.item for one in toy.suggest("quor") if one.kind == "title"] == []
    toy.delete(["n1", "a2"])
    assert not [one for one in toy.suggest("plain") if one.kind == "title"]
    assert not [one for one in toy.suggest("sleeping") if one.kind == "title"]
    toy.put([item("a1", "Blue tarp")])
    assert not [one for one in toy.suggest("yellow") if one.kind == "title"]
    toy.put([item("a3", "Gas stove", available=False)])
    assert not [one for one in toy.suggest("gas") if one.kind == "title"]


def test_a_bundle_from_before_is_silent(toy: Workspace) -> None:
    folder = manifest.get_current(toy.bundles)
    shutil.rmtree(folder / "spelling")
    facts = manifest.read(_without(folder))
    engine = Engine(open_parts(folder, toy.settings), toy.store)
    assert facts["items"] == 10
    assert engine.answer(Request(query="lantren")).items == ()
    assert engine.answer(Request(query="lantern")).items == ("a5",)
    assert engine.suggest("lant") == ()
    toy.put([item("n1", "New kettle")])
    assert engine.answer(Request(query="kettle")).items == ("n1",)


def test_serving_does_not_need_what_building_needs(shop: Workspace) -> None:
    code = (
        f"import sys\nfrom soutui import Workspace\nwith Workspace.open({str(shop.folder)!r}) as shop:\n"
        "    assert shop.search('chahu').items and shop.suggest('lu') and shop.search('lantren').items\n"
        "assert 'pypinyin' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _without(folder: Path) -> Path:
    """The bundle with a manifest that does not know of the spelling folder."""
    import json

    path = folder / manifest.NAME
    facts = json.loads(path.read_text("utf-8"))
    facts["files"] = {name: one for name, one in facts["files"].items() if not name.startswith("spelling/")}
    path.write_text(json.dumps(facts), "utf-8")
    return folder
