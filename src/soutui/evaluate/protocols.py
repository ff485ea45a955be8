"""Splits of an event log: what a model may learn from, and what it must then find.

Nothing here reads files: arrays in, positions out. A *target* is a positive event whose item the user did not have
before. All random choices are hashes, so a split does not depend on the order of the rows, and with hashes of the
external ids (:func:`hash_ids`) a user or a pair stays in its part when the log grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soutui.errors import UsageError

Protocol = Literal["auto", "time", "last", "user", "random"]
Chosen = Literal["time", "last", "user", "random"]
Positions = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Booleans = NDArray[np.bool_]

#: A log counts as timed (ordered) when at least this share of its events has a time (a time or an order).
TIMED = 0.9
#: "auto" wants at least this many users with a training history in each held-out part of a time split.
MIN_USERS = 30
#: Protocol "user": the share of a held-out user's positives, the last ones, that must be found.
USER_TARGETS = 0.2

_TRAIN, _VALID, _TEST, _HISTORY, _VALID_REST, _TEST_REST = range(6)
_PART = {"valid": (_VALID, _VALID_REST), "test": (_TEST, _TEST_REST)}


def _none() -> Positions:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class EventSplit:
    """Positions of events, ascending; the six parts are disjoint and together hold every event once.

    ``train`` may be learned from. ``valid`` and ``test`` are targets, each (user, item) once. ``history`` are the
    earlier events of held-out users (protocol "user"): known when they ask, not to be learned from. ``valid_rest`` and
    ``test_rest`` lie in the held-out stretches without being targets: not positive, or an item the user already had.
    ``protocol`` is the one that was used, ``notes`` say what a reader of the numbers must know.
    """

    train: Positions
    valid: Positions
    test: Positions
    protocol: Chosen
    notes: tuple[str, ...] = ()
    history: Positions = field(default_factory=_none)
    valid_rest: Positions = field(default_factory=_none)
    test_rest: Positions = field(default_factory=_none)

    def known(self, part: Literal["valid", "test"]) -> Positions:
        """The events that may be known about users when the targets of this part are asked for, ascending."""
        parts = [self.train, self.history]
        if part == "test":
            parts += [self.valid, self.valid_rest]
        return np.sort(np.concatenate(parts))


def split_events(
    users: ArrayLike,
    items: ArrayLike,
    times: ArrayLike | None = None,
    order: ArrayLike | None = None,
    positive: ArrayLike | None = None,
    protocol: Protocol = "auto",
    valid: float = 0.1,
    test: float = 0.1,
    seed: int = 7,
    *,
    repeats: bool = False,
    seen: ArrayLike | None = None,
    user_hashes: Hashes | None = None,
    item_hashes: Hashes | None = None,
) -> EventSplit:
    """Hold out targets from an event log of E events.

    ``users`` and ``items`` (E,) are codes from 0; ``times`` (E,) seconds and ``order`` (E,) positions in the user's
    history, NaN where unknown; ``positive`` (E,) marks events that say "this user wants this" (default all), ``seen``
    (E,) those after which the user has the item (default all). ``valid`` and ``test`` are shares.

    - ``time``: everything before t1 is train, from t2 on is test; t1 and t2 are quantiles of the positives' times.
      Nothing of the future leaks. Users without events before are cold users; they stay in.
    - ``last``: each user's last positive is the test target, the one before the valid target; fewer than three: train
      only. Powerful, but the future of other users is in train.
    - ``user``: users are held out whole, by hash; their last 20 % of positives (at least one) are the targets.
    - ``random``: each user's (user, item) pairs by hash; one positive pair always stays in train.
    - ``auto``: time when 90 % of the events have one and both held-out parts have 30 users with a history; else last
      when 90 % have a time or an order; else random.

    An item that the user already had is no target unless ``repeats``. ``user_hashes`` and ``item_hashes``, by code,
    keep the parts stable under new data (:func:`hash_ids`); without them the codes are hashed. UsageError on uneven
    lengths, shares that leave nothing to learn from, or a protocol that the data cannot serve.
    """
    log = _Log.of(users, items, times, order, positive, seen, repeats, seed, user_hashes, item_hashes)
    if valid < 0 or test < 0 or valid + test >= 1:
        raise UsageError(f"valid = {valid} and test = {test}; shares from 0, together below 1", "try 0.1 and 0.1")
    if protocol == "auto":
        return _auto(log, valid, test)
    return _PROTOCOLS[protocol](log, valid, test)


def hash_ids(ids: Sequence[str]) -> Hashes:
    """A hash (n,) of each external id that is the same on every machine (BLAKE2b, 64 bits)."""
    digests = b"".join(blake2b(name.encode(), digest_size=8).digest() for name in ids)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def mix(values: Hashes, seed: int) -> Hashes:
    """Scramble 64-bit numbers (n,) with a seed. The finaliser of SplitMix64; Steele, Lea and Flood, OOPSLA 2014."""
    mixed = values + np.full(1, (seed + 1) * 0x9E3779B97F4A7C15 & (2**64 - 1), np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _uniform(values: Hashes) -> NDArray[np.float64]:
    return (values >> np.uint64(11)).astype(np.float64) / 2.0**53


@dataclass(frozen=True, slots=True)
class _Log:
    """The checked arrays, and each user's events in sequence."""

    users: Positions
    pairs: Positions
    times: NDArray[np.float64]
    ordered: Booleans
    tied: Booleans
    sequence: Positions
    positive: Booleans
    seen: Booleans
    repeats: bool
    user_chance: NDArray[np.float64]
    pair_chance: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        times: ArrayLike | None,
        order: ArrayLike | None,
        positive: ArrayLike | None,
        seen: ArrayLike | None,
        repeats: bool,
        seed: int,
        user_hashes: Hashes | None,
        item_hashes: Hashes | None,
    ) -> _Log:
        user, item = np.asarray(users, np.int64), np.asarray(items, np.int64)
        n = len(user)
        unknown = np.full(n, np.nan)
        clock = unknown if times is None else np.asarray(times, np.float64)
        place = unknown if order is None else np.asarray(order, np.float64)
        good = np.ones(n, np.bool_) if positive is None else np.asarray(positive, np.bool_)
        had = np.ones(n, np.bool_) if seen is None else np.asarray(seen, np.bool_) | good
        uneven = {len(array) for array in (item, clock, place, good, had)} - {n}
        if uneven:
            raise UsageError(f"arrays of {n} and {sorted(uneven)} events came", "all arrays are one entry an event")
        if n and min(user.min(), item.min()) < 0:
            raise UsageError("a user or item code is negative", "codes count from 0")
        by_user = mix(user.astype(np.uint64) if user_hashes is None else user_hashes[user], seed)
        by_pair = mix((item.astype(np.uint64) if item_hashes is None else item_hashes[item]) ^ by_user, seed)
        # The clock leads where there is one, the given order breaks its ties, a hash the rest: never the row number.
        timed = _share(np.isfinite(clock)) >= TIMED or not np.isfinite(place).any()
        keys = np.nan_to_num(np.stack((clock, place) if timed else (place, clock)), nan=-np.inf)
        sequence = np.lexsort((by_pair, keys[1], keys[0], user))
        here, before = sequence[1:], sequence[:-1]
        tied = np.zeros(n, np.bool_)
        tied[here] = (user[here] == user[before]) & (keys[:, here] == keys[:, before]).all(axis=0)
        ordered = np.isfinite(clock) | np.isfinite(place)
        pairs = user * (int(item.max(initial=0)) + 1) + item
        chances = _uniform(mix(by_user, seed)), _uniform(by_pair)
        return cls(user, pairs, clock, ordered, tied, sequence, good, had, repeats, *chances)

    def first_in_sequence(self, mask: Booleans) -> Booleans:
        """Of the masked events, those that are their pair's first in sequence."""
        ordered = self.sequence[mask[self.sequence]]
        first = np.zeros(len(self.users), np.bool_)
        first[ordered[np.unique(self.pairs[ordered], return_index=True)[1]]] = True
        return first

    def targets(self, window: Booleans, known: Booleans) -> Booleans:
        """The positives of a window that are targets, given what is known before it; each pair once."""
        new = window & self.positive
        if not self.repeats:
            new &= ~np.isin(self.pairs, self.pairs[known & self.seen])
        return self.first_in_sequence(new)

    def new_positives(self) -> Booleans:
        """The positives whose item the user did not have at that moment."""
        return self.positive if self.repeats else self.positive & self.first_in_sequence(self.seen)

    def from_end(self, mask: Booleans) -> Positions:
        """For each event: how many masked events of the same user stand at or after it in sequence, (E,)."""
        backwards = self.sequence[::-1]
        counts = np.cumsum(mask[backwards])
        owner = self.users[backwards]
        starts = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.empty(0, np.bool_)
        # What had been counted before this user's first (that is, last) event.
        before = np.maximum.accumulate(np.where(starts, counts - mask[backwards], 0))
        result = np.empty(len(owner), np.int64)
        result[backwards] = counts - before
        return result


def _made(log: _Log, labels: NDArray[np.int8], protocol: Chosen, notes: list[str]) -> EventSplit:
    parts = [np.flatnonzero(labels == label).astype(np.int64) for label in range(6)]
    unordered = int((~log.ordered).sum())
    if unordered and protocol in ("last", "user"):
        notes.append(f"{unordered} events without time or order were taken for the oldest")
    train, valid, test, history, valid_rest, test_rest = parts
    return EventSplit(train, valid, test, protocol, tuple(notes), history, valid_rest, test_rest)


def _by_time(log: _Log, valid: float, test: float) -> EventSplit:
    dated = np.isfinite(log.times)
    clock = np.sort(log.times[dated & log.positive])
    if not len(clock):
        raise UsageError("protocol 'time' needs times, and no positive event has one", "try last, user or random")
    bounds = np.append(clock, np.inf)
    first, second = (float(bounds[round(len(clock) * share)]) for share in (1 - valid - test, 1 - test))
    labels = np.full(len(log.users), _TRAIN, np.int8)
    for name, start, end in (("valid", first, second), ("test", second, np.inf)):
        target, rest = _PART[name]
        known, window = log.times < start, (log.times >= start) & (log.times < end)
        labels[window] = rest
        labels[log.targets(window, known)] = target
    # Nobody knows when these happened; to learn from them could be to learn from the future.
    labels[~dated] = _TEST_REST
    notes = [f"global time split: valid from {first:.0f}, test from {second:.0f} (seconds since 1970)"]
    if not dated.all():
        notes.append(f"{int((~dated).sum())} events without a time are left out")
    ties = int((log.positive & dated & ((log.times == first) | (log.times == second))).sum())
    if ties > 2:
        notes.append(f"{ties} positives share the second of a boundary; all of them are in the later part")
    return _made(log, labels, "time", notes)


def _by_last(log: _Log, valid: float, test: float) -> EventSplit:
    held = ["test"] * (test > 0) + ["valid"] * (valid > 0)
    new = log.new_positives()
    behind = log.from_end(new)
    enough = np.bincount(log.users, new)[log.users] > len(held)
    labels = np.full(len(log.users), _TRAIN, np.int8)
    for step, name in enumerate(held, 1):
        target, rest = _PART[name]
        labels[enough & new & (behind == step)] = target
        # What stands between this target and the later one (or the end), and is none itself.
        labels[enough & ~new & (behind == step - 1)] = rest
    notes = ["each user's last: the future of other users is in train"]
    ties = int((log.tied & enough & new & (behind <= len(held))).sum())
    if ties:
        notes.append(f"{ties} targets share their place in time with the event before; a hash decided")
    return _made(log, labels, "last", notes)


def _by_user(log: _Log, valid: float, test: float) -> EventSplit:
    new = log.new_positives()
    behind = log.from_end(new)
    totals = np.bincount(log.users, new)[log.users]
    wanted = np.maximum(1, np.floor(totals * USER_TARGETS))
    labels = np.full(len(log.users), _TRAIN, np.int8)
    bounds = {"test": (0.0, test), "valid": (test, test + valid)}
    for name, (low, high) in bounds.items():
        target, rest = _PART[name]
        chosen = (totals >= 2) & (log.user_chance >= low) & (log.user_chance < high)
        labels[chosen] = _HISTORY
        labels[chosen & new & (behind <= wanted)] = target
        labels[chosen & ~new & (behind < wanted)] = rest
    notes = ["whole users held out: their earlier events are known when they ask, and not learned from"]
    ties = int((log.tied & (labels != _TRAIN) & new & (behind == wanted)).sum())
    if ties:
        notes.append(f"{ties} users' first target shares its place in time with the event before; a hash decided")
    return _made(log, labels, "user", notes)


def _by_chance(log: _Log, valid: float, test: float) -> EventSplit:
    highest = np.full(int(log.users.max(initial=-1)) + 1, -1.0)
    np.maximum.at(highest, log.users[log.positive], log.pair_chance[log.positive])
    # A pair goes to one part with all its events, so none of them gives it away.
    movable = np.isin(log.pairs, log.pairs[log.positive]) & (log.pair_chance < highest[log.users])
    labels = np.full(len(log.users), _TRAIN, np.int8)
    for name, (low, high) in {"test": (0.0, test), "valid": (test, test + valid)}.items():
        target, rest = _PART[name]
        window = movable & (log.pair_chance >= low) & (log.pair_chance < high)
        labels[window] = rest
        labels[log.first_in_sequence(window & log.positive)] = target
    return _made(log, labels, "random", ["random pairs: past and future are mixed, which flatters every model"])


def _auto(log: _Log, valid: float, test: float) -> EventSplit:
    reasons = []
    if _share(np.isfinite(log.times)) >= TIMED and np.isfinite(log.times[log.positive]).any():
        made = _by_time(log, valid, test)
        shares = {"valid": valid, "test": test}
        warm = {name: _warm_users(log, made, name) for name in ("valid", "test") if shares[name] > 0}
        if all(count >= MIN_USERS for count in warm.values()):
            return made
        counts = " and ".join(f"{count} {name}" for name, count in warm.items())
        reasons.append(f"a global time split leaves {counts} users with a history, fewer than {MIN_USERS}")
    else:
        reasons.append(f"fewer than {TIMED:.0%} of the events have a time")
    if _share(log.ordered) >= TIMED:
        made = _by_last(log, valid, test)
        if len(made.test) or not test:
            return replace(made, notes=(*reasons, *made.notes))
        reasons.append("no user has enough positives to hold the last out")
    else:
        reasons.append(f"fewer than {TIMED:.0%} have a time or an order")
    made = _by_chance(log, valid, test)
    return replace(made, notes=(*reasons, *made.notes))


def _warm_users(log: _Log, made: EventSplit, part: Literal["valid", "test"]) -> int:
    known = made.known(part)
    targets = made.valid if part == "valid" else made.test
    return len(np.intersect1d(log.users[targets], log.users[known][log.positive[known]]))


def _share(mask: Booleans) -> float:
    return float(mask.mean()) if len(mask) else 0.0


_PROTOCOLS = {"time": _by_time, "last": _by_last, "user": _by_user, "random": _by_chance}
