"""SIMULATED shoppers: events, ties and users drawn from formulas, so that the sample shop has something to learn from.

Nothing here was observed on people. What is planted can be found again, because its truth is kept
(:class:`soutui.data.sample.truth.Truth`), and each part says its formulas in its own file:

- :mod:`~soutui.data.sample.world`: popularity, what comes and goes, what goes with what, judged queries;
- :mod:`~soutui.data.sample.tastes`: what a user likes, and how that drifts;
- :mod:`~soutui.data.sample.seasons`: year, week, and the age of news;
- :mod:`~soutui.data.sample.social`: friends, acquaintances and groups;
- :mod:`~soutui.data.sample.sessions`: one visit: search, impressions, position bias, what follows, the funnel;
- :mod:`~soutui.data.sample.visits`: all visits of a user, friends' purchases, what is bought again, crawlers.

User ``u42`` is not drawn but written: four times the events and a taste for the outdoors, for the docs to show. Every
user has random generators of their own and depends only on users who came before, so more users leave the events
of the others as they are. Users come one by one: memory is that of the catalogue and of the last users.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soutui.data.sample.social import WINDOW, members
from soutui.data.sample.tastes import PERSONA
from soutui.data.sample.visits import Bought, Log, Period, shop
from soutui.data.sample.world import World
from soutui.data.schema import Event, Item, Tie, User
from soutui.errors import UsageError

if TYPE_CHECKING:
    from soutui.data.sample.truth import Truth

__all__ = ["PERSONA", "SEED", "SHOPPERS", "START", "Simulation", "simulate"]

SHOPPERS = 300
SEED = 7
#: 2025-01-01 00:00 UTC, in seconds since 1970.
START = 1_735_689_600.0


@dataclass(frozen=True)
class Simulation:
    """``size`` simulated shoppers in a shop. All is drawn anew each time it is asked for, and always the same."""

    world: World
    period: Period
    size: int
    seed: int

    @classmethod
    def of(
        cls,
        items: Iterable[Item],
        *,
        users: int = SHOPPERS,
        events_per_user: float = 20,
        seed: int = SEED,
        start: float = START,
        days: int = 90,
    ) -> Simulation:
        """``users`` shoppers over ``days`` days from ``start`` (seconds since 1970); the items are read once.

        ``events_per_user``: about how many events that are no impressions each has. Raises UsageError for numbers that
        are not positive and for an empty catalogue.
        """
        for name, number in (("users", users), ("events_per_user", events_per_user), ("days", days)):
            if not number > 0:
                raise UsageError(f"{name} = {number}; it must be above 0", f"leave {name} out to get the default")
        return cls(World.of(items, seed, start, days), Period(start, days, events_per_user), users, seed)

    def logs(self) -> Iterator[Log]:
        """What each user did, ``u1`` first, then ``u2``, …; the events of one user are in order of time."""
        recent: OrderedDict[int, Bought] = OrderedDict()
        for member in members(self.world, self.seed, self.size):
            circle = [(weight, recent[number]) for number, weight in member.friends if number in recent]
            log = shop(self.world, member, self.period, self.seed, circle)
            yield log
            recent[member.number] = log.bought
            if len(recent) > WINDOW:
                recent.popitem(last=False)

    def events(self, *, impressions: bool = True) -> Iterator[Event]:
        """The events user by user, in order of time within each; ids are ``<user>-<number>``.

        Without ``impressions`` those are left out; the others keep their ids.
        """
        for log in self.logs():
            yield from self.events_of(log, impressions=impressions)

    def events_of(self, log: Log, *, impressions: bool = True) -> Iterator[Event]:
        """The events of one user."""
        user, ids, queries = log.member.user, self.world.ids, self.world.queries
        for number, (act, time, visit) in enumerate(zip(log.acts, log.times, log.visits, strict=True), 1):
            if impressions or act.kind != "impression":
                yield Event(
                    id=f"{user}-{number:05d}",
                    kind=act.kind,
                    item=ids[act.row],
                    user=user,
                    session=f"{user}-s{visit}",
                    time=time,
                    query=queries[act.query].text if act.query >= 0 else "",
                    position=act.position or None,
                )

    def ties(self) -> Iterator[Tie]:
        """Friends (in both directions), acquaintances and groups, as the users came."""
        for member in members(self.world, self.seed, self.size):
            yield from member.ties()

    def users(self) -> Iterator[User]:
        """The users with their language (en, zh) and the day on which they came to the shop."""
        for log in self.logs():
            yield log.as_user()

    @property
    def truth(self) -> Truth:
        """What was planted."""
        from soutui.data.sample.truth import Truth

        return Truth(self)


def simulate(
    items: Iterable[Item],
    *,
    users: int = SHOPPERS,
    events_per_user: float = 20,
    seed: int = SEED,
    start: float = START,
    days: int = 90,
    impressions: bool = True,
) -> list[Event]:
    """The log of :class:`Simulation` with these arguments, oldest first. Equal arguments give equal events."""
    simulation = Simulation.of(items, users=users, events_per_user=events_per_user, seed=seed, start=start, days=days)
    # Sorting is stable: the events of one user keep their order where times are equal.
    return sorted(simulation.events(impressions=impressions), key=lambda event: event.time or 0.0)
