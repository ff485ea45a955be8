"""Splits of events: nothing leaks, nothing is lost, nothing depends on the order of rows."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.errors import UsageError
from soutui.evaluate.protocols import Chosen, EventSplit, hash_ids, split_events

PARTS = ("train", "valid", "test", "history", "valid_rest", "test_rest")


def log(seed: int, n: int = 400, users: int = 40, items: int = 30) -> dict[str, np.ndarray]:
    """A random log with repeats, ties in time and events that are not positive."""
    generator = np.random.default_rng(seed)
    return {
        "users": generator.integers(0, users, n),
        "items": generator.integers(0, items, n),
        "times": generator.integers(0, 300, n).astype(float),
        "positive": generator.random(n) < 0.7,
    }


def keys(data: dict[str, np.ndarray], positions: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(data["users"][positions].tolist(), data["items"][positions].tolist(), strict=True))


@pytest.mark.parametrize("protocol", [*get_args(Chosen), "auto"])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 300), repeats=st.booleans())
def test_every_split_is_sound(protocol: Chosen, seed: int, n: int, repeats: bool) -> None:
    data = log(seed, n)
    data["positive"][0] = True
    split = split_events(**data, protocol=protocol, repeats=repeats)
    everything = np.concatenate([getattr(split, part) for part in PARTS])
    assert sorted(everything.tolist()) == list(range(n))
    for part in ("valid", "test"):
        targets = getattr(split, part)
        assert data["positive"][targets].all()
        if not repeats:
            assert not keys(data, targets) & keys(data, split.known(part))
            assert len(keys(data, targets)) == len(targets)
    again = split_events(**data, protocol=protocol, repeats=repeats)
    assert all(np.array_equal(getattr(split, part), getattr(again, part)) for part in PARTS)
    assert split.notes == again.notes


@pytest.mark.parametrize("seed", range(5))
def test_time_split_never_learns_from_the_future(seed: int) -> None:
    data = log(seed)
    split = split_events(**data, protocol="time")
    time = data["times"]
    assert time[split.train].max() < time[split.valid].min()
    assert time[split.valid].max() < time[split.test].min()
    assert time[split.known("test")].max() < time[split.test].min()
    positives = data["positive"].sum()
    later = (data["positive"] & (time >= time[split.test].min())).sum()
    assert later / positives == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("protocol", ["last", "user"])
@pytest.mark.parametrize("seed", range(5))
def test_targets_come_after_what_is_known_of_their_user(protocol: Chosen, seed: int) -> None:
    data = log(seed)
    split = split_events(**data, protocol=protocol, valid=0.2, test=0.2)
    for part in ("valid", "test"):
        known = split.known(part)
        for target in getattr(split, part):
            mine = known[data["users"][known] == data["users"][target]]
            assert len(mine)
            assert data["times"][mine].max() <= data["times"][target]
    assert len(split.test)
    assert len(split.valid)


def test_last_by_hand() -> None:
    #        user 0: four new items; a repeat between; a view after the last.        user 1: too few
    users = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1])
    items = np.array([1, 2, 3, 1, 4, 5, 6, 1, 2])
    times = np.array([1, 2, 3, 4, 5, 6, 7, 1, 2.0])
    positive = np.array([1, 1, 1, 1, 0, 1, 0, 1, 1], bool)
    split = split_events(users, items, times, positive=positive, protocol="last")
    assert split.test.tolist() == [5]
    assert split.valid.tolist() == [2]
    assert split.train.tolist() == [0, 1, 7, 8]
    assert split.valid_rest.tolist() == [3, 4]
    assert split.test_rest.tolist() == [6]
    asked = split_events(users, items, times, positive=positive, protocol="last", repeats=True)
    assert (asked.valid.tolist(), asked.test.tolist()) == ([3], [5])
    only_test = split_events(users, items, times, positive=positive, protocol="last", valid=0)
    assert only_test.test.tolist() == [5, 8]
    assert len(only_test.valid) == len(only_test.valid_rest) == 0


def test_what_counts_as_having_an_item_can_be_said() -> None:
    users, items, times = np.zeros(6, int), np.array([1, 2, 3, 3, 4, 4]), np.arange(6.0)
    bought = np.array([1, 1, 0, 1, 0, 1], bool)
    viewed_is_had = split_events(users, items, times, positive=bought, protocol="last", valid=0)
    assert viewed_is_had.test.tolist() == [1]
    bought_is_had = split_events(users, items, times, positive=bought, protocol="last", valid=0, seen=bought)
    assert bought_is_had.test.tolist() == [5]


def test_time_by_hand() -> None:
    users = np.array([0, 0, 1, 1, 0, 0, 1, 0, 1, 2])
    items = np.array([0, 1, 0, 1, 2, 3, 2, 0, 3, 4])
    times = np.arange(10.0)
    split = split_events(users, items, times, protocol="time", valid=0.2, test=0.3)
    assert split.train.tolist() == [0, 1, 2, 3, 4]
    assert split.valid.tolist() == [5, 6]
    assert split.test.tolist() == [8, 9]  # 7 repeats item 0
    assert split.test_rest.tolist() == [7]
    assert split.protocol == "time"


def test_ties_in_time_are_counted() -> None:
    users, items = np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50)
    last = split_events(users, items, np.zeros(200), protocol="last")
    assert any("100 targets share" in note for note in last.notes)
    together = split_events(users, items, np.repeat([1.0, 2.0], 100), protocol="time")
    assert any("share the second" in note for note in together.notes)


def test_order_of_rows_does_not_matter() -> None:
    data = log(3)
    shuffle = np.random.default_rng(0).permutation(len(data["users"]))
    for protocol in get_args(Chosen):
        split = split_events(**data, protocol=protocol)
        moved = split_events(**{name: column[shuffle] for name, column in data.items()}, protocol=protocol)
        for part in ("valid", "test"):
            assert keys(data, getattr(split, part)) == keys(data, shuffle[getattr(moved, part)]), (protocol, part)


def test_users_and_pairs_stay_when_the_log_grows() -> None:
    data = log(5)
    hashes = {
        "user_hashes": hash_ids([f"u{i}" for i in range(80)]),
        "item_hashes": hash_ids([f"i{i}" for i in range(90)]),
    }
    more = {name: np.concatenate((column, column[:50] + (name == "users") * 40)) for name, column in data.items()}
    for protocol in ("user", "random"):
        old = split_events(**data, protocol=protocol, **hashes)
        new = split_events(**more, protocol=protocol, **hashes)
        assert keys(data, old.test) <= keys(more, new.test)
    other = split_events(**data, protocol="random", seed=8, **hashes)
    assert keys(data, other.test) != keys(data, split_events(**data, protocol="random", **hashes).test)


def test_shares_come_true() -> None:
    data = log(1, 20_000, 1000, 2000)
    for protocol in ("time", "random"):
        split = split_events(**data, protocol=protocol, valid=0.1, test=0.2)
        positives = data["positive"].sum()
        assert len(split.test) / positives == pytest.approx(0.2, abs=0.03)
        assert len(split.valid) / positives == pytest.approx(0.1, abs=0.03)
    whole = split_events(**data, protocol="user", valid=0.1, test=0.2)
    assert len(set(data["users"][whole.test])) / 1000 == pytest.approx(0.2, abs=0.04)
    assert not set(data["users"][whole.test]) & set(data["users"][whole.train])


def test_auto_takes_the_strictest_that_works() -> None:
    many = log(1, 20_000, 1000, 2000)
    assert split_events(**many).protocol == "time"
    few = log(1, 300, 20)
    fallen = split_events(**few)
    assert fallen.protocol == "last"
    assert "fewer than 30" in fallen.notes[0]
    del many["times"]
    ordered = split_events(**many, order=np.arange(20_000.0))
    assert ordered.protocol == "last"
    assert "90% of the events have a time" in ordered.notes[0]
    assert split_events(**many).protocol == "random"


def test_undated_events_are_neither_learned_from_nor_found() -> None:
    data = log(2, 4000, 60, 500)
    data["times"][:80] = np.nan
    split = split_events(**data)
    assert split.protocol == "time"
    assert set(range(80)) <= set(split.test_rest.tolist())
    assert any("80 events without a time" in note for note in split.notes)


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="shares from 0"):
        split_events([0], [0], valid=0.5, test=0.5)
    with pytest.raises(UsageError, match="arrays of 2"):
        split_events([0, 1], [0])
    with pytest.raises(UsageError, match="negative"):
        split_events([-1], [0])
    with pytest.raises(UsageError, match="needs times"):
        split_events([0], [0], protocol="time")


@pytest.mark.parametrize("protocol", ["auto", "last", "user", "random"])
def test_an_empty_log(protocol: Chosen) -> None:
    split = split_events([], [], protocol=protocol)
    assert isinstance(split, EventSplit)
    assert all(len(getattr(split, part)) == 0 for part in PARTS)


def test_hashes_are_the_same_everywhere() -> None:
    assert hash_ids(["a", "中"]).tolist() == [hash_ids(["a"])[0], hash_ids(["中"])[0]]
    assert hash_ids(["a"]).dtype == np.uint64
    assert len(hash_ids([])) == 0
