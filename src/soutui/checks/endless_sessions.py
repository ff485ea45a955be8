"""U03: sessions that never end."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.impossible_times import DAY
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class EndlessSessions(Check):
    """Sessions that last longer than a day or hold events of several users."""

    code = "U03"
    name = "endless-sessions"
    title = Text("Sessions that never end", "没有尽头的会话")
    meaning = Text(
        "A session is one visit. One that lasts for days, or is shared by users, mixes errands that have nothing to do "
        "with each other.",
        "会话是一次访问。持续数天或多人共用的会话会把不相干的需求混在一起。",
    )
    advice = Text(
        "Start a new session after 30 minutes without an event, and when somebody logs in or out.",
        "30 分钟没有行为就开始新会话，登录或退出时也重新开始。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Longer than a day, or of several users. A warning from 1 % of the sessions up."""
        events = data.events
        inside = np.flatnonzero(events.session >= 0)
        if not len(inside):
            return None
        session = events.session[inside]
        size = len(events.sessions)
        total = int((np.bincount(session, minlength=size) > 0).sum())
        low, high = np.full(size, np.inf), np.full(size, -np.inf)
        timed = inside[events.timed[inside]]
        np.minimum.at(low, events.session[timed], events.time[timed])
        np.maximum.at(high, events.session[timed], events.time[timed])
        length = np.where(high >= low, high - low, 0.0)
        long = length > DAY
        named = inside[events.has_user[inside]]
        owners = np.unique(events.session[named].astype(np.int64) * len(events.users) + events.actor[named])
        shared = np.bincount(owners // len(events.users), minlength=size) > 1
        odd = np.flatnonzero(long | shared)
        if not len(odd):
            return None
        order = odd[np.argsort(-length[odd], kind="stable")][:10]
        examples = [
            Example(events.sessions[one], f"{number(round(length[one] / 3600, 1))} h") for one in order.tolist()
        ]
        summary = Text(
            "{long} of {n} sessions last longer than a day and {shared} have several users ({share}).",
            "{n} 个会话中有 {long} 个超过一天，{shared} 个有多位用户（{share}）。",
        )
        told = summary.fill(
            long=number(int(long.sum())),
            n=number(total),
            shared=number(int(shared.sum())),
            share=percent(len(odd) / total),
        )
        return self.found(
            graded(len(odd) / total, 0.01),
            len(odd),
            total,
            told,
            examples,
            figures={"long": int(long.sum()), "shared": int(shared.sum())},
        )
