"""E02: events of a user at the very same time."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class TimeTies(Check):
    """Events that share user and time with another one."""

    code = "E02"
    name = "time-ties"
    title = Text("Events of one user at the same time", "同一用户同一时刻的多条行为")
    meaning = Text(
        "Nobody can say which came first, so “the last item” and “the next item” are chance. Times in whole days, and "
        "ratings entered in one go, look like this.",
        "先后无法分辨，“上一个”和“下一个”物品全凭运气。只精确到天的时间、一次性录入的评分都会如此。",
    )
    advice = Text(
        "Export times with seconds, or an order column. Otherwise trust figures about sequences little, and split by "
        'time (`split.protocol = "time"`), not by each user\'s last.',
        '导出精确到秒的时间或次序列。否则不要太相信与顺序有关的指标，并按时间切分（`split.protocol = "time"`），'
        "不要按每位用户的最后一次。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Silent below 1 %; a warning from 20 % up."""
        events = data.events
        places = events.by_actor_and_time
        n = len(places)
        if n < 2:
            return None
        actor, time, order = events.actor[places], events.time[places], events.order[places]
        same = (actor[1:] == actor[:-1]) & (time[1:] == time[:-1])
        # A given order tells equal times apart, unless it is absent or equal too.
        same &= (order[1:] == order[:-1]) | np.isnan(order[1:]) | np.isnan(order[:-1])
        tied = np.zeros(n, np.bool_)
        tied[1:] |= same
        tied[:-1] |= same
        count = int(tied.sum())
        if count < 0.01 * n:
            return None
        counts = np.bincount(actor[tied])
        top = np.argsort(-counts, kind="stable")[:10]
        examples = [
            Example(events.actor_name(one), f"× {number(int(counts[one]))}") for one in top.tolist() if counts[one]
        ]
        summary = Text(
            "{count} of {n} events ({share}) have the time of another event of their user.",
            "{n} 条行为中有 {count} 条（{share}）与该用户的另一条行为时间相同。",
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found(graded(count / n, 0.2), count, n, told, examples)
