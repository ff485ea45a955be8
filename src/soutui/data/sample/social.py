"""Who knows whom: friends alike in taste and with friends in common, distant acquaintances, and groups.

The network grows user by user, so that more users leave the ties among the others as they are. User ``n`` makes
friends among the :data:`WINDOW` users before: at least one, and ``Poisson(2)`` more.

- **Homophily.** A friend ``v`` is drawn in proportion to ``exp(6 · s_nv)``, ``s`` the likeness of their tastes
  (:func:`soutui.data.sample.tastes.profile`; McPherson, Smith-Lovin and Cook, 2001).
- **Triangles.** A further friend is a friend's friend with probability 0.6 (Holme and Kim, 2002).
- **Small world.** With probability 0.2 the user knows somebody from anywhere before, ``weight`` 0.3: the shortcut
  that makes the distances short (Watts and Strogatz, 1998). Such acquaintances pass nothing on.
- **Groups.** ``Poisson(0.7)`` groups, each about a type of thing, drawn by taste.

Friends have a tie in each direction, ``weight = 0.5 + 0.5 s``. Memory is that of the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soutui.data.sample.tastes import PERSONA, Taste, draw_taste, profile
from soutui.data.sample.world import World
from soutui.data.schema import Tie

#: How many users back friends are made.
WINDOW = 256
#: One user in that many is a crawler.
BOTS = 150

_HOMOPHILY = 6.0


@dataclass(frozen=True, slots=True)
class Member:
    """A user with a taste and ties. ``friends``: number and weight of friends; they came to the shop before."""

    number: int
    taste: Taste
    bot: bool
    friends: tuple[tuple[int, float], ...] = ()
    acquaintances: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """The user's id."""
        return f"u{self.number}"

    def ties(self) -> Iterator[Tie]:
        """The ties that came with this user, friends in both directions."""
        for other, weight in self.friends:
            yield Tie(self.user, f"u{other}", "friend", weight)
            yield Tie(f"u{other}", self.user, "friend", weight)
        for other in self.acquaintances:
            yield Tie(self.user, f"u{other}", "friend", 0.3)
            yield Tie(f"u{other}", self.user, "friend", 0.3)
        for group in self.groups:
            yield Tie(self.user, group, "group", 1.0)


def is_bot(number: int, seed: int) -> bool:
    """Whether user ``number`` is a crawler: one in each :data:`BOTS` users, and never the persona."""
    return number == _bot_of((number - 1) // BOTS, seed)


def bots(users: int, seed: int) -> list[int]:
    """The numbers of all crawlers among so many users, ascending."""
    found = (_bot_of(block, seed) for block in range((users + BOTS - 1) // BOTS))
    return [number for number in found if number <= users]


def _bot_of(block: int, seed: int) -> int:
    """The number of the crawler among the users of this block."""
    number = block * BOTS + int(np.random.default_rng([seed, block, 1, 1]).integers(1, BOTS))
    return number + 1 if f"u{number}" == PERSONA else number


def members(world: World, seed: int, users: int) -> Iterator[Member]:
    """All users in the order in which they came, each with the ties to those before."""
    profiles: NDArray[np.float32] = np.zeros((WINDOW, len(world.nodes)), np.float32)
    present = np.zeros(WINDOW, np.bool_)
    known: dict[int, set[int]] = {}
    crawler = 0
    for number in range(1, users + 1):
        taste = draw_taste(world, number, seed)
        mine = profile(world, taste)
        if (number - 1) % BOTS == 0:
            crawler = _bot_of((number - 1) // BOTS, seed)
        bot = number == crawler
        rng = np.random.default_rng([seed, number, 1])
        friends = {} if bot else _friends(rng, number, profiles @ mine, present, known)
        far = number - 1 - WINDOW
        meets = not bot and far > 0 and rng.random() < 0.2
        other = int(rng.integers(1, far + 1)) if meets else 0
        yield Member(
            number,
            taste,
            bot,
            tuple(sorted(friends.items())),
            (other,) if meets and not is_bot(other, seed) else (),
            () if bot else _groups(rng, world, mine),
        )
        known[number] = set(friends)
        for friend in friends:
            known[friend].add(number)
        known.pop(number - WINDOW, None)
        profiles[number % WINDOW], present[number % WINDOW] = mine, not bot


def _friends(
    rng: np.random.Generator,
    number: int,
    likeness: NDArray[np.float32],
    present: NDArray[np.bool_],
    known: dict[int, set[int]],
) -> dict[int, float]:
    """Number to weight; ``likeness`` and ``present`` are (window,), by number modulo the window."""
    friends: dict[int, float] = {}
    weights = np.where(present, np.exp(_HOMOPHILY * likeness), 0.0)
    for place in range(1 + int(rng.poisson(2.0))):
        common = sorted({far for near in friends for far in known[near] if far in known} - set(friends))
        if place and common and rng.random() < 0.6:
            friend = common[int(rng.integers(len(common)))]
        else:
            total = np.cumsum(weights)
            if total[-1] <= 0:
                break
            slot = int(np.searchsorted(total, rng.random() * total[-1], side="right"))
            # The number in the window that lies in this slot.
            friend = number - 1 - (number - 1 - slot) % WINDOW
        weights[friend % WINDOW] = 0.0
        friends[friend] = round(0.5 + 0.5 * float(likeness[friend % WINDOW]), 3)
    return friends


def _groups(rng: np.random.Generator, world: World, mine: NDArray[np.float32]) -> tuple[str, ...]:
    total = np.cumsum(mine.astype(np.float64) ** 2)
    drawn = np.searchsorted(total, rng.random(int(rng.poisson(0.7))) * total[-1], side="right")
    names = {world.kinds[int(node)][1] for node in drawn}
    return tuple(sorted("group-" + "".join(c if c.isalnum() else "-" for c in name) for name in names if name))
