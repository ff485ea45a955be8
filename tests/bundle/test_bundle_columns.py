from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from soutui.bundle.columns import Columns, matches, words
from soutui.errors import FilterError
from soutui.filters import And, AnyOf, Filter, Not, Or, Range

SHOP: list[dict[str, Any]] = [
    {"brand": "Kibo", "price": 20.0, "colours": ("red", "blue"), "new": True, "size": "XL"},
    {"brand": "kibo", "price": 5.5, "colours": ("blue",), "new": False, "size": 42.0},
    {"brand": "宜兴", "price": 1234567.0, "colours": (), "size": "42"},
    {"price": 1234568.0},
    {"brand": "Toru", "colours": ("Red", "green", "Red"), "new": True},
]


def write(folder: Path, rows: list[dict[str, Any]]) -> Columns:
    Columns.write(folder, iter(rows))
    return Columns.open(folder)


@pytest.fixture
def shop(tmp_path: Path) -> Columns:
    return write(tmp_path / "columns", SHOP)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (AnyOf("brand", ("kibo",)), [0, 1]),
        (AnyOf("brand", ("KIBO", "宜兴")), [0, 1, 2]),
        (AnyOf("brand", ("nobody",)), []),
        (AnyOf("brand", ()), []),
        (Not(AnyOf("brand", ("Kibo",))), [2, 3, 4]),
        (AnyOf("price", ("20",)), [0]),
        (AnyOf("price", (20.0, "5.50")), [0, 1]),
        (Range("price", gte=5.5, lt=20.0), [1]),
        (Range("price", gt=5.5, lte=20.0), [0]),
        (Range("price"), [0, 1, 2, 3]),
        (Not(Range("price", gt=0.0)), [4]),
        (AnyOf("colours", ("red",)), [0, 4]),
        (AnyOf("colours", ("green", "blue")), [0, 1, 4]),
        (AnyOf("new", (True,)), [0, 4]),
        (AnyOf("new", ("FALSE",)), [1]),
        # A field with words and numbers is text; the number 42 is spelt like the word.
        (AnyOf("size", ("42",)), [1, 2]),
        (AnyOf("size", (42.0,)), [1, 2]),
        (AnyOf("size", ("42.0", "xl")), [0, 1, 2]),
        (And((AnyOf("brand", ("kibo",)), Range("price", lt=10.0))), [1]),
        (Or((AnyOf("brand", ("toru",)), Range("price", lt=10.0))), [1, 4]),
        (And(()), [0, 1, 2, 3, 4]),
        (Or(()), []),
    ],
)
def test_filters(shop: Columns, condition: Filter, expected: list[int]) -> None:
    mask = shop.mask(condition)
    assert mask.shape == (5,)
    assert mask.dtype == np.bool_
    assert np.flatnonzero(mask).tolist() == expected
    assert [row for row, attributes in enumerate(SHOP) if matches(condition, attributes)] == expected


def test_matches_reads_lists_as_it_reads_tuples() -> None:
    assert matches(AnyOf("colours", ("RED",)), {"colours": ["red", "blue"]})
    assert not matches(Range("colours", gte=0.0), {"colours": ["red"]})


VALUES = st.sampled_from(
    [0.0, 1.0, -1.0, 2.5, 20.0, 1e15, "1", "1.0", "red", "Red", "BLUE", "蓝", "", "true", True, False]
)
CELL = VALUES | st.lists(st.sampled_from(["red", "Red", "蓝", "1"]), max_size=3).map(tuple)
FIELDS = st.sampled_from(["a", "b"])
# "a" and "b" may hold anything, "n" only numbers; each may be missing.
ROW = st.fixed_dictionaries({}, optional={"a": CELL, "b": CELL, "n": st.sampled_from([-1.0, 0.0, 0.5, 1.0, 20.0])})
BOUND = st.none() | st.sampled_from([-1.0, 0.0, 0.5, 20.0])
NUMERIC = st.builds(Range, st.just("n"), gte=BOUND, gt=BOUND, lte=BOUND, lt=BOUND) | st.builds(
    AnyOf, st.just("n"), st.lists(st.sampled_from([0.0, "1", "1.0", 0.5, True]), max_size=3).map(tuple)
)
LEAF = st.builds(AnyOf, FIELDS, st.lists(VALUES, max_size=3).map(tuple)) | NUMERIC
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(ROW, max_size=8), tree=TREE)
def test_the_mask_says_what_matches_says_row_by_row(rows: list[dict[str, Any]], tree: Filter) -> None:
    with tempfile.TemporaryDirectory() as folder:
        columns = write(Path(folder), rows)
        try:
            mask = columns.mask(tree, {"a", "b", "n"})
        except FilterError:
            assume(False)  # a column that turned out numeric, asked for a word
        assert mask.tolist() == [matches(tree, row) for row in rows]


def test_an_unknown_field_names_the_known_and_the_nearest(shop: Columns) -> None:
    with pytest.raises(FilterError, match="brand, colours, new, price, size") as caught:
        shop.mask(And((AnyOf("brand", ("kibo",)), AnyOf("prise", ("1",)))))
    assert "'prise'" in caught.value.message
    assert "'price'" in caught.value.hint
    with pytest.raises(FilterError):
        shop.count("zzz", np.arange(2, dtype=np.int32))


def test_a_field_known_elsewhere_holds_for_no_row(shop: Columns) -> None:
    assert not shop.mask(AnyOf("fresh", ("x",)), {"fresh"}).any()
    assert not shop.mask(Range("fresh", gte=0.0), {"fresh"}).any()
    assert shop.mask(Not(AnyOf("fresh", ("x",))), {"fresh"}).all()
    assert shop.count("fresh", np.arange(5, dtype=np.int32), {"fresh"}) == Counter()


def test_words_and_numbers_do_not_mix(shop: Columns) -> None:
    with pytest.raises(FilterError, match="'brand' holds text"):
        shop.mask(Range("brand", gte=1.0))
    with pytest.raises(FilterError, match="'price' holds numbers; 'cheap' came"):
        shop.mask(AnyOf("price", ("cheap",)))


def test_facet_counts(shop: Columns) -> None:
    everything = np.arange(5, dtype=np.int32)
    assert shop.fields == ("brand", "colours", "new", "price", "size")
    assert shop.count("brand", everything) == {"Kibo": 1, "kibo": 1, "宜兴": 1, "Toru": 1}
    assert shop.count("new", everything) == {"true": 2, "false": 1}
    # An item that says a value twice is one item.
    assert shop.count("colours", everything) == {"red": 1, "blue": 2, "Red": 1, "green": 1}
    assert shop.count("colours", np.array([4, 0], np.int32)) == {"red": 1, "blue": 1, "Red": 1, "green": 1}
    assert shop.count("colours", np.empty(0, np.int32)) == Counter()
    assert shop.count("price", np.empty(0, np.int32)) == Counter()


def test_counted_numbers_stay_apart_and_can_be_filtered_by(shop: Columns) -> None:
    counts = shop.count("price", np.arange(5, dtype=np.int32))
    assert counts == {"20": 1, "5.5": 1, "1234567": 1, "1234568": 1}
    for value, count in counts.items():
        assert shop.mask(AnyOf("price", (value,))).sum() == count


def test_an_empty_catalogue(tmp_path: Path) -> None:
    columns = write(tmp_path, [])
    assert columns.n == 0
    assert columns.fields == ()
    assert columns.mask(And(())).shape == (0,)
    with pytest.raises(FilterError, match="no attributes"):
        columns.mask(AnyOf("brand", ("x",)))
    assert write(tmp_path / "bare", [{}, {}]).mask(Or(())).tolist() == [False, False]


def test_words() -> None:
    assert words(True) == ("true",)
    assert words(20.0) == ("20",)
    assert words(0.1) == ("0.1",)
    assert words(["a", "b"]) == ("a", "b")
    assert words(()) == ()
