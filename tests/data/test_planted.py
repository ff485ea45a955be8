"""What the formulas of the simulated shoppers plant is found again in the log of a crowd."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from soutui.data import sample
from soutui.data.sample import Simulation
from soutui.data.sample.seasons import day_of_year, season
from soutui.data.sample.shoppers import START
from soutui.data.sample.truth import Shown, shown
from soutui.data.sample.world import USED_UP
from soutui.data.schema import Event, Item, Tie

DAY = 86_400.0


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return sample.items()


@pytest.fixture(scope="module")
def crowd(items: list[Item]) -> Simulation:
    return Simulation.of(items, users=1800)


@pytest.fixture(scope="module")
def told(crowd: Simulation) -> tuple[list[Event], list[Shown], list[Tie]]:
    """Events, truth of the impressions, and ties of the crowd, in one pass; the events of bots are left out."""
    events: list[Event] = []
    truths: list[Shown] = []
    ties: list[Tie] = []
    for one in crowd.logs():
        if not one.member.bot:
            events.extend(crowd.events_of(one))
            truths.extend(shown(crowd, one))
            ties.extend(one.member.ties())
    return events, truths, ties


@pytest.fixture(scope="module")
def log(told: tuple[list[Event], list[Shown], list[Tie]]) -> list[Event]:
    return told[0]


@pytest.fixture(scope="module")
def ties(told: tuple[list[Event], list[Shown], list[Tie]]) -> list[Tie]:
    return told[2]


@pytest.fixture(scope="module")
def shows(told: tuple[list[Event], list[Shown], list[Tie]]) -> list[tuple[Shown, bool]]:
    """Each impression's truth, and whether it was clicked."""
    clicked = {(e.session, e.item) for e in told[0] if e.kind == "click" and e.query}
    impressions = [e for e in told[0] if e.kind == "impression"]
    assert [e.id for e in impressions] == [one.event for one in told[1]]
    return [(one, (e.session, e.item) in clicked) for one, e in zip(told[1], impressions, strict=True)]


def kind_of(items: list[Item], name: str = "type") -> dict[str, str]:
    return {item.id: str(item.attributes[name]) for item in items}


# --- what was planted is found again ---


def test_position_bias_is_found_again(crowd: Simulation, shows: list[tuple[Shown, bool]]) -> None:
    """Clicks at a position over the clicks that the planted relevance of what was shown there would give."""
    clicks, expected = np.zeros(10), np.zeros(10)
    for one, clicked in shows:
        clicks[one.position - 1] += clicked
        expected[one.position - 1] += one.relevance
        assert one.propensity == pytest.approx(one.position**-0.7)
        assert one.examined or not clicked
    found = clicks / expected
    assert found == pytest.approx(crowd.truth.propensities, abs=0.08)
    slope = np.polyfit(np.log(np.arange(1, 11)), np.log(found), 1, w=np.sqrt(clicks))[0]
    assert slope == pytest.approx(-0.7, abs=0.1)


def test_weighting_by_propensity_recovers_relevance(shows: list[tuple[Shown, bool]]) -> None:
    """Of the pairs shown often, the weighted click rate is nearer to the planted relevance than the plain one."""
    pairs: dict[tuple[str, str], list[tuple[float, float, bool]]] = defaultdict(list)
    for one, clicked in shows:
        pairs[one.query, one.item].append((one.propensity, one.relevance, clicked))
    tables = [np.array(rows, float).T for rows in pairs.values() if len(rows) >= 15]
    assert len(tables) > 100
    truth = np.array([relevance.mean() for _, relevance, _ in tables])
    plain = np.array([hit.mean() for _, _, hit in tables])
    weighted = np.array([(hit / theta).mean() for theta, _, hit in tables])
    assert np.mean((weighted - truth) ** 2) < 0.85 * np.mean((plain - truth) ** 2)
    # Over all impressions the weighted rate is right but for chance, and the plain one far off.
    theta, relevance, hit = np.array([(one.propensity, one.relevance, clicked) for one, clicked in shows], float).T
    error = hit / theta - relevance
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(error)) < 0.04
    assert np.mean(hit - relevance) < -0.1


def test_grades_and_positions_move_clicks(log: list[Event]) -> None:
    text = {query.id: query.text for query in sample.queries()}
    grade = {(text[j.query], j.item): j.grade for j in sample.judgments()}
    views, clicks = Counter[float](), Counter[float]()
    for event in log:
        if event.query and event.kind in ("view", "click"):
            (views if event.kind == "view" else clicks)[grade[event.query, event.item]] += 1
    rates = [clicks[g] / views[g] for g in (0, 1, 2, 3)]
    assert rates == pytest.approx([0.04, 0.15, 0.45, 0.7], rel=0.25)


def test_seasons_are_visible(items: list[Item]) -> None:
    kind = kind_of(items)
    summer, winter = Counter[bool](), Counter[bool]()
    for event in Simulation.of(items, users=400, days=365, seed=1).events(impressions=False):
        day = day_of_year(event.time or 0)
        if 60 < day < 120 or 240 < day < 300:
            continue
        lift = season(kind[event.item], 195.0)
        (summer if lift > 0.6 else winter if lift < -0.6 else Counter[bool]())[120 <= day <= 240] += 1
    assert summer[True] > 1.4 * summer[False]
    assert winter[False] > 1.2 * winter[True]
    assert summer[True] * winter[False] > 2.2 * summer[False] * winter[True]


def test_news_grow_old(items: list[Item], log: list[Event]) -> None:
    published = {item.id: str(item.attributes["published"]) for item in items if item.attributes["category"] == "news"}
    ages = [
        (event.time or 0) / DAY - np.datetime64(published[event.item]).astype(int)
        for event in log
        if event.item in published and event.kind == "view" and not event.query
    ]
    assert min(ages) >= 0
    assert np.mean(np.array(ages) < 8) > 0.5


def test_items_come_and_go(crowd: Simulation, log: list[Event]) -> None:
    world = crowd.world
    born, gone = dict(zip(world.ids, world.born, strict=True)), dict(zip(world.ids, world.gone, strict=True))
    begins: dict[str, float] = {}
    for event in log:
        begins.setdefault(event.session, event.time or 0)
        assert (event.time or 0) >= born[event.item]
        assert begins[event.session] <= gone[event.item]
    assert sum(START < time < START + 90 * DAY for time in world.born[~world.media]) > 15
    assert sum(np.isfinite(world.gone)) > 8


def test_tastes_drift(crowd: Simulation) -> None:
    truth, fields = crowd.truth, np.array([field for field, _ in crowd.truth.values])
    for user in ("u1", "u2", "u3"):
        taste = truth.taste(user)
        turned = [taste.weights(days)[fields != "category"] for days in (0.0, 90.0, 365.0)]
        alike = [np.corrcoef(turned[0], later)[0, 1] for later in turned[1:]]
        assert 0.85 < alike[0] < 0.98
        assert abs(alike[1]) < 0.3


def test_drift_is_visible_in_the_log(items: list[Item]) -> None:
    """What a user likes in the last weeks of a year is told better by the taste of then than by that of the start."""
    simulation = Simulation.of(items, users=150, days=365, events_per_user=60, seed=3)
    world = simulation.world
    late: dict[str, list[int]] = defaultdict(list)
    for event in simulation.events(impressions=False):
        if event.kind == "click" and not event.query and (event.time or 0) > START + 270 * DAY:
            late[event.user].append(world.row_of[event.item])
    gains = []
    for user, rows in late.items():
        taste = simulation.truth.taste(user)
        then, first = taste.liking(320.0), taste.liking(0.0)
        gains.append(np.mean((then - then.mean())[rows]) - np.mean((first - first.mean())[rows]))
    assert np.mean(gains) > 3 * np.std(gains) / np.sqrt(len(gains))


def test_only_what_is_used_up_is_bought_again(items: list[Item], log: list[Event]) -> None:
    kind = kind_of(items)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in log:
        if event.kind == "purchase":
            times[event.user, event.item].append(event.time or 0)
    again = [(kind[item], np.diff(when) / DAY) for (_, item), when in times.items() if len(when) > 1]
    assert len(again) > 30
    assert {name for name, _ in again} <= set(USED_UP)
    beans = np.concatenate([gaps for name, gaps in again if name == "coffee beans"])
    assert np.median(beans) == pytest.approx(USED_UP["coffee beans"], rel=0.3)


# --- people ---


def test_friends_are_more_alike_than_strangers(ties: list[Tie], log: list[Event], items: list[Item]) -> None:
    kind = kind_of(items)
    names = sorted(set(kind.values()))
    spread: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(names)))
    for event in log:
        if event.kind == "click":
            spread[event.user][names.index(kind[event.item])] += 1
    users = sorted(spread)
    unit = {user: spread[user] / np.linalg.norm(spread[user]) for user in users}
    near = [tie for tie in ties if tie.kind == "friend" and tie.weight > 0.3]
    friends = np.mean([unit[t.user] @ unit[t.other] for t in near if t.user in unit and t.other in unit])
    rng = np.random.default_rng(0)
    strangers = np.mean([unit[a] @ unit[b] for a, b in rng.choice(users, (4000, 2))])
    assert friends > 1.5 * strangers


def test_ties_are_a_small_world(crowd: Simulation, ties: list[Tie]) -> None:
    friends: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        assert 0 < tie.weight <= 1
        if tie.kind == "friend":
            friends[tie.user].add(tie.other)
    assert all(user in friends[other] for user, others in friends.items() for other in others)
    assert not set(friends) & set(crowd.truth.bots())
    degree = np.mean([len(others) for others in friends.values()])
    closed, wedges = 0, 0
    for others in friends.values():
        near = sorted(others)
        wedges += len(near) * (len(near) - 1) // 2
        closed += sum(b in friends[a] for n, a in enumerate(near) for b in near[n + 1 :])
    assert closed / wedges > 10 * degree / len(friends)  # a random graph closes degree / n of its wedges
    assert len({tie.other for tie in ties if tie.kind == "group"}) > 20
    assert any(tie.kind == "friend" and tie.weight == 0.3 for tie in ties)


def test_friends_purchases_are_followed(ties: list[Tie], log: list[Event]) -> None:
    """After a friend bought something a user looks at it more often than users in general do."""
    bought: dict[str, dict[str, float]] = defaultdict(dict)
    seen: dict[str, dict[str, float]] = defaultdict(dict)
    for event in log:
        if event.kind == "purchase":
            bought[event.user].setdefault(event.item, event.time or 0)
        if event.kind == "view" and not event.query:
            seen[event.user].setdefault(event.item, event.time or 0)
    rate = Counter(item for items in seen.values() for item in items)
    hits, expected = 0.0, 0.0
    after, before = 0, 0
    for tie in ties:
        if tie.kind == "friend" and tie.weight > 0.3 and int(tie.user[1:]) > int(tie.other[1:]):
            for item, time in bought[tie.other].items():
                looked = seen[tie.user].get(item)
                hits += looked is not None and looked > time
                expected += rate[item] / len(seen)
                after += looked is not None and time < looked < time + 21 * DAY
                before += looked is not None and time - 21 * DAY < looked < time
    assert hits > expected
    assert after > 1.2 * before
