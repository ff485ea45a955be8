"""A made-up catalogue of any size, for speed: the same items, vectors and events for the same size and seed.

Texts are product-like: real words for what a thing is, made-up ones with Zipf frequencies for what is said about it.
Items lie in 100 categories of 10 departments; vectors cluster by them (48 latent dimensions in 384, as the vectors of
a text model fill few of theirs). ``band`` chooses 1 %, 10 % and 50 % of the items by chance; ``category`` (1 %) and
``department`` (10 %) choose neighbours in vector space, which is harder for a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soutui.data.schema import Event, Item
from soutui.types import Vectors

DIM = 384
LATENT = 48
CHUNK = 10_000

_THINGS = (
    "tent stove lantern backpack boot jacket rope helmet bottle blanket",
    "sofa lamp table chair shelf mirror carpet curtain pillow wardrobe",
    "pan kettle knife grinder toaster blender oven plate mug tray",
    "camera phone tablet speaker headset keyboard monitor printer router charger",
    "novel atlas dictionary cookbook notebook calendar poster puzzle comic diary",
    "shampoo razor lotion perfume brush towel soap lipstick comb mask",
    "drill hammer saw ladder wrench pliers sander screwdriver vise clamp",
    "ball racket bicycle skate glove paddle net dumbbell mat whistle",
    "doll train robot kite drum crayon marble castle dinosaur balloon",
    "coffee tea honey pasta rice spice chocolate oil vinegar cereal",
)
_QUALITIES = (
    "light heavy folding waterproof quiet bright soft solid compact large small warm cool modern classic simple fine "
    "strong portable adjustable wireless round square flat deep narrow wide red blue green black white grey yellow "
    "steel wooden cotton leather glass ceramic plastic bamboo silver golden electric manual digital organic handmade"
)
_SOUNDS = "ba be bi bo da de di do fa fe ka ke ki ko la le li lo ma me mi mo na ne no pa pe ra re ri ro sa se si so ta"


@dataclass(frozen=True)
class Catalogue:
    """``n`` items, ``n // 10`` users (at least 50) with about ``20`` events each."""

    n: int
    seed: int = 7

    @property
    def users(self) -> int:
        """How many users act."""
        return max(50, self.n // 10)

    def items(self) -> Iterator[Item]:
        """The items, ``i0`` to ``i{n-1}``."""
        (words, shares), adjectives = _vocabulary(), _QUALITIES.split()
        for start in range(0, self.n, CHUNK):
            draw = np.random.default_rng((self.seed, 1, start))
            count = min(CHUNK, self.n - start)
            qualities = draw.integers(0, len(adjectives), (count, 2))
            brands = np.minimum(draw.zipf(1.3, count), 400)
            lengths = draw.integers(8, 40, count)
            said = draw.choice(len(words), (count, 40), p=shares)
            prices, chances = draw.lognormal(3.5, 1, count), draw.random(count)
            for at in range(count):
                row = start + at
                thing, department = _thing(row)
                brand = words[-int(brands[at])].capitalize()
                first, second = (adjectives[place] for place in qualities[at])
                tail = " ".join(words[place] for place in said[at, : lengths[at]])
                yield Item(
                    f"i{row}",
                    f"{brand} {first} {thing} {row % 9000 + 100}",
                    {"text": f"{second} {thing}, {tail}"},
                    {
                        "brand": brand,
                        "category": thing,
                        "department": department,
                        "price": round(float(prices[at]), 2),
                        "band": _band(chances[at]),
                    },
                )

    def queries(self, count: int, seed: int = 0) -> list[str]:
        """Distinct queries of two to four words, as somebody would look for one of the items."""
        (words, shares), adjectives = _vocabulary(), _QUALITIES.split()
        draw = np.random.default_rng((self.seed, 2, seed))
        made: dict[str, None] = {}
        while len(made) < count:
            thing = _thing(int(draw.integers(self.n)))[0]
            quality = adjectives[int(draw.integers(len(adjectives)))]
            more = [words[place] for place in draw.choice(len(words), int(draw.integers(0, 3)), p=shares)]
            made[" ".join((quality, thing, *more))] = None
        return list(made)

    def vectors(self) -> Iterator[Vectors]:
        """Made-up unit vectors of all items, ``(CHUNK, DIM)`` at a time."""
        space = _Space.of(self.seed)
        for start in range(0, self.n, CHUNK):
            rows = np.arange(start, min(start + CHUNK, self.n))
            yield space.vectors(rows % 100, np.random.default_rng((self.seed, 3, start)))

    def query_vectors(self, count: int) -> Vectors:
        """Made-up unit vectors ``(count, DIM)`` of queries, from the clusters of the items."""
        draw = np.random.default_rng((self.seed, 4))
        return _Space.of(self.seed).vectors(draw.integers(0, 100, count), draw)

    def events(self) -> Iterator[Event]:
        """Clicks, oldest first: users keep to two categories mostly, and popular items come first in each."""
        draw = np.random.default_rng((self.seed, 5))
        count = 20 * self.users
        actors = draw.integers(0, self.users, count)
        favourites = draw.integers(0, 100, (self.users, 2))
        category = favourites[actors, draw.integers(0, 2, count)]
        category = np.where(draw.random(count) < 0.8, category, draw.integers(0, 100, count))
        place = (self.n // 100 * draw.random(count) ** 3).astype(np.int64)
        items = np.minimum(place * 100 + category, self.n - 1)
        times = 1_700_000_000 + np.sort(draw.integers(0, 90 * 86_400, count))
        for at in range(count):
            yield Event(f"e{at}", "click", f"i{items[at]}", f"u{actors[at]}", time=float(times[at]))


#: Name of a filter -> its JSON form; what share it leaves stands in the name.
FILTERS = {
    "50 %, by chance": {"band": "half"},
    "10 %, by chance": {"band": "ten"},
    "1 %, by chance": {"band": "one"},
    "10 %, one department": {"department": "d3"},
    "1 %, one category": {"category": "camera"},
}


@dataclass(frozen=True)
class _Space:
    """Cluster centres ``(100, LATENT)`` and the projection ``(LATENT, DIM)``."""

    centres: NDArray[np.float32]
    projection: NDArray[np.float32]

    @classmethod
    def of(cls, seed: int) -> _Space:
        draw = np.random.default_rng((seed, 6))
        departments = draw.standard_normal((10, LATENT)).repeat(10, axis=0)
        centres = departments + 0.7 * draw.standard_normal((100, LATENT))
        return cls(centres.astype(np.float32), draw.standard_normal((LATENT, DIM)).astype(np.float32))

    def vectors(self, categories: NDArray[np.integer], draw: np.random.Generator) -> Vectors:
        latent = self.centres[categories] + draw.standard_normal((len(categories), LATENT)).astype(np.float32)
        made = latent @ self.projection + draw.standard_normal((len(categories), DIM)).astype(np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def _thing(row: int) -> tuple[str, str]:
    department = row % 100 // 10
    return _THINGS[department].split()[row % 10], f"d{department}"


def _band(chance: float) -> str:
    return "one" if chance < 0.01 else "ten" if chance < 0.11 else "half" if chance < 0.61 else "rest"


def _vocabulary() -> tuple[list[str], NDArray[np.float64]]:
    """20,000 made-up words and their Zipf shares."""
    sounds = _SOUNDS.split()
    count = 20_000
    words = []
    for number in range(count):
        rest, word = number + len(sounds), ""
        while rest:
            rest, digit = divmod(rest, len(sounds))
            word += sounds[digit]
        words.append(word)
    shares = 1.0 / np.arange(1, count + 1)
    return words, shares / shares.sum()
