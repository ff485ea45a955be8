"""The report: one file, nothing runs, everything hostile is visible, both languages; plots are well-formed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from check_data import act, goods, look

from soutui.checks.base import LONGEST, Example
from soutui.checks.drawing import draw, plain
from soutui.checks.glance import pictures
from soutui.checks.plots import Bars, Columns, Curve, Plot, Stacks, Timeline
from soutui.checks.report import make_report
from soutui.checks.suite import CHECKS, choose, run_checks
from soutui.checks.wording import Text, number, percent
from soutui.data.schema import Item, Judgment, LabelledText, Query
from soutui.errors import UsageError

EVIL = "<script>alert(1)</script>"
NAME = Text("a name", "名字")


def hostile() -> list[Item]:
    names = [f"{EVIL}{i}" for i in range(30)]
    return [
        Item(
            name,
            f"\u202egnp.exe {EVIL} &amp;",
            {f'"onload={EVIL}': "\x07\u200b cafÃ©"},
            {f"\u202e'{EVIL}": EVIL, "price": -1.0},
        )
        for name in names
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_hostile_gets_through(language: str) -> None:
    items = hostile()
    events = [act(f"{EVIL}{n}", items[n % 30].id, 1.4e9 + n * 7200, query=EVIL, session=f"'{EVIL}") for n in range(400)]
    queries = [Query("q", f"{EVIL} 13812345678")]
    judged = [Judgment("q", items[0].id, 1.0, "train"), Judgment(EVIL, items[1].id, 0.0, "test")]
    texts = [LabelledText(f"{EVIL}{i}", EVIL, {EVIL: f"{EVIL}{i % 2}"}, source=EVIL) for i in range(30)]
    data = look(items, events, queries, judged, texts)
    checked = run_checks(data)
    assert len(checked.findings) > 12
    page = make_report(data, checked, f"\u202e{EVIL}", language)
    assert "<script" not in page
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert "&lt;script&gt;" in page
    assert "13812345678" not in page
    for hidden in "\u202e\u200b\x07":
        assert hidden not in page
    assert "⟨U+202E⟩" in page
    assert "default-src 'none'" in page
    assert not re.search(r'(src|href)="(?!#)', page)
    ElementTree.fromstring(re.sub(r"<meta[^>]*>", "", page.replace("<!doctype html>", "")))  # every tag is closed


def test_the_report_says_what_was_found_and_what_was_not() -> None:
    data = look([*goods(9), Item("bare")])
    checked = run_checks(data)
    page = make_report(data, checked, "shop")
    assert 'id="C01"' in page
    assert "1 of 10 items (10 %) have no text." in page
    assert "Nothing found, or no data" in page
    assert 'lang="zh-CN"' in make_report(data, checked, "shop", "zh")
    assert "没有任何文本的物品" in make_report(data, checked, "shop", "zh")


def test_an_empty_shop_has_a_report() -> None:
    data = look()
    checked = run_checks(data)
    assert {finding.severity for finding in checked.findings} <= {"info"}
    assert "</html>" in make_report(data, checked, "shop")
    assert pictures(data) == ()


@pytest.mark.parametrize(
    "plot",
    [
        Bars(NAME, ("a" * 50, NAME, "\u202e<b>"), (3.0, 0.0, 1e7), ("x", "y", "z")),
        Bars(NAME, ("a",), (0.5,), share=True),
        Columns(NAME, tuple(map(str, range(30))), tuple(map(float, range(30))), NAME, NAME),
        Columns(NAME, ("0",), (0.0,), NAME, NAME, share=True),
        Curve(NAME, (1.0, 10.0, 1000.0), (900.0, 20.0, 1.0), NAME, NAME, log=True),
        Curve(NAME, (1.0,), (1.0,), NAME, NAME, log=True),
        Curve(NAME, (0.0, 1.0), (2.0, 1.0), NAME, NAME),
        Timeline(NAME, 1.4e9, 86_400.0, (1, 0, 5)),
        Stacks(NAME, ("title", NAME), (NAME, NAME), ((0.25, 0.75), (0.0, 0.0))),
    ],
    ids=lambda plot: type(plot).__name__,
)
def test_plots_are_well_formed(plot: Plot) -> None:
    for language in ("en", "zh"):
        svg = ElementTree.fromstring(draw(plot, language))
        width = float(svg.attrib["viewBox"].split()[2])
        for box in svg.iter("rect"):
            x, wide, high = (float(box.attrib[name]) for name in ("x", "width", "height"))
            assert wide >= 0
            assert high >= 0
            assert 0 <= x <= x + wide <= width + 0.2
        for name in ("nan", "inf"):
            assert name not in ElementTree.tostring(svg, "unicode")


def test_bars_are_as_long_as_what_they_say() -> None:
    svg = ElementTree.fromstring(draw(Bars(NAME, ("a", "b"), (10.0, 5.0))))
    long, short = (float(box.attrib["width"]) for box in svg.iter("rect") if box.attrib["class"] == "bar")
    assert long == pytest.approx(2 * short, rel=0.01)


def test_figures_for_people() -> None:
    assert [number(value) for value in (0, 1234, 0.1234, 1234.5)] == ["0", "1,234", "0.123", "1,234"]
    assert [percent(value) for value in (0, 1, 0.5, 0.0001, 0.9999, 0.031)] == [
        "0 %",
        "100 %",
        "50 %",
        "< 0.1 %",
        "> 99.9 %",
        "3.1 %",
    ]
    assert plain("a<b>\x00é\ud800") == "a&lt;b&gt;⟨U+0000⟩é⟨U+D800⟩"


def test_checks_are_chosen_by_code_name_or_letter() -> None:
    assert [check.code for check in choose(["e01"])] == ["E01"]
    assert [check.name for check in choose(["unknown-items,prices"])] == ["prices", "unknown-items"]
    assert {check.code[0] for check in choose(["Q", "S"])} == {"Q", "S"}
    assert choose([]) == CHECKS
    with pytest.raises(UsageError) as told:
        choose(["unknown-item"])
    assert "unknown-items" in told.value.hint


def test_findings_are_worst_first_and_bounded() -> None:
    long = [Item("x" * 900 + str(i)) for i in range(50)]
    checked = run_checks(look(long, [act("u", "gone")]))
    order = ["error", "warning", "info"]
    places = [order.index(finding.severity) for finding in checked.findings]
    assert places == sorted(places)
    assert checked.worst == "error"
    for finding in checked.findings:
        assert len(finding.examples) <= 10
        assert all(len(example.what) <= LONGEST for example in finding.examples)
        assert finding.as_dict("zh")["title"] == finding.title.zh
    assert Example("a").note == ""
