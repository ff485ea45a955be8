"""A: attributes."""

from __future__ import annotations

from typing import Any

from check_data import act, find, found, goods, whats

from soutui.data.schema import Item


def with_values(name: str, values: list[Any]) -> list[Item]:
    return [Item(f"i{i}", f"thing {i}", {}, {} if value is None else {name: value}) for i, value in enumerate(values)]


def test_constant() -> None:
    hit = found("A01", with_values("currency", ["EUR"] * 30))
    assert whats(hit) == ["currency"]
    assert found("A01", with_values("vat", [19.0] * 30)).examples[0].note == "19 (100 %)"
    assert find("A01", with_values("currency", ["EUR", "USD"] * 15)) is None
    assert find("A01", with_values("currency", ["EUR"] * 5)) is None


def test_unique() -> None:
    assert whats(found("A02", with_values("sku", [f"S-{i}" for i in range(60)]))) == ["sku"]
    assert whats(found("A02", with_values("number", [float(i) for i in range(60)]))) == ["number"]
    assert find("A02", with_values("weight", [i + 0.37 for i in range(60)])) is None
    assert find("A02", with_values("brand", ["a", "b", "c"] * 20)) is None


def test_mixed_types() -> None:
    hit = found("A03", with_values("price", [1.0, 2.0, "call us", 4.0]))
    assert hit.severity == "warning"
    assert hit.examples[0].noted() == "number 75 %, text 25 %; i2"
    assert hit.examples[0].noted("zh") == "数字 75 %, 文本 25 %；i2"
    assert found("A03", with_values("colour", ["red", ("red", "blue")])).severity == "info"
    assert find("A03", with_values("price", [1.0, 2.0])) is None


def test_missing() -> None:
    hit = found("A04", with_values("colour", ["red", *[None] * 9]))
    assert hit.examples[0].note == "10 %"
    assert hit.plot is not None
    assert find("A04", with_values("colour", ["red"] * 6 + [None] * 4)) is None


def test_prices() -> None:
    usual = [10.0 + i % 7 for i in range(100)]
    hit = found("A05", with_values("price", [*usual, -1.0, 0.0, 99_999.0]))
    assert hit.figures == {"negative": 1, "zero": 1, "outliers": 1}
    assert hit.severity == "warning"
    assert set(whats(hit)) == {"i100", "i101", "i102"}
    assert found("A05", with_values("售价", [*usual, 99_999.0])).severity == "info"
    assert find("A05", with_values("price", usual)) is None
    assert find("A05", with_values("temperature", [-5.0, *usual])) is None


def test_uneven_categories() -> None:
    hit = found("A06", with_values("brand", ["Kibo"] * 90 + ["Toru"] * 10))
    assert hit.examples[0].note == "Kibo 90 %"
    assert find("A06", with_values("brand", ["Kibo", "Toru"] * 50)) is None


def test_attributes_that_know_the_future() -> None:
    items = [Item(f"i{i}", f"thing {i}", {}, {"sold": float(i), "weight": float((i * 37) % 120)}) for i in range(120)]
    events = [act(f"u{n}", f"i{i}") for i in range(120) for n in range(i // 10)]
    hit = found("A07", items, events)
    assert whats(hit) == ["sold"]
    assert find("A07", goods(120, weight=1.0), events) is None
    assert find("A07", items) is None
