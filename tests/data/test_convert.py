from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.config import EventColumns, ItemColumns
from soutui.data.columns import guess_events, guess_items
from soutui.data.convert import RowError, event_from_dict, item_from_dict, read_events, read_items, read_users
from soutui.data.hashes import Occurrences
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head
from soutui.data.schema import Event, Item, User
from soutui.data.values import parse_bool, parse_kind, parse_number, parse_time
from soutui.errors import SoutuiError


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def items(path: Path, **options: Any) -> tuple[list[Item], Quarantine]:
    quarantine = Quarantine(None)
    columns, _ = guess_items(head(path))
    return list(read_items(path, columns, quarantine, **options)), quarantine


def events(path: Path, columns: EventColumns | None = None) -> tuple[list[Event], Quarantine]:
    quarantine = Quarantine(None)
    return list(read_events(path, columns or guess_events(head(path))[0], quarantine)), quarantine


def test_items_of_a_csv(tmp_path: Path) -> None:
    text = (
        "sku,title,description,brand,price,code,colours,available\n"
        "1,Red\x07 dress,  long ,Kibo,12.50,007,red|blue,yes\n"
        "2,连衣裙,,N/A,nan,010,blue|red,0\n"
        '3,Shoe,,Toru,"1,299.00",1,red,\n'
    )
    found, quarantine = items(write(tmp_path / "a.csv", text))
    assert found == [
        Item(
            "1",
            "Red dress",
            {"description": "long"},
            {"brand": "Kibo", "price": 12.5, "code": "007", "colours": ("red", "blue")},
        ),
        Item("2", "连衣裙", {}, {"code": "010", "colours": ("blue", "red")}, available=False),
        Item("3", "Shoe", {}, {"brand": "Toru", "price": 1299.0, "code": "1", "colours": ("red",)}),
    ]
    assert quarantine.count == 0


def test_rows_that_are_no_items(tmp_path: Path) -> None:
    text = "id,title,available\n1,a,1\n,b,1\n1,a,1\n1,other,1\n2,b,perhaps\n3,%s,1\n" % ("x" * 2000)
    found, quarantine = items(write(tmp_path / "a.csv", text), max_field_bytes=1000)
    assert [item.id for item in found] == ["1", "2"]
    # "perhaps" makes the column an attribute when guessed from so few rows, so only these remain.
    assert quarantine.reasons["empty id"] == 1
    assert quarantine.reasons["duplicate id"] == 1
    assert quarantine.reasons["field too long"] == 1
    columns = ItemColumns(id="id", title="title", available="available")
    quarantine = Quarantine(None)
    list(read_items(tmp_path / "a.csv", columns, quarantine))
    assert quarantine.reasons["not a truth value"] == 1


def test_a_number_column_that_turns_to_text_drops_values_not_items(tmp_path: Path) -> None:
    text = (
        "id,title,size\n" + "".join(f"{n},Title {n},{n % 9}\n" for n in range(2500)) + "x,Title x,XL\ny,Title y,inf\n"
    )
    found, quarantine = items(write(tmp_path / "a.csv", text))
    assert found[-1] == Item("y", "Title y")
    assert found[5].attributes == {"size": 5.0}
    assert (quarantine.count, quarantine.notes) == (0, {"value dropped": 2})


def test_json_items_with_native_values(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "title": "T",
        "texts": {"body": "words"},
        "tags": ["a", "b", "a", ""],
        "details": {"weight": 3, "eco": True, "bad": float("inf")},
        "price": 9,
        "gone": None,
        "none": [],
        "image": ["https://x/1.jpg", "https://x/2.jpg"],
    }
    found, _ = items(write(tmp_path / "a.jsonl", json.dumps(row) + "\n"))
    assert found == [
        Item(
            "7",
            "T",
            {"body": "words"},
            {"tags": ("a", "b"), "details.weight": 3.0, "details.eco": True, "price": 9.0},
            "https://x/1.jpg",
        )
    ]


def test_ids_written_as_fractions(tmp_path: Path) -> None:
    found, _ = items(write(tmp_path / "a.csv", "id,title\n1.0,a\n2.0,b\n"))
    assert [item.id for item in found] == ["1", "2"]
    pq.write_table(pa.table({"user_id": [1.0, 2.0], "item_id": [3.0, math.nan]}), tmp_path / "e.parquet")
    rows, quarantine = events(tmp_path / "e.parquet")
    assert [(event.user, event.item) for event in rows] == [("1", "3")]
    assert quarantine.reasons == {"empty item": 1}


def test_users(tmp_path: Path) -> None:
    path = write(tmp_path / "u.csv", "user_id,age,city\nu1,31,Rome\nu2,,北京\n")
    assert list(read_users(path, Quarantine(None))) == [
        User("u1", {"age": 31.0, "city": "Rome"}),
        User("u2", {"city": "北京"}),
    ]


def test_chinese_events(tmp_path: Path) -> None:
    text = "用户,商品编号,行为,时间\n甲,1,购买,2024年1月5日 10:00\n乙,2,加购,2024/1/5 10:00:30\n甲,3,pv,1704448800\n"
    found, quarantine = events(write(tmp_path / "a.csv", text))
    assert [(e.user, e.item, e.kind, e.time) for e in found] == [
        ("甲", "1", "purchase", 1704448800.0),
        ("乙", "2", "add_to_cart", 1704448830.0),
        ("甲", "3", "view", 1704448800.0),
    ]
    assert quarantine.count == 0


def test_rows_that_are_no_events(tmp_path: Path) -> None:
    good = [{"user": f"u{n}", "item": "i", "kind": "click", "time": 1.7e9, "value": 1} for n in range(20)]
    bad: list[tuple[dict[str, Any], str]] = [
        ({"item": ""}, "empty item"),
        ({"user": "nan"}, "nobody"),
        ({"kind": "zap"}, "unknown kind"),
        ({"kind": None}, "empty kind"),
        ({"time": float("nan")}, "not a time"),
        ({"time": "soon"}, "not a time"),
        ({"value": float("inf")}, "not a finite number"),
        ({"value": "NaN"}, "not a finite number"),
        ({"kind": "rating", "value": None}, "rating without a value"),
        ({"item": {"id": 3}}, "wrong type"),
        ({"item": "x" * 2000}, "id too long"),
    ]
    rows = good + [good[0] | change for change, _ in bad]
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in rows))
    found, quarantine = events(path)
    assert len(found) == 20
    expected: dict[str, int] = {}
    for _, reason in bad:
        expected[reason] = expected.get(reason, 0) + 1
    assert quarantine.reasons == expected


def test_importing_twice_gives_the_same_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "user,item,time\n" + "u,i,1700000000\n" * 3 + "u,j,1700000000\n")
    once, again = events(path)[0], events(path)[0]
    assert once == again
    assert len({event.id for event in once}) == 4
    assert all(len(event.id) == 16 for event in once)
    shared = Occurrences()
    columns = guess_events(head(path))[0]
    both = [event.id for _ in range(2) for event in read_events(path, columns, Quarantine(None), shared)]
    assert len(set(both)) == 8


def test_given_event_ids_stay(tmp_path: Path) -> None:
    found, _ = events(write(tmp_path / "a.csv", "event_id,user,item\ne1,u,i\ne2,u,i\n"))
    assert [event.id for event in found] == ["e1", "e2"]


def test_item_from_dict() -> None:
    made = item_from_dict(
        {
            "id": 1,
            "title": "T",
            "text": "x",
            "texts": {"more": "y"},
            "attributes": {"brand": "B"},
            "price": 3,
            "available": False,
        }
    )
    assert made == Item("1", "T", {"text": "x", "more": "y"}, {"brand": "B", "price": 3.0}, available=False)
    for wrong, column in [
        ({}, "id"),
        ({"id": " "}, "id"),
        ({"id": "1", "title": ["a"]}, "title"),
        ({"id": "1", "texts": "a"}, "texts"),
        ({"id": "1", "attributes": [1]}, "attributes"),
        ({"id": "1", "available": "perhaps"}, "available"),
        ({"id": "1", "title": "x" * 2_000_000}, "title"),
        ({"id": "1", "a\nb": 1}, "a\nb"),
    ]:
        with pytest.raises(RowError) as caught:
            item_from_dict(wrong)
        assert caught.value.column == column


def test_event_from_dict() -> None:
    made = event_from_dict({"kind": "click", "user": "u", "item": 3, "query": "red", "position": 2}, now=17.0)
    assert (made.kind, made.item, made.time, made.position) == ("click", "3", 17.0, 2)
    other = event_from_dict({"kind": "click", "user": "u", "item": 3, "query": "red", "position": 2}, now=17.0)
    assert made.id != other.id  # two clicks without time are two clicks
    timed = {"kind": "click", "session": "s", "item": "3", "time": "2024-01-05T10:00:00+08:00"}
    assert event_from_dict(timed) == event_from_dict(dict(timed))
    for wrong, column in [
        ({"kind": "click", "usr": "u", "item": "1"}, "usr"),
        ({"user": "u", "item": "1"}, "kind"),
        ({"kind": "click", "item": "1"}, "user"),
        ({"kind": "click", "user": "u", "item": ["1"]}, "item"),
        ({"kind": "click", "user": "u", "item": "1", "position": 0}, "position"),
        ({"kind": "click", "user": "u", "item": "1", "value": math.inf}, "value"),
    ]:
        with pytest.raises(RowError) as caught:
            event_from_dict(wrong)
        assert caught.value.column == column
    assert "did you mean 'user'" in _reason({"kind": "click", "usr": "u", "item": "1"})


def _reason(values: dict[str, Any]) -> str:
    with pytest.raises(RowError) as caught:
        event_from_dict(values)
    return caught.value.reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1704448800, 1704448800.0),
        ("1704448800000", 1704448800.0),
        (1704448800_000_000, 1704448800.0),
        ("2024-01-05T10:00:00Z", 1704448800.0),
        ("2024-01-05 18:00:00+08:00", 1704448800.0),
        ("2024-01-05 10:00", 1704448800.0),
        ("2024/01/05 10:00", 1704448800.0),
        ("2024年1月5日10时00分", 1704448800.0),
        ("2024-1-5", 1704412800.0),
        ("20240105", 1704412800.0),
        (date(2024, 1, 5), 1704412800.0),
        (datetime(2024, 1, 5, 10, tzinfo=UTC), 1704448800.0),
        ("soon", None),
        ("2024-13-45", None),
        ("1e300", None),
        (math.nan, None),
        (True, None),
    ],
)
def test_times(value: Any, seconds: float | None) -> None:
    assert parse_time(value) == seconds


def test_words() -> None:
    assert [parse_kind(word) for word in ("Add-To-Cart", "BUY", "收藏", "fav", "x", 1)] == [
        "add_to_cart",
        "purchase",
        "like",
        "like",
        None,
        None,
    ]
    assert [parse_bool(word) for word in ("是", "No", 0, 2.0, "缺货", "?")] == [True, False, False, True, False, None]
    assert [parse_number(word) for word in ("１２", "$1,299.50", "99元", "1_000", "1,2", "x")] == [
        12,
        1299.5,
        99,
        None,
        None,
        None,
    ]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["click", "u"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["id", "title", "text", "texts", "attributes", "image", "available", "x"]), junk),
    st.dictionaries(st.sampled_from(["id", "kind", "user", "session", "item", "time", "value", "position"]), junk),
)
def test_any_json_gives_a_record_or_our_error(item: dict[str, Any], event: dict[str, Any]) -> None:
    for make, values in ((item_from_dict, item), (event_from_dict, event)):
        try:
            made = make(values)
        except SoutuiError:
            continue
        orjson.dumps(made)  # every text is valid UTF-8 and every key a string
        assert made.id
