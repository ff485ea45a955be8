"""E04: times that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

DAY = 86_400.0
#: 1 January 1990, seconds since 1970: no log of a shop is older.
OLDEST = 631_152_000.0


class ImpossibleTimes(Check):
    """Times in the future, before 1990, or in another unit than seconds."""

    code = "E04"
    name = "impossible-times"
    title = Text("Times that cannot be", "不可能的时间")
    meaning = Text(
        "A time in the future stays “the latest” for ever; one in 1970 is usually a missing one. Both move the day on "
        "which the test begins, and popularity goes wrong.",
        "未来的时间会永远排在“最新”；1970 年通常是缺失值。两者都会移动测试集的起点，并扭曲热度。",
    )
    advice = Text(
        "Correct the export. A time in milliseconds read as seconds lies in the far future, seconds divided by 1000 in "
        "January 1970.",
        "修正导出。毫秒当作秒会落到遥远的未来，秒被除以 1000 会落到 1970 年 1 月。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Later than a day from now, or before 1990. A warning; an error from 1 % of the timed events up."""
        events = data.events
        time = events.time
        n = int(events.timed.sum())
        future, past = time > data.now + DAY, time < OLDEST
        odd = np.flatnonzero(future | past)
        if not len(odd):
            return None
        wrong = _plausible(time[odd] / 1000, data.now) | _plausible(time[odd] * 1000, data.now)
        examples = [
            Example(
                f"{events.actor_name(int(events.actor[place]))} · {events.item_names[events.item[place]]}",
                _said(time[place]),
            )
            for place in odd[:10].tolist()
        ]
        summary = Text(
            "{future} of {n} events lie in the future and {past} before 1990 ({share}); {wrong} would fit in another "
            "unit.",
            "{n} 条行为中有 {future} 条在未来，{past} 条早于 1990 年（{share}）；{wrong} 条换个单位就合理。",
        )
        told = summary.fill(
            n=number(n),
            future=number(int(future.sum())),
            past=number(int(past.sum())),
            share=percent(len(odd) / n),
            wrong=number(int(wrong.sum())),
        )
        return self.found(
            graded(len(odd) / n, 0.0, 0.01),
            len(odd),
            n,
            told,
            examples,
            figures={"future": int(future.sum()), "before_1990": int(past.sum()), "wrong_unit": int(wrong.sum())},
        )


def _plausible(times: NDArray[np.float64], now: float) -> NDArray[np.bool_]:
    return (times >= OLDEST) & (times <= now + DAY)


def _said(time: float) -> str:
    if -62_135_596_800.0 <= time < 253_402_300_800.0:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{time:g} s"
