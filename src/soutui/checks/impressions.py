"""E07: impressions and clicks that do not fit together."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, Severity
from soutui.checks.view import IMPRESSION, DataView, Flags
from soutui.checks.wording import Text, number, percent

HIGH = 0.6
"""Clicks per impression above which impressions are more likely lost than clicked."""
SHOWN = 200
"""Impressions of an item from which its own rate is looked at."""
FAR = 6.0
"""Standard errors from the mean rate from which an item stands out."""
HOUR = 3600.0


class Impressions(Check):
    """Impressions without clicks, clicks without impressions, rates that stand out."""

    code = "E07"
    name = "impressions"
    title = Text("Impressions and clicks that do not fit together", "曝光与点击对不上")
    meaning = Text(
        "Learning from what was shown and not clicked works only if both are logged in full: lost impressions make "
        "items look better than they are, lost clicks worse.",
        "要从“展示了却没点”中学习，曝光与点击都须完整记录：丢曝光会高估物品，丢点击会低估物品。",
    )
    advice = Text(
        "Log an impression for every item on every page, with user and position, and the click with the same ids. "
        "Items that stand out may be clickbait, ads, or robots' targets.",
        "每页每个物品都记录一条曝光（含用户和位置），点击使用同样的编号。特别突出的物品可能是标题党、广告或机器人目标。"
        "",
    )

    def run(self, data: DataView) -> Finding | None:
        """Silent without impressions; a warning when none is clicked, most are, or most clicks were never shown."""
        events = data.events
        shown, clicked = events.kind == IMPRESSION, events.list_clicks
        n, clicks = int(shown.sum()), int(clicked.sum())
        if not n:
            return None
        unshown = _unshown(data, shown, clicked)
        rate = min(1.0, clicks / n)
        views = np.bincount(events.item[shown], minlength=len(events.item_names))
        wanted = np.bincount(events.item[clicked], minlength=len(events.item_names))
        error = np.sqrt(max(rate * (1 - rate), 1e-12) / np.maximum(views, 1))
        far = np.where(views >= SHOWN, (wanted / np.maximum(views, 1) - rate) / error, 0.0)
        # Items differ in earnest: only those far beyond the usual spread of items stand out.
        usual = float(np.percentile(np.abs(far[views >= SHOWN]), 90)) if (views >= SHOWN).any() else 0.0
        odd = np.flatnonzero(far > max(FAR, 3 * usual))
        lost = unshown > 0.2 * clicks and clicks > 0
        if clicks and rate <= HIGH and not lost and not len(odd):
            return None
        examples = [
            Example(events.item_names[one], f"{number(int(wanted[one]))} / {number(int(views[one]))}")
            for one in odd[np.argsort(-far[odd])][:10].tolist()
        ]
        severity: Severity = "warning" if not clicks or rate > HIGH or lost else "info"
        summary = Text(
            "{n} impressions, {clicks} clicks ({rate}); {unshown} clicks were never shown to that user; {odd} items "
            "are clicked far more often than the others.",
            "{n} 次曝光，{clicks} 次点击（{rate}）；{unshown} 次点击没有对应曝光；{odd} 个物品点击率远高于其他。",
        )
        told = summary.fill(
            n=number(n), clicks=number(clicks), rate=percent(clicks / n), unshown=number(unshown), odd=number(len(odd))
        )
        return self.found(
            severity, unshown, clicks, told, examples, figures={"unshown": unshown, "outstanding": len(odd)}
        )


def _unshown(data: DataView, shown: Flags, clicked: Flags) -> int:
    """Clicks on what was never shown to that user. With a clock, only clicks while impressions were logged count."""
    events = data.events
    times = events.time[shown & events.timed]
    if len(times):
        clicked = clicked & (events.time >= times.min()) & (events.time <= times.max() + HOUR)
    return int((~np.isin(events.pairs[clicked], events.pairs[shown])).sum())
