from __future__ import annotations

from typing import Any

import pytest

from soutui.config import EventColumns, ItemColumns
from soutui.data.columns import guess_events, guess_items, guess_lists, guess_types, guess_users, merge
from soutui.data.words import plain_name, without_language
from soutui.errors import DataError

LONG = "A dress of light cotton with a belt, made for long summer evenings and short nights; number "


def shop(n: int = 30) -> list[dict[str, Any]]:
    return [
        {
            "brand": f"Brand {i % 4}",
            "sku": f"K{i:04}",
            "Product Name": f"Dress {i} red",
            "story": LONG + str(i),
            "price": f"{i * 3}.50",
            "img": f"pictures/{i}.jpg",
            "in_stock": "yes" if i % 3 else "no",
        }
        for i in range(n)
    ]


def test_english_items() -> None:
    columns, guesses = guess_items(shop())
    assert columns == ItemColumns("sku", "Product Name", ("story",), ("brand", "price"), "img", "in_stock")
    assert "id ← sku: name; all 30 distinct" in [str(guess) for guess in guesses]


def test_chinese_items() -> None:
    rows = [
        {
            "品牌": "甲乙"[i % 2],
            "商品编号": str(100 + i),
            "标题": f"红色连衣裙{i}",
            "描述": f"轻薄透气{i}",
            "价格": i,
            "图片": f"https://x/{i}",
            "是否上架": "是",
        }
        for i in range(20)
    ]
    columns, _ = guess_items(rows)
    assert columns == ItemColumns("商品编号", "标题", ("描述",), ("品牌", "价格"), "图片", "是否上架")


def test_items_by_content_alone() -> None:
    rows = [{"a": f"K{i}", "b": f"Title number {i} of them", "c": LONG + str(i), "d": "xy"[i % 2]} for i in range(30)]
    columns, guesses = guess_items(rows)
    assert (columns.id, columns.title, columns.text, columns.attributes) == ("a", "b", ("c",), ("d",))
    assert guesses[0].why.startswith("content: every value distinct")


def test_titles_in_two_languages_and_typed_names() -> None:
    rows = [
        {"item_id:token": i, "title_en": f"Dress {i}", "title_zh": f"连衣裙{i}", "class:token": i % 3} for i in range(9)
    ]
    columns, _ = guess_items(rows)
    assert (columns.id, columns.title, columns.text) == ("item_id:token", "title_en", ("title_zh",))
    assert columns.attributes == ("class:token",)


def test_clash_is_decided_and_said() -> None:
    columns, guesses = guess_items([{"sku": f"s{i}", "product_id": i, "title": f"Title {i}"} for i in range(9)])
    assert columns.id == "sku"
    assert "product_id would also fit" in guesses[0].why
    # A name that repeats cannot be the id when another does not.
    assert guess_items([{"item_id": i // 3, "sku": f"s{i}", "title": f"T {i}"} for i in range(9)])[0].id == "sku"


def test_nested_json_items() -> None:
    rows = [{"id": i, "title": f"T{i}", "texts": {"body": "x"}, "attributes": {"brand": "b"}} for i in range(3)]
    columns, _ = guess_items(rows)
    assert (columns.text, columns.attributes) == (("texts",), ("attributes",))


def test_lists_labels_and_sentences_are_not_mistaken() -> None:
    rows = [
        {
            "asin": f"B{i:05}",
            "title": f"Card {i}",
            "label": i % 2,
            "also_view": [f"B{i + n:05}" for n in range(20)],
            "image": [f"https://x/{i}.jpg", f"https://x/{i}b.jpg"],
            "feature": [f"Made of paper {i}", "No fee"],
        }
        for i in range(20)
    ]
    columns, _ = guess_items(rows)
    assert (columns.title, columns.text, columns.image) == ("title", ("feature",), "image")
    assert columns.attributes == ("label", "also_view")
    with pytest.raises(DataError, match="no column can be the item's id"):
        guess_items([{"review": f"很好吃{i}", "label": i % 2} for i in range(20)])


def test_no_id_lists_the_columns() -> None:
    with pytest.raises(DataError, match=r"no column can be the item's id; the columns are: colour, size") as caught:
        guess_items([{"colour": "red", "size": "L"}] * 5)
    assert "item_columns.id" in caught.value.hint
    with pytest.raises(DataError, match="no rows"):
        guess_items([])


def test_given_columns_win() -> None:
    columns, guesses = guess_items(shop(), ItemColumns(id="img", text=("brand",)))
    assert (columns.id, columns.text) == ("img", ("brand",))
    assert "sku" in columns.attributes
    assert "story" in columns.attributes
    assert "id ← img: given in the settings" in map(str, guesses)
    with pytest.raises(DataError, match="column 'Product Nam', given for title") as caught:
        guess_items(shop(), ItemColumns(title="Product Nam"))
    assert "'Product Name'" in caught.value.hint


def test_merge() -> None:
    guess = ItemColumns("id", "title", ("text",), ("brand", "price"))
    given = ItemColumns(title="text", attributes=("brand",))
    merged = merge(guess, given, ["id", "title", "text", "brand", "price"])
    assert merged == ItemColumns("id", "text", (), ("brand",))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            lambda i: {"userId": i % 3, "movieId": i, "rating": i % 5 + 0.5, "timestamp": 964982703 + i},
            EventColumns(user="userId", item="movieId", time="timestamp", value="rating", default_kind="rating"),
        ),
        (
            lambda i: {"user": f"u{i % 3}", "item": f"i{i}", "order": i, "value": 1},
            EventColumns(user="user", item="item", order="order", value="value", default_kind="click"),
        ),
        (
            lambda i: {"user": f"u{i % 3}", "item": f"i{i}", "order": 1494207076 + i, "value": "4.5" if i % 2 else "3"},
            EventColumns(user="user", item="item", time="order", value="value", default_kind="click"),
        ),
        (
            lambda i: {
                "用户": i % 3,
                "商品": i,
                "行为": "点击" if i % 2 else "购买",
                "时间": f"2024-01-{i + 1:02} 10:00",
            },
            EventColumns(kind="行为", user="用户", item="商品", time="时间"),
        ),
        (
            lambda i: {
                "event_id": f"e{i}",
                "session_id": f"s{i % 4}",
                "type": "view",
                "sku": f"k{i % 7}",
                "ts": 1_600_000_000_000 + i,
                "search_term": f"red {i % 3}",
                "rank": i + 1,
                "price": 19.99,
            },
            EventColumns(
                id="event_id",
                kind="type",
                session="session_id",
                item="sku",
                time="ts",
                value="price",
                query="search_term",
                position="rank",
            ),
        ),
        (
            lambda i: {"uid": i % 3, "id": i % 5, "happened": f"2024/1/{i + 1}"},
            EventColumns(user="uid", item="id", time="happened", default_kind="click"),
        ),
        (
            lambda i: {"reader_id": i % 3, "hotel_id": i % 5, "quantity": i % 4},
            EventColumns(user="hotel_id", item="reader_id", value="quantity", default_kind="click"),
        ),
        (
            lambda i: {"user": i % 3, "product_id": i % 5, "amount": 100 * i, "type": "mobile"},
            EventColumns(user="user", item="product_id", value="amount", default_kind="click"),
        ),
    ],
)
def test_events(row: Any, expected: EventColumns) -> None:
    columns, guesses = guess_events([row(i) for i in range(20)])
    assert columns == expected
    assert all(str(guess) for guess in guesses)


def test_event_columns_that_are_missing() -> None:
    with pytest.raises(DataError, match=r"no column can be the item; the columns are: user, when"):
        guess_events([{"user": "a", "when": "2024-01-05"}])
    with pytest.raises(DataError, match="no column can be the user or the session"):
        guess_events([{"item": "a", "when": "2024-01-05"}])
    columns, _ = guess_events([{"who": "a", "what": "b"}], EventColumns(user="who", item="what", default_kind="view"))
    assert columns == EventColumns(user="who", item="what", default_kind="view")


def test_users() -> None:
    column, attributes, _ = guess_users([{"用户编号": i, "年龄": 20 + i} for i in range(4)])
    assert (column, attributes) == ("用户编号", ["年龄"])


def test_lists_are_told_from_commas() -> None:
    genres = ["Action|Crime", "Drama", "Action|Drama", "Crime|Drama|Action", "Drama", "Crime"] * 3
    rows = [
        {
            "pipe": genre,
            "comma": genre.replace("|", ", "),
            "zh": genre.replace("|", "、"),
            "brand": ["Acme, Inc.", "Roe, Ltd.", "Doe, Inc."][i % 3],
            "sentence": f"First {i}, then {i + 1}",
            "size": f"{i % 3},{i % 4}",
        }
        for i, genre in enumerate(genres)
    ]
    assert guess_lists(rows, rows[0].keys()) == {"pipe": "|", "comma": ",", "zh": "、"}


def test_types() -> None:
    rows = [
        {
            "price": p,
            "code": c,
            "flag": f,
            "is_new": "1",
            "size": s,
            "item_code": "12",
            "ean": "4006381333931",
            "¥": "¥1,299",
        }
        for p, c, f, s in [("1.5", "007", "是", "38"), ("nan", "12", "否", "XL"), ("-3e2", "5", "", "40")]
    ]
    assert guess_types(rows, rows[0].keys()) == {
        "price": "number",
        "code": "text",
        "flag": "bool",
        "is_new": "bool",
        "size": "text",
        "item_code": "text",
        "ean": "text",
        "¥": "number",
    }


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("movieId", "movie_id"),
        ("Movie ID", "movie_id"),
        ("商品 ID", "商品id"),
        ("_id", "_id"),
        ("user_id:token", "user_id"),
    ],
)
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_language_suffixes() -> None:
    assert [without_language(name) for name in ("title_zh", "标题en", "中文标题", "tokens")] == [
        "title",
        "标题",
        "标题",
        "tokens",
    ]
