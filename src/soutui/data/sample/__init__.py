"""A sample shop inside the package, for the demo, the docs and tests of load and scale.

About 500 items of an invented shop (outdoor, kitchen, audio, books, home, news and short videos) in English and
Chinese, 150 queries and graded judgments, all written by hand for this project: brands, people, books, news and prices
(EUR) are made up. The shoppers are **simulated** (:mod:`soutui.data.sample.shoppers`): no real person is behind any
event, so a figure measured on them says that the machinery works, not how well it would serve real people. The truth
behind the log is kept (:mod:`soutui.data.sample.truth`), and the catalogue grows to any size
(:mod:`soutui.data.sample.growth`).

Grades: 3 is exactly what was asked, 2 a good substitute, 1 related (same kind of thing or an accessory, but
it misses something that was asked), 0 not relevant, though it may share words. Unjudged pairs count as 0.
"""

from __future__ import annotations

from soutui.data.sample.files import write
from soutui.data.sample.growth import grow
from soutui.data.sample.shop import goes_with, items, judgments, languages, queries
from soutui.data.sample.shoppers import PERSONA, SEED, SHOPPERS, Simulation, simulate
from soutui.data.sample.truth import Truth

__all__ = [
    "PERSONA",
    "SEED",
    "SHOPPERS",
    "Simulation",
    "Truth",
    "goes_with",
    "grow",
    "items",
    "judgments",
    "languages",
    "queries",
    "simulate",
    "write",
]
