"""Everything that checks look at, read once from a snapshot into flat arrays.

Texts are Arrow strings and everything else numpy arrays, so that a million items and ten million events fit in a few
gigabytes and no check needs a loop over events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from soutui.checks.columns import ItemTable, code_strings
from soutui.data.schema import EVENT_WEIGHTS, Item, Judgment, LabelledText, Query
from soutui.store.snapshot import EventTable, Snapshot

Codes = NDArray[np.int32]
Flags = NDArray[np.bool_]

#: Seconds since 1970 beyond which all times are the same to a check: thirty million years.
FARTHEST = 1e15

#: Kinds of events, by code.
KINDS = tuple(EVENT_WEIGHTS)
IMPRESSION = KINDS.index("impression")
RATING = KINDS.index("rating")
CLICK = KINDS.index("click")
#: Kinds that say that somebody did more than look.
CLICKS = tuple(KINDS.index(kind) for kind in ("click", "like", "add_to_cart", "purchase", "share", "follow"))


class EventView:
    """The event log of ``e`` events as codes, each array (e,). A code is the place in the list of names beside it.

    ``actor`` is the user, or the session of an event without one; ``session`` and ``query`` are -1 where absent;
    ``row`` is the item's row in the catalogue, -1 for one that is not there.
    """

    def __init__(self, table: EventTable, row_of: Mapping[str, int]) -> None:
        user, self.users = code_strings(table.user)
        session, self.sessions = code_strings(table.session)
        blank = self.users.index("") if "" in self.users else -1
        self.has_user: Flags = user != blank
        self.actor: Codes = np.where(self.has_user, user, session + np.int32(len(self.users))).astype(np.int32)
        self.session: Codes = _absent(session, self.sessions)
        self.item, self.item_names = code_strings(table.item)
        rows = np.fromiter((row_of.get(name, -1) for name in self.item_names), np.int32, len(self.item_names))
        self.row: Codes = rows[self.item]
        query, self.queries = code_strings(table.query)
        self.query: Codes = _absent(query, self.queries)
        kind, names = code_strings(table.kind)
        self.kind = np.array([KINDS.index(name) for name in names], np.int8)[kind]
        # Impossible times stay impossible, but what is computed with them stays finite.
        self.time = np.clip(table.time, -FARTHEST, FARTHEST)
        self.order, self.value = table.order, table.value
        self.position = table.position

    def __len__(self) -> int:
        return len(self.item)

    def actor_name(self, code: int) -> str:
        """The external id of an actor."""
        return self.users[code] if code < len(self.users) else self.sessions[code - len(self.users)]

    @cached_property
    def acted(self) -> Flags:
        """Events that are more than an impression, (e,)."""
        return np.asarray(self.kind != IMPRESSION, np.bool_)

    @cached_property
    def list_clicks(self) -> Flags:
        """Clicks on what a list showed, (e,): one event a click, so a purchase after it is not counted again.

        Clicks, or where no such kind is logged the stronger ones; those with a position where any has one, for the
        others come from elsewhere: a home page, a link.
        """
        clicks = self.kind == CLICK
        if not clicks.any():
            clicks = np.isin(self.kind, CLICKS)
        placed = clicks & (self.position > 0)
        return np.asarray(placed if placed.any() else clicks, np.bool_)

    @cached_property
    def timed(self) -> Flags:
        """Events with a time, (e,)."""
        return np.asarray(~np.isnan(self.time), np.bool_)

    @cached_property
    def per_actor(self) -> NDArray[np.int64]:
        """How many events that are more than impressions each actor has; 0 for those with impressions only."""
        return np.bincount(self.actor[self.acted], minlength=len(self.users) + len(self.sessions))

    @cached_property
    def by_actor_and_time(self) -> NDArray[np.int64]:
        """Positions of the timed events that are more than impressions, by actor, then time."""
        chosen = np.flatnonzero(self.timed & self.acted)
        return chosen[np.lexsort((self.time[chosen], self.actor[chosen]))]

    @cached_property
    def pairs(self) -> NDArray[np.int64]:
        """One number for each (actor, item), (e,)."""
        return self.actor.astype(np.int64) * len(self.item_names) + self.item


@dataclass(frozen=True, slots=True)
class JudgmentView:
    """Judgments as codes, each array (j,); ``row`` is the item's row in the catalogue or -1, ``split`` "" or a name."""

    query: Codes
    queries: Sequence[str]
    item: Codes
    items: Sequence[str]
    row: Codes
    grade: NDArray[np.float64]
    split: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.query)

    @classmethod
    def of(cls, judgments: Iterable[Judgment], row_of: Mapping[str, int]) -> JudgmentView:
        """The judgments of a snapshot."""
        listed = [(one.query, one.item, one.grade, one.split) for one in judgments]
        queries, items, grades, splits = zip(*listed, strict=True) if listed else ((), (), (), ())
        query, query_names = code_strings(queries)
        item, item_names = code_strings(items)
        rows = np.fromiter((row_of.get(name, -1) for name in item_names), np.int32, len(item_names))
        split = np.array(splits, object) if splits else np.empty(0, object)
        return cls(query, query_names, item, item_names, rows[item], np.array(grades, np.float64), split)


@dataclass(frozen=True, slots=True)
class DataView:
    """All that a shop holds, and the time at which it was looked at (``now``, seconds since 1970).

    ``queries`` maps id to text. ``bundle`` is the folder that serves now, None before the first build.
    """

    items: ItemTable
    events: EventView
    queries: Mapping[str, str]
    judgments: JudgmentView
    texts: tuple[LabelledText, ...]
    ties: int
    now: float
    bundle: Path | None = None

    @classmethod
    def load(cls, snapshot: Snapshot, now: float, bundle: Path | None = None) -> DataView:
        """Read a snapshot once."""
        return cls.of(
            snapshot.items(),
            snapshot.event_columns(),
            snapshot.queries(),
            snapshot.judgments(),
            snapshot.texts(),
            ties=sum(1 for _ in snapshot.ties()),
            now=now,
            bundle=bundle,
        )

    @classmethod
    def of(
        cls,
        items: Iterable[Item],
        events: EventTable,
        queries: Iterable[Query] = (),
        judgments: Iterable[Judgment] = (),
        texts: Iterable[LabelledText] = (),
        *,
        now: float,
        ties: int = 0,
        bundle: Path | None = None,
    ) -> DataView:
        """The view of what lies in memory."""
        table = ItemTable.read(items)
        return cls(
            table,
            EventView(events, table.row_of),
            {query.id: query.text for query in queries},
            JudgmentView.of(judgments, table.row_of),
            tuple(texts),
            ties,
            now,
            bundle,
        )

    def query_texts(self) -> Any:
        """Every query, judged or logged, each text once: an Arrow array."""
        logged = (text for text in self.events.queries if text)
        return pa.array(list(dict.fromkeys((*self.queries.values(), *logged))), pa.large_string())


def _absent(codes: Codes, names: Sequence[str]) -> Codes:
    """The codes with -1 where the name is empty."""
    if "" not in names:
        return codes
    return np.where(codes == names.index(""), -1, codes).astype(np.int32)
