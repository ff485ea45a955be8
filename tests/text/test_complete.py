"""Completion: which phrases go on from what was typed, in which order, and what is never given away."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.text.complete import LivePhrases, Phrase, Phrases, is_private, letters, marked, phrase_key, typed_key
from soutui.text.pinyin import Readings, Syllables, said_as

PHRASES = (
    Phrase("Steel Bottle 750 ml", "title", 0.5, 3),
    Phrase("steel bottle", "query", 4.0),
    Phrase("Stainless steel mug", "title", 1.0, 4),
    Phrase("Halvik", "brand", 2.0),
    Phrase("headphones", "category", 2.5),
    Phrase("Toru WH-900 noise cancelling headphones", "title", 0.2, 5),
    Phrase("保温杯", "query", 3.0),
    Phrase("Kibo 不锈钢保温杯", "title", 0.1, 6),
    Phrase("Café crème", "title", 0.3, 7),
)


def cut(run: str) -> list[str]:
    return [word for word in ("不锈钢", "保温杯") if word in run] or [run]


@pytest.fixture(scope="module")
def readings() -> Readings:
    return Readings.make()


@pytest.fixture(scope="module")
def built(readings: Readings, tmp_path_factory: pytest.TempPathFactory) -> Phrases:
    folder = tmp_path_factory.mktemp("phrases")
    Phrases.write(folder, PHRASES, cut, lambda run: next(said_as(readings, [run])), readings)
    return Phrases.open(folder)


def texts(found: list[object]) -> list[str]:
    return [one.text for one in found]  # type: ignore[attr-defined]


def test_phrases_go_on_from_the_start_of_any_word_best_first(built: Phrases) -> None:
    assert texts(built.going_on("steel", 9)) == ["steel bottle", "Steel Bottle 750 ml", "Stainless steel mug"]
    assert texts(built.going_on("steel ", 1)) == ["steel bottle"]
    assert texts(built.going_on("noise c", 9)) == ["Toru WH-900 noise cancelling headphones"]
    assert texts(built.going_on("保温", 9)) == ["保温杯", "Kibo 不锈钢保温杯"]
    assert texts(built.going_on("cafe c", 9)) == ["Café crème"]
    assert built.going_on("teel", 9) == [], "inside a word nothing is found"
    assert built.going_on("zzz", 9) == []


def test_a_title_says_its_row_and_everything_its_kind(built: Phrases) -> None:
    found = {one.text: (one.kind, one.row) for key in ("s", "h", "保") for one in built.going_on(key, 9)}
    assert found["Steel Bottle 750 ml"] == ("title", 3)
    assert found["Halvik"] == ("brand", -1)
    assert found["headphones"] == ("category", -1)
    assert found["保温杯"] == ("query", -1)


def test_words_that_do_not_stand_together(built: Phrases) -> None:
    assert texts(built.holding(["toru", "head"], 9)) == ["Toru WH-900 noise cancelling headphones"]
    assert texts(built.holding(["ml", "ste"], 9)) == ["Steel Bottle 750 ml"]
    assert built.holding(["toru", "steel"], 9) == []


def test_pinyin_and_first_letters(built: Phrases, readings: Readings) -> None:
    for key in ("bao", "baowenbei", "bw", "bwb"):
        assert "保温杯" in texts(built.said(key, 9)), key
    assert texts(built.said("kibobxg", 9)) == ["Kibo 不锈钢保温杯"]
    assert letters("steel", lambda _: (), readings) == []


def test_one_slip_in_the_last_word_is_taken_back(built: Phrases) -> None:
    for typed in ("hedpho", "haedpho", "headdpho", "hexdpho", "headpgo"):
        assert built.slipped("", typed) is not None, typed
        assert texts(built.going_on(str(built.slipped("", typed)), 1)) == ["headphones"]
    assert built.slipped("steel ", "bottel") is not None
    assert built.slipped("", "qqqqq") is None


def test_live_titles_come_change_and_go(readings: Readings) -> None:
    def say(run: str) -> Syllables:
        return next(said_as(readings, [run]))

    live = LivePhrases()
    live.put(9, "Enamel kettle", (), cut)
    live.put(10, "保温杯", letters("保温杯", say, readings), cut)
    assert texts(live.going_on("ket", 5)) == ["Enamel kettle"]
    assert texts(live.said("bwb", 5)) == ["保温杯"]
    live.put(9, "Enamel pot", (), cut)
    assert live.going_on("ket", 5) == []
    assert texts(live.going_on("enamel", 5)) == ["Enamel pot"]
    live.remove(9)
    live.remove(9)
    assert live.going_on("enamel", 5) == []
    assert len(live) == 1


@pytest.mark.parametrize(
    "query",
    [
        "anna@example.org",
        "call 138 0013 8000",
        "+44 (0)20 7946 0958",
        "6222021234567890123",
        "https://example.org/x",
        "www.example.org",
        "１３８００１３８０００",
        "order 1234567",
    ],
)
def test_what_may_be_personal(query: str) -> None:
    assert is_private(query)


@pytest.mark.parametrize(
    "query", ["steel bottle 750 ml", "iphone 15 pro", "wh-1000xm4", "保温杯 500ml", "2024 calendar"]
)
def test_what_is_not(query: str) -> None:
    assert not is_private(query)


def test_marks_are_html(built: Phrases) -> None:
    assert marked("Steel <b>Bottle</b>", "steel") == "<em>Steel</em> &lt;b&gt;Bottle&lt;/b&gt;"
    assert marked("Toru noise headphones", "head toru") == "<em>Toru</em> noise <em>head</em>phones"
    assert marked("保温杯", "bwb") == "保温杯"


@given(st.text(max_size=120))
def test_any_prefix_is_taken_and_every_answer_holds_it(built: Phrases, prefix: str) -> None:
    key = typed_key(prefix)
    for one in built.going_on(key, 5):
        assert key in phrase_key(one.text) + " "
    for one in built.holding(key.split(), 5) if key.split() else ():
        assert all(word in phrase_key(one.text) for word in key.split())
    built.said(key, 5)
    built.slipped("", key)
    assert unescape(marked(prefix, key)).replace("<em>", "").replace("</em>", "") == unescape(marked(prefix, ""))


@given(st.lists(st.text("ab c", min_size=1, max_size=8), max_size=12), st.text("ab c", min_size=1, max_size=4))
def test_built_phrases_answer_as_the_naive_way(
    readings: Readings, tmp_path_factory: pytest.TempPathFactory, titles: list[str], prefix: str
) -> None:
    folder = tmp_path_factory.mktemp("some")
    phrases = [Phrase(title, "title", float(row), row) for row, title in enumerate(titles)]
    Phrases.write(folder, phrases, cut, lambda _: (), readings)
    key = typed_key(prefix)
    naive = {
        row
        for row, title in enumerate(titles)
        if phrase_key(title).startswith(key) or f" {key}" in f" {phrase_key(title)}"
    }
    if key:
        assert {one.row for one in Phrases.open(folder).going_on(key, 99)} == naive


def test_no_phrases_at_all(readings: Readings, tmp_path: Path) -> None:
    Phrases.write(tmp_path, [], cut, lambda _: (), readings)
    made = Phrases.open(tmp_path)
    assert len(made) == 0
    assert made.going_on("a", 3) == made.said("a", 3) == made.holding(["a", "b"], 3) == []
    assert made.slipped("", "abcd") is None
