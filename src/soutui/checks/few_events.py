"""E06: too few interactions to learn from, and what works all the same."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Finding, Severity
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number

MEASURABLE = 30
"""Users with two items or more below which nothing is held out (as in ``soutui.evaluate.protocols``)."""
FIRM = 400
"""Such users from which an interval on a hit rate of .5 is narrower than ±.05: 1.96 · .5 / √400."""
CLICKED = 30
"""Distinct queries with clicks from which search weights are learned (as in ``soutui.lifecycle.known_item``)."""


class FewEvents(Check):
    """Whether there are enough users with two items or more to learn what goes together, and to measure it."""

    code = "E06"
    name = "few-events"
    title = Text("Few interactions to learn from", "可供学习的行为太少")
    meaning = Text(
        "“Had together” needs users with two items or more. Below 30 of them nothing can be held out and "
        "recommendation "
        "is not measured; below 400 an interval on a hit rate is wider than ±.05, so only large differences show. "
        "Search weights are learned from clicks when 30 different queries have one.",
        "“常一起出现”需要有两个以上物品的用户。少于 30 位时无法留出数据，推荐不做评测；少于 400 位时命中率的区间宽于 "
        "±0.05，只有很大的差异才看得出。至少 30 个不同查询有点击时，才会从点击学习搜索权重。",
    )
    advice = Text(
        "Search, filters, similar items by text and recommendation by text from a user's own history work without any "
        "log; `popular` works from the first events. Start with these, record events live (`soutui record`) and build "
        "again. Judge 30 queries or more by hand to measure search.",
        "没有日志也能用：搜索、筛选、按文本找相似、按用户自己的历史做文本推荐；有少量行为就有“热门”。先用这些，"
        "用 `soutui record` 实时记录行为后再构建。人工标注 30 个以上查询即可评测搜索。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning below 30 users with two items (info without any event), info below 400."""
        events = data.events
        usable = events.acted & (events.row >= 0)
        pairs = np.unique(events.pairs[usable])
        had = np.bincount(pairs // max(1, len(events.item_names))) if len(pairs) else np.zeros(0, np.int64)
        several = int((had >= 2).sum())
        clicked = len(np.unique(events.query[usable & (events.query >= 0)]))
        if several >= FIRM or not len(data.items):
            return None
        summary = Text(
            "{several} of {users} users have two items or more; {events} usable events, from {clicked} different "
            "queries.",
            "{users} 位用户中有 {several} 位有两个以上物品；可用行为 {events} 条，由 {clicked} 个不同查询带来。",
        )
        if not len(events):
            summary = Text("There are no events yet.", "还没有任何行为。")
        told = summary.fill(
            several=number(several),
            users=number(int((had > 0).sum())),
            events=number(int(usable.sum())),
            clicked=number(clicked),
        )
        severity: Severity = "warning" if several < MEASURABLE and len(events) else "info"
        return self.found(severity, several, 0, told, figures={"clicked_queries": clicked})
