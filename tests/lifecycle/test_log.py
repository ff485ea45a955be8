"""The event log by row numbers, and judgments made from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from shops import event
from soutui.bundle.ids import IdMap
from soutui.data.schema import EVENT_WEIGHTS, Event
from soutui.lifecycle.known_item import MIN_CLICKED, judgments_from_clicks
from soutui.lifecycle.log import Log, read_log
from soutui.store import Store

NAMES = ["i0", "i1", "i2", "i3"]


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    with Store.open(tmp_path / "log.db", create=True) as made:
        yield made


def log_of(store: Store, events: Iterable[Event], positive_rating: float = 0.0) -> Log:
    store.record(events)
    with store.snapshot() as snapshot:
        return read_log(snapshot.event_columns(), IdMap.of(NAMES), positive_rating)


def test_ids_become_rows_and_unknown_items_are_counted(store: Store) -> None:
    log = log_of(store, [event("u", "i2", 1.0), event("v", "gone", 2.0), event("v", "i0", 3.0), event("u", "i2", 4.0)])
    assert log.names == ("u", "v")
    assert log.users.tolist() == [0, 1, 0]
    assert log.items.tolist() == [2, 0, 2]
    assert log.times.tolist() == [1.0, 3.0, 4.0]
    assert (len(log), log.unknown) == (3, 1)


def test_who_acts_is_the_user_or_else_the_session(store: Store) -> None:
    events = [
        Event("1", "click", "i0", user="u", session="s", time=1.0),
        Event("2", "click", "i0", session="s", time=2.0),
        Event("3", "click", "i1", user="u", session="t", time=3.0),
    ]
    log = log_of(store, events)
    assert log.names == ("u", "s")
    assert log.users.tolist() == [0, 1, 0]


def test_every_kind_has_its_weight(store: Store) -> None:
    kinds = [kind for kind in EVENT_WEIGHTS if kind not in ("rating", "impression")]
    log = log_of(store, [event("u", "i0", float(i), kind) for i, kind in enumerate(kinds)])
    assert log.weights.tolist() == [EVENT_WEIGHTS[kind] for kind in kinds]
    assert log.positive.tolist() == [EVENT_WEIGHTS[kind] > 0 for kind in kinds]


@pytest.mark.parametrize(("threshold", "liked"), [(0.0, [0, 0, 1, 1]), (2.0, [0, 1, 1, 1]), (5.0, [0, 0, 0, 1])])
def test_ratings_count_from_the_threshold(store: Store, threshold: float, liked: list[int]) -> None:
    values = (1.0, 2.0, 4.0, 5.0)
    log = log_of(store, [event("u", "i0", value, "rating", value=value) for value in values], threshold)
    assert log.weights.tolist() == liked
    assert log.positive_rating == pytest.approx(threshold or 3.5)


def test_a_rating_without_a_number_says_nothing(store: Store) -> None:
    log = log_of(store, [event("u", "i0", 1.0, "rating"), event("u", "i1", 2.0, "rating", value=5.0)])
    assert log.weights.tolist() == [0.0, 1.0]


def test_no_events(store: Store) -> None:
    log = log_of(store, [])
    assert (len(log), log.unknown, log.names) == (0, 0, ())
    assert log.interactions(None, 4).n_users == 0


def test_whether_the_order_means_anything(store: Store) -> None:
    timed = [event("u", f"i{i}", 10.0 * i) for i in range(4)]
    assert log_of(store, timed).ordered


def test_order_by_position(store: Store) -> None:
    placed = [Event(f"e{i}", "click", f"i{i}", "u", order=float(i)) for i in range(4)]
    log = log_of(store, placed)
    assert log.ordered
    assert log.interactions(None, 4).history(0, 4)[0].tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("time", [None, 5.0])
def test_no_order_without_times_or_with_one_time_for_all(store: Store, time: float | None) -> None:
    same = [Event(f"e{i}-{u}", "click", f"i{i}", u, time=time) for i in range(4) for u in "uvw"]
    assert not log_of(store, same).ordered


def test_chosen_events_keep_every_users_row(store: Store) -> None:
    log = log_of(store, [event("u", "i0", 1.0), event("v", "i1", 2.0), event("w", "i2", 3.0)])
    part = log.interactions(np.array([2]), 4)
    assert part.n_users == 3
    assert [part.seen(user).tolist() for user in range(3)] == [[], [], [2]]


def test_clicked_queries_become_judgments(store: Store) -> None:
    events = [event("u", f"i{i % 4}", float(i), query=f"  Query   NUMBER {i}") for i in range(MIN_CLICKED)]
    events += [
        event("u", "i3", 900.0, query="query number 0"),
        event("u", "i2", 901.0, "hide", query="query number 0"),
        event("u", "i1", 902.0),
    ]
    texts, judgments = judgments_from_clicks(log_of(store, events), NAMES)
    assert set(texts.values()) == {f"query number {i}" for i in range(MIN_CLICKED)}
    first = next(name for name, text in texts.items() if text == "query number 0")
    assert [(one.item, one.grade) for one in judgments if one.query == first] == [("i0", 1.0), ("i3", 1.0)]
    assert len(judgments) == MIN_CLICKED + 1


def test_few_clicked_queries_teach_nothing(store: Store) -> None:
    events = [event("u", "i0", float(i), query=f"q{i}") for i in range(MIN_CLICKED - 1)]
    assert judgments_from_clicks(log_of(store, events), NAMES) == ({}, [])
