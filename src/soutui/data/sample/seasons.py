"""When people want what: the year, the week, and how fast news grows old.

Everything here is added to an item's appeal as a log lift, so ``exp(lift)`` multiplies its chance.

- **Year.** ``s_t(d) = A_t · cos(2 pi (d - peak_t) / 365.25)``, ``d`` the day of the year: with ``A = 1`` the best day
  sees ``e^2 = 7.4`` times as much as the worst. Types that :data:`YEAR` does not name have no season.
- **Week.** :data:`WEEK` says by category how much Monday to Friday and the weekend are lifted.
- **Age.** What has a day of publication (news, short videos) loses ``ln 2`` each half-life, at most :data:`FADED`:
  ``-min(ln 2 · age / half-life, FADED)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY = 86_400.0

#: Type to the day of the year when it is wanted most, and the amplitude ``A`` of its log lift.
YEAR: Mapping[str, tuple[int, float]] = {
    # Summer.
    **dict.fromkeys(("tent", "tarp", "sleeping mat", "camp table", "dry bag", "bicycle light"), (195, 0.9)),
    **dict.fromkeys(("hammock", "cooler", "swim goggles", "paddle board", "life jacket"), (195, 1.4)),
    **dict.fromkeys(("sleeping bag", "camp chair", "stove", "fuel", "lantern", "water filter"), (190, 0.7)),
    **dict.fromkeys(("travel towel", "bicycle helmet", "bicycle bag", "cold brew maker", "travel book"), (185, 0.8)),
    **dict.fromkeys(("hiking", "travel", "trail shoes", "backpack", "boots", "trekking poles"), (180, 0.4)),
    # Autumn and winter.
    **dict.fromkeys(("gloves", "snowshoes", "ice cleats", "hot pot"), (10, 1.4)),
    **dict.fromkeys(("base layer", "fleece", "socks", "blanket", "humidifier"), (5, 0.9)),
    **dict.fromkeys(("kettle", "teapot", "tea", "tea set", "flask", "mug"), (15, 0.6)),
    **dict.fromkeys(("jacket", "headlamp", "lamp", "novel", "crime novel"), (335, 0.5)),
    **dict.fromkeys(("baking tin", "baking tool", "oven", "food mixer", "children's book"), (345, 0.7)),
    # The new year, spring, and the start of school.
    **dict.fromkeys(("self-help", "fitness", "sports watch", "language book"), (8, 0.9)),
    **dict.fromkeys(("gardening book", "nature guide", "binoculars"), (105, 0.9)),
    **dict.fromkeys(("programming book", "study", "notebook", "desk", "office chair"), (250, 0.5)),
}

#: Category to its log lift on Monday to Friday and on Saturday and Sunday.
WEEK: Mapping[str, tuple[float, float]] = {
    "news": (0.15, -0.4),
    "video": (-0.05, 0.15),
    "outdoor": (-0.1, 0.25),
    "kitchen": (-0.1, 0.25),
    "home": (0.0, 0.1),
}

#: Category to the days in which what was published loses half of its appeal.
HALF_LIFE: Mapping[str, float] = {"news": 4.0, "video": 15.0}
#: The most that age takes away, as a log: about 1 in 33 is left.
FADED = 3.5

#: How busy the shop is from Monday to Sunday.
BUSY = (1.0, 0.95, 0.95, 1.0, 1.1, 1.35, 1.3)


def day_of_year(time: float) -> float:
    """Days since the last 1 January (UTC), 0 to 365, of a time in seconds since 1970."""
    moment = np.datetime64(int(time), "s")
    return float((moment - moment.astype("datetime64[Y]")) / np.timedelta64(1, "D"))


def weekday(time: float) -> int:
    """0 for Monday to 6 for Sunday (UTC), of a time in seconds since 1970."""
    return int((time // DAY + 3) % 7)  # 1 January 1970 was a Thursday


@dataclass(frozen=True, slots=True)
class Cycles:
    """Year and week of c pairs of category and type."""

    peak: NDArray[np.float64]  # (c,) day of the year
    amplitude: NDArray[np.float64]  # (c,)
    week: NDArray[np.float64]  # (2, c) Monday to Friday, weekend

    @classmethod
    def of(cls, kinds: Sequence[tuple[str, str]]) -> Cycles:
        """The cycles of these pairs of category and type."""
        peak, amplitude = np.array([YEAR.get(kind, (0, 0.0)) for _, kind in kinds], np.float64).T
        return cls(peak, amplitude, np.array([WEEK.get(category, (0.0, 0.0)) for category, _ in kinds]).T)

    def lift(self, time: float) -> NDArray[np.float64]:
        """The log lift by year and week, (c,), at this time (seconds since 1970)."""
        year = self.amplitude * np.cos(2 * np.pi * (day_of_year(time) - self.peak) / 365.25)
        lift: NDArray[np.float64] = year + self.week[int(weekday(time) >= 5)]
        return lift


def season(kind: str, day: float) -> float:
    """The log lift of a type on this day of the year."""
    peak, amplitude = YEAR.get(kind, (0, 0.0))
    return float(amplitude * np.cos(2 * np.pi * (day - peak) / 365.25))


def faded(age: NDArray[np.float64], half_life: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log lift (n,), never above 0, of things of this age; both (n,) in days. No half-life: infinity."""
    lift: NDArray[np.float64] = -np.minimum(np.log(2.0) * np.maximum(age, 0.0) / half_life, FADED)
    return lift
