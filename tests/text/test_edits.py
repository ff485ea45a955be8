"""Slips of the hand: costs, and keys that meet exactly when two words are near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.text.edits import AGAIN, DIGIT, deletion_keys, slip

WORDS = st.text("abcd", min_size=3, max_size=10)


def plain(a: str, b: str) -> int:
    """Restricted Damerau-Levenshtein distance, the naive way."""
    table = [[i + j if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            same = a[i - 1] == b[j - 1]
            table[i][j] = min(table[i - 1][j - 1] + (not same), table[i - 1][j] + 1, table[i][j - 1] + 1)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORDS, WORDS)
def test_a_slip_is_found_exactly_when_the_words_are_near(a: str, b: str) -> None:
    for most in (1, 2):
        assert (slip(a, b, most) is not None) == (plain(a, b) <= most)


@given(WORDS, WORDS)
def test_words_within_reach_share_a_key(a: str, b: str) -> None:
    for depth in (1, 2):
        if plain(a, b) <= depth:
            assert set(deletion_keys([a], depth)[0].tolist()) & set(deletion_keys([b], depth)[0].tolist())


def test_keys_of_many_words_are_those_of_each() -> None:
    words = ["kettle", "bottle", "handle"]
    together = deletion_keys(words, 2)
    assert together.shape == (3, 1 + 6 + 15)
    for row, word in enumerate(words):
        assert together[row].tolist() == deletion_keys([word], 2)[0].tolist()
    assert len(set(together.ravel().tolist())) > 50, "different strings have different keys"


@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [
        (("jakcet", "jacket"), ("jazket", "jacket")),  # swapped letters before a stranger
        (("bottlle", "bottle"), ("bottqle", "bottle")),  # doubled before a stranger
        (("botyle", "bottle"), ("botqle", "bottle")),  # the key beside before one far off
        (("tant", "tent"), ("tnnt", "tent")),  # vowels for each other
        (("boxtle", "bottle"), ("xottle", "bottle")),  # the first letter last
    ],
)
def test_what_is_likelier_costs_less(likely: tuple[str, str], unlikely: tuple[str, str]) -> None:
    first, second = slip(*likely, 2), slip(*unlikely, 2)
    assert first is not None
    assert second is not None
    assert first < second


def test_digits_are_hardly_ever_slips_and_two_edits_cost_more() -> None:
    assert slip("wh900", "wh901", 1) == DIGIT
    double = slip("hedphnes", "headphones", 2)
    assert double is not None
    assert double > AGAIN
    assert slip("bottle", "bottle", 1) == 0
