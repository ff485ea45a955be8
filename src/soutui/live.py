"""The live delta: what changed since the bundle's snapshot, laid over it.

A changed item keeps its row, so that what users did with it still counts; a new item gets a row past the bundle's.
The store's change log is the only input. Not thread-safe: the engine guards it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from soutui.bundle.columns import matches
from soutui.bundle.parts import Parts
from soutui.bundle.payload import Card, body
from soutui.bundle.spelling import LiveSpelling
from soutui.data.schema import EVENT_WEIGHTS, Event, Item
from soutui.filters import Filter
from soutui.index.covisit import CovisitDelta
from soutui.index.dense import DenseDelta
from soutui.index.lexical_delta import LexicalDelta
from soutui.index.popular import Popular
from soutui.types import Mask, Rows, Scores, Vectors

_RECENT = 200

_WAITING = 10_000
"""Events kept at most whose item is not known yet."""


class Live:
    """Overlay over ``parts``; ``seq`` is the last change it has seen, ``version`` grows with every change."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.seq = parts.seq
        self.version = 0
        self._cards: dict[int, Card] = {}
        self._names: list[str] = []
        self._rows: dict[str, int] = {}
        self._hidden: set[int] = set()
        self._shown: set[int] = set()
        self._users: dict[str, dict[int, float]] = {}
        self._older: dict[str, set[int]] = {}
        self._waiting: dict[str, list[tuple[Event, float]]] = {}
        self._waiting_count = 0
        self.retold: set[int] = set()
        """Rows whose text is new or changed: found in the delta."""
        self.untouched: Mask | None = None
        """The bundle's rows ``(n,)`` without those in ``retold``, for which its text indexes must not answer; None
        while they may answer for all."""
        self.lexical = LexicalDelta(parts.lexical, parts.analyser)
        self.spelling = LiveSpelling(parts.spelling, parts.analyser)
        self.dense = DenseDelta(parts.dense.dim) if parts.dense is not None else None
        self.covisit = CovisitDelta(parts.taste.covisit)
        popular = parts.taste.popular
        self.popular = Popular(popular.scores, popular.order, popular.half_life_days, popular.now)
        """Shares the bundle's arrays; what happens live is added to this copy only."""

    def __len__(self) -> int:
        """Rows past the bundle's."""
        return len(self._names)

    @property
    def total(self) -> int:
        """All rows, the bundle's and the live ones."""
        return self._parts.n + len(self._names)

    @property
    def empty(self) -> bool:
        """Whether no item changed since the snapshot."""
        return not (self._names or self._hidden or self._shown or self._cards)

    def row(self, item: str) -> int | None:
        """Row of an external id; None when it is unknown or deleted."""
        row = self._rows.get(item)
        if row is None:
            row = self._parts.ids.row(item)
        return None if row is None or (row in self._hidden and row not in self._cards) else row

    def name(self, row: int) -> str:
        """External id of a row."""
        return self._parts.ids.name(row) if row < self._parts.n else self._names[row - self._parts.n]

    def card(self, row: int) -> Card:
        """What the item of a row says now."""
        return self._cards.get(row) or self._parts.payload.card(row)

    def changed(self, row: int) -> bool:
        """Whether the item of this row is new or changed."""
        return row in self._cards

    @property
    def fields(self) -> set[str]:
        """Attribute names of changed items."""
        return {name for card in self._cards.values() for name in card.attributes}

    def base(self) -> Mask:
        """Rows that are there and available ``(total,)``."""
        mask = np.ones(self.total, np.bool_)
        mask[: self._parts.n] = self._parts.available
        mask[sorted(self._shown)] = True
        mask[sorted(self._hidden)] = False
        return mask

    def is_available(self, row: int) -> bool:
        """Whether the item of a row is there and available."""
        if row in self._hidden or row in self._shown:
            return row in self._shown
        return row < self._parts.n and bool(self._parts.available[row])

    def mask(self, condition: Filter) -> Mask:
        """Rows for which the filter holds ``(total,)``, availability aside."""
        mask = np.zeros(self.total, np.bool_)
        mask[: self._parts.n] = self._parts.columns.mask(condition, self.fields)
        for row, card in self._cards.items():
            mask[row] = matches(condition, card.attributes)
        return mask

    def put(self, item: Item, vector: Vectors | None) -> None:
        """A new or changed item; ``vector`` of its text, None without an encoder."""
        card = Card.of(item)
        row = self._rows.get(item.id)
        if row is None:
            row = self._parts.ids.row(item.id)
        if row is None:
            row = self.total
            self._names.append(item.id)
            self._rows[item.id] = row
        before = self._cards.get(row)
        if before is None and row < self._parts.n:
            before = self._parts.payload.card(row)
        self._cards[row] = card
        (self._shown if item.available else self._hidden).add(row)
        (self._hidden if item.available else self._shown).discard(row)
        if before is None or (before.title, before.texts) != (card.title, card.texts) or row in self.retold:
            self._retell(row)
            self.lexical.put(row, card.title, body(card))
            self.spelling.put(row, card)
            if self.dense is not None and vector is not None:
                self.dense.put(row, vector)
        waited = self._waiting.pop(item.id, [])
        self._waiting_count -= len(waited)
        for event, weight in waited:
            self._count(row, event, weight)

    def delete(self, item: str) -> None:
        """An item that is gone; unknown ids are ignored."""
        row = self._rows.get(item)
        if row is None:
            row = self._parts.ids.row(item)
        if row is not None:
            self._cards.pop(row, None)
            self._shown.discard(row)
            self._hidden.add(row)
            self._retell(row)
            self.lexical.remove(row)
            self.spelling.remove(row)

    def _retell(self, row: int) -> None:
        self.retold.add(row)
        if row < self._parts.n:
            if self.untouched is None:
                self.untouched = np.ones(self._parts.n, np.bool_)
            self.untouched[row] = False

    def record(self, event: Event, positive_rating: float) -> None:
        """An event after the snapshot. One with an unknown item counts once the item is put, as a build would count it.

        The change log gives an item at its last change, so its first events may well come before it.
        """
        if event.kind == "impression":
            return  # being shown is nothing that a user did
        row, weight = self.row(event.item), event_weight(event.kind, event.value, positive_rating)
        if row is not None:
            self._count(row, event, weight)
            return
        self._waiting.setdefault(event.item, []).append((event, weight))
        self._waiting_count += 1
        while self._waiting_count > _WAITING:
            self._waiting_count -= len(self._waiting.pop(next(iter(self._waiting))))

    def _count(self, row: int, event: Event, weight: float) -> None:
        user = event.user or event.session
        history = self._users.setdefault(user, {})
        if weight > 0:
            recent = [other for other in history if history[other] > 0 and other != row][-10:]
            self.covisit.add(row, recent[::-1])
            self.popular.add(row, weight, event.time)
        history.pop(row, None)
        history[row] = weight
        if len(history) > _RECENT:
            # No longer a reason for anything, but still had.
            oldest = next(iter(history))
            del history[oldest]
            self._older.setdefault(user, set()).add(oldest)

    def history(self, user: str, k: int) -> tuple[Rows, Scores, Rows]:
        """Liked rows most recent first ``(h,)``, their weights ``(h,)``, and every row the user has had."""
        mine = self._users.get(user, {})
        rows = list(reversed(mine))
        weights = [mine[row] for row in rows]
        seen = [*rows, *self._older.get(user, ())]
        place = self._parts.taste.users.row(user)
        if place is not None:
            stored, stored_weights = self._parts.taste.interactions.history(place, k + len(rows))
            fresh = [i for i, row in enumerate(stored.tolist()) if row not in mine]
            rows += stored[fresh].tolist()
            weights += stored_weights[fresh].tolist()
            seen += self._parts.taste.interactions.seen(place).tolist()
        liked = [(row, weight) for row, weight in zip(rows, weights, strict=True) if weight > 0][:k]
        return (
            np.array([row for row, _ in liked], np.int32),
            np.array([weight for _, weight in liked], np.float32),
            np.array(seen, np.int32),
        )

    def known(self, user: str) -> bool:
        """Whether the user ever did anything."""
        return user in self._users or self._parts.taste.users.row(user) is not None

    def attributes(self, row: int) -> Mapping[str, Any]:
        """Attributes of a row."""
        return self.card(row).attributes


def event_weight(kind: str, value: float | None, positive_rating: float) -> float:
    """How much an event says "this user wants this": by kind; a rating below the threshold says nothing (0)."""
    if kind == "rating":
        return 1.0 if value is not None and value >= positive_rating else 0.0
    return EVENT_WEIGHTS[kind]
