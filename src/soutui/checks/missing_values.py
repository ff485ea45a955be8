"""A04: attributes that most items lack."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding
from soutui.checks.plots import Bars
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

HALF = 0.5


class MissingValues(Check):
    """Attributes and text fields that fewer than half of the items have."""

    code = "A04"
    name = "missing-values"
    title = Text("Attributes that most items lack", "多数物品缺失的属性")
    meaning = Text(
        "A filter on such an attribute hides every item without it, whether it would fit or not.",
        "按这种属性筛选，会隐藏所有没填的物品，不论是否合适。",
    )
    advice = Text(
        "Fill it at the source, offer no filter on it, or leave it out. An attribute of one category only is fine.",
        "在源头补齐、不提供该筛选，或去掉它。只属于某一类别的属性没有问题。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, for attributes that half of the items lack."""
        n = len(data.items)
        hit = [
            Example(name, percent(len(column) / n))
            for name, column in data.items.attributes.items()
            if len(column) < HALF * n
        ]
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text(
            "{k} of {n} attributes are missing in half of the items or more.",
            "{n} 个属性中有 {k} 个在半数以上的物品里缺失。",
        )
        told = summary.fill(k=number(len(hit)), n=number(total))
        return self.found("info", len(hit), total, told, hit, fill_plot(data))


def fill_plot(data: DataView) -> Bars | None:
    """How many items have each attribute, as shares, at most 20 attributes; None without attributes."""
    n = len(data.items)
    columns = sorted(data.items.attributes.items(), key=lambda pair: -len(pair[1]))[:20]
    if not columns or not n:
        return None
    return Bars(
        Text("Items that have each attribute · its different values", "有各属性的物品比例 · 不同取值数"),
        tuple(name for name, _ in columns),
        tuple(len(column) / n for _, column in columns),
        tuple(number(column.distinct()) for _, column in columns),
        share=True,
    )
