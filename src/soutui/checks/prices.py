"""A05: prices that cannot be."""

from __future__ import annotations

import re

import numpy as np

from soutui.checks.base import Check, Example, Finding, Severity
from soutui.checks.common import robust_z
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number

PRICE = re.compile(r"price|cost|amount|msrp|价格|售价|价钱|单价|金额", re.IGNORECASE)
FAR = 6.0
"""Robust distance, of the logarithm, from which a price is an outlier."""
FEWEST = 30
"""Prices below which no outliers are looked for."""


class Prices(Check):
    """Prices below zero, of zero, or far from all others."""

    code = "A05"
    name = "prices"
    title = Text("Prices that are negative, zero or far out", "为负、为零或离谱的价格")
    meaning = Text(
        "They pass filters such as price<=20 and stand first when somebody sorts; a far-out one is often in another "
        "currency or has lost its point.",
        "它们会通过 price<=20 之类的筛选，排序时排在最前；离谱的价格往往是币种不同或丢了小数点。",
    )
    advice = Text(
        "Leave the price empty when it is not known; check the outliers one by one.",
        "价格未知就留空；离群值请逐个核对。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning for negative prices and from 1 % zeros up; info for outliers and few zeros."""
        examples, below, zeros, far, total = [], 0, 0, 0, 0
        for name, column in data.items.attributes.items():
            if not PRICE.search(name):
                continue
            told = ~np.isnan(column.numbers)
            values, rows = column.numbers[told], column.rows[told]
            total += len(values)
            odd = values <= 0
            below, zeros = below + int((values < 0).sum()), zeros + int((values == 0).sum())
            positive = np.flatnonzero(~odd)
            if len(positive) >= FEWEST:
                distant = positive[np.abs(robust_z(np.log(values[positive]))) > FAR]
                far += len(distant)
                odd[distant] = True
            places = np.flatnonzero(odd)
            for place in (
                places[np.argsort(values[places], kind="stable")][:3].tolist()
                + places[np.argsort(-values[places], kind="stable")][:2].tolist()
            ):
                example = Example(data.items.ids[int(rows[place])], f"{name} = {values[place]:g}")
                if example not in examples:
                    examples.append(example)
        if not below + zeros + far:
            return None
        severity: Severity = "warning" if below or zeros >= 0.01 * total else "info"
        summary = Text(
            "Of {n} prices {below} are negative, {zeros} are zero and {far} lie far from the others.",
            "{n} 个价格中，{below} 个为负，{zeros} 个为零，{far} 个远离其他价格。",
        )
        told_ = summary.fill(n=number(total), below=number(below), zeros=number(zeros), far=number(far))
        return self.found(
            severity,
            below + zeros + far,
            total,
            told_,
            examples,
            figures={"negative": below, "zero": zeros, "outliers": far},
        )
