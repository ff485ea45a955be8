from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.errors import UsageError
from soutui.text.analyse import Analyser
from soutui.text.highlight import Highlighter

ANALYSER = Analyser()


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("running", "He runs, she ran running.", "He <em>runs</em>, she ran <em>running</em>."),
        ("art", "cart art party", "cart <em>art</em> party"),
        ("battery", "two batteries", "two <em>batteries</em>"),
        ("wh-1000xm4", "Sony WH-1000XM4 black", "Sony <em>WH-1000XM4</em> black"),
        ("500ml", "a 500 ml jar, 1500 ml", "a <em>500 ml</em> jar, 1500 ml"),
        ("1 litre", "a 1000 ml jar, X1000ml", "a <em>1000 ml</em> jar, X1000ml"),
        ("gray", "Grey cat", "<em>Grey</em> cat"),
        ("curb", "a kerb", "a <em>kerb</em>"),
        ("5", "12.5 and 5", "12.5 and <em>5</em>"),
        ("cafe", "Café <b>", "<em>Café</em> &lt;b&gt;"),
        ("the who", "Who are the beatles", "<em>Who</em> are <em>the</em> beatles"),
        ("the shoe", "the shoe", "the <em>shoe</em>"),
        ("网络银行", "我的網絡銀行服務", "我的<em>網絡銀行</em>服務"),
        ("电脑是什么", "電腦是什麼", "<em>電腦</em>是什麼"),
        ("茶", "绿茶", "绿<em>茶</em>"),
        ("iphone 手机壳", "iPhone手機殼", "<em>iPhone手機殼</em>"),
        ("nothing", "at all", "at all"),
        ("", "at all", "at all"),
        ("query", "", ""),
    ],
)
def test_short_texts(query: str, text: str, expected: str) -> None:
    assert Highlighter(ANALYSER, query).snippet(text) == expected


def test_the_window_shows_the_most_different_words() -> None:
    filler = "lorem ipsum dolor sit amet " * 20
    text = f"blue blue blue {filler}the blue running shoe {filler}blue"
    snippet = Highlighter(ANALYSER, "blue shoes running").snippet(text, 60)
    assert "<em>blue</em> <em>running</em> <em>shoe</em>" in snippet
    assert snippet.startswith("…")
    assert snippet.endswith("…")
    plain = html.unescape(re.sub("</?em>", "", snippet)).strip("…")
    assert len(plain) <= 60
    assert plain[0] != " "
    assert f" {plain} " in text  # cut between words


def test_without_a_match_the_beginning_is_shown() -> None:
    assert Highlighter(ANALYSER, "zebra").snippet("one two three four five", 14) == "one two three…"


def test_matched_words_in_order_and_once() -> None:
    highlighter = Highlighter(ANALYSER, "running shoes")
    assert highlighter.matched(["Shoe for runs", "shoe Running"]) == ("shoe", "runs", "running")
    assert highlighter.matched([]) == ()


def test_length_must_be_positive() -> None:
    with pytest.raises(UsageError):
        Highlighter(ANALYSER, "a").snippet("text", 0)


TEXTS = st.text(max_size=300) | st.text(alphabet="ab AB12.,-<&\"'éß電电脑腦是 \n", max_size=300)


@settings(deadline=None)  # the first Chinese text loads the dictionary
@given(TEXTS, TEXTS, st.integers(1, 80))
def test_a_snippet_is_a_piece_of_the_text(query: str, text: str, length: int) -> None:
    highlighter = Highlighter(ANALYSER, query)
    snippet = highlighter.snippet(text, length)
    plain = html.unescape(snippet.replace("<em>", "").replace("</em>", ""))
    if plain not in text:
        plain = plain.removeprefix("…") if plain.removesuffix("…") not in text else plain
        plain = plain if plain in text else plain.removesuffix("…")
    assert plain in text
    assert len(plain) <= length
    assert snippet.count("<em>") == snippet.count("</em>")
    assert all(word for word in highlighter.matched([text]))
