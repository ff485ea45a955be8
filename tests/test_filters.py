from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.errors import FilterError
from soutui.filters import MAX_DEPTH, MAX_NODES, And, AnyOf, Filter, Not, Or, Range, parse_json, parse_words


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("brand=Kibo", AnyOf("brand", ("Kibo",))),
        (" brand = Kibo Tea ", AnyOf("brand", ("Kibo Tea",))),
        ("colour=red| blue |绿", AnyOf("colour", ("red", "blue", "绿"))),
        ("brand!=Kibo", Not(AnyOf("brand", ("Kibo",)))),
        ("brand!=a|b", Not(AnyOf("brand", ("a", "b")))),
        ("price<=20", Range("price", lte=20.0)),
        ("price<20", Range("price", lt=20.0)),
        ("price >= 2.5", Range("price", gte=2.5)),
        ("price>-1e3", Range("price", gt=-1000.0)),
        ("品牌=宜兴", AnyOf("品牌", ("宜兴",))),
        ("formula=a=b", AnyOf("formula", ("a=b",))),
        ("note=two\nlines", AnyOf("note", ("two\nlines",))),
        ("brand=", AnyOf("brand", ("",))),
    ],
)
def test_words(word: str, expected: Filter) -> None:
    assert parse_words([word]) == expected


def test_several_words_are_all_asked_for() -> None:
    assert parse_words([]) is None
    assert parse_words(["a=1", "b<2"]) == And((AnyOf("a", ("1",)), Range("b", lt=2.0)))


@pytest.mark.parametrize(
    "word", ["", "brand", "=x", "<3", "!brand", "price<=", "price<=cheap", "price<nan", "price>inf"]
)
def test_words_that_cannot_be_read(word: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_words(["brand=Kibo", word])
    assert caught.value.hint


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({"brand": "Kibo"}, AnyOf("brand", ("Kibo",))),
        ({"year": 2020}, AnyOf("year", (2020.0,))),
        ({"new": True}, AnyOf("new", (True,))),
        ({"brand": ["a", 1, False]}, AnyOf("brand", ("a", 1.0, False))),
        ({"brand": []}, AnyOf("brand", ())),
        ({"price": {"gte": 1, "lt": 2.5}}, Range("price", gte=1.0, lt=2.5)),
        ({"a": "x", "b": "y"}, And((AnyOf("a", ("x",)), AnyOf("b", ("y",))))),
        ({"not": {"a": "x"}}, Not(AnyOf("a", ("x",)))),
        ({"or": [{"a": "x"}, {"b": "y"}]}, Or((AnyOf("a", ("x",)), AnyOf("b", ("y",))))),
        ({"and": [{"a": "x"}]}, And((AnyOf("a", ("x",)),))),
        (
            {"a": "x", "or": [{"b": "y"}, {"not": {"c": {"gt": 0}}}]},
            And((AnyOf("a", ("x",)), Or((AnyOf("b", ("y",)), Not(Range("c", gt=0.0)))))),
        ),
    ],
)
def test_json(value: Any, expected: Filter | None) -> None:
    assert parse_json(value) == expected


def test_true_is_not_the_number_one() -> None:
    parsed = parse_json({"new": True, "year": 1})
    assert isinstance(parsed, And)
    assert [type(part.values[0]) for part in parsed.parts if isinstance(part, AnyOf)] == [bool, float]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "brand=Kibo",
        3,
        [{"brand": "Kibo"}],
        {"brand": None},
        {"brand": [None]},
        {"brand": [["a"]]},
        {"brand": [{"gte": 1}]},
        {"price": {}},
        {"price": {"about": 3}},
        {"price": {"gte": 1, "max": 3}},
        {"price": {"gte": "cheap"}},
        {"price": {"gte": None}},
        {"price": {"gte": [1]}},
        {"price": {"gte": float("nan")}},
        {"price": {"lt": float("inf")}},
        {"price": {"lt": "-inf"}},
        {"price": float("nan")},
        {"price": [1, float("inf")]},
        {"price": 10**400},
        {"price": {"lt": 10**400}},
        {"and": []},
        {"or": {"a": "x"}},
        {"or": "ab"},
        {"and": ["a"]},
        {"not": []},
        {"not": {}},
        {"not": None},
    ],
)
def test_json_that_cannot_be_read(value: Any) -> None:
    with pytest.raises(FilterError) as caught:
        parse_json(value)
    assert caught.value.hint


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"a": "x"}
    for _ in range(depth):
        value = {"not": value}
    return value


def test_depth_is_bounded() -> None:
    assert parse_json(nested(MAX_DEPTH)) is not None
    for depth in (MAX_DEPTH + 1, 500):
        with pytest.raises(FilterError, match="deeper"):
            parse_json(nested(depth))
    ors: dict[str, Any] = {"a": "x"}
    for _ in range(MAX_DEPTH + 1):
        ors = {"or": [ors]}
    with pytest.raises(FilterError, match="deeper"):
        parse_json(ors)


def test_length_is_bounded() -> None:
    assert parse_json({"or": [{"a": "x"}] * (MAX_NODES - 1)}) is not None
    with pytest.raises(FilterError, match="longer"):
        parse_json({"or": [{"a": "x"}] * MAX_NODES})
    assert parse_json({f"a{i}": "x" for i in range(MAX_NODES)}) is not None
    with pytest.raises(FilterError, match="longer"):
        parse_json({f"a{i}": "x" for i in range(MAX_NODES + 1)})
    # Doubling at every level stays below the depth, not below the length.
    wide: dict[str, Any] = {"a": "x"}
    for _ in range(MAX_DEPTH):
        wide = {"and": [wide, wide]}
    with pytest.raises(FilterError, match="longer"):
        parse_json(wide)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["and", "or", "not", "gte", "lt", "a", "price", ""]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_anything_is_a_filter_or_a_filter_error(value: Any) -> None:
    try:
        parsed = parse_json(value)
    except FilterError:
        return
    assert (parsed is None) == (value is None)


@given(st.text(max_size=12))
def test_any_word_is_a_filter_or_a_filter_error(word: str) -> None:
    try:
        assert parse_words([word]) is not None
    except FilterError as error:
        assert error.hint  # noqa: PT017
