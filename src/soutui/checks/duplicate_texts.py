"""C02: items that say exactly the same."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.columns import code_strings
from soutui.checks.common import largest_groups, surplus
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class DuplicateTexts(Check):
    """Items whose texts, case and blanks aside, are those of another item."""

    code = "C02"
    name = "duplicate-texts"
    title = Text("Items with the same text as another", "文本与另一物品完全相同的物品")
    meaning = Text(
        "Copies stand next to each other in every result, take places from other items and split the events that one "
        "item should have.",
        "副本会并排出现在每个结果里，占去别的物品的位置，并把本属一个物品的行为分散到几个编号上。",
    )
    advice = Text(
        "Merge items that are one thing under one id. If they are variants (sizes, colours), say the difference in the "
        "title, or cap them by an attribute they share with `policy.caps`.",
        "同一事物合并为一个编号。若是规格变体（尺寸、颜色），把差别写进标题，或用 `policy.caps` 按共有属性限量。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Case and blanks do not count. A warning from 1 % of the catalogue up."""
        codes, texts = code_strings(data.items.whole)
        filled = np.flatnonzero(np.array([bool(text) for text in texts], np.bool_)[codes])
        copies, groups = surplus(codes[filled])
        if not copies:
            return None
        ids, n = data.items.ids, len(data.items)
        examples = []
        for group in largest_groups(codes[filled]):
            rows = filled[group]
            more = f" (+{len(rows) - 3})" if len(rows) > 3 else ""
            named = ", ".join(ids[row] for row in rows[:3].tolist())
            examples.append(Example(named + more, texts[int(codes[rows[0]])][:80]))
        summary = Text(
            "{count} of {n} items ({share}) repeat the text of another; {groups} texts are used more than once.",
            "{n} 个物品中有 {count} 个（{share}）与另一物品文本相同；{groups} 段文本被多次使用。",
        )
        told = summary.fill(count=number(copies), n=number(n), share=percent(copies / n), groups=number(groups))
        return self.found(graded(copies / n, 0.01), copies, n, told, examples, figures={"groups": groups})
