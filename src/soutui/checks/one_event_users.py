"""U02: users with one event."""

from __future__ import annotations

from soutui.checks.base import Check, Finding
from soutui.checks.plots import Columns
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

SHARE = 0.3
"""Share of the users from which it is named."""
_STEPS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, 1_000_000_000))


class OneEventUsers(Check):
    """Users who did one thing and never came back."""

    code = "U02"
    name = "one-event-users"
    title = Text("Users with a single event", "只有一条行为的用户")
    meaning = Text(
        "Nothing goes together with a single item, and there is nothing to hold out: these users count for popularity "
        "only. Very many of them mean that people are not recognised when they come back.",
        "单个物品看不出什么与它相配，也没有可留出的数据：这些用户只影响热度。数量很多说明老用户没有被认出。",
    )
    advice = Text(
        "Keep one id per person across visits (a first-party cookie, the login), and send the session besides.",
        "同一个人跨次访问使用同一编号（第一方 Cookie 或登录），并另附会话编号。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 30 % of the users up."""
        counts = data.events.per_actor[data.events.per_actor > 0]
        n, single = len(counts), int((counts == 1).sum())
        if not n or single < SHARE * n:
            return None
        summary = Text(
            "{count} of {n} users ({share}) have one event.", "{n} 位用户中有 {count} 位（{share}）只有一条行为。"
        )
        told = summary.fill(count=number(single), n=number(n), share=percent(single / n))
        return self.found("info", single, n, told, (), activity_plot(data))


def activity_plot(data: DataView) -> Columns | None:
    """How many users have how many events; None without events."""
    counts = data.events.per_actor[data.events.per_actor > 0]
    if not len(counts):
        return None
    steps = [(low, high) for low, high in _STEPS if low <= counts.max()]
    return Columns(
        Text("Users by number of events", "按行为数划分的用户"),
        tuple(str(low) if low == high else f"{low}–{high}" if high < 1000 else f"{low}+" for low, high in steps),
        tuple(float(((counts >= low) & (counts <= high)).sum()) for low, high in steps),
        Text("events", "行为数"),
        Text("users", "用户"),
    )
