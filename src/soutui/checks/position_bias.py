"""E08: what is shown first is clicked more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soutui.checks.base import Check, Finding
from soutui.checks.plots import Columns
from soutui.checks.view import IMPRESSION, DataView
from soutui.checks.wording import Text, percent

FEWEST = 100
"""Clicks with a position below which nothing is said."""
DEEPEST = 10
STEEP = 1.5
"""How much more the first place must be clicked than the fifth to be named."""


class PositionBias(Check):
    """How the share of clicks falls with the position."""

    code = "E08"
    name = "position-bias"
    title = Text("The first places are clicked more", "靠前的位置被点得更多")
    meaning = Text(
        "People click what stands first, whether it is best or not. Weights learned from such clicks repeat the order "
        "that was shown, and a new ranking looks worse than it is when judged by old clicks.",
        "人们会点排在前面的，不论它是否最好。从这种点击学到的权重会重复旧的排序；用旧点击评判新排序，会低估它。",
    )
    advice = Text(
        "Judge some queries by hand and prefer them for measuring; show a small share of traffic in another order.",
        "人工标注一些查询并优先用于评测；给一小部分流量换个顺序展示。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info when place 1 is clicked half as often again as place 5, by rate where impressions have positions."""
        shares, by_rate = click_shares(data)
        if len(shares) < 5 or shares[0] < STEEP * shares[4]:
            return None
        events = data.events
        count = int((events.list_clicks & (events.position > 0)).sum())
        summary = Text(
            "Place 1 gets {first} of {what}, place 5 {fifth}.", "第 1 位获得 {first} 的{what}，第 5 位为 {fifth}。"
        )
        what = Text("its impressions as clicks", "曝光点击率") if by_rate else Text("the clicks", "点击")
        told = Text(
            summary.en.format(first=percent(shares[0]), fifth=percent(shares[4]), what=what.en),
            summary.zh.format(first=percent(shares[0]), fifth=percent(shares[4]), what=what.zh),
        )
        figures = {"first": round(float(shares[0]), 4), "fifth": round(float(shares[4]), 4)}
        return self.found("info", count, 0, told, (), position_plot(data), figures)


def click_shares(data: DataView) -> tuple[NDArray[np.float64], bool]:
    """For places 1 to 10 clicks per impression (True), or without positions of impressions the share of clicks.

    Empty below :data:`FEWEST` clicks with a position.
    """
    events = data.events
    placed = (events.position > 0) & (events.position <= DEEPEST)
    clicks = np.bincount(events.position[placed & events.list_clicks], minlength=DEEPEST + 1)[1:]
    shown = np.bincount(events.position[placed & (events.kind == IMPRESSION)], minlength=DEEPEST + 1)[1:]
    if clicks.sum() < FEWEST:
        return np.empty(0), False
    if shown.sum() >= clicks.sum():
        return clicks / np.maximum(shown, 1), True
    return clicks / clicks.sum(), False


def position_plot(data: DataView) -> Columns | None:
    """Clicks by position; None when few clicks have one."""
    shares, by_rate = click_shares(data)
    if not len(shares):
        return None
    up = Text("clicks per impression", "点击率") if by_rate else Text("share of clicks", "点击占比")
    return Columns(
        Text("Clicks by position", "各位置的点击"),
        tuple(str(place) for place in range(1, len(shares) + 1)),
        tuple(shares.tolist()),
        Text("position", "位置"),
        up,
        share=True,
    )
