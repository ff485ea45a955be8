from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.bundle.columns import matches
from soutui.config import PolicySettings, Rule
from soutui.errors import FilterError, SettingError
from soutui.filters import Filter
from soutui.rank.policy import Ordered, Policy

#: Rows 0-5. Vectors: 0 and 1 are alike, 2 and 3 are alike, 4 and 5 stand alone.
ITEMS: list[dict[str, Any]] = [
    {"brand": "Kibo", "tags": ["a", "b"]},
    {"brand": "Kibo", "tags": ["b"]},
    {"brand": "Toru", "tags": ["a", "c"]},
    {"brand": "Kibo", "tags": ["c"]},
    {"tags": []},
    {"brand": "Toru"},
]
VECTORS = np.eye(6, dtype=np.float32)[[0, 0, 2, 2, 4, 5]]


class ToyShelf:
    """Items named "0", "1", ...; those not listed do not exist."""

    def __init__(self, items: list[dict[str, Any]] = ITEMS) -> None:
        self._items = items

    def row(self, item: str) -> int | None:
        return int(item) if item.isdigit() and int(item) < len(self._items) else None

    def attributes(self, row: int) -> Mapping[str, Any]:
        return self._items[row]

    def mask(self, condition: Filter) -> np.ndarray:
        return np.array([matches(condition, item) for item in self._items], np.bool_)

    def vectors(self, rows: np.ndarray) -> np.ndarray:
        return VECTORS[rows]


ROWS = np.array([0, 1, 2, 3, 4, 5], np.int32)
SCORES = np.array([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], np.float32)


def page(
    rules: tuple[Rule, ...] = (),
    query: str | None = "teapot",
    rows: np.ndarray = ROWS,
    scores: np.ndarray = SCORES,
    allowed: np.ndarray | None = None,
    k: int = 6,
    diversity: float = 0.0,
    caps: dict[str, int] | None = None,
) -> Ordered:
    policy = Policy(PolicySettings(rules=rules, diversity=diversity, caps=caps or {}))
    return policy.apply(query, rows, scores, allowed, k, ToyShelf())


def test_nothing_set_changes_nothing() -> None:
    ordered = page()
    assert ordered.rows.tolist() == ROWS.tolist()
    assert ordered.scores.tolist() == SCORES.tolist()
    assert ordered.rules == {}


def test_k_cuts() -> None:
    assert page(k=2).rows.tolist() == [0, 1]
    assert page(k=2).scores.tolist() == SCORES[:2].tolist()
    assert page(k=0).rows.tolist() == []


@pytest.mark.parametrize(
    "ordering",
    [{}, {"diversity": 0.5}, {"caps": {"brand": 1}}, {"rules": (Rule("boost", items=("1",)),)}],
)
def test_no_rows(ordering: dict[str, Any]) -> None:
    ordered = page(rows=ROWS[:0], scores=SCORES[:0], **ordering)
    assert ordered.rows.shape == ordered.scores.shape == (0,)


def test_pins_come_first_in_rule_order() -> None:
    ordered = page((Rule("pin", items=("3", "1")), Rule("pin", items=("5", "3"))))
    assert ordered.rows.tolist() == [3, 1, 5, 0, 2, 4]
    assert (np.diff(ordered.scores) <= 0).all()
    assert set(ordered.rules) == {1, 3, 5}


def test_an_item_pinned_twice_is_shown_once() -> None:
    assert page((Rule("pin", items=("3", "3")),)).rows.tolist() == [3, 0, 1, 2, 4, 5]


def test_a_pin_is_shown_though_nothing_found_it() -> None:
    ordered = page((Rule("pin", items=("4",)),), rows=ROWS[:2], scores=SCORES[:2])
    assert ordered.rows.tolist() == [4, 0, 1]
    alone = page((Rule("pin", items=("4",)),), rows=ROWS[:0], scores=SCORES[:0])
    assert alone.rows.tolist() == [4]
    assert alone.rows.dtype == np.int32
    assert alone.scores.dtype == np.float32


def test_a_pin_that_is_not_allowed_or_not_there_is_not_shown() -> None:
    allowed = ROWS != 4
    ordered = page((Rule("pin", items=("4", "gone", "2")),), rows=ROWS[:4], scores=SCORES[:4], allowed=allowed)
    assert ordered.rows.tolist() == [2, 0, 1, 3]


def test_boost_and_bury_move_by_a_share_of_the_top_score() -> None:
    boosted = page((Rule("boost", items=("2",), weight=0.15),))
    assert boosted.rows.tolist() == [0, 2, 1, 3, 4, 5]
    assert boosted.scores[1] == pytest.approx(0.95)
    buried = page((Rule("bury", items=("0",), weight=0.35),))
    assert buried.rows.tolist() == [1, 2, 3, 0, 4, 5]
    assert buried.scores[3] == pytest.approx(0.65)
    assert buried.rules == {0: ("bury",)}
    doubled = page((Rule("boost", items=("1",), weight=0.2),), scores=SCORES * 2)
    assert doubled.scores[0] == pytest.approx(1.8 + 0.4)


def test_rules_pick_by_filter_or_by_id_and_add_up() -> None:
    rules = (Rule("boost", where={"brand": "toru"}, items=("4",), weight=1.0), Rule("bury", items=("5",), weight=0.25))
    ordered = page(rules)
    assert ordered.rows.tolist() == [2, 4, 5, 0, 1, 3]
    assert ordered.scores[:3].tolist() == pytest.approx([1.8, 1.6, 1.25])
    assert ordered.rules == {2: ("boost",), 4: ("boost",), 5: ("boost", "bury")}


def test_rules_do_not_change_what_was_given() -> None:
    scores = SCORES.copy()
    page((Rule("boost", items=("5",), weight=3.0),), scores=scores)
    assert scores.tolist() == SCORES.tolist()


def test_ties_after_a_rule_are_by_row() -> None:
    ordered = page((Rule("boost", items=("5",), weight=0.5),))
    assert ordered.rows.tolist()[:2] == [0, 5]


@pytest.mark.parametrize(
    ("needle", "query", "hit"),
    [
        ("", None, True),
        ("", "anything", True),
        ("tea", "Green TEA set", True),
        ("TEA", "green tea", True),
        ("tea", "coffee", False),
        ("tea", None, False),
        ("电脑", "我要電腦包", True),
        ("電腦", "电脑", True),
        ("電腦", "手机", False),
        ("café", "CAFE latte", True),
    ],
)
def test_rules_for_certain_queries(needle: str, query: str | None, hit: bool) -> None:
    ordered = page((Rule("pin", query=needle, items=("5",)),), query=query)
    assert (ordered.rows[0] == 5) is np.bool_(hit)
    assert bool(ordered.rules) is hit


def test_a_rule_with_an_impossible_filter_is_refused_at_once() -> None:
    with pytest.raises(FilterError):
        Policy(PolicySettings(rules=(Rule("boost", where={"price": {"about": 3}}),)))


def test_caps() -> None:
    assert page(caps={"brand": 1}).rows.tolist() == [0, 2, 4]
    assert page(caps={"brand": 2}).rows.tolist() == [0, 1, 2, 4, 5]
    assert page(caps={"brand": 1}, k=2).rows.tolist() == [0, 2]
    assert page(caps={"brand": 0}).rows.tolist() == [4]
    assert page(caps={"nothing": 1}).rows.tolist() == ROWS.tolist()
    assert page(caps={"brand": 1}).scores.tolist() == SCORES[[0, 2, 4]].tolist()


def test_caps_count_each_of_several_values() -> None:
    # 0 takes a and b; 1 shares b and 2 shares a with it; 3 brings c; 4 and 5 have no tag.
    assert page(caps={"tags": 1}).rows.tolist() == [0, 3, 4, 5]
    assert page(caps={"tags": 2}).rows.tolist() == ROWS.tolist()
    assert page(caps={"tags": 1, "brand": 1}).rows.tolist() == [0, 4, 5]


def test_diversity_moves_lookalikes_down() -> None:
    ordered = page(diversity=0.5)
    # By hand: after 0, row 1 is worth .45 - .5 < 0, so 2 is next; then 4 and 5, which are like nothing before.
    assert ordered.rows.tolist() == [0, 2, 4, 5, 1, 3]
    assert ordered.scores.tolist() == SCORES[[0, 2, 4, 5, 1, 3]].tolist()
    # A little diversity moves 1 behind 2 only where the loss is small: .9 * .95 - .05 = .805 > .8 * .95 = .76.
    assert page(diversity=0.05).rows.tolist() == ROWS.tolist()


def test_full_diversity_still_starts_with_a_row_and_loses_none() -> None:
    ordered = page(diversity=1.0)
    assert ordered.rows.tolist()[0] == 0
    assert sorted(ordered.rows.tolist()) == ROWS.tolist()


def test_diversity_leaves_pins_where_they_are() -> None:
    ordered = page((Rule("pin", items=("1", "0")),), diversity=0.5)
    assert ordered.rows.tolist()[:3] == [1, 0, 2]


def test_diversity_keeps_the_order_of_what_was_buried_below_nothing() -> None:
    rule = Rule("bury", where={"or": [{"brand": ["Kibo", "Toru"]}, {"not": {"brand": ["Kibo", "Toru"]}}]}, weight=2.0)
    told = page((rule,)).rows.tolist()
    assert told == ROWS.tolist()
    policy = Policy(PolicySettings(diversity=0.01))
    ordered = policy.apply(None, ROWS, SCORES - 2, None, 6, ToyShelf())
    assert ordered.rows.tolist() == ROWS.tolist()


def test_without_vectors_diversity_changes_nothing() -> None:
    class Blind(ToyShelf):
        def vectors(self, rows: np.ndarray) -> np.ndarray:
            return np.zeros((len(rows), 1), np.float32)

    ordered = Policy(PolicySettings(diversity=0.5)).apply(None, ROWS, SCORES, None, 6, Blind())
    assert ordered.rows.tolist() == ROWS.tolist()


NAMED = st.lists(st.sampled_from([*"012345", "gone"]), min_size=1, max_size=3).map(tuple)
QUERY = st.sampled_from(["", "tea", "壶"])
RULE = st.builds(Rule, st.just("pin"), query=QUERY, items=NAMED) | st.builds(
    Rule,
    st.sampled_from(["boost", "bury"]),
    query=QUERY,
    items=st.just(()) | NAMED,
    where=st.sampled_from([{"brand": "Kibo"}, {"tags": "c"}]),
    weight=st.sampled_from([0.1, 0.5, 2.0]),
)


@pytest.mark.parametrize(
    "rule",
    [
        Rule("boost"),
        Rule("bury"),
        Rule("pin"),
        Rule("pin", where={"brand": "Kibo"}),
        Rule("pin", items=("1",), where={"a": 1}),
    ],
)
def test_a_rule_that_cannot_do_anything_is_refused(rule: Rule) -> None:
    with pytest.raises(SettingError, match="applies to"):
        Policy(PolicySettings(rules=(rule,)))


def test_a_rule_looks_for_words_not_letters() -> None:
    rules = (Rule("pin", query="tea", items=("5",)),)
    assert page(rules, "steak knife", ROWS, SCORES, None, 6, 0.0, {}).rows.tolist() == ROWS.tolist()
    assert page(rules, "green Tea!", ROWS, SCORES, None, 6, 0.0, {}).rows.tolist()[0] == 5
    rules = (Rule("pin", query="茶", items=("5",)),)
    assert page(rules, "绿茶杯", ROWS, SCORES, None, 6, 0.0, {}).rows.tolist()[0] == 5


@settings(max_examples=100, deadline=None)
@given(
    rules=st.lists(RULE, max_size=4).map(tuple),
    diversity=st.sampled_from([0.0, 0.3, 1.0]),
    cap=st.sampled_from([None, 0, 1, 2]),
    found=st.integers(0, 6),
    k=st.integers(0, 7),
    allowed=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_whatever_the_policy_the_page_is_sound(
    rules: tuple[Rule, ...], diversity: float, cap: int | None, found: int, k: int, allowed: list[bool]
) -> None:
    mask = np.array(allowed)
    rows = ROWS[:found][mask[:found]]
    caps = {} if cap is None else {"brand": cap}
    ordered = page(rules, "tea", rows, SCORES[: len(rows)], mask, k, diversity, caps)
    shown = ordered.rows.tolist()
    assert len(shown) == len(set(shown)) == len(ordered.scores) <= k
    assert mask[shown].all()
    pins = {int(item) for rule in rules if rule.action == "pin" for item in rule.items if item.isdigit()}
    assert set(shown) <= set(rows.tolist()) | pins
    if not caps:
        assert len(shown) >= min(k, len(rows))
    else:
        brands = [ITEMS[row]["brand"] for row in shown if "brand" in ITEMS[row]]
        assert all(brands.count(brand) <= caps["brand"] for brand in brands)
