"""No data stop the checks: whatever records say, every check answers or is silent, and the report can be written."""

from __future__ import annotations

import math
from typing import Any, get_args

from check_data import look
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soutui.checks.report import make_report
from soutui.checks.suite import run_checks
from soutui.data.schema import Event, EventKind, Item, Judgment, LabelledText, Query

# Few different names, so that records meet; texts that the database can hold.
names = st.sampled_from(["a", "A", "01", "1", "\u202ex", "<b>", "保温杯"])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
numbers = st.one_of(st.none(), st.floats(allow_nan=False), st.sampled_from([0.0, 1.4e9, 1.5e12, -5.0]))
values: st.SearchStrategy[Any] = st.one_of(
    texts, st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.lists(texts, max_size=3).map(tuple)
)
splits = st.sampled_from(["", "train", "valid", "test"])
items = st.builds(
    Item,
    names,
    texts,
    st.dictionaries(names, texts, max_size=2),
    st.dictionaries(st.sampled_from(["price", "sold", "brand"]), values),
)
events = st.builds(
    Event,
    texts,
    st.sampled_from(get_args(EventKind)),
    names,
    names,
    st.one_of(st.just(""), names),
    numbers,
    numbers,
    numbers,
    st.one_of(st.just(""), texts),
    st.one_of(st.none(), st.integers(1, 10**9)),
)
judgments = st.builds(Judgment, names, names, st.floats(-1, 4), splits)
labelled = st.builds(LabelledText, texts, texts, st.dictionaries(names, names, max_size=2), texts, names, splits)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(items, max_size=12, unique_by=lambda item: item.id),
    st.lists(events, max_size=40),
    st.lists(st.builds(Query, names, texts), max_size=6),
    st.lists(judgments, max_size=12),
    st.lists(labelled, max_size=8),
)
def test_anything(
    shop: list[Item], log: list[Event], asked: list[Query], judged: list[Judgment], marked: list[LabelledText]
) -> None:
    data = look(shop, log, asked, judged, marked)
    checked = run_checks(data)
    for finding in checked.findings:
        assert finding.count >= 0
        assert finding.share <= 1
        assert finding.summary.en
        assert finding.summary.zh
        assert not any(math.isnan(value) for value in finding.figures.values())
    for language in ("en", "zh"):
        page = make_report(data, checked, "shop", language)
        assert '="nan"' not in page
        assert '="inf"' not in page
