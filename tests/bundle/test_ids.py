from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import soutui.bundle.ids as ids_module
from soutui.bundle.ids import IdMap
from soutui.errors import DataError

NAMES = ("a", "", "商品-1", "Ünïcode 🙂", "a" * 5000, "A", "a ", "0", "new\nline")


@pytest.fixture(params=["memory", "disk"])
def make(request: pytest.FixtureRequest, tmp_path: Path):
    """A function from names to a map: as built, and as opened from a folder."""

    def made(names: list[str] | tuple[str, ...]) -> IdMap:
        ids = IdMap.of(names)
        if request.param == "memory":
            return ids
        ids.save(tmp_path / "deep" / "items")
        return IdMap.open(tmp_path / "deep" / "items")

    return made


def test_names_become_rows_and_rows_names(make) -> None:
    ids = make(NAMES)
    assert len(ids) == len(NAMES)
    assert [ids.row(name) for name in NAMES] == list(range(len(NAMES)))
    assert [ids.name(row) for row in range(len(NAMES))] == list(NAMES)
    assert ids.rows(NAMES).tolist() == list(range(len(NAMES)))
    assert ids.rows(NAMES).dtype == np.int32


def test_unknown_names(make) -> None:
    ids = make(NAMES)
    assert ids.row("b") is None
    assert ids.row("商品-2") is None
    assert ids.rows(["b", "A", "a", "b"]).tolist() == [-1, 5, 0, -1]
    assert ids.rows([]).tolist() == []


def test_an_empty_map_knows_nothing(make) -> None:
    ids = make([])
    assert len(ids) == 0
    assert ids.row("a") is None
    assert ids.rows(["a", ""]).tolist() == [-1, -1]


def test_the_only_id_may_be_empty(make) -> None:
    ids = make([""])
    assert ids.row("") == 0
    assert ids.name(0) == ""
    assert ids.row("x") is None


def test_a_repeated_id_is_refused_and_named() -> None:
    with pytest.raises(DataError, match="商品") as caught:
        IdMap.of(["x", "商品", "y", "商品"])
    assert caught.value.hint


def test_row_confirms_what_the_hash_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = IdMap.of(["first", "second"])
    key = ids_module._key
    monkeypatch.setattr(ids_module, "_key", lambda name: key("first" if name == "stranger" else name))
    assert ids.row("stranger") is None
    assert ids.row("first") == 0
    # In bulk only the hash is compared, as its docstring says.
    assert ids.rows(["stranger"]).tolist() == [0]


@given(st.lists(st.text(max_size=6), unique=True, max_size=30), st.lists(st.text(max_size=6), max_size=10))
def test_any_text_is_an_id(names: list[str], others: list[str]) -> None:
    ids = IdMap.of(names)
    asked = names[::-1] + others
    places = {name: row for row, name in enumerate(names)}
    assert [ids.row(name) for name in asked] == [places.get(name) for name in asked]
    assert ids.rows(asked).tolist() == [places.get(name, -1) for name in asked]
    assert [ids.name(row) for row in range(len(names))] == names
