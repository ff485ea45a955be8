"""A07: attributes that know what happened afterwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soutui.checks.base import Check, Example, Finding
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number

FEWEST = 100
"""Items with the attribute below which nothing is said."""
CLOSE = 0.7


class FutureAttributes(Check):
    """Numbers of items that rank them as their events do: sales, counts of ratings."""

    code = "A07"
    name = "future-attributes"
    title = Text("Attributes that follow from the events", "由行为推出的属性")
    meaning = Text(
        "A number such as “sold” or “rating count” was counted over the whole log, the held-out part included. A model "
        "that reads it knows the answer, and its figures are too good.",
        "“销量”“评分数”这类数字是在整个日志（含留出部分）上统计的。读到它的模型等于提前知道答案，指标会虚高。",
    )
    advice = Text(
        "Show it to people, but do not train on it; or count it up to the day on which the test begins.",
        "可以展示给用户，但不要用于训练；或只统计到测试集开始那天。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Spearman's rank correlation with the count of events of .7 or more, over 100 items. Info only: soutui does
        not train on them."""
        rows = data.events.row[data.events.acted]
        counts = np.bincount(rows[rows >= 0], minlength=len(data.items))
        hit = []
        for name, column in data.items.attributes.items():
            told = ~np.isnan(column.numbers)
            values, had = column.numbers[told], counts[column.rows[told]]
            if len(values) < FEWEST or (had == had[0]).all() or (values == values[0]).all():
                continue
            close = float(np.corrcoef(_ranks(values), _ranks(had))[0, 1])
            if abs(close) >= CLOSE:
                hit.append((abs(close), Example(name, f"ρ = {close:.2f}")))
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text(
            "{k} of {n} attributes rank the items as their events do.", "{n} 个属性中有 {k} 个与行为数的排序几乎一致。"
        )
        ordered = [example for _, example in sorted(hit, key=lambda pair: -pair[0])]
        return self.found("info", len(hit), total, summary.fill(k=number(len(hit)), n=number(total)), ordered)


def _ranks(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Ranks (n,), equal values sharing the mean of theirs."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[codes], np.float64)
