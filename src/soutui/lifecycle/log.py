"""The event log by row numbers: what fitting and splitting work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soutui.bundle.ids import IdMap
from soutui.index.interactions import Interactions
from soutui.live import event_weight
from soutui.store.snapshot import EventTable


@dataclass(frozen=True, slots=True)
class Log:
    """Events with known items, arrays ``(e,)``. ``recency`` orders a user's events; ``weights`` as in Interactions.

    A user without an id is the session: both are who acts. ``unknown`` counts the events left out because their item
    is not in the catalogue.
    """

    names: tuple[str, ...]
    users: NDArray[np.int64]
    items: NDArray[np.int32]
    weights: NDArray[np.float32]
    times: NDArray[np.float64]
    order: NDArray[np.float64]
    queries: NDArray[np.object_]
    unknown: int
    positive_rating: float

    def __len__(self) -> int:
        return len(self.users)

    @property
    def ordered(self) -> bool:
        """Whether times or positions tell at least half of the events apart from their user's others."""
        recency = np.where(np.isnan(self.times), self.order, self.times)
        told = ~np.isnan(recency)
        if told.sum() < len(self) / 2:
            return False
        keys = np.stack([self.users[told].astype(np.float64), recency[told]])
        return len(np.unique(keys, axis=1).T) > len(self) / 2

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Events that say "wanted"."""
        return self.weights > 0

    def interactions(self, chosen: NDArray[np.integer[Any]] | None, n_items: int) -> Interactions:
        """The chosen events (all when None) as interactions; every user keeps their row."""
        pick: Any = slice(None) if chosen is None else chosen
        times = self.times[pick]
        recency = np.where(np.isnan(times), self.order[pick], times)
        return Interactions.from_events(
            self.users[pick], self.items[pick], self.weights[pick], recency, times, len(self.names), n_items
        )


def read_log(table: EventTable, ids: IdMap, positive_rating: float) -> Log:
    """Translate the event table. ``positive_rating`` 0 means 70 % of the largest rating seen."""
    rows = ids.rows(table.item.tolist())
    acted = table.kind != "impression"
    known = np.flatnonzero((rows >= 0) & acted)
    if positive_rating <= 0:
        ratings = table.value[(table.kind == "rating") & ~np.isnan(table.value)] if len(table) else np.empty(0)
        positive_rating = 0.7 * float(ratings.max()) if len(ratings) else 0.0
    weights = _weights(table, positive_rating)
    numbers: dict[str, int] = {}
    actors = [
        numbers.setdefault(user or session, len(numbers))
        for user, session in zip(table.user[known].tolist(), table.session[known].tolist(), strict=True)
    ]
    return Log(
        tuple(numbers),
        np.array(actors, np.int64),
        rows[known],
        weights[known],
        table.time[known],
        table.order[known],
        table.query[known],
        int(acted.sum()) - len(known),
        positive_rating,
    )


def _weights(table: EventTable, positive_rating: float) -> NDArray[np.float32]:
    weights = np.zeros(len(table), np.float32)
    kinds: Mapping[str, NDArray[np.intp]] = {
        kind: np.flatnonzero(table.kind == kind) for kind in dict.fromkeys(table.kind.tolist())
    }
    for kind, places in kinds.items():
        if kind == "rating":
            weights[places] = (table.value[places] >= positive_rating).astype(np.float32)
        else:
            weights[places] = event_weight(kind, None, positive_rating)
    return weights
