"""A01: attributes with one value nearly everywhere."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

FEWEST = 20
"""Items with the attribute below which nothing is said."""
NEARLY_ALL = 0.99


class ConstantAttributes(Check):
    """Attributes of which 99 % of the items have the same value."""

    code = "A01"
    name = "constant-attributes"
    title = Text("Attributes that are nearly constant", "取值几乎恒定的属性")
    meaning = Text("A filter or facet on them does not narrow anything.", "按它们筛选或统计不会缩小任何范围。")
    advice = Text(
        "Leave the column out (`data.item_columns.attributes`), or see why the export wrote one value.",
        "去掉该列（`data.item_columns.attributes`），或查明导出时为何只写了一个值。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 20 items up."""
        hit = []
        for name, column in data.items.attributes.items():
            value, count = column.commonest()
            if len(column) >= FEWEST and count >= NEARLY_ALL * len(column):
                hit.append(Example(name, f"{value} ({percent(count / len(column))})"))
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text("{k} of {n} attributes hardly vary.", "{n} 个属性中有 {k} 个几乎不变。")
        return self.found("info", len(hit), total, summary.fill(k=number(len(hit)), n=number(total)), hit)
