"""The truth behind the simulated log: what estimators should find, kept beside the log and never in it.

Everything is drawn from the same seed as the log, so nothing has to be stored to be asked for; :class:`TruthFiles`
puts it into Parquet files for other tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from soutui.data.sample.seasons import day_of_year, season
from soutui.data.sample.sessions import click_chance, examination
from soutui.data.sample.social import bots, is_bot
from soutui.data.sample.tastes import Taste, draw_taste
from soutui.data.sample.visits import Log, appeal
from soutui.data.sample.world import Array
from soutui.errors import UsageError

if TYPE_CHECKING:
    from soutui.data.sample.shoppers import Simulation


@dataclass(frozen=True, slots=True)
class Shown:
    """The truth of one impression: ``propensity`` is the chance that its position is examined, ``relevance`` that of a
    click if it is; so it was clicked with the product of both.
    """

    event: str
    user: str
    query: str
    item: str
    position: int
    propensity: float
    relevance: float
    examined: bool


@dataclass(frozen=True)
class Truth:
    """What was planted in a simulation. Users and items are given by their ids, times in seconds since 1970."""

    simulation: Simulation

    @property
    def propensities(self) -> Array:
        """The chance that each position of a page is examined, (10,), the first first."""
        return examination()

    def taste(self, user: str) -> Taste:
        """The taste of a user: weights of the values in ``values``, what they turn to, price level, hobbies."""
        simulation = self.simulation
        return draw_taste(simulation.world, self._number(user), simulation.seed)

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """Field and value of each weight of a taste."""
        return self.simulation.world.values

    def is_bot(self, user: str) -> bool:
        """Whether the user is a crawler."""
        return is_bot(self._number(user), self.simulation.seed)

    def bots(self) -> list[str]:
        """All crawlers."""
        return [f"u{number}" for number in bots(self.simulation.size, self.simulation.seed)]

    def appeal(self, user: str, items: Sequence[str], time: float | None = None) -> Array:
        """How much the items (k,) appeal to the user as log weights, at the start or at ``time``; friends left out.

        An item that is not in the shop then, or that the user does not know (in shops beyond 2,000 items), has -inf.
        """
        appeals, _ = self._known(user, time)
        return self._pick(user, items, appeals, -np.inf)

    def share(self, user: str, items: Sequence[str], time: float | None = None) -> Array:
        """The shares of a full liking (k,), 0 to 1; NaN for what the user does not know."""
        _, liking = self._known(user, time)
        return self._pick(user, items, self.taste(user).share(liking), np.nan)

    def relevance(self, user: str, query: str, items: Sequence[str], time: float | None = None) -> Array:
        """The chances of a click (k,) on each item if it is examined as a result of ``query``, the query's id.

        Raises UsageError for a query that has no relevant item in this catalogue.
        """
        world = self.simulation.world
        place = next((place for place, one in enumerate(world.queries) if one.id == query), -1)
        if place < 0:
            raise UsageError(f"no query {query!r} with a relevant item here", "see soutui.data.sample.queries()")
        grades = np.zeros(len(world))
        grades[world.judged] = world.gains[place]
        return click_chance(grades[world.rows(items)], self.share(user, items, time))

    def season(self, kind: str, time: float) -> float:
        """The log lift of a type on the day of ``time``."""
        return season(kind, day_of_year(time))

    def impressions(self) -> Iterator[Shown]:
        """The truth of every impression, in the order of ``Simulation.events()``."""
        for log in self.simulation.logs():
            yield from shown(self.simulation, log)

    def _known(self, user: str, time: float | None) -> tuple[Array, Array]:
        simulation = self.simulation
        start = simulation.period.start
        return appeal(simulation.world, self.taste(user), start, start if time is None else time, {})

    def _pick(self, user: str, items: Sequence[str], values: Array, missing: float) -> Array:
        rows, known = self.simulation.world.rows(items), self.taste(user).rows
        places = np.minimum(np.searchsorted(known, rows), len(known) - 1)
        return np.where(known[places] == rows, values[places], missing)

    def _number(self, user: str) -> int:
        number = user.removeprefix("u")
        if not number.isdecimal() or not 1 <= int(number) <= self.simulation.size:
            raise UsageError(f"no user {user!r}", f"users are u1 to u{self.simulation.size}")
        return int(number)


def shown(simulation: Simulation, log: Log) -> Iterator[Shown]:
    """The truth of the impressions of one user."""
    world, theta = simulation.world, examination().tolist()
    for number, act in enumerate(log.acts, 1):
        if act.kind == "impression":
            yield Shown(
                f"{log.member.user}-{number:05d}",
                log.member.user,
                world.queries[act.query].id,
                world.ids[act.row],
                act.position,
                theta[act.position - 1],
                act.chance,
                act.examined,
            )


class TruthFiles:
    """Writes the truth into a folder while the users come by; memory is that of a batch. To be used in ``with``.

    ``items.parquet``, ``positions.parquet``, ``relevance.parquet`` (query, item, grade), ``users.parquet`` (bot,
    language, price level, hobbies, taste weights at the start and what they turn to), ``values.parquet`` (what each
    weight is about, in their order) and ``impressions.parquet``.
    """

    def __init__(self, folder: Path, simulation: Simulation, batch: int = 500) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._simulation, self._batch = simulation, batch
        self._users: list[dict[str, Any]] = []
        self._shown: list[dict[str, Any]] = []
        self._writers: dict[str, Any] = {}
        self._folder = folder
        world = simulation.world
        write_table(folder / "items.parquet", _items(simulation))
        write_table(
            folder / "positions.parquet",
            {"position": list(range(1, len(examination()) + 1)), "propensity": examination()},
        )
        query, place = np.nonzero(~np.isnan(world.grades))
        write_table(
            folder / "relevance.parquet",
            {
                "query": [world.queries[row].id for row in query],
                "item": [world.ids[row] for row in world.judged[place]],
                "grade": world.grades[query, place],
            },
        )
        fields, values = zip(*world.values, strict=True)
        write_table(folder / "values.parquet", {"field": list(fields), "value": list(values)})

    def __enter__(self) -> TruthFiles:
        return self

    def add(self, log: Log) -> None:
        """The truth of one user."""
        taste, ids = log.member.taste, self._simulation.world.ids
        self._users.append(
            {
                "user": log.member.user,
                "bot": log.member.bot,
                "language": taste.language,
                "joined": datetime.fromtimestamp(log.joined, UTC),
                "price_level": taste.level,
                "hobbies": [ids[row] for row in taste.hobbies],
                "taste": taste.now.astype(np.float32).tolist(),
                "turns_to": taste.later.astype(np.float32).tolist(),
            }
        )
        for one in shown(self._simulation, log):
            self._shown.append({name: getattr(one, name) for name in Shown.__slots__})
        if len(self._users) >= self._batch or len(self._shown) >= 40 * self._batch:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush()
        for writer in self._writers.values():
            writer.close()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for name, rows in (("users", self._users), ("impressions", self._shown)):
            if rows:
                table = pa.Table.from_pylist(rows)
                if name not in self._writers:
                    self._writers[name] = pq.ParquetWriter(self._folder / f"{name}.parquet", table.schema)
                self._writers[name].write_table(table)
                rows.clear()


def write_table(path: Path, columns: dict[str, Any]) -> None:
    """A Parquet file of these columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)


def _items(simulation: Simulation) -> dict[str, Any]:
    world = simulation.world
    return {
        "item": list(world.ids),
        "popularity": world.popularity,
        "from": _times(world.born),
        "until": _times(world.gone),
        "half_life_days": world.half_life,
        "bought_again_after_days": world.lasts,
    }


def _times(seconds: Iterable[float]) -> list[datetime | None]:
    return [datetime.fromtimestamp(one, UTC) if np.isfinite(one) else None for one in seconds]
