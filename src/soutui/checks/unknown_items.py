"""E01: events with items that are not in the catalogue."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class UnknownItems(Check):
    """Events whose item id is not in the catalogue."""

    code = "E01"
    name = "unknown-items"
    title = Text("Events with items that are not in the catalogue", "行为中的物品不在目录里")
    meaning = Text(
        "These events teach nothing: a build leaves them out. Many of them mean that items and events use other ids, "
        "or that deleted items are missing from the catalogue.",
        "这些行为学不到东西，构建时会被略去。数量很多说明物品与行为用了不同的编号，或目录里缺了已下架的物品。",
    )
    advice = Text(
        "Compare the examples with the ids in the catalogue (see C08). Keep items that are gone in the catalogue with "
        "available = false: their history still says what goes together.",
        "把示例与目录编号对照（另见 C08）。下架物品请保留在目录中并设 available = false：它们的历史仍说明什么常在一起。"
        "",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 1 % of the events up, an error from 20 %."""
        events = data.events
        lost = events.row < 0
        count, n = int(lost.sum()), len(events)
        if not count:
            return None
        counts = np.bincount(events.item[lost], minlength=len(events.item_names))
        order = np.argsort(-counts, kind="stable")[:10]
        examples = [
            Example(events.item_names[one], f"× {number(int(counts[one]))}") for one in order.tolist() if counts[one]
        ]
        items = int((counts > 0).sum())
        summary = Text(
            "{count} of {n} events ({share}) name {items} items that are not there.",
            "{n} 条行为中有 {count} 条（{share}）涉及 {items} 个目录中没有的物品。",
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n), items=number(items))
        return self.found(graded(count / n, 0.01, 0.2), count, n, told, examples, figures={"items": items})
