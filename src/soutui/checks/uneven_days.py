"""E10: days on which the log has holes or peaks."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from soutui.checks.base import Check, Example, Finding
from soutui.checks.impossible_times import DAY, OLDEST
from soutui.checks.plots import Timeline
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number

BUSY = 50
"""Events on the median day from which an empty day is a hole and a peak is one."""
PEAK = 10.0
"""Times the median day that make a peak."""
MOST_DAYS = 20_000


class UnevenDays(Check):
    """Empty days in a busy log, and days with ten times the usual."""

    code = "E10"
    name = "uneven-days"
    title = Text("Days without events, or with far too many", "没有行为或行为过多的日子")
    meaning = Text(
        "A hole is usually a lost file; a peak one imported twice, a test run, or robots. Both move popularity and the "
        "day on which the test begins.",
        "空洞多半是丢了文件；尖峰多半是重复导入、压测或机器人。两者都会影响热度和测试集的起点。",
    )
    advice = Text(
        "Import the missing day again (what is there already changes nothing), and look at who made the peak (see "
        "U01).",
        "重新导入缺失的日子（已有内容不会改变），并查看尖峰是谁造成的（见 U01）。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning for holes or peaks; silent below a week, or 50 events on the median day."""
        start, counts = events_by_day(data)
        if len(counts) < 7:
            return None
        usual = float(np.median(counts))
        if usual < BUSY:
            return None
        holes, peaks = np.flatnonzero(counts == 0), np.flatnonzero(counts > PEAK * usual)
        if not len(holes) + len(peaks):
            return None
        examples = [Example(_day(start, place), f"× {number(int(counts[place]))}") for place in peaks[:5].tolist()]
        examples += [Example(_day(start, place), "0") for place in holes[:5].tolist()]
        summary = Text(
            "{holes} of {n} days have no event and {peaks} more than ten times the median day ({usual}).",
            "{n} 天中有 {holes} 天没有行为，{peaks} 天超过中位数（{usual}）的十倍。",
        )
        told = summary.fill(
            holes=number(len(holes)), n=number(len(counts)), peaks=number(len(peaks)), usual=number(usual)
        )
        odd = len(holes) + len(peaks)
        plot = day_plot(data)
        return self.found(
            "warning", odd, len(counts), told, examples, plot, figures={"holes": len(holes), "peaks": len(peaks)}
        )


def events_by_day(data: DataView) -> tuple[float, NDArray[np.int64]]:
    """The first day (seconds since 1970) and the events of each day from there; impossible times are left out."""
    time = data.events.time[data.events.timed]
    time = time[(time >= OLDEST) & (time <= data.now + DAY)]
    if not len(time):
        return 0.0, np.empty(0, np.int64)
    days = np.floor(time / DAY).astype(np.int64)
    first = int(days.min())
    if int(days.max()) - first >= MOST_DAYS:
        first = int(days.max()) - MOST_DAYS + 1
        days = days[days >= first]
    return first * DAY, np.bincount(days - first)


def day_plot(data: DataView) -> Timeline | None:
    """Events by day, or by so many days that 120 columns suffice; None for fewer than two days."""
    start, counts = events_by_day(data)
    if len(counts) < 2:
        return None
    width = -(-len(counts) // 120)
    padded = np.concatenate((counts, np.zeros(-len(counts) % width, np.int64)))
    title = Text("Events by day", "每天的行为数")
    if width > 1:
        title = Text(f"Events by {width} days", f"每 {width} 天的行为数")
    return Timeline(title, start, width * DAY, tuple(padded.reshape(-1, width).sum(axis=1).tolist()))


def _day(start: float, place: int) -> str:
    return datetime.fromtimestamp(start + place * DAY, UTC).strftime("%Y-%m-%d")
