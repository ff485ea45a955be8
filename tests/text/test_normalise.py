from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from soutui.text.normalise import has_cjk, normalise, shadow, simplify

# Arbitrary Unicode, and the places where trouble lives more often than chance would have it.
ANY_TEXT = st.text() | st.text(alphabet="aA é́ßİﬁ①ＡｶﾞŁ’´—電乾隆瞭解徵髮後里麼薴\u0345\u1f80\u00ad")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain ASCII", "plain ascii"),
        ("Ｃａｆé ﬁne", "cafe fine"),
        ("Cafe\u0301", "cafe"),
        ("Ångström Łódź straße", "angstrom lodz strasse"),
        ("don’t – 20″", "don't - 20''"),
        ("don´t", "don't"),
        ("co\u00adoperate", "cooperate"),
        ("電腦", "电脑"),
        ("乾隆 乾燥", "乾隆 干燥"),
        ("瞭解計畫", "了解计划"),
        ("畢昇", "毕昇"),
        ("毕昇", "毕昇"),
        ("ＡＢＣ網路", "abc网路"),
        ("Привет Й", "привет й"),
        ("", ""),
    ],
)
def test_spellings(text: str, expected: str) -> None:
    assert normalise(text) == expected


@example("\u0345\u00ad\u0300")
@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(ANY_TEXT)
def test_simplify_and_shadow_keep_positions(text: str) -> None:
    assert len(simplify(text)) == len(text)
    assert len(shadow(text)) == len(text)


def test_shadow_spells_like_normalise() -> None:
    assert shadow("Ｃａｆé 電腦 WH-1000") == "cafe 电脑 wh-1000"


def test_has_cjk() -> None:
    assert has_cjk("abc 电")
    assert has_cjk("カメラ")
    assert not has_cjk("abc é Привет")
    assert not has_cjk("")
