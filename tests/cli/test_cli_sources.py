"""``import --sql``: a database as a source, remembered without its password, read on by ``import`` alone."""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_shop import Cli

PRODUCTS = "SELECT sku, name, price FROM products"
ORDERS = "SELECT id, user, sku, kind FROM orders"


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """Somebody's database in the current folder."""
    monkeypatch.chdir(tmp_path)
    connection = sqlite3.connect("their.db")
    connection.executescript(
        "CREATE TABLE products (sku TEXT, name TEXT, price REAL);"
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, user TEXT, sku TEXT, kind TEXT);"
        "INSERT INTO products VALUES ('a', 'Red mug', 3.5), ('b', 'Blue mug', 4), ('c', '', 1);"
        "INSERT INTO orders VALUES (1, 'u1', 'a', 'click'), (2, 'u1', 'b', 'dance'), (3, 'u2', 'a', 'buy');"
    )
    yield connection
    connection.close()


def sources(shop: str) -> list[dict[str, Any]]:
    data = tomllib.loads(Path(shop, "soutui.toml").read_text("utf-8")).get("data", {})
    found: list[dict[str, Any]] = data.get("sources", [])
    return found


def test_a_shop_from_a_database(cli: Cli, theirs: sqlite3.Connection, tmp_path: Path) -> None:
    told = cli("import", "shop", "--sql", "sqlite:///their.db", "--query", PRODUCTS, "--role", "items")
    assert told.code == 0
    assert any(line.split()[:3] == ["id", "←", "sku"] for line in told.out.splitlines())
    words = ("--sql", "sqlite:///their.db", "--query", ORDERS, "--role", "events", "--cursor", "id", "--name", "orders")
    made = cli("import", "shop", *words, "--json").json
    assert made["sources"] == [
        {"name": "orders", "role": "events", "read": 3, "written": 2, "cursor": "3", "resumed": False}
    ]
    assert (made["rejected"], made["quarantine"]) == (1, ["shop/quarantine/orders.quarantine.jsonl"])
    assert [(one["name"], one["url"]) for one in sources("shop")] == [
        ("items", f"sqlite:///{tmp_path}/their.db"),
        ("orders", f"sqlite:///{tmp_path}/their.db"),
    ]
    theirs.execute("INSERT INTO orders VALUES (4, 'u2', 'b', 'click')")
    theirs.commit()
    again = cli("import", "shop", "--json").json
    assert [(one["read"], one["written"]) for one in again["sources"]] == [(3, 0), (2, 1)]
    assert again["read"] == {"items": 3, "events": 2}
    told = cli("import", "shop", "--language", "zh")
    assert "下次导入从 id = 4 继续" in told.out
    assert cli("status", "shop", "--json").json["truth"]["events"] == 3


def test_files_and_databases_together(cli: Cli, theirs: sqlite3.Connection) -> None:
    Path("items.csv").write_text("sku,name\nx,Green mug\n")
    assert cli("init", "shop", "--items", "items.csv").code == 0
    cli("import", "shop", "--sql", "sqlite:///their.db", "--query", ORDERS, "--role", "events")
    again = cli("import", "shop", "--json").json
    assert again["read"] == {"items": 1, "events": 3}
    assert again["rejected"] == 1
    # The query of the same role without a name of its own gets another name.
    cli("import", "shop", "--sql", "sqlite:///their.db", "--query", ORDERS + " WHERE id > 1", "--role", "events")
    assert [one["name"] for one in sources("shop")] == ["events", "events-2"]


def test_a_password_is_not_remembered(cli: Cli, theirs: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--query", PRODUCTS, "--role", "items")
    told = cli("import", "shop", "--sql", "sqlite:///their.db?password=geheim", *words)
    assert told.code == 0
    assert "is not remembered" in told.err
    assert sources("shop") == []
    told = cli("import", "shop", "--sql", "${SHOP_DB}", *words)
    assert (told.code, "SHOP_DB" in told.err) == (2, True)
    monkeypatch.setenv("SHOP_DB", "sqlite:///their.db")
    assert cli("import", "shop", "--sql", "${SHOP_DB}", *words).code == 0
    assert [one["url"] for one in sources("shop")] == ["${SHOP_DB}"]
    gone = cli("import", "shop2", "--sql", "postgresql+psycopg://me:geheim@127.0.0.1:1/x", *words)
    assert gone.code in (7, 8)
    assert "geheim" not in gone.err
    assert not Path("shop2").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--sql", "sqlite:///their.db"), 2, "needs --query, --role too"),
        (("--query", PRODUCTS), 2, "needs --sql, --role too"),
        (("--sql", "sqlite:///their.db", "--query", PRODUCTS, "--role", "things"), 2, "items, events, users"),
        (("--sql", "sqlite:///their.db", "--query", "DROP TABLE orders", "--role", "items"), 2, "one SELECT"),
        (("--sql", "sqlite:///gone.db", "--query", PRODUCTS, "--role", "items"), 4, "gone.db"),
        (("--sql", "sqlite:///their.db", "--query", "SELECT x", "--role", "items"), 3, "no such column"),
        (("--sql", "sqlite:///their.db", "--query", PRODUCTS, "--role", "items", "--name", "../x"), 2, "a name is"),
        (("beir", "x", "--sql", "sqlite:///their.db"), 2, "goes alone"),
    ],
)
def test_wrong_sources_leave_nothing(
    cli: Cli, theirs: sqlite3.Connection, words: tuple[str, ...], code: int, told: str
) -> None:
    outcome = cli("import", "shop", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err
    assert not Path("shop").exists()


def test_a_new_shop_keeps_what_came_before_the_source_broke_off(
    cli: Cli, theirs: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soutui.store.intake.EVENT_ROWS", 2)
    # Fails at the fourth row: the smallest integer has no absolute value.
    theirs.execute("INSERT INTO orders VALUES (4, 'u2', 'b', 'click')")
    theirs.commit()
    query = ORDERS.replace("kind", "CASE WHEN abs(-9223372036854775804 - id) THEN 'click' END AS kind")
    words = ("--sql", "sqlite:///their.db", "--query", query, "--role", "events", "--cursor", "id")
    outcome = cli("import", "shop", *words)
    assert outcome.code == 3
    assert "the 2 rows before that are kept, the next import goes on from id = 2" in outcome.err
    assert [one["name"] for one in sources("shop")] == ["events"]
    assert cli("status", "shop", "--json").json["truth"]["events"] == 2
