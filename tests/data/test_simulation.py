"""The simulated shoppers keep their promises: users, visits, the funnel, bots, and any size."""

from __future__ import annotations

import tracemalloc
from collections import Counter, defaultdict
from itertools import islice
from typing import get_args

import numpy as np
import pytest

from soutui.data import sample
from soutui.data.sample import Simulation, simulate
from soutui.data.sample.seasons import day_of_year, weekday
from soutui.data.sample.shoppers import START
from soutui.data.sample.social import WINDOW
from soutui.data.schema import Event, EventKind, Item
from soutui.errors import UsageError

DAY = 86_400.0


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return sample.items()


@pytest.fixture(scope="module")
def events(items: list[Item]) -> list[Event]:
    return simulate(items)


def kind_of(items: list[Item], name: str = "type") -> dict[str, str]:
    return {item.id: str(item.attributes[name]) for item in items}


# --- the log ---


def test_equal_arguments_give_equal_events(items: list[Item], events: list[Event]) -> None:
    assert simulate(items) == events
    assert simulate(items, seed=8) != events


def test_more_users_leave_the_others_alone(items: list[Item]) -> None:
    few, many = Simulation.of(items, users=40), Simulation.of(items, users=60)
    names = {f"u{n}" for n in range(1, 41)}
    assert list(few.events()) == [event for event in many.events() if event.user in names]
    assert list(few.users()) == list(many.users())[:40]
    later = {f"u{n}" for n in range(41, 61)}
    assert list(few.ties()) == [tie for tie in many.ties() if not {tie.user, tie.other} & later]


def test_users_and_lengths(items: list[Item], events: list[Event]) -> None:
    bots = Simulation.of(items).truth.bots()
    acts = Counter(event.user for event in events if event.kind != "impression" and event.user not in bots)
    assert set(acts) | set(bots) == {f"u{n}" for n in range(1, 301)}
    assert sum(acts.values()) / len(acts) == pytest.approx(20, rel=0.15)
    assert len({event.id for event in events}) == len(events)


def test_events_are_valid(items: list[Item], events: list[Event]) -> None:
    known, texts = {item.id for item in items}, {query.text for query in sample.queries()}
    for event in events:
        assert event.kind in get_args(EventKind)
        assert event.item in known
        assert event.time is not None
        assert START <= event.time < START + 90 * DAY
        assert (event.position is not None) == bool(event.query)
        assert event.position is None or 1 <= event.position <= 10
        assert not event.query or event.query in texts


def test_times_ascend(events: list[Event]) -> None:
    times = [event.time or 0 for event in events]
    assert times == sorted(times)
    sessions: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.kind != "impression":
            sessions[event.session].append(event.time or 0)
    assert all(np.all(np.diff(session) > 0) for session in sessions.values())


def test_without_impressions_the_rest_is_the_same(items: list[Item], events: list[Event]) -> None:
    bare = simulate(items, impressions=False)
    assert bare == [event for event in events if event.kind != "impression"]


def test_funnel(items: list[Item], events: list[Event]) -> None:
    before = {"click": "view", "add_to_cart": "click", "purchase": "add_to_cart", "like": "click", "share": "click"}
    available, category = {item.id: item.available for item in items}, kind_of(items, "category")
    seen: set[tuple[str, str, str]] = set()
    for event in events:
        if event.kind in before:
            assert (event.session, event.item, before[event.kind]) in seen
        if event.kind in ("add_to_cart", "purchase"):
            assert available[event.item]
        if event.query and event.kind == "view":
            assert (event.session, event.item, "impression") in seen
        assert (event.kind in ("like", "share")) <= (category[event.item] in ("news", "video"))
        assert (event.kind in ("add_to_cart", "purchase")) <= (category[event.item] not in ("news", "video"))
        seen.add((event.session, event.item, event.kind))
    count = Counter(event.kind for event in events)
    assert count["view"] > count["click"] > count["add_to_cart"] > count["purchase"] > 100
    assert count["impression"] > 1000


def test_every_result_of_a_page_is_an_impression(events: list[Event]) -> None:
    pages: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        if event.kind == "impression":
            pages[event.session, event.query].append(event.position or 0)
    assert all(page == list(range(1, len(page) + 1)) for page in pages.values())


def test_u42_likes_the_outdoors(items: list[Item], events: list[Event]) -> None:
    category = kind_of(items, "category")
    mine = [event for event in events if event.user == sample.PERSONA and event.kind != "impression"]
    assert sample.PERSONA == "u42"
    assert len(mine) >= 40
    assert sum(category[event.item] == "outdoor" for event in mine) / len(mine) > 0.8
    assert {"view", "click", "add_to_cart", "purchase"} <= {event.kind for event in mine}
    assert any(event.query for event in mine)


def test_bots_crawl(items: list[Item], events: list[Event]) -> None:
    truth = Simulation.of(items).truth
    bots = truth.bots()
    assert len(bots) == 2
    for bot in bots:
        assert truth.is_bot(bot)
        mine = [event for event in events if event.user == bot]
        assert {event.kind for event in mine} == {"view"}
        assert len({event.item for event in mine}) == len(mine) > 350
        gaps = np.diff([event.time or 0 for event in mine])
        assert gaps.max() <= 2
    humans = Counter(event.user for event in events if event.user not in bots)
    assert max(humans.values()) < 200


def test_week_and_calendar() -> None:
    assert day_of_year(START) == 0
    assert day_of_year(START + 59.5 * DAY) == 59.5
    assert [weekday(START + n * DAY) for n in (0, 3, 4)] == [2, 5, 6]  # 1 January 2025 was a Wednesday


# --- the truth on request, and scale ---


def test_truth_on_request(items: list[Item]) -> None:
    truth = Simulation.of(items).truth
    appeal = truth.appeal("u42", ["tent-01", "pan-01"])
    assert appeal[0] > appeal[1] + 2
    share = truth.share("u42", ["tent-01", "pan-01"])
    assert 1 > share[0] > share[1] > 0
    relevance = truth.relevance("u42", "q02", ["tent-01", "speaker-01", "mug-01"])
    assert 0.7 <= relevance[0] < 0.84
    assert relevance[1:] == pytest.approx(0.04 * (0.6 + 0.6 * truth.share("u42", ["speaker-01", "mug-01"])))
    assert truth.season("tent", START + 195 * DAY) > 0 > truth.season("tent", START)
    for wrong in (
        lambda: truth.taste("u9999"),
        lambda: truth.appeal("u1", ["?"]),
        lambda: truth.relevance("u1", "?", []),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_memory_is_flat(items: list[Item]) -> None:
    """A hundred thousand users, of whom only the first are asked for: those beyond the window take no more memory."""
    stream = Simulation.of(items[:20], users=100_000, events_per_user=2).logs()
    tracemalloc.start()
    sizes = []
    for _ in range(2):
        for _ in islice(stream, WINDOW + 20):
            pass
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    # One user's taste alone takes more than a hundredth of that.
    assert sizes[1] - sizes[0] < 100_000


def test_in_a_large_shop_everybody_knows_a_corner(items: list[Item]) -> None:
    simulation = Simulation.of(sample.grow(items, 20_000), users=12)
    taste = simulation.truth.taste("u5")
    assert 1000 < len(taste.rows) < 2600
    assert set(simulation.world.judged.tolist()) <= set(taste.rows.tolist())
    made = [event for event in simulation.events() if "-g" in event.item]
    assert len({event.item for event in made}) > 20
    unknown = next(row for row in range(20_000) if row not in set(taste.rows.tolist()))
    assert simulation.truth.appeal("u5", [simulation.world.ids[unknown]])[0] == -np.inf


@pytest.mark.parametrize("wrong", [{"users": 0}, {"events_per_user": 0}, {"days": -1}])
def test_wrong_numbers(items: list[Item], wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        simulate(items, **wrong)


def test_any_catalogue_will_do() -> None:
    with pytest.raises(UsageError, match="empty"):
        simulate([])
    bare = simulate([Item("a"), Item("b")], users=3)
    assert {event.item for event in bare} <= {"a", "b"}
    assert all(event.query == "" for event in bare)
    assert simulate([Item("a")], users=2, days=1)
