"""Layouts of search: products with judgments, logged behaviour, passages and questions, the classic collections."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soutui.data.layouts import load
from soutui.data.layouts.tables import name_of
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query
from soutui.errors import DataError


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def lines(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def test_wands(tmp_path: Path) -> None:
    write(
        tmp_path / "product.csv",
        "product_id\tproduct_name\tproduct_class\tcategory hierarchy\tproduct_description\tproduct_features\t"
        "rating_count\taverage_rating\treview_count\n"
        "0\tsolid wood bed\tBeds\tFurniture / Bedroom / Beds\ta <b>good</b> bed &amp; more\t"
        "overall width:64.7|color : white|color:black|color:white|broken|:x\t15\t4.5\t11\n"
        "1\tlamp\t\t\t\t\t\t\t\n"
        "1\tlamp again\t\t\t\t\t\t\t\n"
        "2\t\t\t\t\t\t\t\t\n",
    )
    write(tmp_path / "query.csv", "query_id\tquery\tquery_class\n0\tsalon chair\tMassage Chairs\n1\tbed\t\n\tlost\t\n")
    write(
        tmp_path / "label.csv",
        "id\tquery_id\tproduct_id\tlabel\n0\t0\t0\tExact\n1\t0\t1\tPartial\n2\t1\t1\tIrrelevant\n3\t1\t0\tGood\n4\t\t0\tExact\n",
    )
    quarantine = Quarantine(None)
    loaded = load("wands", tmp_path, quarantine)
    for _ in range(2):
        bed, lamp = loaded.items
        assert lamp == Item("1", "lamp")
        assert bed.texts == {"description": "a good bed & more"}
        assert bed.attributes == {
            "class": "Beds",
            "category": ("Furniture", "Bedroom", "Beds"),
            "rating_count": 15.0,
            "average_rating": 4.5,
            "review_count": 11.0,
            "overall width": "64.7",
            "color": ("white", "black"),
        }
        assert list(loaded.queries) == [Query("0", "salon chair"), Query("1", "bed")]
        assert list(loaded.judgments) == [
            Judgment("0", "0", 2.0),
            Judgment("0", "1", 1.0),
            Judgment("1", "1", 0.0),
        ]
        (text,) = loaded.texts
        assert text == LabelledText(f"wands-{name_of('0')}", "salon chair", {"class": "Massage Chairs"}, "", "wands")
    reasons = {"duplicate id": 1, "empty product": 1, "empty query": 1, "unknown label": 1, "empty id": 1}
    assert quarantine.reasons == reasons


EXAMPLES = [
    {"query_id": 1, "query": "taza", "product_id": "A", "product_locale": "es", "esci_label": "E", "split": "train"},
    {"query_id": 1, "query": "taza", "product_id": "B", "product_locale": "es", "esci_label": "S", "split": "train"},
    {"query_id": 2, "query": "mug", "product_id": "A", "product_locale": "us", "esci_label": "C", "split": "test"},
    {"query_id": 2, "query": "mug", "product_id": "C", "product_locale": "us", "esci_label": "I", "split": "test"},
    {"query_id": 2, "query": "mug", "product_id": "C", "product_locale": "us", "esci_label": "X", "split": "test"},
    {"query_id": 3, "query": None, "product_id": "C", "product_locale": "us", "esci_label": "E", "split": "test"},
]
PRODUCTS = [
    {"product_id": "A", "product_title": "Taza", "product_bullet_point": "uno<br>dos", "product_locale": "es"},
    {"product_id": "A", "product_title": "Mug", "product_description": "<p>Big</p>", "product_locale": "us"},
    {"product_id": "B", "product_title": "Vaso", "product_brand": "Ikea", "product_locale": "es"},
    {"product_id": "C", "product_title": "コップ", "product_color": "赤", "product_locale": "jp"},
    {"product_id": "B", "product_title": "Vaso otra vez", "product_locale": "es"},
    {"product_id": "D", "product_title": None, "product_locale": "us"},
]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_esci(tmp_path: Path, kind: str) -> None:
    columns = ("title", "description", "bullet_point", "brand", "color", "locale")
    products = [{"product_id": None} | dict.fromkeys(f"product_{name}" for name in columns) | row for row in PRODUCTS]
    for name, rows in (("examples", EXAMPLES), ("products", products)):
        path = tmp_path / f"shopping_queries_dataset_{name}.{kind}"
        if kind == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
            continue
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    quarantine = Quarantine(None)
    loaded = load("esci", tmp_path, quarantine)
    for _ in range(2):
        assert list(loaded.items) == [
            Item("A@es", "Taza", {"bullet_points": "uno dos"}, {"locale": "es"}),  # the same id in two countries
            Item("A@us", "Mug", {"description": "Big"}, {"locale": "us"}),
            Item("B", "Vaso", {}, {"brand": "Ikea", "locale": "es"}),
            Item("C", "コップ", {}, {"color": "赤", "locale": "jp"}),
        ]
        assert list(loaded.queries) == [Query("1", "taza"), Query("2", "mug")]
        assert list(loaded.judgments) == [
            Judgment("1", "A@es", 3.0, "train"),
            Judgment("1", "B", 2.0, "train"),
            Judgment("2", "A@us", 1.0, "test"),
            Judgment("2", "C", 0.0, "test"),
        ]
    assert quarantine.reasons == {"duplicate id": 1, "empty product": 1, "unknown label": 1, "empty example": 1}


def test_home_depot(tmp_path: Path) -> None:
    header = '"id","product_uid","product_title","search_term","relevance"\n'
    write(
        tmp_path / "train.csv",
        header + '2,100001,"Simpson 12° Angle","angle bracket",3\n3,100001,"Simpson 12° Angle","l bracket",2.5\n'
        '9,100002,"Café paint","deck over",1\n10,100002,"Café paint","deck over",1.33\n11,100002,"Café paint","x",7\n',
        "cp1252",
    )
    write(tmp_path / "test.csv", '"id","product_uid","product_title","search_term"\n1,100003,"Fan","ceiling fan"\n')
    write(
        tmp_path / "product_descriptions.csv",
        '"product_uid","product_description"\n100002,"Paint <b>well</b>"\n100009,"of no product"\n,"lost"\n',
    )
    write(
        tmp_path / "attributes.csv",
        '"product_uid","name","value"\n100001,"Bullet01","Versatile"\n100001,"Bullet02","Strong"\n'
        '100001,"Color","Red"\n100001,"Color","Blue"\n100001,"MFG Brand Name","Simpson"\n,"",""\n100001,"","x"\n',
    )
    quarantine = Quarantine(None)
    loaded = load("relevance", tmp_path, quarantine)
    for _ in range(2):
        assert {item.id: item for item in loaded.items} == {
            "100001": Item(
                "100001",
                "Simpson 12° Angle",
                {"features": "Versatile Strong"},
                {"Color": ("Red", "Blue"), "MFG Brand Name": "Simpson"},
            ),
            "100002": Item("100002", "Café paint", {"description": "Paint well"}),
            "100003": Item("100003", "Fan"),  # the test file only gives products
        }
        names = {query.text: query.id for query in loaded.queries}
        assert set(names) == {"angle bracket", "l bracket", "deck over"}
        assert {(j.query, j.item): j.grade for j in loaded.judgments} == {
            (names["angle bracket"], "100001"): 2.0,
            (names["l bracket"], "100001"): 1.5,
            (names["deck over"], "100002"): pytest.approx(0.165),
        }
    assert quarantine.reasons == {"bad grade": 1, "empty id": 1, "empty attribute": 1}


def test_crowdflower(tmp_path: Path) -> None:
    header = '"id","query","product_title","product_description","median_relevance","relevance_variance"\n'
    write(
        tmp_path / "1-test.csv",
        header + '1,"led bulb","LED Bulb (Pack of 25)","short",4,0\n'
        '2,"led bulb","led bulb - pack of 25","<style>.a{}</style>Quite a bit <br>longer",3,0.4\n'
        '3,"led bulb","",x,1,0\n',
    )
    write(
        tmp_path / "2-test.csv",
        header + '4,"lamp","LED bulb, pack of 25","",1,0\n5,lamp,Lamp,"",5,0\n6,"",Lamp,"",1,0\n',
    )
    quarantine = Quarantine(None)
    loaded = load("relevance", tmp_path, quarantine)
    (item,) = loaded.items  # case, punctuation and spaces apart, it is one product
    assert (item.title, item.texts) == ("LED Bulb (Pack of 25)", {"description": "Quite a bit longer"})
    bulb, lamp = loaded.queries
    assert (bulb.text, lamp.text) == ("led bulb", "lamp")
    # Grades 3 and 2: the mean, rounded half up.
    assert list(loaded.judgments) == [Judgment(bulb.id, item.id, 3.0), Judgment(lamp.id, item.id, 0.0)]
    assert quarantine.reasons == {"empty title": 1, "bad grade": 1, "empty query": 1}


QUERY = {
    "query_id": "q1",
    "user_query": "red mug",
    "client_id": "c1",
    "timestamp": "2024-05-01T10:00:00Z",
    "query_response_hit_ids": ["a", "b"],
}


def action(name: str, item: str | None = "a", **more: Any) -> dict[str, Any]:
    inside = {"object": {"object_id": item}, "position": {"ordinal": 2}} if item else {}
    known = {"action_name": name, "query_id": "q1", "client_id": "c1", "session_id": "s1", "timestamp": 1714557605000}
    return {**known, "event_attributes": inside, **more}


def test_ubi(tmp_path: Path) -> None:
    anonymous = {"query_id": "q2", "user_query": "杯子", "timestamp": 1714557600, "query_response_hit_ids": ["b", None]}
    write(tmp_path / "ubi_queries.ndjson.gz", lines({"index": {"_index": "ubi_queries"}}, QUERY, anonymous))
    events = [
        action("item_click"),
        action("add_to_cart", query_id="elsewhere"),
        action("PURCHASE", event_attributes={"object": {"object_id": "b"}, "position": {"ordinal": 0}}),
        action("page_exit", None),
        action("login: twice", None),
        action("item_click", None),
        action("item_click", timestamp="soon"),
        {"other": 1},
    ]
    write(tmp_path / "ubi_events.json", json.dumps(events))
    write(tmp_path / "notes.json", "[1, 2]")
    quarantine = Quarantine(None)
    loaded = load("ubi", tmp_path, quarantine)
    found = list(loaded.events)
    assert found == list(loaded.events)
    shown = [event for event in found if event.kind == "impression"]
    assert [(e.item, e.position, e.user, e.session, e.query, e.time) for e in shown] == [
        ("a", 1, "c1", "", "red mug", 1714557600.0),
        ("b", 2, "c1", "", "red mug", 1714557600.0),
        ("b", 1, "", "q2", "杯子", 1714557600.0),  # nobody known: the query is its own session
    ]
    rest = {event.kind: event for event in found if event.kind != "impression"}
    assert rest["click"] == Event(rest["click"].id, "click", "a", "c1", "s1", 1714557605.0, None, None, "red mug", 2)
    assert rest["add_to_cart"].query == ""
    assert (rest["purchase"].item, rest["purchase"].position) == ("b", None)
    assert len(rest) == 3
    assert quarantine.reasons == {
        "unknown action 'page_exit'": 1,
        "unknown action 'login  twice'": 1,
        "empty item": 2,  # a hit that is null, a click on nothing
        "not a time": 1,
        "not behaviour": 1,
    }


def test_ubi_impressions_are_not_counted_twice(tmp_path: Path) -> None:
    other = {**QUERY, "query_id": "q2"}
    hits = {"hits": {"hits": [{"_source": action("impression")}, {"_source": QUERY}, {"_source": other}, {}]}}
    write(tmp_path / "all.json", json.dumps(hits))
    quarantine = Quarantine(None)
    found = list(load("ubi", tmp_path / "all.json", quarantine).events)
    assert [(event.item, event.position) for event in found] == [("a", 2), ("a", 1), ("b", 2)]
    assert quarantine.count == 0


def test_ubi_many_unknown_actions_stay_few_reasons(tmp_path: Path) -> None:
    write(tmp_path / "e.jsonl", lines(*(action(f"made_up_{number}") for number in range(300))))
    quarantine = Quarantine(None)
    assert list(load("ubi", tmp_path, quarantine).events) == []
    assert quarantine.count == 300
    assert len(quarantine.reasons) == 101
    assert quarantine.reasons["unknown action"] == 200


def test_squad(tmp_path: Path) -> None:
    passage = {
        "id": "P1",
        "context": "北京是中国的首都。",
        "qas": [{"id": "Q1", "question": "中国的首都是哪里？", "answers": []}, {"id": "Q2", "question": ""}],
    }
    bare = {"context": "Rome is old.", "qas": [{"question": "New?", "is_impossible": True}]}
    write(
        tmp_path / "set_dev.json.gz",
        json.dumps({"data": [{"title": "北京", "paragraphs": [passage]}, {"paragraphs": [bare, {"context": ""}]}]}),
    )
    own = {"context_id": "T1", "context_text": "Text", "title": "T", "qas": [{"query_id": "X", "query_text": "What?"}]}
    write(tmp_path / "set_train.json", json.dumps([own]))
    write(tmp_path / "other.json", "{}")
    quarantine = Quarantine(None)
    loaded = load("squad", tmp_path, quarantine)
    for _ in range(2):
        first, second, third = loaded.items
        assert first == Item("P1", "北京", {"text": "北京是中国的首都。"})
        assert (second.title, second.texts) == ("", {"text": "Rome is old."})
        assert third == Item("T1", "T", {"text": "Text"})
        queries = list(loaded.queries)
        assert [query.text for query in queries] == ["中国的首都是哪里？", "New?", "What?"]
        assert list(loaded.judgments) == [
            Judgment("Q1", "P1", 1.0, "valid"),
            Judgment(queries[1].id, second.id, 0.0, "valid"),
            Judgment("X", "T1", 1.0, "train"),
        ]
    assert quarantine.reasons == {"empty question": 1, "empty passage": 1}
    write(tmp_path / "set_train.json", '[{"context": ')
    with pytest.raises(DataError, match="bad JSON"):
        list(load("squad", tmp_path, Quarantine(None)).items)


def test_smart(tmp_path: Path) -> None:
    write(
        tmp_path / "cran.all.1400.gz",
        "loose\n.I 1\n.T\non wings .\n.A\nsmith,j.\n.B\nj. 1958.\n.W\non wings .\n"
        "they fly .\n.X\n1 5 1\n.I 2\n.T\n.W\n.I 1\n.W\ntwice\n",
    )
    write(
        tmp_path / "cran.qry", ".I 001\r\n.W\r\nwhy do\r\nwings fly .\r\n.I 004\r\n.W\r\nwhat else .\r\n.I 9\r\n.W\r\n"
    )
    write(tmp_path / "cranqrel", "1 1 3 \n2 1 -1\n2 2 x\nbad\n")
    quarantine = Quarantine(None)
    loaded = load("smart", tmp_path, quarantine)
    for _ in range(2):
        assert list(loaded.items) == [
            Item("1", "on wings .", {"text": "they fly ."}, {"author": "smith,j.", "source": "j. 1958."}),
            Item("2"),
        ]
        # The judgments number queries by their order: 2 is the one called .I 004.
        assert list(loaded.queries) == [Query("1", "why do wings fly ."), Query("2", "what else .")]
        assert list(loaded.judgments) == [Judgment("1", "1", 1.0), Judgment("2", "1", 0.0)]
    assert quarantine.reasons == {"loose text": 1, "duplicate id": 1, "empty query": 1, "ragged row": 2}
    # With numbers that are the queries' own, those stay; the form with four columns has no code.
    write(tmp_path / "cranqrel", "     001     01\t0\t0.000000\n 4 2\t0\t0.0\n")
    again = load("smart", tmp_path, Quarantine(None))
    assert [query.id for query in again.queries] == ["1", "4"]
    assert list(again.judgments) == [Judgment("1", "1", 1.0), Judgment("4", "2", 1.0)]


def test_scifact(tmp_path: Path) -> None:
    write(
        tmp_path / "corpus_train.csv",
        "doc_id,title,abstract,structured\n"
        "11,First,\"['One.'\n \"\"It's two.\"\"\n 'Three \\'x\\'.']\",False\n12,Second,[],False\n11,Again,[],False\n",
    )
    write(
        tmp_path / "claims_train.csv",
        "id,claim,evidence_doc_id,evidence_label,evidence_sentences,cited_doc_ids\n"
        "0,Claim one.,,,[],[ 11 12]\n0,Claim one.,11,SUPPORT,[2],[ 11 12]\n1,,,,[],[11]\n",
    )
    write(tmp_path / "claims_dev.jsonl", lines({"id": 7, "claim": "Claim two.", "cited_doc_ids": [12]}))
    quarantine = Quarantine(None)
    loaded = load("scifact", tmp_path, quarantine)
    assert list(loaded.items) == [Item("11", "First", {"text": "One. It's two. Three 'x'."}), Item("12", "Second")]
    assert {query.id: query.text for query in loaded.queries} == {"0": "Claim one.", "7": "Claim two."}
    assert sorted((j.query, j.item, j.split) for j in loaded.judgments) == [
        ("0", "11", "train"),
        ("0", "12", "train"),
        ("7", "12", "valid"),
    ]
    assert quarantine.reasons == {"duplicate id": 1, "empty claim": 1}


@pytest.mark.parametrize("layout", ["wands", "esci", "relevance", "ubi", "squad", "smart", "scifact"])
def test_search_layouts_name_missing_files(tmp_path: Path, layout: str) -> None:
    write(tmp_path / "readme.txt", "hello")
    with pytest.raises(DataError, match=f"not in the {layout} layout: it needs .*found: readme.txt"):
        load(layout, tmp_path, Quarantine(None))
    with pytest.raises(DataError, match="does not exist"):
        load(layout, tmp_path / "nowhere", Quarantine(None))


# -- real sets ---------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_real_crowdflower(shared: Path) -> None:
    quarantine = Quarantine(None)
    folder = shared / "data" / "crowdflower-search-relevance"
    rows: list[dict[str, str]] = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows += csv.DictReader(stream)
    assert (len(rows), len({row["product_title"] for row in rows})) == (10_158, 9_708)
    loaded = load("relevance", folder, quarantine)
    items = list(loaded.items)
    # 9,708 titles, of which 20 are another one but for case, punctuation and spaces.
    assert (len(items), len(list(loaded.queries)), quarantine.count) == (9_688, 261, 0)
    judgments = list(loaded.judgments)
    assert {judgment.item for judgment in judgments} == {item.id for item in items}
    # The same as the benchmark made of this set independently.
    grades: Counter[float] = Counter()
    for file in (shared / "benchmarks" / "search" / folder.name).glob("qrels.*.tsv"):
        grades.update(float(line.split()[-1]) for line in file.read_text().splitlines())
    assert Counter(judgment.grade for judgment in judgments) == grades


@pytest.mark.real
@pytest.mark.parametrize(
    ("layout", "name", "items", "queries", "judgments", "aside"),
    [
        ("smart", "cranfield", 1_400, 225, 1_837, 0),
        ("smart", "cisi", 1_460, 112, 3_114, 0),
        ("squad", "cmrc2018-zh", 848 + 256, 3_219 + 1_002 - 2, 3_219 + 1_002 - 2, 2),  # two questions are empty
        ("scifact", "scifact/scifact.zip", 5_183, 809 + 300 + 300, 1_258, 0),
    ],
)
def test_real_collections(
    shared: Path, layout: str, name: str, items: int, queries: int, judgments: int, aside: int
) -> None:
    quarantine = Quarantine(None)
    loaded = load(layout, shared / "data" / name, quarantine)
    catalogue = {item.id: item for item in loaded.items}
    asked = {query.id for query in loaded.queries}
    judged = list(loaded.judgments)
    assert (len(catalogue), len(asked), len(judged), quarantine.count) == (items, queries, judgments, aside)
    assert {judgment.item for judgment in judged} <= set(catalogue)
    assert {judgment.query for judgment in judged} <= asked
    if name == "cranfield":
        assert sum(bool(item.texts) for item in catalogue.values()) == 1_398
        assert Counter(judgment.grade for judgment in judged) == {1.0: 1_612, 0.0: 225}
    if layout == "scifact":
        # The benchmark was made from the same files independently; 15 of its texts keep escapes such as \\u200b.
        known = shared / "benchmarks" / "search" / "scifact" / "corpus.jsonl.gz"
        with gzip.open(known, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        differ = [row for row in rows if catalogue[row["id"]].texts["text"].split() != row["text"].split()]
        assert (len(rows), len(differ)) == (5_183, 15)
