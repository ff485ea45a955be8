"""Q04: judgments of items or queries that are not there."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class JudgedUnknown(Check):
    """Judgments whose item is not in the catalogue, or whose query has no text."""

    code = "Q04"
    name = "judged-unknown"
    title = Text("Judgments of items or queries that are not there", "标注涉及不存在的物品或查询")
    meaning = Text(
        "A relevant item that is missing can never be found, so figures stay below what is possible; a query without "
        "text cannot be asked at all.",
        "相关物品不在目录里就永远找不到，指标达不到应有水平；没有文本的查询根本无法提问。",
    )
    advice = Text(
        "Import the missing items and queries, and compare the ids of the examples with those of the catalogue (C08).",
        "导入缺失的物品和查询，并把示例编号与目录编号对照（C08）。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 1 % of the judgments up, an error from 20 %."""
        judged = data.judgments
        n = len(judged)
        lost = judged.row < 0
        mute = np.array([name not in data.queries for name in judged.queries], np.bool_)
        asked_by_none = mute[judged.query] if n else np.zeros(0, np.bool_)
        count = int((lost | asked_by_none).sum())
        if not count:
            return None
        items = [judged.items[code] for code in np.unique(judged.item[lost])[:6].tolist()]
        queries = [judged.queries[code] for code in np.flatnonzero(mute)[:4].tolist()]
        examples = [Example(name, Text("item", "物品")) for name in items]
        examples += [Example(name, Text("query", "查询")) for name in queries]
        summary = Text(
            "{count} of {n} judgments ({share}) cannot be used: {items} name unknown items, {queries} a query without "
            "text.",
            "{n} 条标注中有 {count} 条（{share}）不可用：{items} 条的物品不存在，{queries} 条的查询没有文本。",
        )
        told = summary.fill(
            count=number(count),
            n=number(n),
            share=percent(count / n),
            items=number(int(lost.sum())),
            queries=number(int(asked_by_none.sum())),
        )
        return self.found(
            graded(count / n, 0.01, 0.2),
            count,
            n,
            told,
            examples,
            figures={"unknown_items": int(lost.sum()), "unknown_queries": int(asked_by_none.sum())},
        )
