"""The grown catalogue: unique, plausible, in both languages, the same each time, and as long as one likes."""

from __future__ import annotations

import re
import tracemalloc
from collections import Counter
from itertools import islice, product

import pytest
from opencc import OpenCC

from soutui.data import sample
from soutui.data.sample import grow
from soutui.data.sample.growth import SYLLABLES
from soutui.data.schema import Item
from soutui.errors import UsageError

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def written() -> list[Item]:
    return sample.items()


@pytest.fixture(scope="module")
def grown(written: list[Item]) -> list[Item]:
    return list(grow(written, 20_000))


def test_the_written_items_come_first(written: list[Item], grown: list[Item]) -> None:
    assert len(grown) == 20_000
    assert grown[: len(written)] == written


def test_ids_and_titles_are_unique(grown: list[Item]) -> None:
    for values in ([i.id for i in grown], [i.title for i in grown], [i.texts["title_zh"] for i in grown]):
        assert len(set(values)) == len(grown)


def test_names_can_be_told_apart() -> None:
    """No two rows of syllables read the same, so titles are unique however many there are."""
    latin, chinese = zip(*SYLLABLES, strict=True)
    assert len(set(chinese)) == len(SYLLABLES)
    assert all(len(one) == 1 for one in chinese)
    for length in (2, 3):
        words = ["".join(parts) for parts in product(latin, repeat=length)]
        assert len(set(words)) == len(words)


def test_the_same_each_time_and_a_beginning_of_more(written: list[Item], grown: list[Item]) -> None:
    assert list(grow(written, 6_000)) == grown[:6_000]
    assert list(grow(written, 600, seed=8))[-50:] != grown[550:600]


def test_every_type_grows(written: list[Item], grown: list[Item]) -> None:
    def types(items: list[Item]) -> Counter[tuple[object, object]]:
        return Counter((item.attributes["category"], item.attributes["type"]) for item in items)

    before, after = types(written), types(grown)
    assert set(after) == set(before)
    assert min(after[kind] / before[kind] for kind in before) > 15


def test_made_items_read_like_written_ones(written: list[Item], grown: list[Item]) -> None:
    values = {field: {item.attributes.get(field) for item in written} for field in ("brand", "author", "material")}
    simplified = OpenCC("t2s")
    for item in grown[len(written) :: 7]:
        assert not HAN.search(item.title + item.texts["text"])
        assert HAN.search(item.texts["title_zh"])
        assert HAN.search(item.texts["text_zh"])
        assert simplified.convert(item.texts["title_zh"]) == item.texts["title_zh"]
        assert all(item.attributes.get(field) in known for field, known in values.items())
        assert 3.4 <= float(item.attributes.get("rating", 4)) <= 4.9
        assert ("price" in item.attributes) == (item.attributes["category"] not in ("news", "video"))
    assert 0.005 < sum(not item.available for item in grown) / len(grown) < 0.03


def test_a_stated_capacity_agrees_with_the_attribute(written: list[Item], grown: list[Item]) -> None:
    sizes = set()
    for item in grown[len(written) :]:
        said = re.search(r"([\d.]+) (ml|L)\b", item.title)
        if said and "capacity_ml" in item.attributes:
            stated = float(said[1]) * (1000 if said[2] == "L" else 1)
            assert float(item.attributes["capacity_ml"]) == pytest.approx(stated, rel=0.02), item.title
            assert said[1] in item.texts["title_zh"]
            sizes.add(stated)
    assert len(sizes) > 60


def test_a_stated_colour_agrees_with_the_attribute(written: list[Item], grown: list[Item]) -> None:
    told = [item for item in grown[len(written) :] if item.title.rpartition(", ")[2] == item.attributes.get("colour")]
    assert len(told) > 8_000


def test_memory_does_not_grow(written: list[Item]) -> None:
    stream = grow(written, 1_000_000)
    for _ in islice(stream, 5_000):
        pass
    tracemalloc.start()
    for _ in islice(stream, 5_000):
        pass
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 2_000_000  # one block of numbers


def test_wrong_sizes(written: list[Item]) -> None:
    for items, n in ((written, len(written) - 1), ([], 10)):
        with pytest.raises(UsageError, match="cannot grow"):
            next(grow(items, n))


def test_any_items_can_grow() -> None:
    made = list(grow([Item("a"), Item("lamp-1", "Lamp", {"text": "Shines."}, {"price": 3.0})], 50))
    assert len({item.id for item in made}) == 50
    assert len({item.title for item in made}) == 50
