"""Spelling: what is corrected, what is only suggested, and what is never touched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forgiving_toys import TITLES, Toy
from hypothesis import given
from hypothesis import strategies as st

from soutui.arrays import open_array
from soutui.text.correction import SURE, Correction, Fix
from soutui.text.normalise import normalise
from soutui.text.strings import Strings
from soutui.text.vocabulary import LiveWords, Vocabulary, reach


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy(tmp_path_factory.mktemp("spelling"))


@pytest.mark.parametrize(
    ("typed", "meant", "kind"),
    [
        ("waterprof jacket", "waterproof jacket", "slip"),
        ("jakcet", "jacket", "slip"),
        ("hedphnes", "headphones", "slip"),
        ("sleepingbag", "sleeping bag", "split"),
        ("head phones", "headphones", "join"),
        ("water proof boots", "waterproof boots", "join"),
        ("toru wh1000mx4", "toru wh1000xm4", "slip"),
        ("Steel Botle 750 ml", "Steel bottle 750 ml", "slip"),
    ],
)
def test_english(toy: Toy, typed: str, meant: str, kind: str) -> None:
    found = toy.speller.correct(typed)
    assert found.guessed == meant
    assert [fix.kind for fix in found.fixes] == [kind]
    if kind != "slip" or "wh1000" not in typed:
        assert found.searched == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("保稳杯", "保温杯"),  # sounds alike
        ("帐蓬", "帐篷"),
        ("蓝牙尔机", "蓝牙耳机"),
        ("登山背抱", "登山背包"),  # looks alike
        ("减速器连条", "减速器链条"),
    ],
)
def test_chinese(toy: Toy, typed: str, meant: str) -> None:
    assert toy.speller.correct(typed).guessed == meant


@pytest.mark.parametrize(
    "typed", ["xyzzy", "wh1000xm5", "Toru WH1000XM3", "ab", "750", "", " ", "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"]
)
def test_what_is_not_near_anything_stays(toy: Toy, typed: str) -> None:
    assert toy.speller.correct(typed).searched == typed


@pytest.mark.parametrize("word", sorted({word for title in TITLES for word in title.split()}))
def test_a_known_word_is_never_touched(toy: Toy, word: str) -> None:
    for typed in (word, word.upper(), f" {word}  "):
        assert toy.speller.correct(typed) == Correction(typed)


def test_an_inflected_word_is_known(toy: Toy) -> None:
    assert toy.speller.correct("jackets bottles bag").fixes == ()


def test_known_words_that_sound_alike_are_not_conflated(tmp_path: Path) -> None:
    live, toy = LiveWords(), Toy(tmp_path)
    live.add([("包温杯", 1.0)])
    # 保温杯 and its neighbour both exist: each stays what it is.
    assert toy.speller.correct("保温杯").fixes == ()


def test_only_the_unknown_word_of_a_query_changes(toy: Toy) -> None:
    found = toy.speller.correct("red WATERPROF jacket, size 42!")
    assert found.searched == "red waterproof jacket, size 42!"
    (fix,) = found.fixes
    assert found.text[fix.start : fix.end] == fix.typed == "WATERPROF"
    assert fix.confidence >= SURE


def test_searched_and_suggested_differ_by_confidence() -> None:
    fixes = (Fix(0, 3, "abc", "abd", "slip", 0.9), Fix(4, 7, "xyz", "xyy", "slip", 0.3, (("xzz", 0.2), ("xqq", 0.1))))
    found = Correction("abc xyz", fixes)
    assert found.searched == "abd xyz"
    assert found.suggested == found.guessed == "abd xyy"
    assert found.rivals() == {"xyy": 0.3, "xzz": 0.2}


def test_a_word_of_the_language_is_taken_as_meant(toy: Toy) -> None:
    assert toy.speller.correct("gift pants").searched == "gift pants"
    assert toy.speller.correct("headphonesfor lover").searched == "headphones for lover"


def test_an_unlikely_reading_is_only_a_guess() -> None:
    found = Correction("gift", (Fix(0, 4, "gift", "lift", "slip", 0.1),))
    assert (found.searched, found.suggested, found.guessed, found.rivals()) == ("gift", "gift", "lift", {})


@given(st.text(max_size=60))
def test_any_text_is_taken(toy: Toy, text: str) -> None:
    found = toy.speller.correct(text)
    assert found.text == text
    at = 0
    for fix in found.fixes:
        assert at <= fix.start < fix.end <= len(text)
        assert text[fix.start : fix.end] == fix.typed
        assert 0 <= fix.confidence <= 1
        at = fix.end


KNOWN = st.sampled_from(
    sorted({word for title in TITLES for word in title.split() if word.isascii() and word.isalpha()})
)


@given(KNOWN, st.data())
def test_a_slip_in_a_long_word_is_taken_back_or_the_word_is_another(toy: Toy, word: str, data: st.DataObject) -> None:
    if len(word) < 8:
        return
    at = data.draw(st.integers(1, len(word) - 2))
    typed = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if not toy.known(typed):
        assert toy.speller.correct(typed).searched == word


@given(st.lists(KNOWN, min_size=1, max_size=5))
def test_no_known_word_is_lost(toy: Toy, words: list[str]) -> None:
    text = " ".join(words)
    assert toy.speller.correct(text).guessed.replace(" ", "") == text.replace(" ", "")


def test_vocabulary_on_disk(tmp_path: Path) -> None:
    counts = {"bottle": 3.0, "battle": 1.0, "保温杯": 2.0, "kettle": 5.0, "keys": 4.0}
    kept = Vocabulary.write(tmp_path, counts)
    words = Vocabulary.open(tmp_path)
    assert len(words) == 5
    assert kept == sorted(counts, key=str.encode)
    assert {word: words.count(word) for word in (*counts, "gone")} == {**counts, "gone": 0.0}
    assert {"bottle", "battle"} <= set(words.near("bottel")) | set(words.near("batle"))
    assert words.starting("ke", 1) == [("kettle", 5.0)]
    assert words.starting("zz", 3) == []


def test_an_empty_vocabulary(tmp_path: Path) -> None:
    assert Vocabulary.write(tmp_path, {}) == []
    words = Vocabulary.open(tmp_path)
    assert (words.count("a"), words.near("bottle"), words.starting("", 3)) == (0.0, [], [])


@given(st.sets(st.text("abc杯温", min_size=1, max_size=9), max_size=20), st.text("abc杯温", max_size=9))
def test_live_words_answer_as_built_ones(tmp_path_factory: pytest.TempPathFactory, known: set[str], typed: str) -> None:
    folder = tmp_path_factory.mktemp("words")
    Vocabulary.write(folder, dict.fromkeys(known, 1.0))
    built, live = Vocabulary.open(folder), LiveWords()
    live.add((word, 1.0) for word in sorted(known))
    assert set(built.near(typed)) == set(live.near(typed))
    assert built.starting(typed, 50) == live.starting(typed, 50)
    assert [built.count(word) for word in sorted(known)] == [live.count(word) for word in sorted(known)]


@given(st.lists(st.text(max_size=8), max_size=30), st.text(max_size=4))
def test_strings(tmp_path_factory: pytest.TempPathFactory, texts: list[str], key: str) -> None:
    folder = tmp_path_factory.mktemp("strings")
    ordered = sorted(texts, key=lambda one: one.encode())
    Strings.write(folder, "some", ordered)
    made = Strings.open(folder, "some")
    assert [made[at] for at in range(len(made))] == ordered
    start, end = made.starting(key)
    assert ordered[start:end] == [one for one in ordered if one.encode().startswith(key.encode())]
    assert (made.find(key) is not None) == (key in ordered)


def test_reach() -> None:
    assert [reach(word) for word in ("abc", "abcd", "abcdefgh", "wh1000xm4", "保温", "保温杯", "x" * 25)] == [
        0, 1, 2, 1, 0, 1, 0,
    ]  # fmt: skip
    assert normalise("Ｂottle") == "bottle"


@pytest.mark.parametrize("shape", [(0,), (3,), (4, 2), (0, 5), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.uint64, np.int32, np.uint8])
def test_arrays_are_read_as_numpy_wrote_them(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    array = np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    np.save(tmp_path / "a.npy", array)
    again = open_array(tmp_path / "a.npy")
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert np.array_equal(again, array)
    np.save(tmp_path / "f.npy", np.asfortranarray(array))
    assert np.array_equal(open_array(tmp_path / "f.npy"), np.load(tmp_path / "f.npy"))
