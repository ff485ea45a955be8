"""The sample shop: the hand-written files agree with each other, and the simulated shoppers keep their promises."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from opencc import OpenCC

from soutui.data import sample
from soutui.data.sample.shoppers import GOES_WITH, START, simulate
from soutui.data.schema import Event, EventKind, Item
from soutui.errors import UsageError

DAY = 86_400.0
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return sample.items()


@pytest.fixture(scope="module")
def events(items: list[Item]) -> list[Event]:
    return simulate(items)


# --- the files ---


def test_counts(items: list[Item]) -> None:
    assert len(items) == 90
    assert len(sample.queries()) == 40
    assert Counter(sample.languages().values()) == {"en": 20, "zh": 16, "mixed": 4}
    assert 2 <= sum(not item.available for item in items) <= 3
    assert {item.attributes["category"] for item in items} == {"outdoor", "kitchen", "audio", "books", "home"}


def test_ids_titles_and_descriptions_are_unique(items: list[Item]) -> None:
    assert len({item.id for item in items}) == len(items)
    for texts in (
        [item.title for item in items],
        *([item.texts[name] for item in items] for name in ("title_zh", "text", "text_zh")),
    ):
        assert len(set(texts)) == len(items)


def test_no_sentence_is_used_twice(items: list[Item]) -> None:
    sentences = Counter(
        part.strip()
        for item in items
        for name in ("text", "text_zh")
        for part in re.split(r"[.。;；:：]", item.texts[name])
        if len(part.strip()) > 8
    )
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_both_languages_are_there(items: list[Item]) -> None:
    for item in items:
        assert item.title.strip()
        assert len(item.texts["text"]) > 60
        assert not HAN.search(item.title + item.texts["text"]), item.id
        assert HAN.search(item.texts["title_zh"]), item.id
        assert len(HAN.findall(item.texts["text_zh"])) > 20, item.id


def test_chinese_is_simplified(items: list[Item]) -> None:
    simplified = OpenCC("t2s")
    written = [item.texts[name] for item in items for name in ("title_zh", "text_zh")]
    for text in written + [query.text for query in sample.queries()]:
        assert simplified.convert(text) == text


def test_attributes_are_plain_and_sensible(items: list[Item]) -> None:
    for item in items:
        assert all(isinstance(value, str | float | bool) for value in item.attributes.values())
        assert 5 <= float(item.attributes["price"]) <= 600
        assert 1 <= float(item.attributes["rating"]) <= 5
        assert item.attributes["brand"]
        assert not {"id", "title", "text", "text_zh", "title_zh", "available", "image"} & set(item.attributes)


def test_stated_capacity_agrees_with_the_title(items: list[Item]) -> None:
    checked = 0
    for item in items:
        said = re.search(r"([\d.]+) (ml|L)\b", item.title)
        if said:
            millilitres = float(said[1]) * (1000 if said[2] == "L" else 1)
            assert item.attributes["capacity_ml"] == pytest.approx(millilitres), item.id
            checked += 1
    assert checked >= 10


def test_judgments_refer_to_what_exists(items: list[Item]) -> None:
    judged = sample.judgments()
    assert {j.item for j in judged} <= {item.id for item in items}
    assert {j.query for j in judged} == {query.id for query in sample.queries()}
    assert {j.grade for j in judged} == {0.0, 1.0, 2.0, 3.0}
    assert len({(j.query, j.item) for j in judged}) == len(judged)


def test_every_query_can_be_answered_and_has_traps(items: list[Item]) -> None:
    available = {item.id for item in items if item.available}
    grades: dict[str, list[float]] = defaultdict(list)
    for j in sample.judgments():
        grades[j.query].append(j.grade if j.item in available else -1)
    for query, values in grades.items():
        assert max(values) == 3, query
        assert min(v for v in values if v >= 0) == 0, query
        assert 6 <= len(values) <= 40, query


def test_brand_queries_judge_the_whole_brand(items: list[Item]) -> None:
    grade = {(j.query, j.item): j.grade for j in sample.judgments()}
    query = next(query.id for query in sample.queries() if query.text == "Kibo")
    for item in items:
        assert (grade.get((query, item.id), 0) == 3) == (item.attributes["brand"] == "Kibo"), item.id


def test_the_same_need_has_the_same_grades_in_both_languages() -> None:
    by_text = {query.text: query.id for query in sample.queries()}
    grades: dict[str, dict[str, float]] = defaultdict(dict)
    for j in sample.judgments():
        grades[j.query][j.item] = j.grade
    assert grades[by_text["tent"]] == grades[by_text["帐篷"]]


def test_goes_with_names_types_and_items_that_exist(items: list[Item]) -> None:
    known = {item.id for item in items} | {item.attributes["type"] for item in items}
    assert set(GOES_WITH) <= known
    assert {name for names in GOES_WITH.values() for name in names} <= known


# --- the shoppers ---


def test_equal_arguments_give_equal_events(items: list[Item], events: list[Event]) -> None:
    assert simulate(items) == events
    assert simulate(items, seed=8) != events


def test_more_users_leave_the_others_alone(items: list[Item]) -> None:
    few, many = simulate(items, users=20), simulate(items, users=30)
    names = {f"u{n}" for n in range(1, 21)}
    assert few == [event for event in many if event.user in names]


def test_users_and_lengths(events: list[Event]) -> None:
    count = Counter(event.user for event in events)
    assert set(count) == {f"u{n}" for n in range(1, 301)}
    assert len(events) / 300 == pytest.approx(20, rel=0.15)
    assert len({event.id for event in events}) == len(events)


def test_events_are_valid(items: list[Item], events: list[Event]) -> None:
    known = {item.id for item in items}
    texts = {query.text for query in sample.queries()}
    for event in events:
        assert event.kind in get_args(EventKind)
        assert event.item in known
        assert event.time is not None
        assert START <= event.time < START + 90 * DAY
        assert (event.position is not None) == bool(event.query)
        assert event.position is None or 1 <= event.position <= 10
        assert not event.query or event.query in texts


def test_times_ascend(events: list[Event]) -> None:
    times = [event.time for event in events]
    assert times == sorted(times)  # type: ignore[type-var]
    sessions: dict[str, list[float]] = defaultdict(list)
    for event in events:
        sessions[event.session].append(event.time or 0)
    for session in sessions.values():
        assert np.all(np.diff(session) > 0)


def test_funnel(items: list[Item], events: list[Event]) -> None:
    before = {"click": "view", "add_to_cart": "click", "purchase": "add_to_cart"}
    available = {item.id: item.available for item in items}
    seen: set[tuple[str, str, str]] = set()
    for event in events:
        if event.kind in before:
            assert (event.session, event.item, before[event.kind]) in seen
        if event.kind in ("add_to_cart", "purchase"):
            assert available[event.item]
        seen.add((event.session, event.item, event.kind))
    count = Counter(event.kind for event in events)
    assert count["view"] > count["click"] > count["add_to_cart"] > count["purchase"] > 100


def test_nothing_lasting_is_bought_twice(items: list[Item], events: list[Event]) -> None:
    kind = {item.id: item.attributes["type"] for item in items}
    bought = Counter((event.user, event.item) for event in events if event.kind == "purchase")
    assert all(kind[item] in ("fuel", "coffee beans") for (_, item), times in bought.items() if times > 1)


def test_judged_relevance_and_position_move_clicks(events: list[Event]) -> None:
    text = {query.id: query.text for query in sample.queries()}
    grade = {(text[j.query], j.item): j.grade for j in sample.judgments()}
    views, clicks, seen = Counter[float](), Counter[float](), Counter[int]()
    for event in events:
        if event.query and event.kind == "view":
            views[grade[event.query, event.item]] += 1
            seen[event.position or 0] += 1
        elif event.query and event.kind == "click":
            clicks[grade[event.query, event.item]] += 1
    rates = [clicks[g] / views[g] for g in (0, 1, 2, 3)]
    assert rates == sorted(rates)
    assert seen[1] > seen[3] > seen[9]


def test_u42_likes_the_outdoors(items: list[Item], events: list[Event]) -> None:
    category = {item.id: item.attributes["category"] for item in items}
    mine = [event for event in events if event.user == sample.PERSONA]
    assert sample.PERSONA == "u42"
    assert len(mine) >= 40
    assert sum(category[event.item] == "outdoor" for event in mine) / len(mine) > 0.8
    assert {"view", "click", "add_to_cart", "purchase"} == {event.kind for event in mine}
    assert any(event.query for event in mine)


def test_there_is_something_to_learn(items: list[Item], events: list[Event]) -> None:
    """Cosine item-to-item beats popularity by far on the last fifth of the time, on items new to the user."""
    row = {item.id: n for n, item in enumerate(items)}
    past = np.zeros((300, len(items)))
    future: dict[int, set[int]] = defaultdict(set)
    for event in events:
        user = int(event.user[1:]) - 1
        if event.kind == "view" or event.time is None:
            continue
        if event.time < START + 72 * DAY:
            past[user, row[event.item]] = 1
        else:
            future[user].add(row[event.item])
    norm = np.maximum(np.linalg.norm(past, axis=0), 1e-9)
    cosine = past.T @ past / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    popular = past.sum(axis=0)
    recall: dict[str, list[float]] = defaultdict(list)
    for user, wanted in future.items():
        new = {item for item in wanted if not past[user, item]}
        if new and past[user].any():
            for name, scores in (("cosine", past[user] @ cosine), ("popular", popular)):
                top = np.argsort(-np.where(past[user] > 0, -1, scores), kind="stable")[:10]
                recall[name].append(len(new & set(top.tolist())) / len(new))
    assert len(recall["cosine"]) > 60
    assert np.mean(recall["cosine"]) > 1.5 * np.mean(recall["popular"])


@pytest.mark.parametrize("wrong", [{"users": 0}, {"events_per_user": 0}, {"days": -1}])
def test_wrong_numbers(items: list[Item], wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        simulate(items, **wrong)


def test_any_catalogue_will_do() -> None:
    with pytest.raises(UsageError, match="empty"):
        simulate([])
    bare = simulate([Item("a"), Item("b")], users=3)
    assert {event.item for event in bare} <= {"a", "b"}
    assert {event.user for event in bare} == {"u1", "u2", "u3"}
    assert all(event.query == "" for event in bare)
    assert simulate([Item("a")], users=2, days=1)


# --- the written folder ---


def test_write(tmp_path: Path, items: list[Item], events: list[Event]) -> None:
    paths = sample.write(tmp_path / "shop")
    assert {key: path.name for key, path in paths.items()} == {
        "items": "items.jsonl",
        "events": "events.jsonl",
        "queries": "queries.tsv",
        "judgments": "judgments.tsv",
        "readme": "README.txt",
    }
    rows = [json.loads(line) for line in paths["items"].read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [item.id for item in items]
    logged = [Event(**json.loads(line)) for line in paths["events"].read_text("utf-8").splitlines()]
    assert logged == events
    assert paths["queries"].read_text("utf-8").splitlines()[:2] == ["qid\ttext", "q01\twater bottle"]
    lines = paths["judgments"].read_text("utf-8").splitlines()
    assert lines[:2] == ["qid\titem\tgrade", "q01\tbottle-01\t3"]
    assert len(lines) == len(sample.judgments()) + 1
    readme = paths["readme"].read_text("utf-8")
    assert "SIMULATED" in readme
    assert "模拟" in readme
    assert "u42" in readme


def test_write_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {key: path.read_bytes() for key, path in sample.write(tmp_path, users=5, seed=1).items()}
    again = {key: path.read_bytes() for key, path in sample.write(tmp_path, users=5, seed=1).items()}
    assert first == again
    assert b"u42" not in first["readme"]
