"""A06: an attribute of which one value has nearly everything."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding
from soutui.checks.columns import TEXT
from soutui.checks.constant_attributes import NEARLY_ALL
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

MOST_VALUES = 200
FEWEST = 50
LARGE = 0.8


class CategoryBalance(Check):
    """Attributes with up to 200 values of which one holds 80 % of the items."""

    code = "A06"
    name = "category-balance"
    title = Text("Categories that are very uneven", "分布极不均的类别")
    meaning = Text(
        "Most results come from the one large category; figures over all items say little about the small ones.",
        "大部分结果来自那个最大的类别；总体指标说明不了小类别的好坏。",
    )
    advice = Text(
        "Cap the category (`policy.caps`) if pages should be mixed, and look at the slices of `soutui evaluate`.",
        "若希望结果多样，用 `policy.caps` 给该类别限量，并查看 `soutui evaluate` 的切片。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 50 items up."""
        hit = []
        for name, column in data.items.attributes.items():
            if len(column) < FEWEST or not 2 <= len(column.values) <= MOST_VALUES or (column.kinds != TEXT).any():
                continue
            value, count = column.commonest()
            if LARGE <= count / len(column) < NEARLY_ALL:
                hit.append(Example(name, f"{value[:60]} {percent(count / len(column))}"))
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text(
            "In {k} of {n} attributes one value has most items.", "{n} 个属性中有 {k} 个由单一取值占据大多数物品。"
        )
        return self.found("info", len(hit), total, summary.fill(k=number(len(hit)), n=number(total)), hit)
