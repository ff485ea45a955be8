"""U01: users that behave like programs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import robust_z
from soutui.checks.impossible_times import DAY
from soutui.checks.view import CLICKS, KINDS, RATING, DataView
from soutui.checks.wording import Text, number, percent

BUSY = 300
"""Events on an active day from which a user may be a program; many people reach 100."""
FAR = 5.0
"""Robust distance, of the logarithm of events a day, from which a user stands out."""
STEADY = 50
"""Gaps between events from which their regularity is looked at."""
REGULAR = 0.1
"""Spread of the gaps over their mean below which nobody but a clock acts."""
LOOKS = 500
"""Events without a single click from which a user only looks, where others click."""
BROAD = 0.5
"""Share of the catalogue from which a user has had everything; and at least :data:`LOOKS` items."""

_SIGNS_ZH = {"busy": "异常活跃", "regular": "间隔如时钟", "never clicks": "从不点击", "broad": "接触过半个目录"}


class Robots(Check):
    """Users far busier than the others, regular as a clock, who never click, or who have seen everything."""

    code = "U01"
    name = "robot-like-users"
    title = Text("Users that behave like programs", "行为像程序的用户")
    meaning = Text(
        "Crawlers, monitors and test accounts count like people: they make odd items popular and things go together "
        "that do not.",
        "爬虫、监控和测试账号会被当作真人：它们会让冷门物品变热，让不相干的物品显得常在一起。",
    )
    advice = Text(
        "Look at the examples. Drop such users before importing, by user agent or by account; a shop's shared login is "
        "better logged by session.",
        "查看示例。导入前按 User-Agent 或账号剔除这类用户；门店共用的账号最好按会话记录。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Any of four signs: 300 events on a day and far from the others; 50 gaps that vary by a tenth; 500 views and
        no click; half of the catalogue and 500 items. Info below 1 % of the events, a warning from there up."""
        signs = {
            "busy": _busy(data),
            "regular": _regular(data),
            "never clicks": _lookers(data),
            "broad": _broad(data),
        }
        named: dict[int, list[str]] = {}
        for sign, actors in signs.items():
            for actor in actors.tolist():
                named.setdefault(actor, []).append(sign)
        if not named:
            return None
        events = data.events
        per_actor = events.per_actor
        users, n = int((per_actor > 0).sum()), int(per_actor.sum())
        count = int(per_actor[list(named)].sum())
        order = sorted(named, key=lambda actor: (-len(named[actor]), -per_actor[actor], actor))
        examples = [
            Example(events.actor_name(actor), _said(int(per_actor[actor]), named[actor])) for actor in order[:10]
        ]
        summary = Text(
            "{k} of {users} users have {share} of the events: {busy} far too busy, {regular} regular as a clock, "
            "{looks} who never click, {broad} who have had half of the catalogue.",
            "{users} 位用户中有 {k} 位，占行为的 {share}：{busy} 位异常活跃，{regular} 位间隔如时钟，{looks} "
            "位从不点击，"
            "{broad} 位接触过半个目录。",
        )
        told = summary.fill(
            k=number(len(named)),
            users=number(users),
            share=percent(count / n),
            busy=len(signs["busy"]),
            regular=len(signs["regular"]),
            looks=len(signs["never clicks"]),
            broad=len(signs["broad"]),
        )
        figures = {sign.replace(" ", "_"): len(actors) for sign, actors in signs.items()}
        return self.found(
            graded(count / n, 0.01), len(named), users, told, examples, figures={"events": count, **figures}
        )


def _said(count: int, signs: list[str]) -> Text:
    """How many events a user has, and the signs."""
    chinese = "、".join(_SIGNS_ZH[sign] for sign in signs)
    return Text(f"{number(count)}: {', '.join(signs)}", f"{number(count)}：{chinese}")


def _busy(data: DataView) -> NDArray[np.int64]:
    """Actors with many events on an active day, far from what others have."""
    events = data.events
    places = events.by_actor_and_time
    if not len(places):
        return np.empty(0, np.int64)
    actor, day = events.actor[places], np.floor(events.time[places] / DAY)
    fresh = np.append(True, (actor[1:] != actor[:-1]) | (day[1:] != day[:-1]))
    days = np.bincount(actor[fresh])
    counts = np.bincount(actor)
    who = np.flatnonzero(counts)
    rate = counts[who] / days[who]
    return who[(rate >= BUSY) & (robust_z(np.log(rate)) > FAR)]


def _regular(data: DataView) -> NDArray[np.int64]:
    """Actors whose gaps between events hardly vary. Gaps of 0 are one page, not a rhythm, and are left out."""
    events = data.events
    places = events.by_actor_and_time
    if len(places) < STEADY:
        return np.empty(0, np.int64)
    actor, time = events.actor[places], events.time[places]
    gaps = np.diff(time)
    inside = (actor[1:] == actor[:-1]) & (gaps > 0)
    who, gaps = actor[1:][inside], gaps[inside]
    counts = np.bincount(who)
    mean = np.bincount(who, gaps) / np.maximum(counts, 1)
    spread = np.sqrt(np.maximum(np.bincount(who, gaps**2) / np.maximum(counts, 1) - mean**2, 0))
    # Whole seconds round a short rhythm away: a mean gap below five is not judged.
    return np.flatnonzero((counts >= STEADY) & (mean >= 5) & (spread <= REGULAR * mean))


def _lookers(data: DataView) -> NDArray[np.int64]:
    """Actors with many events and no click, where one event in fifty or more is a click."""
    events = data.events
    clicks = np.isin(events.kind, (*CLICKS, RATING))
    views = events.kind == KINDS.index("view")
    if not views.any() or clicks.sum() < 0.02 * len(events):
        return np.empty(0, np.int64)
    size = len(events.per_actor)
    wanted = np.bincount(events.actor[clicks], minlength=size)
    looked = np.bincount(events.actor[views], minlength=size)
    return np.flatnonzero((looked >= LOOKS) & (wanted == 0))


def _broad(data: DataView) -> NDArray[np.int64]:
    """Actors who have had half of the catalogue."""
    events = data.events
    pairs = np.unique(events.pairs[events.acted & (events.row >= 0)])
    if not len(pairs):
        return np.empty(0, np.int64)
    had = np.bincount(pairs // len(events.item_names))
    return np.flatnonzero(had >= max(LOOKS, BROAD * len(data.items)))
