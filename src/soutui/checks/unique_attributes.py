"""A02: attributes with another value in nearly every item."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding
from soutui.checks.columns import LIST, NUMBER, AttributeColumn
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

FEWEST = 50
"""Items with the attribute below which nothing is said."""
NEARLY_ALL = 0.95


class UniqueAttributes(Check):
    """Attributes that look like ids or like free text: a value of its own for 95 % of the items."""

    code = "A02"
    name = "unique-attributes"
    title = Text("Attributes that are nearly unique", "取值几乎唯一的属性")
    meaning = Text(
        "A facet on them shows one item a value. They are ids, addresses or text in the wrong place.",
        "按它们统计，每个值只有一个物品。它们其实是编号、网址，或放错位置的文本。",
    )
    advice = Text(
        "Search them as text (`data.item_columns.text`) if they say something, else leave the column out.",
        "若有内容，改作可搜索的文本（`data.item_columns.text`）；否则去掉该列。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 50 items up. Numbers count only when they are whole: measured ones differ by nature."""
        hit = []
        for name, column in data.items.attributes.items():
            if len(column) >= FEWEST and _looks_like_ids(column):
                share = column.distinct() / len(column)
                if share >= NEARLY_ALL:
                    value = column.values[0] if column.values else f"{column.numbers[0]:.12g}"
                    hit.append(Example(name, f"{percent(share)}: {value[:60]}"))
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text(
            "{k} of {n} attributes have another value in nearly every item.",
            "{n} 个属性中有 {k} 个几乎每个物品取值都不同。",
        )
        return self.found("info", len(hit), total, summary.fill(k=number(len(hit)), n=number(total)), hit)


def _looks_like_ids(column: AttributeColumn) -> bool:
    if (column.kinds == LIST).any():
        return False  # several values an item: a combination is rare by nature
    numbers = column.numbers[column.kinds == NUMBER]
    return len(numbers) < len(column) / 2 or bool(np.all(numbers == np.round(numbers)))
