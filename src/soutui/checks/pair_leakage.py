"""Q02: what a user had before the test begins, and has again in it."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

TEST = 0.1
"""The newest share of the events, as ``split.test`` holds out by default."""
SHARE = 0.05
"""Share of the test events from which it is named."""


class PairLeakage(Check):
    """Events of the newest tenth whose (user, item) pair was there before."""

    code = "Q02"
    name = "pair-leakage"
    title = Text("The same user and item before and after the split", "切分前后出现同一用户与物品")
    meaning = Text(
        "Who answers what a user had already is right without having learned anything. soutui holds such events out of "
        "its targets; many tools do not, and then show far better figures.",
        "只要重复用户已有的物品就能答对，不必学到什么。soutui 不把这类行为作为目标；许多工具没有排除，指标会好看得多。",
    )
    advice = Text(
        "When comparing tools, leave repeats out for all of them. If people do come back for the same things (food, "
        'music), set `policy.seen = "keep"`.',
        '比较工具时，对所有工具都排除重复。若人们确实会重复消费（食品、音乐），设 `policy.seen = "keep"`。',
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 5 % of the newest tenth up."""
        events = data.events
        usable = np.flatnonzero(events.timed & events.acted & (events.row >= 0))
        if len(usable) < 20:
            return None
        time = events.time[usable]
        late = time >= np.quantile(time, 1 - TEST)
        pairs = events.pairs[usable]
        again = np.isin(pairs[late], np.unique(pairs[~late]))
        count, n = int(again.sum()), int(late.sum())
        if not n or count < SHARE * n:
            return None
        first = np.sort(np.unique(pairs[late][again], return_index=True)[1])[:10]
        shown = usable[late][again][first]
        examples = [
            Example(f"{events.actor_name(int(events.actor[place]))} · {events.item_names[events.item[place]]}")
            for place in shown.tolist()
        ]
        summary = Text(
            "{count} of the newest {n} events ({share}) repeat what the user had before.",
            "最新的 {n} 条行为中有 {count} 条（{share}）是用户之前已有的物品。",
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found("info", count, n, told, examples)
