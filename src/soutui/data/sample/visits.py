"""The whole log of one simulated shopper: when the visits are, and what appeals at that time.

The appeal of item ``i`` to user ``u`` at time ``t``, as a log weight, is

    ``a_ui(t) = log pop_i + liking_ui(t) + lift_i(t) - age_i(t) + 3 · sum_v w_uv · 2^-(days since v bought i) / 14``,

with popularity from :mod:`soutui.data.sample.world`, liking (and its drift) from :mod:`soutui.data.sample.tastes`, the
lift of year and week and the loss by age from :mod:`soutui.data.sample.seasons`; the last term is *friends*: each
friend ``v`` who bought it, by the weight of the tie, halved every 14 days. What is not in the shop has no appeal.

- **Visits.** A user's number of events is ``Gamma(2)`` around the mean, so there are about that by :data:`PER_VISIT`
  visits, on days drawn by how busy the shop is on that day of the week, at around 8, 12:30 and 20:30 o'clock UTC. One
  user in six comes to the shop during the period and has no visits before. The next event comes after
  ``1 + Exp(35)`` seconds; the results of a page are shown at one time.
- **Used up.** Who bought coffee beans buys the same again with probability 0.75 after ``interval · LogNormal(0, 0.2)``
  days, in a visit of its own.
- **Bots.** A crawler views everything that is in the shop, in the order of the catalogue, once, 1 to 2 seconds each,
  at most 1,000 items.

A user's events depend on the seed, the user's number, and the friends who came before: on nothing else.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from soutui.data.sample.seasons import BUSY, DAY, faded
from soutui.data.sample.sessions import Act, Corner, bought_again, visit
from soutui.data.sample.social import Member
from soutui.data.sample.tastes import PERSONA, Taste, days_since
from soutui.data.sample.world import Array, World
from soutui.data.schema import User

#: About how many events that are no impressions one visit has.
PER_VISIT = 6.3
#: How strongly a friend's purchase appeals, and in how many days that halves.
FRIENDS, FRIENDS_HALF_LIFE = 3.0, 14.0

_HOURS = ((8.0, 1.0, 0.2), (12.5, 0.7, 0.25), (20.5, 1.2, 0.55))  # mean, deviation, share
_CRAWLED = 1000

#: Item rows bought, each with its time.
Bought = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (seconds since 1970) for ``days`` days; ``events_per_user`` on the average."""

    start: float
    days: int
    events_per_user: float

    @property
    def end(self) -> float:
        """The first second after it."""
        return self.start + self.days * DAY


@dataclass(frozen=True, slots=True)
class Log:
    """Everything one user did: acts, their times and visits (from 1), in order of time."""

    member: Member
    joined: float
    acts: tuple[Act, ...]
    times: tuple[float, ...]
    visits: tuple[int, ...]

    def as_user(self) -> User:
        """The user's record: language (en, zh) and the day on which the user came to the shop."""
        since = datetime.fromtimestamp(self.joined, UTC).date().isoformat()
        return User(self.member.user, {"language": self.member.taste.language, "joined": since})

    @property
    def bought(self) -> Bought:
        """What the user bought and when."""
        return [(act.row, time) for act, time in zip(self.acts, self.times, strict=True) if act.kind == "purchase"]


def appeal(world: World, taste: Taste, start: float, time: float, friends: Mapping[int, float]) -> tuple[Array, Array]:
    """Appeal and liking of what the user knows, both (m,); ``friends``: row to what friends add to it."""
    rows = taste.rows
    liking = taste.liking(days_since(start, time))
    born = world.born[rows]
    sums = world.popularity[rows] + liking + world.cycles.lift(time)[world.node[rows]]
    sums += faded((time - born) / DAY, world.half_life[rows])
    for row, more in friends.items():
        place = int(np.searchsorted(rows, row))
        if place < len(rows) and rows[place] == row:
            sums[place] += more
    return np.where((born <= time) & (time < world.gone[rows]), sums, -np.inf), liking


def passed_on(circle: Sequence[tuple[float, Bought]], time: float) -> dict[int, float]:
    """Row to what friends' purchases before ``time`` add to its appeal; ``circle``: weight and purchases of each."""
    added: dict[int, float] = {}
    for weight, bought in circle:
        for row, when in bought:
            if when < time:
                more = FRIENDS * weight * 0.5 ** ((time - when) / DAY / FRIENDS_HALF_LIFE)
                added[row] = added.get(row, 0.0) + more
    return added


def joined(period: Period, number: int, seed: int) -> float:
    """When the user came to the shop, in seconds since 1970: before the period, or during its first two thirds."""
    dice, when = np.random.default_rng([seed, number, 3]).random(2)
    if dice < 1 / 6 and f"u{number}" != PERSONA:
        return period.start + float(when) * period.days * DAY * 2 / 3
    return period.start - float(when) * 700 * DAY


def shop(world: World, member: Member, period: Period, seed: int, circle: Sequence[tuple[float, Bought]]) -> Log:
    """All that one user does in the period; ``circle``: the weights of the user's friends and what they bought."""
    rng = np.random.default_rng([seed, member.number, 2])
    since = joined(period, member.number, seed)
    if member.bot:
        return _crawl(world, member, period, rng, since)
    taste = member.taste
    acts: list[Act] = []
    times: list[float] = []
    visits: list[int] = []
    closed = np.zeros(len(taste.rows), np.bool_)
    begins: list[tuple[float, int]] = [(time, -1) for time in _begins(rng, period, since, member.user)]
    heapq.heapify(begins)
    clock, number = 0.0, 0
    while begins:
        begin, again = heapq.heappop(begins)
        begin = max(begin, clock + 60.0)
        if again >= 0:
            there = world.available[again] and begin < world.gone[again]
            done = bought_again([again]) if there else []
        else:
            sums, liking = appeal(world, taste, period.start, begin, passed_on(circle, begin))
            sums[closed] = -np.inf
            top = sums.max()
            if top == -np.inf:
                continue
            corner = Corner(np.exp(sums - top), taste.share(liking), world.node[taste.rows], world.codes[2, taste.rows])
            done = visit(world, rng, taste, corner)
        if not done:
            continue
        number += 1
        when = _clock(rng, begin, done)
        if when[-1] >= period.end:
            break
        clock = when[-1]
        acts.extend(done)
        times.extend(when)
        visits.extend([number] * len(done))
        for act, time in zip(done, when, strict=True):
            if act.kind == "purchase" and np.isfinite(world.lasts[act.row]):
                if rng.random() < 0.75:
                    due = time + DAY * float(np.round(world.lasts[act.row] * rng.lognormal(0.0, 0.2)))
                    heapq.heappush(begins, (due, act.row))
            elif act.kind == "purchase" or (act.kind == "click" and world.media[act.row]):
                closed[np.searchsorted(taste.rows, act.row)] = True
    return Log(member, since, tuple(acts), tuple(times), tuple(visits))


def _begins(rng: np.random.Generator, period: Period, since: float, user: str) -> list[float]:
    """When the visits begin, in whole seconds."""
    events = 4 * period.events_per_user if user == PERSONA else rng.gamma(2.0, period.events_per_user / 2.0)
    wanted = events / PER_VISIT
    # Rounded at random, so that the mean is kept; everybody comes once.
    count = max(1, int(wanted + rng.random()))
    first = max(0, int((since - period.start) // DAY) + 1) if since > period.start else 0
    days = np.arange(min(first, period.days - 1), period.days)
    busy = np.array(BUSY)[((period.start // DAY + days + 3) % 7).astype(np.intp)]
    if count > len(days):
        on = days[np.minimum(np.searchsorted(np.cumsum(busy), rng.random(count) * busy.sum()), len(days) - 1)]
    else:
        # The largest of u^(1/w) are a weighted draw without replacement (Efraimidis and Spirakis, 2006).
        on = days[np.argsort(-(rng.random(len(days)) ** (1.0 / busy)))[:count]]
    mean, deviation, share = np.array(_HOURS).T
    part = np.searchsorted(np.cumsum(share), rng.random(count) * share.sum())
    hours = np.clip(rng.normal(mean[part], deviation[part]), 5.0, 22.5)
    begins = np.sort(np.round(period.start + on * DAY + hours * 3_600.0))
    return [float(time) for time in begins]


def _clock(rng: np.random.Generator, begin: float, acts: Sequence[Act]) -> list[float]:
    """The times of the acts of one visit: whole seconds, ascending; the impressions of a page have one time."""
    gaps = np.ceil(rng.exponential(35.0, len(acts))) + 1.0
    shown = np.array([act.kind == "impression" for act in acts])
    gaps[1:][shown[1:]] = 0.0
    return [float(time) for time in begin + np.cumsum(gaps)]


def _crawl(world: World, member: Member, period: Period, rng: np.random.Generator, since: float) -> Log:
    begin = np.round(period.start + (rng.uniform(0.3, 0.9) * period.days) * DAY)
    rows = np.flatnonzero((world.born <= begin) & (begin < world.gone))[:_CRAWLED]
    times = begin + np.cumsum(rng.integers(1, 3, len(rows)))
    return Log(
        member,
        min(since, float(begin)),
        tuple(Act("view", int(row)) for row in rows),
        tuple(float(time) for time in times),
        (1,) * len(rows),
    )
