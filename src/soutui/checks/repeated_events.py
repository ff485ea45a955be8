"""E11: the same event twice."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import KINDS, DataView
from soutui.checks.wording import Text, number, percent


class RepeatedEvents(Check):
    """Events of equal user, item, kind, query and time under several ids."""

    code = "E11"
    name = "repeated-events"
    title = Text("The same event several times", "同一行为重复出现")
    meaning = Text(
        "Same user, item, kind and second: the log was written or imported twice, and popularity counts both.",
        "用户、物品、类型、时间全同：日志被写了两次或导入了两次，热度会重复计数。",
    )
    advice = Text(
        "Give every event an id where it happens; importing it again then changes nothing.",
        "在产生处给每条行为一个编号，之后重复导入不会改变任何内容。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info from 0.5 % of the timed events up, a warning from 5 %."""
        events = data.events
        places = np.flatnonzero(events.timed)
        n = len(places)
        if n < 2:
            return None
        keys = (events.pairs[places], events.time[places], events.kind[places], events.query[places])
        value = np.nan_to_num(events.value[places], nan=-1.0)
        order = np.lexsort((value, keys[3], keys[2], keys[1], keys[0]))
        same = value[order][1:] == value[order][:-1]
        for key in keys:
            same &= key[order][1:] == key[order][:-1]
        count = int(same.sum())
        if count < 0.005 * n:
            return None
        examples = [
            Example(
                f"{events.actor_name(int(events.actor[place]))} · {events.item_names[events.item[place]]}",
                KINDS[events.kind[place]],
            )
            for place in places[order[1:][same]][:10].tolist()
        ]
        summary = Text(
            "{count} of {n} events ({share}) repeat another.", "{n} 条行为中有 {count} 条（{share}）是重复的。"
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found(graded(count / n, 0.05), count, n, told, examples)
