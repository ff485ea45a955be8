"""Changed columns: renamed ones are known by their values, new ones are taken in, gone ones are said."""

from __future__ import annotations

from typing import Any

import pytest

from soutui.config import ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.evolve import ColumnChange, evolve
from soutui.errors import DataError

GIVEN = ItemColumns("sku", "name", ("descr",), ("price", "tags"))
ROWS: list[dict[str, Any]] = [
    {
        "sku": f"s{n}",
        "name": f"Lamp {n}",
        "descr": f"Lamp number {n} with a shade of linen, for reading in bed and beside the sofa.",
        "price": f"{n}.50",
        "tags": "lamp|home" if n % 2 else "desk|home",
    }
    for n in range(30)
]
STORED = {item.id: item for item in map(ItemConverter.of(ROWS, GIVEN).convert, ROWS)}


def changed(**names: str) -> list[dict[str, Any]]:
    """The rows with columns renamed."""
    return [{names.get(key, key): value for key, value in row.items()} for row in ROWS]


def test_the_same_columns_are_no_change() -> None:
    assert evolve(ROWS, GIVEN, STORED.get) == (GIVEN, [])


@pytest.mark.parametrize(
    ("before", "role"),
    [("sku", "id"), ("name", "title"), ("descr", "text"), ("price", "attributes"), ("tags", "attributes")],
)
def test_a_renamed_column_is_known_by_its_values(before: str, role: str) -> None:
    made, changes = evolve(changed(**{before: "other"}), GIVEN, STORED.get)
    assert changes == [ColumnChange("renamed", "other", role, before)]
    value = getattr(made, role)
    assert value == "other" if isinstance(value, str) else "other" in value and before not in value


def test_two_columns_renamed_at_once() -> None:
    made, changes = evolve(changed(price="cost", descr="text"), GIVEN, STORED.get)
    assert made == ItemColumns("sku", "name", ("text",), ("cost", "tags"))
    assert {change.kind for change in changes} == {"renamed"}


def test_a_likely_name_with_other_values_is_not_a_rename() -> None:
    rows = [{**row, "prices": "7"} for row in ROWS]
    for row in rows:
        del row["price"]
    made, changes = evolve(rows, GIVEN, STORED.get)
    assert changes == [ColumnChange("removed", "price", "attributes"), ColumnChange("added", "prices", "attributes")]
    assert made.attributes == ("tags", "prices")


def test_new_columns_are_texts_or_attributes_by_what_they_hold() -> None:
    rows = [{**row, "colour": "red", "care": f"Wipe lamp {n} with a dry cloth only, and never under running water."}
            for n, row in enumerate(ROWS)]  # fmt: skip
    made, changes = evolve(rows, GIVEN, STORED.get)
    assert made.text == ("descr", "care")
    assert made.attributes == ("price", "tags", "colour")
    assert {(change.kind, change.role) for change in changes} == {("added", "text"), ("added", "attributes")}


def test_most_values_must_be_the_same() -> None:
    rows = changed(price="cost")
    for row in rows[:2]:
        row["cost"] = "999"
    assert evolve(rows, GIVEN, STORED.get)[1] == [ColumnChange("renamed", "cost", "attributes", "price")]
    for row in rows[:10]:
        row["cost"] = "999"
    assert evolve(rows, GIVEN, STORED.get)[1][0].kind == "removed"


def test_an_id_that_nothing_replaces_is_an_error() -> None:
    rows = [{"name": row["name"], "note": "same"} for row in ROWS]
    for row in rows:
        row["name"] = "same"
    with pytest.raises(DataError):
        evolve(rows, GIVEN, STORED.get)
