"""Q09: queries that nobody judged."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class UnjudgedQueries(Check):
    """Queries without a single judgment, where others have some."""

    code = "Q09"
    name = "unjudged-queries"
    title = Text("Queries that nobody judged", "没有任何标注的查询")
    meaning = Text(
        "They are left out of every figure. Were they left out because nothing fits them, the figures are of the easy "
        "ones only.",
        "它们不计入任何指标。若因没有合适的物品才没标注，指标就只反映容易的查询。",
    )
    advice = Text(
        "Look whether their judgments were lost (another spelling of the id, a missing file), or judge some of them.",
        "查看它们的标注是否丢失（编号写法不同、缺文件），或标注其中一部分。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, when there are judgments."""
        judged = set(data.judgments.queries)
        open_ = [name for name in data.queries if name not in judged]
        if not judged or not open_:
            return None
        n = len(data.queries)
        summary = Text(
            "{count} of {n} queries ({share}) have no judgment.", "{n} 个查询中有 {count} 个（{share}）没有标注。"
        )
        told = summary.fill(count=number(len(open_)), n=number(n), share=percent(len(open_) / n))
        return self.found("info", len(open_), n, told, [Example(name, data.queries[name]) for name in open_[:10]])
