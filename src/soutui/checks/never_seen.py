"""C09: items that nobody ever touched."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Finding, graded
from soutui.checks.common import first
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class NeverSeen(Check):
    """Items without a single event."""

    code = "C09"
    name = "never-seen"
    title = Text("Items that nobody ever touched", "从未有人接触过的物品")
    meaning = Text(
        "Recommendation knows these items by their text only: “had together” and popularity have nothing to say of "
        "them.",
        "推荐只能通过文本了解这些物品：“常一起出现”和热度对它们无话可说。",
    )
    advice = Text(
        "A share of new items is normal. Past half, give them good texts, show some on purpose (a pin or boost rule on "
        "new items) and look whether the log is complete.",
        "有一部分新物品是正常的。超过一半时，请写好文本，有意展示一些（对新品用 pin 或 boost 规则），"
        "并确认日志是否完整。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Silent without events and below 5 %; a warning from half of them up."""
        n = len(data.items)
        rows = data.events.row[data.events.acted]
        touched = np.bincount(rows[rows >= 0], minlength=n) > 0
        count = n - int(touched.sum())
        if not len(rows) or not n or count / n < 0.05:
            return None
        summary = Text(
            "{count} of {n} items ({share}) have no event.", "{n} 个物品中有 {count} 个（{share}）没有行为。"
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        examples = first(np.flatnonzero(~touched)[:20].tolist(), data.items.ids)
        return self.found(graded(count / n, 0.5), count, n, told, examples)
