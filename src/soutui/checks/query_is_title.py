"""Q08: queries that are the title of what they look for."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import canonical
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class QueryIsTitle(Check):
    """Judged queries whose words are those of a relevant item's title."""

    code = "Q08"
    name = "query-is-title"
    title = Text("Queries copied from titles", "照抄标题的查询")
    meaning = Text(
        "Any word search finds them first, so they measure nothing and flatter word search beside a text model.",
        "任何词语搜索都会把它们排第一，因此测不出什么，还会让词语搜索显得比文本模型好。",
    )
    advice = Text(
        "Measure on what people typed. Keep such queries in train at most.",
        "用人们真正输入的查询来评测；这类查询最多留在训练集。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Silent below 5 % of the judged queries, a warning from 25 % up."""
        judged = data.judgments
        good = np.flatnonzero((judged.grade > 0) & (judged.row >= 0))
        if not len(good):
            return None
        asked = {
            code: canonical(data.queries.get(judged.queries[code], ""))
            for code in np.unique(judged.query[good]).tolist()
        }
        titles: dict[int, str] = {}
        copied: dict[int, int] = {}
        for code, row in zip(judged.query[good].tolist(), judged.row[good].tolist(), strict=True):
            if row not in titles:
                titles[row] = canonical(data.items.titles[row].as_py())
            if asked[code] and titles[row] == asked[code]:
                copied.setdefault(code, row)
        n = len(asked)
        if len(copied) < 0.05 * n:
            return None
        examples = [
            Example(f"{judged.queries[code]} = {data.items.ids[row]}", data.queries.get(judged.queries[code], ""))
            for code, row in list(copied.items())[:10]
        ]
        summary = Text(
            "{count} of {n} judged queries ({share}) are a relevant item's title.",
            "{n} 个标注查询中有 {count} 个（{share}）就是相关物品的标题。",
        )
        told = summary.fill(count=number(len(copied)), n=number(n), share=percent(len(copied) / n))
        return self.found(graded(len(copied) / n, 0.25), len(copied), n, told, examples)
