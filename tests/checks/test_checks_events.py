"""E: events."""

from __future__ import annotations

import numpy as np
import pytest
from check_data import DAY, NOW, act, find, found, goods, look, whats

from soutui.checks.common import gini, robust_z
from soutui.checks.uneven_days import MOST_DAYS, events_by_day
from soutui.data.schema import Event


def test_unknown_items() -> None:
    known = [act(f"u{i}", "i0", NOW - i) for i in range(98)]
    hit = found("E01", goods(1), [*known, act("u", "gone"), act("v", "gone")])
    assert (hit.count, hit.total, hit.severity) == (2, 100, "warning")
    assert (whats(hit), hit.examples[0].note) == (["gone"], "× 2")
    assert found("E01", goods(1), [act("u", "gone")]).severity == "error"
    assert find("E01", goods(1), known) is None


def test_time_ties() -> None:
    tied = [act("a", f"i{i}", 1.4e9) for i in range(4)]
    apart = [act("b", f"i{i}", 1.4e9 + i) for i in range(4)]
    hit = found("E02", goods(4), [*tied, *apart])
    assert (hit.count, hit.total, hit.severity) == (4, 8, "warning")
    assert whats(hit) == ["a"]
    assert find("E02", goods(4), apart) is None
    ordered = [Event(f"{i}", "click", f"i{i}", "a", time=1.4e9, order=float(i)) for i in range(4)]
    assert find("E02", goods(4), ordered) is None  # a given order tells them apart
    assert find("E02", goods(4), [act("a", "i0", 1.4e9), act("b", "i1", 1.4e9)]) is None  # two users


def test_no_clock() -> None:
    hit = found("E03", goods(3), [act("a", "i0", None), act("a", "i1"), act("a", "i2")])
    assert (hit.count, hit.severity, hit.figures["blind"]) == (1, "warning", 1)
    ordered = [Event(f"{i}", "click", f"i{i}", "a", order=float(i)) for i in range(3)]
    assert found("E03", goods(3), ordered).severity == "info"
    assert find("E03", goods(3), [act("a", "i1")]) is None


def test_impossible_times() -> None:
    good = [act(f"u{i}", "i0", 1.4e9 + i) for i in range(996)]
    odd = [act("a", "i0", NOW + 5 * DAY), act("b", "i0", 1.4e6), act("c", "i0", 0.0), act("d", "i0", 1.4e12)]
    hit = found("E04", goods(1), [*good, *odd])
    assert hit.severity == "warning"
    assert hit.figures == {"future": 2, "before_1990": 2, "wrong_unit": 2}
    assert ("b · i0", "1970-01-17 04:53") in [(one.what, one.note) for one in hit.examples]
    assert found("E04", goods(1), [*good[:90], *odd]).severity == "error"
    assert find("E04", goods(1), [*good, act("e", "i0", NOW + DAY / 2)]) is None  # a clock may be wrong by hours


def test_popularity_skew() -> None:
    crowd = [act(f"u{n}", "i0", 1.4e9 + n) for n in range(300)] + [act("u", f"i{i}") for i in range(1, 150)]
    hit = found("E05", goods(150), crowd)
    assert hit.severity == "warning"
    assert hit.figures["top_share"] == pytest.approx(301 / 449, abs=0.01)
    assert hit.plot is not None
    assert find("E05", goods(150), [act(f"u{i}", f"i{i}") for i in range(150)]) is None
    assert find("E05", goods(5), [act(f"u{i}", "i0", 1.4e9 + i) for i in range(50)]) is None


def test_gini() -> None:
    assert gini(np.array([5, 5, 5, 5])) == 0
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(0.75)
    assert gini(np.array([], np.int64)) == 0


def test_few_events() -> None:
    some = [act(f"u{n}", f"i{i}", 1.4e9 + i, query=f"q{n}") for n in range(10) for i in range(2)]
    hit = found("E06", goods(2), some)
    assert (hit.count, hit.severity, hit.figures["clicked_queries"]) == (10, "warning", 10)
    assert found("E06", goods(2)).severity == "info"  # a shop without a log is not a fault
    many = [act(f"u{n}", f"i{i}", 1.4e9 + i) for n in range(400) for i in range(2)]
    assert find("E06", goods(2), many) is None
    shown = [act(f"u{n}", f"i{i}", kind="impression") for n in range(400) for i in range(2)]
    assert found("E06", goods(2), shown).count == 0


def test_impressions() -> None:
    shown = [act(f"u{n}", f"i{i}", 1.4e9 + i, "impression") for n in range(20) for i in range(10)]
    clicked = [act(f"u{n}", "i0", 1.4e9 + 50) for n in range(20)]
    assert find("E07", goods(10), [*shown, *clicked]) is None
    assert found("E07", goods(10), shown).severity == "warning"  # nobody ever clicked
    blind = [act(f"v{n}", "i0", 1.4e9 + 50) for n in range(20)]
    assert found("E07", goods(10), [*shown, *clicked, *blind]).figures["unshown"] == 20
    assert found("E07", goods(10), [*shown[:20], *clicked]).severity == "warning"  # more clicks than can be
    assert find("E07", goods(10), clicked) is None  # no impressions are logged


def test_clicks_from_elsewhere_were_never_shown_in_a_list() -> None:
    shown = [act(f"u{n}", "i0", 1.4e9, "impression", position=1) for n in range(50)]
    clicked = [act(f"u{n}", "i0", 1.4e9 + 5, position=1) for n in range(5)]
    bought = [act(f"u{n}", "i0", 1.4e9 + 9, "purchase", position=1) for n in range(5)]
    home = [act(f"v{n}", "i0", 1.4e9 + 7) for n in range(40)]
    old = [act(f"w{n}", "i0", 1.4e9 - 50 * DAY, position=1) for n in range(9)]  # before impressions were logged
    assert find("E07", goods(1), [*shown, *clicked, *bought, *home, *old]) is None
    assert look(goods(1), [*shown, *clicked, *bought, *home]).events.list_clicks.sum() == 5


def test_an_item_that_is_clicked_too_often() -> None:
    shown = [act(f"u{n}", f"i{i}", 1.4e9 + i, "impression") for n in range(400) for i in range(12)]
    clicked = [act(f"u{n}", f"i{n % 12}", 1.4e9 + 50) for n in range(60)] + [
        act(f"u{n}", "i5", 2e9) for n in range(300)
    ]
    hit = found("E07", goods(12), [*shown, *clicked])
    assert (hit.severity, whats(hit)) == ("info", ["i5"])


def test_position_bias() -> None:
    def clicks(counts: list[int]) -> list[Event]:
        return [act(f"u{p}.{n}", "i0", position=p) for p, count in enumerate(counts, 1) for n in range(count)]

    steep = clicks([90, 40, 20, 10, 10, 5])
    hit = found("E08", goods(1), steep)
    assert hit.figures["first"] == pytest.approx(90 / 175, abs=1e-3)
    assert hit.plot is not None
    assert find("E08", goods(1), clicks([30, 30, 30, 30, 30])) is None
    assert find("E08", goods(1), clicks([9, 4, 2, 1, 1])) is None  # too few to say
    shown = [
        act(f"s{p}.{n}", "i0", kind="impression", position=p)
        for p, count in enumerate([180, 80, 40, 20, 20, 10], 1)
        for n in range(count)
    ]
    assert find("E08", goods(1), [*steep, *shown]) is None  # first places were only shown more


def test_kinds() -> None:
    assert found("E09", goods(1), [act("a", "i0", kind="impression"), act("a", "i0", kind="hide")]).severity == "error"
    assert found("E09", goods(1), [act("a", "i0", kind="view")]).severity == "info"
    many = [act(f"u{n}", "i0", kind="view") for n in range(200)]
    hit = found("E09", goods(1), [*many, act("a", "i0")])
    assert hit.severity == "info"
    assert hit.plot is not None
    assert find("E09", goods(1), [act("a", "i0"), act("b", "i0", kind="view")]) is None
    assert find("E09", goods(1), [act("a", "i0")]) is None  # one strong kind is a log as good as any


def test_uneven_days() -> None:
    def days(counts: list[int]) -> list[Event]:
        return [act(f"u{d}.{n}", "i0", 1.4e9 + d * DAY + n) for d, count in enumerate(counts) for n in range(count)]

    hit = found("E10", goods(1), days([60] * 5 + [0] + [60] * 5 + [700]))
    assert hit.figures == {"holes": 1, "peaks": 1}
    assert hit.examples[1].note == "0"
    assert hit.plot is not None
    assert find("E10", goods(1), days([60] * 12)) is None
    assert find("E10", goods(1), days([3] * 5 + [0] + [3] * 5)) is None  # a quiet shop has empty days


def test_days_stay_bounded() -> None:
    _, counts = events_by_day(look(goods(1), [act("a", "i0", 7e8), act("b", "i0", NOW), act("c", "i0", 1e18)]))
    assert len(counts) <= MOST_DAYS
    assert counts.sum() == 2  # the impossible one is for E04


def test_repeated_events() -> None:
    once = [act(f"u{n}", "i0", 1.4e9 + n) for n in range(10)]
    again = [Event(f"again{n}", "click", "i0", f"u{n}", time=1.4e9 + n) for n in range(5)]
    hit = found("E11", goods(1), [*once, *again])
    assert (hit.count, hit.severity) == (5, "warning")
    other = [Event(f"buy{n}", "purchase", "i0", f"u{n}", time=1.4e9 + n) for n in range(5)]
    assert find("E11", goods(1), [*once, *other]) is None


def test_robust_z() -> None:
    assert robust_z(np.array([1.0, 2.0, 3.0]))[2] == pytest.approx(1 / 1.4826)
    assert robust_z(np.array([1.0, 1.0, 1.0])).tolist() == [0, 0, 0]
    assert robust_z(np.array([1.0] * 9 + [2.0]))[9] > 5  # more than half are equal
