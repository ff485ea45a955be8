"""What a build says it will encode: as many texts as it then does, each for the reason that is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soutui.bundle.ids import IdMap
from soutui.bundle.payload import Payload, embedding_text
from soutui.data.schema import Item
from soutui.encode.cache import VectorCache, encode_items
from soutui.lifecycle.plan import Before, FieldChange, Plan, make_plan
from soutui.types import Role, Vectors

ITEMS = [Item(f"i{n}", f"Lamp {n}", {"text": f"A lamp, number {n}."}, {"price": n, "sku": f"s{n}"}) for n in range(20)]


class Signs:
    """An encoder whose vectors are the signs of a text's hash; it remembers what it was asked."""

    dim = 8

    def __init__(self, fingerprint: str = "signs") -> None:
        self.fingerprint = fingerprint
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        self.asked += texts
        rows = [np.random.default_rng(abs(hash(text))).choice([-1.0, 1.0], self.dim) for text in texts]
        return (np.array(rows) / np.sqrt(self.dim)).astype(np.float32)


class Shop:
    """A catalogue that is planned, and then counts as built."""

    def __init__(self, place: Path) -> None:
        self.place, self.cache, self.builds, self.before = place, VectorCache(place / "vectors.db"), 0, None

    def build(self, items: Sequence[Item], encoder: Signs | None) -> Plan:
        self.builds += 1
        folder = self.place / str(self.builds)
        Payload.write(folder, items)
        ids, cards, texts = (
            IdMap.of([item.id for item in items]),
            Payload.open(folder),
            list(map(embedding_text, items)),
        )
        made = make_plan(ids, cards, texts, encoder, self.cache, self.before)
        if encoder is not None:
            encode_items(encoder, texts, self.cache)
        self.before = Before(ids, cards, encoder.fingerprint if encoder else "")
        return made


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.build(ITEMS, Signs())
    return made


def test_the_first_build_encodes_everything(tmp_path: Path) -> None:
    plan = Shop(tmp_path).build([*ITEMS, Item("blank")], Signs())
    assert (plan.items, plan.encode, plan.reuse) == (21, 20, 1)
    assert plan.reasons == {"first build": 20}
    assert plan.seconds is not None


def test_nothing_changed_nothing_to_encode(shop: Shop) -> None:
    encoder = Signs()
    assert shop.build(ITEMS, encoder) == Plan(20, 0, 20, {}, (), 0.0)
    assert encoder.asked == []


def test_prices_and_new_attributes_cost_nothing(shop: Shop) -> None:
    dearer = [replace(item, attributes={**item.attributes, "price": 99, "colour": "red"}) for item in ITEMS]
    plan = shop.build(dearer, Signs())
    assert plan.encode == 0
    assert plan.fields == (FieldChange("added", "colour"),)


def test_a_renamed_field_costs_nothing(shop: Shop) -> None:
    renamed = [
        replace(item, texts={"description": item.texts["text"]}, attributes={"price": item.attributes["price"]})
        for item in ITEMS
    ]
    plan = shop.build(renamed, Signs())
    assert plan.encode == 0
    assert plan.fields == (FieldChange("renamed", "description", "text"), FieldChange("removed", "sku"))


def test_each_text_is_encoded_for_its_own_reason(shop: Shop) -> None:
    changed = [
        replace(ITEMS[0], title="Floor lamp"),
        replace(ITEMS[1], texts={"text": "Another text."}),
        replace(ITEMS[2], texts={**ITEMS[2].texts, "care": "Wipe it."}),
        replace(ITEMS[3], texts={}),
        *ITEMS[4:],
        Item("new", "A new one"),
    ]
    plan = shop.build(changed, Signs())
    assert plan.encode == 5
    assert plan.reasons == {
        "titles changed": 1, "text changed: text": 1, "text added: care": 1, "text removed: text": 1, "new items": 1,
    }  # fmt: skip


def test_another_model_encodes_everything_and_going_back_nothing(shop: Shop) -> None:
    plan = shop.build(ITEMS, Signs("other"))
    assert plan.reasons == {"another model": 20}
    assert shop.build(ITEMS, Signs()).encode == 0


def test_without_a_model_there_is_nothing_to_estimate(shop: Shop) -> None:
    assert shop.build(ITEMS, None) == Plan(20, 0, 0)


def test_equal_texts_count_once_and_the_probe_is_not_lost(tmp_path: Path) -> None:
    shop, encoder = Shop(tmp_path), Signs()
    plan = shop.build([Item(f"t{n}", f"Title {n % 100}") for n in range(200)], encoder)
    assert (plan.encode, plan.reuse) == (100, 100)
    # One text more than there are: the first call, which only sets the model up.
    assert len(encoder.asked) == 101
