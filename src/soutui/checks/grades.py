"""Q07: grades that hardly differ, queries with hardly a judgment."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Finding
from soutui.checks.plots import Columns
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

LARGE = 0.9
FEWEST = 50
#: Different grades that a plot shows.
_MOST = 12


class Grades(Check):
    """One grade that nearly all judgments have, where there are several."""

    code = "Q07"
    name = "uneven-grades"
    title = Text("Nearly all judgments have the same grade", "几乎所有标注等级相同")
    meaning = Text(
        "The rare grades decide the figures, and they rest on few judgments. Judges who give one grade to nearly "
        "everything often did not understand the others.",
        "少见的等级决定了指标，而它们依据的标注很少。几乎只给一个等级的标注者往往没弄懂其他等级。",
    )
    advice = Text(
        "Write down with examples what each grade means, and judge a hundred pairs twice to see whether judges agree.",
        "写明每个等级的含义并附例子，再让两人重复标注一百对，看是否一致。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 90 % in one of several grades up."""
        grade = data.judgments.grade
        n = len(grade)
        values, counts = np.unique(grade, return_counts=True)
        if n < FEWEST or len(values) < 2 or counts.max() < LARGE * n:
            return None
        top = int(counts.argmax())
        summary = Text("{share} of {n} judgments have grade {grade}.", "{n} 条标注中 {share} 的等级是 {grade}。")
        told = summary.fill(share=percent(counts[top] / n), n=number(n), grade=f"{values[top]:g}")
        return self.found("info", int(counts[top]), n, told, (), grade_plot(data), figures={"grades": len(values)})


def grade_plot(data: DataView) -> Columns | None:
    """How many judgments have each grade; None without judgments or with a single grade."""
    values, counts = np.unique(data.judgments.grade, return_counts=True)
    if not 2 <= len(values) <= _MOST:
        return None
    return Columns(
        Text("Judgments by grade", "各等级的标注数"),
        tuple(f"{value:g}" for value in values.tolist()),
        tuple(counts.astype(float).tolist()),
        Text("grade", "等级"),
        Text("judgments", "标注"),
    )
