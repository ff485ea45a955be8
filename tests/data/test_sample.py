"""The sample shop: the hand-written files agree with each other, and can be written out again."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from opencc import OpenCC

from soutui.data import sample
from soutui.data.sample.files import LARGE, item_row
from soutui.data.sample.shop import parts
from soutui.data.schema import Event, Item
from soutui.errors import UsageError

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return sample.items()


# --- the files ---


def test_counts(items: list[Item]) -> None:
    assert len(items) == 497
    assert len(sample.queries()) == 150
    spoken = Counter(sample.languages().values())
    assert spoken["en"] > 60
    assert spoken["zh"] > 50
    assert spoken["mixed"] > 10
    assert 5 <= sum(not item.available for item in items) <= 15
    category = Counter(item.attributes["category"] for item in items)
    assert set(category) == {"outdoor", "kitchen", "audio", "books", "home", "news", "video"}
    assert min(count for name, count in category.items() if name != "home") >= 70


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
        values = item.attributes.values()
        assert all(isinstance(value, str | float | bool | tuple) for value in values)
        # What is read or watched costs nothing; everything else has a price.
        assert ("price" in item.attributes) == (item.attributes["category"] not in ("news", "video")), item.id
        assert 3 <= float(item.attributes.get("price", 3)) <= 2000
        assert 1 <= float(item.attributes.get("rating", 1)) <= 5
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
    goes, types = sample.goes_with(), {item.attributes["type"] for item in items}
    known = {item.id for item in items} | types
    assert set(goes) <= known
    assert {name for names in goes.values() for name in names} <= known
    # Books without a genre are led on from one by one.
    assert types - set(goes) == {"book"}
    assert all(item.id in goes for item in items if item.attributes["type"] == "book")


def test_all_judgments_have_one_header() -> None:
    for part in parts("judgments", ".tsv"):
        assert part.decode().splitlines()[0] == "qid\titem\tgrade"


# --- the written folder ---


def test_write(tmp_path: Path, items: list[Item]) -> None:
    paths = sample.write(tmp_path / "shop")
    names = ["items.jsonl", "events.jsonl", "users.jsonl", "ties.csv", "queries.tsv", "judgments.tsv", "faq.jsonl"]
    names += ["headlines.tsv", "reviews.tsv", "README.txt"]
    assert {path.name for path in paths.values()} == set(names) == {path.name for path in (tmp_path / "shop").iterdir()}
    assert all(key == path.stem.lower() for key, path in paths.items())
    rows = [json.loads(line) for line in paths["items"].read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [item.id for item in items]
    logged = [Event(**json.loads(line)) for line in paths["events"].read_text("utf-8").splitlines()]
    assert logged == sample.simulate(items)
    assert paths["queries"].read_text("utf-8").splitlines()[:2] == ["qid\ttext", "q01\twater bottle"]
    lines = paths["judgments"].read_text("utf-8").splitlines()
    assert lines[:2] == ["qid\titem\tgrade", "q01\tbottle-01\t3"]
    assert len(lines) == len(sample.judgments()) + 1
    simulation = sample.Simulation.of(items)
    ties = [line.split(",") for line in paths["ties"].read_text("utf-8").splitlines()]
    assert ties[0] == ["user", "other", "kind", "weight"]
    assert [row[:3] for row in ties[1:]] == [[tie.user, tie.other, tie.kind] for tie in simulation.ties()]
    people = [json.loads(line) for line in paths["users"].read_text("utf-8").splitlines()]
    assert people == [{"id": user.id, **user.attributes} for user in simulation.users()]
    readme = paths["readme"].read_text("utf-8")
    assert "SIMULATED" in readme
    assert "模拟" in readme
    assert "u42" in readme
    assert all(name in readme for name in names[:-1])


def test_write_again_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {key: path.read_bytes() for key, path in sample.write(tmp_path, users=5, seed=1).items()}
    again = {key: path.read_bytes() for key, path in sample.write(tmp_path, users=5, seed=1).items()}
    assert first == again
    assert b"u42" not in first["readme"]


def test_write_the_truth_and_a_grown_catalogue(tmp_path: Path, items: list[Item]) -> None:
    paths = sample.write(tmp_path, users=20, items=600, days=30, truth=True)
    rows = [json.loads(line) for line in paths["items"].read_text("utf-8").splitlines()]
    grown = list(sample.grow(items, 600))
    assert rows[len(items) :] == [json.loads(json.dumps(item_row(item))) for item in grown[len(items) :]]
    truth = {path.stem: pq.read_table(path) for path in paths["truth"].iterdir()}
    assert set(truth) == {"items", "positions", "relevance", "values", "users", "impressions"}
    assert truth["items"].column("item").to_pylist() == [item.id for item in grown]
    assert truth["users"].num_rows == 20
    assert len(truth["users"].column("taste")[0]) == truth["values"].num_rows
    logged = [json.loads(line) for line in paths["events"].read_text("utf-8").splitlines()]
    assert set(truth["impressions"].column("event").to_pylist()) == {
        row["id"] for row in logged if row["kind"] == "impression"
    }
    with pytest.raises(UsageError, match="497"):
        sample.write(tmp_path, items=10)


def test_big_logs_are_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = sample.write(tmp_path / "small", users=20)["events"].read_text("utf-8").splitlines()
    assert LARGE > 300 * 32
    monkeypatch.setattr("soutui.data.sample.files.LARGE", 100)
    path = sample.write(tmp_path / "large", users=20)["events"]
    assert path.suffix == ".parquet"
    wide = pq.read_table(path).to_pylist()
    rows = [{name: value for name, value in row.items() if value not in (None, "")} for row in wide]
    by_id = {row["id"]: row for row in rows}
    assert len(rows) == len(lines)
    assert all(by_id[row["id"]] == row for row in map(json.loads, lines))
