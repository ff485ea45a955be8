"""E03: events without a time."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Finding, Severity
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class NoClock(Check):
    """Events with neither a time nor an order."""

    code = "E03"
    name = "no-clock"
    title = Text("Events without a time", "没有时间的行为")
    meaning = Text(
        "Without a clock nothing can be held out by time: figures then leak the future. Popularity cannot tell last "
        "year from today.",
        "没有时钟就无法按时间留出数据，指标会泄漏未来；热度也分不清去年和今天。",
    )
    advice = Text(
        "Export when each event happened; an order within the user's history is second best.",
        "导出每条行为发生的时间；退而求其次，导出用户历史中的次序。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning when more than 10 % have neither time nor order, info for any other lack of times."""
        events = data.events
        n = len(events)
        untimed = ~events.timed
        count, blind = int(untimed.sum()), int((untimed & np.isnan(events.order)).sum())
        if not count:
            return None
        severity: Severity = "warning" if blind > 0.1 * n else "info"
        summary = Text(
            "{count} of {n} events ({share}) have no time, {blind} of them no order either.",
            "{n} 条行为中有 {count} 条（{share}）没有时间，其中 {blind} 条也没有次序。",
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n), blind=number(blind))
        return self.found(severity, count, n, told, figures={"blind": blind})
