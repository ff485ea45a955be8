"""Q05: the same question judged in two ways."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.columns import code_strings
from soutui.checks.common import canonical
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class ConflictingJudgments(Check):
    """Equal query texts and equal item texts with different grades."""

    code = "Q05"
    name = "conflicting-judgments"
    title = Text("Judgments that contradict each other", "互相矛盾的标注")
    meaning = Text(
        "The same query text and the same item text have several grades: whoever is right, part of the measurement is "
        "noise that no system can remove.",
        "同一查询文本、同一物品文本却有不同等级：不论谁对，评测里都有一部分任何系统都消除不了的噪声。",
    )
    advice = Text(
        "Judge the examples once more, merge queries of equal text under one id, and copies of items (C02) too.",
        "重新标注示例；把文本相同的查询合并为一个编号，重复物品（C02）也一样。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 2 % of the judgments up."""
        judged = data.judgments
        usable = np.flatnonzero(judged.row >= 0)
        n = len(usable)
        if not n:
            return None
        texts = code_strings([canonical(data.queries.get(name, name)) for name in judged.queries])[0]
        wholes = code_strings(data.items.whole)[0].astype(np.int64)
        query, item = texts[judged.query[usable]].astype(np.int64), wholes[judged.row[usable]]
        keys = query * (int(wholes.max()) + 1) + item
        grade = judged.grade[usable]
        order = np.lexsort((grade, keys))
        same = keys[order][1:] == keys[order][:-1]
        odd = same & (grade[order][1:] != grade[order][:-1])
        hit = np.unique(keys[order][1:][odd])
        if not len(hit):
            return None
        count = int(np.isin(keys, hit).sum())
        examples = []
        for place in np.flatnonzero(odd)[:10].tolist():
            one, other = usable[order[place]], usable[order[place + 1]]
            pair = [f"{judged.queries[judged.query[at]]} · {judged.items[judged.item[at]]}" for at in (one, other)]
            examples.append(
                Example(" / ".join(dict.fromkeys(pair)), f"{judged.grade[one]:g} / {judged.grade[other]:g}")
            )
        summary = Text(
            "{count} of {n} judgments ({share}) contradict another of the same texts.",
            "{n} 条标注中有 {count} 条（{share}）与相同文本的另一条矛盾。",
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found(graded(count / n, 0.02), count, n, told, examples, figures={"pairs": len(hit)})
