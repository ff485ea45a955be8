"""Chinese by sound: readings, syllables, words typed in pinyin."""

from __future__ import annotations

from pathlib import Path

import pytest
from forgiving_toys import Toy
from hypothesis import given
from hypothesis import strategies as st

from soutui.text.hanzi import LiveSounds, read_pinyin
from soutui.text.pinyin import Readings, said_as
from soutui.text.shapes import look_alikes
from soutui.text.vocabulary import LiveWords


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    return Toy(tmp_path_factory.mktemp("pinyin"))


@pytest.fixture(scope="module")
def readings() -> Readings:
    return Readings.make()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("erji", "耳机"),
        ("bao wen bei", "保温杯"),
        ("baowenbei", "保温杯"),
        ("lanya erji", "蓝牙耳机"),
        ("zhangpeng", "帐篷"),
        ("Gongzuofu", "工作服"),
        ("bao'wen'bei", "保温杯"),
    ],
)
def test_words_typed_in_pinyin(toy: Toy, typed: str, meant: str) -> None:
    found = toy.speller.correct(typed)
    assert found.searched == meant
    assert {fix.kind for fix in found.fixes} == {"pinyin"}


def test_a_latin_word_that_the_catalogue_has_is_no_pinyin(toy: Toy) -> None:
    assert toy.speller.correct("bottle bag").fixes == ()
    assert toy.speller.correct("steel erji").searched == "steel 耳机"


def test_pinyin_can_be_turned_off(tmp_path: Path) -> None:
    assert Toy(tmp_path, pinyin=False).speller.correct("baowenbei").searched == "baowenbei"


def test_readings_on_disk_are_those_made(readings: Readings, tmp_path: Path) -> None:
    readings.save(tmp_path)
    again = Readings.open(tmp_path)
    assert again.syllables == readings.syllables
    for character in "行重绿女a，𠀀":
        assert again.of(character) == readings.of(character)
    assert [readings.syllables[one] for one in readings.of("行")][:2] == ["xing", "hang"]
    assert readings.of("a") == readings.of("𠀀") == ()


def test_a_phrase_is_said_as_the_dictionary_says(readings: Readings) -> None:
    bank, *_ = said_as(readings, ["银行", "abc"])
    assert readings.spell(bank) == "yinhang"
    assert readings.initials(bank) == "yh"
    assert bank in readings.texts("银行")


def test_letters_are_taken_apart_every_way(readings: Readings) -> None:
    assert {tuple(readings.syllables[one] for one in way) for way in readings.parse("xian")} >= {
        ("xian",),
        ("xi", "an"),
    }
    assert readings.parse("bottle") == readings.parse("") == readings.parse("a" * 41) == []


def test_what_is_said_alike(readings: Readings) -> None:
    zhang = readings.number("zhang")
    assert zhang is not None
    alike = {readings.syllables[one] for (one,) in readings.alike((zhang,))}
    assert alike == {"zhang", "zang", "zhan"}


def test_live_words_are_found_by_sound(toy: Toy) -> None:
    words = LiveWords()
    sounds = LiveSounds(toy.readings, words)
    for word in words.add([("茶壶", 3.0), ("teapot", 3.0)]):
        sounds.add(word)
    assert [word for _, word in read_pinyin("chahu", sounds)] == ["茶壶"]
    assert list(read_pinyin("baowenbei", sounds)) == []


@given(st.text(max_size=45))
def test_any_letters_are_taken(readings: Readings, text: str) -> None:
    for way in readings.parse(text):
        assert readings.spell(way) == text
    assert len(readings.texts(text[:20])) <= 16


def test_look_alikes_are_mutual() -> None:
    table = look_alikes()
    assert "末" in table["未"]
    assert all(one in table[other] for one, others in table.items() for other in others)
    assert all(one not in others for one, others in table.items())
