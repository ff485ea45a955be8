"""E05: few items that have most of the events."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import gini
from soutui.checks.plots import Curve
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

FEWEST = 100
"""Items with an event below which nothing is said."""


class PopularitySkew(Check):
    """How much of the events the most popular items have."""

    code = "E05"
    name = "popularity-skew"
    title = Text("Few items have most of the events", "少数物品占了大多数行为")
    meaning = Text(
        "Recommending the same few items to all then scores well and helps nobody; what is said about the tail rests "
        "on few events.",
        "给所有人推荐同样几个物品也能得高分，却帮不了谁；关于长尾的结论只依据很少的行为。",
    )
    advice = Text(
        "Read the slices head and tail of `soutui evaluate`, compare with the baseline “popular”, and raise "
        "`policy.diversity` if pages look alike.",
        "查看 `soutui evaluate` 的热门/长尾切片，与“popular”基线比较；若页面千篇一律，调高 `policy.diversity`。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info from a Gini coefficient of .8 or a fifth of the events in 1 % of the items; a warning from half."""
        counts = item_counts(data)
        touched = np.sort(counts[counts > 0])[::-1]
        if len(touched) < FEWEST:
            return None
        uneven, top = gini(touched), max(1, round(len(touched) / 100))
        share = float(touched[:top].sum() / touched.sum())
        if uneven < 0.8 and share < 0.2:
            return None
        order = np.argsort(-counts, kind="stable")[:10]
        examples = [Example(data.items.ids[row], f"× {number(int(counts[row]))}") for row in order.tolist()]
        summary = Text(
            "{top} of {n} items (the top 1 %) have {share} of the events; Gini coefficient {gini:.2f}.",
            "{n} 个有行为的物品中，最热的 {top} 个（前 1 %）占了 {share} 的行为；基尼系数 {gini:.2f}。",
        )
        told = summary.fill(top=number(top), n=number(len(touched)), share=percent(share), gini=uneven)
        figures = {"gini": round(uneven, 4), "top_share": round(share, 4)}
        return self.found(graded(share, 0.5), top, len(touched), told, examples, rank_plot(data), figures)


def item_counts(data: DataView) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Events that are more than impressions, by row of the catalogue (n,)."""
    rows = data.events.row[data.events.acted]
    return np.bincount(rows[rows >= 0], minlength=len(data.items))


def rank_plot(data: DataView) -> Curve | None:
    """Events by popularity rank on logarithmic axes: a straight fall is a power law. None below ten items."""
    counts = item_counts(data)
    touched = np.sort(counts[counts > 0])[::-1]
    if len(touched) < 10:
        return None
    ranks = np.unique(np.geomspace(1, len(touched), 80).round().astype(np.int64))
    return Curve(
        Text("Events of each item, most popular first", "各物品的行为数，从最热门开始"),
        tuple(ranks.astype(float).tolist()),
        tuple(touched[ranks - 1].astype(float).tolist()),
        Text("rank", "名次"),
        Text("events", "行为数"),
        log=True,
    )
