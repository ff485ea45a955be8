"""Q03: judged queries without a relevant item."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class NoRelevant(Check):
    """Queries whose judged items are all of grade 0, or not in the catalogue."""

    code = "Q03"
    name = "queries-without-relevant"
    title = Text("Judged queries without a relevant item", "没有相关物品的标注查询")
    meaning = Text(
        "No system can score on them: they pull every figure down alike and make differences look smaller.",
        "任何系统在这些查询上都得零分：它们同等拉低所有指标，使差异显得更小。",
    )
    advice = Text(
        "Judge more items for them, or leave them out of the judgments.", "为它们标注更多物品，或从标注中去掉。"
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 5 % of the judged queries up."""
        judged = data.judgments
        n = len(judged.queries)
        relevant = np.bincount(judged.query[(judged.grade > 0) & (judged.row >= 0)], minlength=n) if n else np.zeros(0)
        lost = np.flatnonzero(relevant == 0)
        if not len(lost):
            return None
        names = [judged.queries[code] for code in lost[:10].tolist()]
        summary = Text(
            "{count} of {n} judged queries ({share}) have no relevant item in the catalogue.",
            "{n} 个标注查询中有 {count} 个（{share}）在目录里没有相关物品。",
        )
        told = summary.fill(count=number(len(lost)), n=number(n), share=percent(len(lost) / n))
        examples = [Example(name, data.queries.get(name, "")) for name in names]
        return self.found(graded(len(lost) / n, 0.05), len(lost), n, told, examples)
