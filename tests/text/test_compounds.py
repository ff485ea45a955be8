from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.index.lexical import INSTEAD, LexicalIndex
from soutui.index.lexical_delta import LexicalDelta
from soutui.text.analyse import Analyser
from soutui.text.query import Clause, ParsedQuery, QueryParser

ANALYSER = Analyser()

ITEMS = [
    "Wireless headphones",  # 0
    "Sleeping bag for two",  # 1
    "WiFi router",  # 2
    "Sony WH-900 player",  # 3
    "Cotton tshirt",  # 4
    "Sony WH-1000XM4",  # 5
    "Phones and head torch",  # 6
    "A bag of rice 2 kg",  # 7
    "Cast iron pan 500 ml",  # 8
    "Send e-mail faster",  # 9
    "WH 900 spare part",  # 10
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("compounds")
    LexicalIndex.build(folder, [(title, "") for title in ITEMS], ANALYSER)
    return LexicalIndex.open(folder, ANALYSER)


@pytest.fixture(scope="module")
def parser(index: LexicalIndex) -> QueryParser:
    return QueryParser(ANALYSER, None, index)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("headphones", {0}),
        ("head-phones", {0, 6}),
        ("head phones", {0, 6}),
        ("sleepingbag", {1}),
        ("sleeping bag", {1, 7}),
        ("wifi", {2}),
        ("wi-fi", {2}),
        ("wi fi", {2}),
        ("t-shirt", {4}),
        ("t shirt", {4}),
        ("tshirt", {4}),
        ("email", {9}),
        ("e mail", {9}),
        ("WH900", {3, 5, 10}),
        ("wh-900", {3, 5, 10}),
        ("WH 900", {3, 5, 10}),
        ("wh 900 ii", {3, 5, 10}),
        ("wh 1000 xm4", {3, 5, 10}),
        ("0.5 l", {8}),
        ("unheardof", set()),
    ],
)
def test_what_is_found(index: LexicalIndex, parser: QueryParser, query: str, found: set[int]) -> None:
    rows, _ = index.search(parser.parse(query), 20)
    assert set(rows.tolist()) == found


@pytest.mark.parametrize(("query", "first"), [("wh 1000 xm4", 5), ("WH 900", 3), ("wh900 ii", 3)])
def test_what_comes_first(index: LexicalIndex, parser: QueryParser, query: str, first: int) -> None:
    rows, _ = index.search(parser.parse(query), 20)
    assert rows[0] == first


def test_function_words_are_not_joined(index: LexicalIndex, tmp_path: Path) -> None:
    LexicalIndex.build(tmp_path, [("avoid inside because", ""), ("void side cause", "")], ANALYSER)
    parser = QueryParser(ANALYSER, None, LexicalIndex.open(tmp_path, ANALYSER))
    for query in ("a void", "in side", "be cause"):
        assert parser.parse(query).clauses == ()


def test_known_words_are_not_taken_apart(parser: QueryParser) -> None:
    assert parser.parse("headphones").clauses == ()


def test_an_unknown_word_whose_parts_never_meet_stays(parser: QueryParser) -> None:
    assert parser.parse("ricerouter").clauses == ()


def test_without_statistics_nothing_is_joined() -> None:
    assert QueryParser(ANALYSER).parse("head phones sleepingbag").clauses == ()


def test_a_clause_counts_once(index: LexicalIndex) -> None:
    def scores(query: ParsedQuery) -> dict[int, float]:
        rows, found = index.search(query, 20)
        return dict(zip(rows.tolist(), found.tolist(), strict=True))

    typed = scores(ParsedQuery({"bag": 1.0}))
    rare = ParsedQuery({}, (Clause(("bag",), (("router",),)),))
    both = scores(rare)
    assert both[1] == pytest.approx(typed[1])
    assert both[7] == pytest.approx(typed[7])
    # The rarer alternative weighs no more than what was typed.
    alone = scores(ParsedQuery({"router": 1.0}))
    share = INSTEAD * index.informs("bag") / index.informs("router")
    assert both[2] == pytest.approx(share * alone[2], rel=1e-5)
    # All terms of an alternative are needed.
    assert 10 not in scores(ParsedQuery({}, (Clause(("pan",), (("soni", "wh900"),)),)))
    assert 3 in scores(ParsedQuery({}, (Clause(("pan",), (("soni", "wh900"),)),)))
    # The same alternative twice, and one that is typed too, add nothing.
    again = scores(ParsedQuery({}, (Clause(("bag",), (("router",), ("router",), ("bag",))),)))
    assert again == pytest.approx(both)


WORDS = ["bag", "soni", "wh900", "rice", "2kg", "pan", "unknown", "_a", "wireless"]
TERMS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple)


@given(
    st.dictionaries(st.sampled_from(WORDS), st.sampled_from([0.5, 1.0, 2.0]), max_size=3),
    st.lists(st.builds(Clause, TERMS, st.lists(TERMS, max_size=3).map(tuple)), max_size=3).map(tuple),
)
@settings(deadline=None)
def test_index_and_delta_agree(index: LexicalIndex, terms: dict[str, float], clauses: tuple[Clause, ...]) -> None:
    delta = LexicalDelta(index, ANALYSER)
    for row, title in enumerate(ITEMS):
        delta.put(row, title, "")
    query = ParsedQuery(terms, clauses)
    rows, scores = index.search(query, 20)
    live_rows, live_scores = delta.search(query, 20)
    assert sorted(live_rows.tolist()) == sorted(rows.tolist())
    assert dict(zip(live_rows.tolist(), live_scores.tolist(), strict=True)) == pytest.approx(
        dict(zip(rows.tolist(), scores.tolist(), strict=True)), rel=1e-3
    )
