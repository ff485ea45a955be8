from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.config import TextSettings
from soutui.text.analyse import _ASCII_WORD, _WORD, ASIDE, Analyser


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


def test_stemming_and_stop_words(analyser: Analyser) -> None:
    assert analyser.terms("The running shoes of the runners") == ["run", "shoe", "runner"]
    assert analyser.split("the shoes").aside == ["_the"]


@pytest.mark.parametrize("query", ["the who", "it", "To be, or not to be", "Don't you", "什么"])
def test_a_query_of_stop_words_keeps_them(analyser: Analyser, query: str) -> None:
    terms = analyser.query_terms(query)
    assert terms
    assert set(terms) & set(analyser.split(f"{query} live album").aside)


def test_stop_words_and_stems_never_meet(analyser: Analyser) -> None:
    # The stem of "wills" is the function word "will".
    assert analyser.terms("wills") == ["will"]
    assert analyser.terms("will") == ["_will"]


@pytest.mark.parametrize("spelling", ["WH-1000XM4", "wh1000xm4", "WH 1000XM4", "WH/1000XM4"])
def test_model_numbers(analyser: Analyser, spelling: str) -> None:
    terms = set(analyser.terms("Sony WH-1000XM4"))
    assert {"wh1000xm4", "wh", "1000xm4"} <= terms
    assert set(analyser.query_terms(spelling)) & (terms - {"soni"})


def test_model_numbers_whole_and_apart(analyser: Analyser) -> None:
    assert analyser.terms("iPhone15") == ["iphone15", "iphone", "15"]
    assert analyser.terms("AB-123") == ["ab123", "ab", "123"]


@pytest.mark.parametrize("text", ["500ml", "500 ml", "500-ml", "500 ML", "５００ｍｌ", "500毫升", "500 millilitres"])
def test_units_after_numbers(analyser: Analyser, text: str) -> None:
    assert "500ml" in analyser.terms(text)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("12.5 cm", "12.5cm"),
        ('8" tablet', "8inch"),
        ("8-inch", "8inch"),
        ("8in", "8inch"),
        ("5公斤装", "5kg"),
        ("1,000 g", "1000g"),
        ("64 GB", "64gb"),
        ("20%", "20percent"),
    ],
)
def test_more_units(analyser: Analyser, text: str, term: str) -> None:
    assert term in analyser.terms(text)
    assert term in analyser.query_terms(text)


def test_in_is_a_unit_only_when_it_touches(analyser: Analyser) -> None:
    assert analyser.terms("2 in 1 laptop") == ["2", "1", "laptop"]


def test_single_characters_stay(analyser: Analyser) -> None:
    assert analyser.terms("vitamin c size 8") == ["vitamin", "c", "size", "8"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("men's shoes", ["men", "shoe"]),
        ("O'Brien", ["obrien"]),
        ("t-shirt", ["tshirt", "shirt"]),
        ("U.S.A.", ["usa", "u"]),
        ("C++ and C#", ["c++", "c#"]),
        ("1,000", ["1000"]),
        ("3.14", ["3.14"]),
        ("wing/propeller", ["wing", "propel"]),
        ("Привет мир", ["привет", "мир"]),
        ("", []),
        ("... --- !!", []),
    ],
)
def test_words(analyser: Analyser, text: str, expected: list[str]) -> None:
    assert analyser.terms(text) == expected


def test_chinese_words_and_pairs(analyser: Analyser) -> None:
    terms = analyser.terms("网络银行的服务")
    assert {"网络", "银行", "服务", "络银"} <= set(terms)
    assert "的" not in terms
    assert {"_网", "_的"} <= set(analyser.split("网络银行的服务").aside)


def test_traditional_equals_simplified(analyser: Analyser) -> None:
    assert analyser.terms("我的電腦壞了") == analyser.terms("我的电脑坏了")


def test_mixed_text(analyser: Analyser) -> None:
    terms = analyser.terms("Apple iPhone15 手机壳 500毫升")
    assert {"appl", "iphone15", "手机", "500ml"} <= set(terms)


def test_a_lone_character_is_looked_for_inside_words(analyser: Analyser) -> None:
    assert "_茶" in analyser.query_terms("茶")
    assert "_茶" in analyser.split("绿茶").aside
    assert not any(term.startswith(ASIDE) for term in analyser.query_terms("绿茶"))


def test_a_query_without_end_is_cut(analyser: Analyser) -> None:
    assert len(analyser.query_terms("shoe " * 100_000)) == 800


def test_user_words_stay_whole() -> None:
    plain, told = Analyser(), Analyser(TextSettings(user_words=("搜推引擎",)))
    assert "搜推引擎" not in plain.terms("我的搜推引擎很快")
    assert "搜推引擎" in told.terms("我的搜推引擎很快")
    # The dictionary is private: telling one analyser does not teach the other.
    assert "搜推引擎" not in plain.terms("我的搜推引擎很快")


def test_own_stop_words() -> None:
    analyser = Analyser(TextSettings(stop_words=("Sale", "優惠")))
    assert analyser.terms("shoes sale 优惠") == ["shoe"]


def test_fingerprint() -> None:
    base = Analyser().fingerprint
    assert base == Analyser(TextSettings(title_weight=2.0)).fingerprint
    assert base != Analyser(TextSettings(stop_words=("sale",))).fingerprint
    assert base != Analyser(TextSettings(user_words=("搜推",))).fingerprint


@given(st.text() | st.text(alphabet="ab19 -'./_&,+#%\"茶的电腦ァあ毫升mlin"))
@settings(deadline=None)  # the first Chinese text loads the dictionary
def test_any_text_gives_clean_terms(text: str) -> None:
    analyser = _SHARED
    content, aside = analyser.split(text)
    assert all(term and not any(c.isspace() for c in term) for term in content + aside)
    assert not any(term.startswith(ASIDE) for term in content)
    assert all(term.startswith(ASIDE) for term in aside)
    assert analyser.terms(text) == (content or aside)
    assert set(analyser.query_terms(text)) <= set(content) | set(aside)


_SHARED = Analyser()


@given(st.text(alphabet="abz019 -'./_&,+#%\"mlincg"))
def test_the_fast_pattern_agrees_with_the_general_one(text: str) -> None:
    assert _ASCII_WORD.findall(text) == _WORD.findall(text)


def test_threads_share_an_analyser() -> None:
    texts = [f"running shoes number{i} 网络银行{i}" for i in range(200)]
    alone = [Analyser().terms(text) for text in texts[:1]]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(_SHARED.terms, texts))
    assert together[0] == alone[0]
    assert together == [_SHARED.terms(text) for text in texts]


def test_nothing_chinese_is_loaded_for_english_and_no_warning_surfaces() -> None:
    code = (
        "import sys; from soutui.text.analyse import Analyser; a = Analyser(); a.terms('running shoes');"
        "assert 'jieba' not in sys.modules and 'opencc' not in sys.modules; print(a.terms('網路銀行')[0])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip() == "网路"
