from __future__ import annotations

from pathlib import Path

import pytest

from soutui.bundle.payload import Card, Payload, body, embedding_text
from soutui.data.schema import Item

ITEMS = (
    Item("1", "Teapot", {"about": "brown clay"}, {"price": 20.5, "colours": ("red", "blue"), "new": True}),
    Item("2", "紫砂壶", {"简介": "宜兴 🍵", "more": ""}, {}, image="img/2.jpg"),
    Item("3"),
    Item("4", "", {"about": "only text"}, {"n": 3.0}),
)


@pytest.fixture
def payload(tmp_path: Path) -> Payload:
    assert Payload.write(tmp_path / "items", iter(ITEMS)) == len(ITEMS)
    return Payload.open(tmp_path / "items")


def test_cards_come_back_in_row_order(payload: Payload) -> None:
    assert len(payload) == 4
    assert [payload.card(row) for row in range(4)] == [Card.of(item) for item in ITEMS]
    # Any order of access: nothing depends on the card before.
    assert payload.card(2) == Card("", {}, {})
    assert payload.card(0).title == "Teapot"


def test_several_values_become_a_list(payload: Payload) -> None:
    assert payload.card(0).attributes == {"price": 20.5, "colours": ["red", "blue"], "new": True}
    assert Card.of(ITEMS[0]).attributes["colours"] == ["red", "blue"]


def test_the_image_is_an_attribute(payload: Payload) -> None:
    assert payload.card(1).attributes == {"image": "img/2.jpg"}
    assert "image" not in payload.card(0).attributes


def test_an_empty_catalogue(tmp_path: Path) -> None:
    assert Payload.write(tmp_path, []) == 0
    assert len(Payload.open(tmp_path)) == 0


def test_what_text_an_item_has() -> None:
    assert body(ITEMS[1]) == "宜兴 🍵"
    assert body(Card("x", {"a": "one", "b": "two"}, {})).split() == ["one", "two"]
    assert embedding_text(ITEMS[0]) == "Teapot. brown clay"
    assert embedding_text(ITEMS[2]) == ""
    assert embedding_text(ITEMS[3]) == "only text"
    assert embedding_text(Item("5", "title only")) == "title only"
