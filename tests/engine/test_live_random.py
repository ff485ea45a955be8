"""Random changes against a plain model of what must be answered."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from shops import copy, event, item, toy_items
from soutui.data.schema import Item
from soutui.types import Request
from soutui.workspace import Workspace

WORDS = ("anchor", "bridge", "candle", "dragon", "ember", "falcon", "glacier", "harbour", "绿茶", "雨伞")
SHELVES = ("north", "south", "east")


class Model:
    """The catalogue as a dict and the log as sets: slow, plain, right."""

    def __init__(self, items: list[Item]) -> None:
        self.items = {one.id: one for one in items}
        self.seen: dict[str, set[str]] = {}
        self.wanted: set[str] = set()

    def search(self, word: str, shelf: str | None = None) -> set[str]:
        return {
            one.id
            for one in self.items.values()
            if one.available
            and word in re.split(r"\W+", f"{one.title} {' '.join(one.texts.values())}".lower())
            and (shelf is None or one.attributes.get("shelf") == shelf)
        }

    def popular(self, user: str) -> set[str]:
        """What may be recommended to somebody: wanted by anybody, there, available, not had."""
        there = {id for id in self.wanted if id in self.items and self.items[id].available}
        return there - self.seen.get(user, set())


def draw(rng: random.Random, name: str) -> Item:
    return item(
        name,
        " ".join(rng.sample(WORDS, rng.randint(1, 3))),
        " ".join(rng.sample(WORDS, rng.randint(0, 3))),
        available=rng.random() > 0.15,
        shelf=rng.choice(SHELVES),
    )


def step(rng: random.Random, shop: Workspace, model: Model, clock: int) -> None:
    names = [f"n{i}" for i in range(25)] + [one.id for one in toy_items()]
    action = rng.random()
    if action < 0.45:
        made = [draw(rng, name) for name in rng.sample(names, rng.randint(1, 4))]
        shop.put(made)
        model.items |= {one.id: one for one in made}
    elif action < 0.6:
        gone = rng.sample(names, 2)
        shop.delete(gone)
        for name in gone:
            model.items.pop(name, None)
    else:
        name, user = rng.choice(names), rng.choice(("x", "y", "z", "grump"))
        kind = "hide" if user == "grump" else rng.choice(("click", "purchase"))
        shop.record([event(user, name, 1e9 + 1e5 + clock, kind)])
        # An event counts from when its item is there, even when the item comes, or comes back, later.
        model.seen.setdefault(user, set()).add(name)
        if kind != "hide":
            model.wanted.add(name)


def compare(shop: Workspace, model: Model) -> None:
    for word in WORDS:
        page = shop.search(word, k=100, facets=["shelf"])
        assert set(page.items) == model.search(word), word
        found = [model.items[id] for id in page.items]
        counts = {shelf: sum(one.attributes.get("shelf") == shelf for one in found) for shelf in SHELVES}
        assert page.facets["shelf"] == {shelf: count for shelf, count in counts.items() if count}
        for hit in page.hits:
            assert (hit.title, hit.attributes) == (model.items[hit.item].title, dict(model.items[hit.item].attributes))
    assert set(shop.search("ember", filters={"shelf": "east"}, k=100).items) == model.search("ember", "east")
    for user in ("x", "y", "z", "grump", "nobody"):
        assert set(shop.recommend(user, k=100).items) == model.popular(user), user
    for anchor in model.items:
        similar = shop.similar(anchor, k=100).items
        assert anchor not in similar
        assert all(other in model.items and model.items[other].available for other in similar)


@pytest.mark.parametrize("seed", range(4))
def test_random_changes_are_answered_as_a_plain_model_says(still_toy: Workspace, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    with copy(still_toy.folder, tmp_path / "toy") as shop:
        shop.put(draw(rng, one.id) for one in toy_items())
        model = Model([found for one in toy_items() if (found := shop.store.get_item(one.id))])
        model.wanted = {one.id for one in toy_items()}
        for clock in range(40):
            step(rng, shop, model, clock)
            if clock % 5 == 4:
                compare(shop, model)
        # A second engine over the old bundle and the whole log, and a new bundle, must say the same.
        with Workspace.open(shop.folder) as other:
            compare(other, model)
            before = {word: other.search(word, k=100).items for word in WORDS}
            assert shop.build().items == len(model.items)
            compare(other, model)
            assert other.engine().live_rows == 0
            assert {word: set(other.search(word, k=100).items) for word in WORDS} == {
                word: set(items) for word, items in before.items()
            }


def test_the_order_after_live_changes_is_that_of_a_new_bundle(plain_shop: Workspace, tmp_path: Path) -> None:
    """With few changes the statistics of the words hardly move, so what stands clearly first stays first."""
    with copy(plain_shop.folder, tmp_path / "shop") as shop:
        shop.put([item("new-1", "Halvik Peak steel thermos", "Keeps tea hot for a day"), item("new-2", "桌面小风扇")])
        queries = [query.text for query in _queries(shop)]
        live = {query: shop.answer(Request(query=query, k=497)) for query in queries}
        shop.build()
        for query in queries:
            rebuilt = shop.answer(Request(query=query, k=497))
            assert set(rebuilt.items) == set(live[query].items)
            scores = {hit.item: hit.score for hit in rebuilt.hits}
            for hit in live[query].hits:
                assert hit.score == pytest.approx(scores[hit.item], abs=0.06)


def _queries(shop: Workspace) -> list:  # type: ignore[type-arg]
    with shop.store.snapshot() as snapshot:
        return list(snapshot.queries())
