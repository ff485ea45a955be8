"""Reports."""

from __future__ import annotations

import json

import numpy as np
import pytest

from soutui.evaluate import report
from soutui.evaluate.compare import compare
from soutui.evaluate.report import Report, columns_of, from_dict
from soutui.evaluate.slices import SliceRow


@pytest.fixture(scope="module")
def made() -> Report:
    generator = np.random.default_rng(0)
    base = generator.random(50)
    systems = {"bm25": base, "混合检索": base + 0.1, "dense|e5": base - 0.1, "same": base}
    return Report(
        "Search: 测试",
        (compare(systems, "bm25", metric="ndcg@10"),),
        {
            "混合检索, ndcg@10": (
                SliceRow("zh", 40, 0.5, (0.4, 0.6), False),
                SliceRow("cold item", 3, 0.2, (0, 1), True),
            )
        },
        {"coverage@10": {"bm25": 0.25, "same": 0.25}, "novelty@10": {"bm25": 7.5}},
        ("time split",),
    )


def test_text_says_what_was_found(made: Report) -> None:
    text = made.as_text(140)
    assert "ndcg@10, against bm25 (n = 50, 95%)" in text
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert lines["混合检索"].endswith("better")
    assert "+0.1000  [+0.1000, +0.1000]" in lines["混合检索"]
    assert "50/0/0" in lines["混合检索"]
    assert lines["dense|e5"].endswith("worse")
    assert "no difference shown" in text
    assert "too small" in lines["cold"]
    assert "- time split" in text


def test_columns_line_up_with_chinese(made: Report) -> None:
    for language in ("en", "zh"):
        lines = made.as_text(140, language).splitlines()
        start = next(at for at, line in enumerate(lines) if set(line) == {"-"})
        table = [lines[start - 1], *lines[start + 1 : start + 5]]
        assert len({columns_of(line) for line in [*table, lines[start]]}) == 1, table


def test_a_narrow_terminal_gets_fewer_columns(made: Report) -> None:
    widths = []
    for width in (140, 110, 90, 75):
        lines = made.as_text(width).splitlines()
        rule = next(line for line in lines if set(line) == {"-"})
        assert len(rule) <= width
        widths.append(len(rule))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > widths[-1]
    assert "better" in made.as_text(20)


def test_chinese(made: Report) -> None:
    text = made.as_text(140, "zh")
    for word in ("系统", "更好", "更差", "未见差异", "基线", "切片", "中文", "新物品", "样本太少", "说明"):
        assert word in text
    assert "verdict" not in text


def test_markdown(made: Report) -> None:
    text = made.as_markdown()
    assert text.startswith("# Search: 测试\n")
    assert "| system | mean | 95% |" in text
    assert "| dense\\|e5 |" in text
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.replace("\\|", "").count("|") for line in block.splitlines()}) == 1


def test_json_and_back(made: Report) -> None:
    values = json.loads(json.dumps(made.as_dict()))
    assert from_dict(values) == made
    assert values["comparisons"][0]["rows"][1]["verdict"] == "better"


def test_every_verdict_and_slice_has_a_chinese_word() -> None:
    for word in ("better", "worse", "no difference shown", "head", "tail", "cold user", "1 word", "4+ words", "mixed"):
        assert report._word(word, "zh") != word


def test_widths() -> None:
    assert columns_of("abc") == 3
    assert columns_of("中文") == 4
    assert columns_of("，") == 2
    assert columns_of("e\u0301") == 1
    assert Report("t").as_text() == "t\n=\n"
