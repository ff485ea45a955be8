from __future__ import annotations

from pathlib import Path

import pytest

from soutui.config import TextSettings
from soutui.errors import DamagedError
from soutui.text.analyse import Analyser
from soutui.text.dictionary import catalogue_words, read_words, write_words

PLAIN = Analyser()


def test_values_that_repeat_are_words() -> None:
    brands = {"良品铺子": 5, "蕉下 Beneunder": 3, "Kibo": 9, "只一次": 1, "茶": 4, "九个字的一个很长的牌子": 3}
    assert catalogue_words([brands]) == ("良品铺子", "蕉下")


def test_a_field_of_different_values_gives_no_words() -> None:
    titles = {f"标题{word}": 1 for word in "甲乙丙丁戊"} | {"两次": 2}
    assert catalogue_words([titles]) == ()
    assert catalogue_words([]) == ()
    assert catalogue_words([{}]) == ()


def test_traditional_values_are_simplified_and_function_words_left_out() -> None:
    assert catalogue_words([{"電腦": 4, "什么": 4}]) == ("电脑",)


def test_words_of_the_catalogue_stay_whole() -> None:
    told = Analyser(words=("蕉下", "良品铺子"))
    assert "蕉下" not in PLAIN.cut("蕉下防晒衣")
    assert told.cut("蕉下防晒衣")[0] == "蕉下"
    assert told.cut("良品铺子坚果") == ["良品铺子", "坚果"]
    assert PLAIN.cut("良品铺子坚果") == ["良品", "铺子", "坚果"]


def test_words_inside_a_word_are_found_as_before() -> None:
    told = Analyser(words=("女士运动鞋",))
    assert {"女士运动鞋", "女士", "运动鞋"} <= set(told.terms("女士运动鞋"))
    assert set(told.query_terms("运动鞋")) <= set(told.terms("女士运动鞋"))
    assert set(told.query_terms("女士运动鞋")) == set(told.terms("女士运动鞋"))


@pytest.mark.parametrize(
    "text", ["日本和服务", "他在研究生命起源", "北京大学生前来应聘", "手机壳", "中华人民共和国", "南京市长江大桥"]
)
def test_known_compounds_do_not_break(text: str) -> None:
    # Words that the dictionary has keep their frequency, so nothing around them is cut otherwise.
    words = ("和服", "研究生", "大学生", "手机", "人民", "长江")
    assert Analyser(words=words).cut(text) == PLAIN.cut(text)


def test_pairs_of_characters_remain() -> None:
    told = Analyser(words=("元气森林",))
    assert {"元气", "气森", "森林"} <= set(told.terms("元气森林"))


def test_words_of_settings_and_catalogue_go_together() -> None:
    both = Analyser(TextSettings(user_words=("搜推引擎",)), ("蕉下",))
    assert {"搜推引擎", "蕉下"} <= set(both.terms("蕉下搜推引擎"))
    assert both.fingerprint not in {PLAIN.fingerprint, Analyser(TextSettings(user_words=("搜推引擎",))).fingerprint}
    assert Analyser(TextSettings(user_words=("蕉下",))).fingerprint == Analyser(words=("蕉下",)).fingerprint


def test_words_are_kept_in_a_bundle(tmp_path: Path) -> None:
    assert read_words(tmp_path) == ()  # a bundle built before
    write_words(tmp_path, ("蕉下", "良品铺子"))
    assert read_words(tmp_path) == ("蕉下", "良品铺子")


@pytest.mark.parametrize("text", ["{}", "[1]", "no json", '"word"'])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "words.json").write_text(text, "utf-8")
    with pytest.raises(DamagedError):
        read_words(tmp_path)
