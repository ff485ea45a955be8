"""Rows from other databases: nothing lost at the cursor, nothing doubled, nothing written there, no password told."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from soutui.config import DataSettings, SqlSource
from soutui.data.quarantine import Quarantine
from soutui.errors import (
    BusyError,
    DataError,
    MissingExtraError,
    NotFoundError,
    ResourceError,
    SettingError,
    SoutuiError,
    UsageError,
)
from soutui.store import Store
from soutui.store.intake import Taken, import_source
from soutui.store.source import SourceReader, check_query, expand, has_secret, redact

ORDERS = "SELECT seq, user, sku, kind FROM orders"


def silent(stage: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "soutui.db", create=True) as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody's shop: a SQLite database with products and orders."""
    connection = sqlite3.connect(tmp_path / "their.db")
    connection.executescript(
        "CREATE TABLE products (sku TEXT, name TEXT, code TEXT, price REAL, updated TEXT);"
        "CREATE TABLE orders (seq INTEGER, user TEXT, sku TEXT, kind TEXT);"
    )
    yield connection
    connection.close()


def source(place: Path, **values: Any) -> SqlSource:
    made = {"name": "orders", "role": "events", "url": f"sqlite:///{place}/their.db", "query": ORDERS, "cursor": "seq"}
    return SqlSource(**(made | values))


def take(store: Store, wanted: SqlSource, place: Path | None = None, progress: Any = silent) -> Taken:
    with Quarantine(place) as quarantine:
        return import_source(store, wanted, DataSettings(), quarantine, os.environ, progress)


def order(connection: sqlite3.Connection, *rows: tuple[Any, ...]) -> None:
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
    connection.commit()


def test_only_new_rows_come_and_ties_are_not_lost(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    order(shop, (1, "u1", "a", "click"), (2, "u1", "b", "click"))
    first = take(truth, source(tmp_path))
    assert (first.read, first.written, first.cursor, first.resumed) == (2, 2, "2", False)
    # A row that shares the last value, and looks like the one before, came later.
    order(shop, (2, "u1", "b", "click"), (3, "u2", "a", "buy"))
    second = take(truth, source(tmp_path))
    assert (second.read, second.written, second.cursor, second.resumed) == (3, 2, "3", True)
    again = take(truth, source(tmp_path))
    assert (again.read, again.written) == (1, 0)
    assert [event.kind for event in truth.history("u2")] == ["purchase"]
    assert truth.counts()["events"] == 4


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("ab")), max_size=6), min_size=1, max_size=4),
    size=st.integers(1, 4),
)
def test_however_it_is_cut_every_row_is_one_event(
    steps: list[list[tuple[int, str]]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("cut")
    shop = sqlite3.connect(place / "their.db")
    shop.execute("CREATE TABLE orders (seq INTEGER, user TEXT, sku TEXT, kind TEXT)")
    clock, wanted = 0, Counter[str]()
    with pytest.MonkeyPatch.context() as patch, Store.open(place / "soutui.db", create=True) as truth:
        patch.setattr("soutui.store.intake.EVENT_ROWS", size)
        for step in steps:
            for jump, sku in step:
                clock += jump
                order(shop, (clock, "u", sku, "click"))
                wanted[sku] += 1
            if wanted:
                take(truth, source(place))
        assert Counter(event.item for event in truth.history("u", 1000)) == wanted
    shop.close()


def test_rows_without_a_cursor_are_read_every_time(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    query = "SELECT sku, name, updated FROM products"
    wanted = source(tmp_path, name="products", role="items", query=query, cursor="updated")
    shop.executemany(
        "INSERT INTO products (sku, name, updated) VALUES (?, ?, ?)",
        [("a", "Lamp", None), ("b", "Chair", "2024-01-01 10:00:00"), ("c", "Table", "2024-01-02 10:00:00")],
    )
    shop.commit()
    assert take(truth, wanted).written == 3
    shop.execute("INSERT INTO products (sku, name) VALUES ('d', 'Bed')")
    shop.execute("UPDATE products SET name = 'Stool', updated = '2024-01-03' WHERE sku = 'b'")
    shop.commit()
    second = take(truth, wanted)
    assert (second.read, second.written, second.cursor) == (4, 2, "2024-01-03")
    stool = truth.get_item("b")
    assert stool is not None
    assert stool.title == "Stool"


def test_what_columns_mean_is_decided_once(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    query = "SELECT rowid AS seq, sku, name, code, price FROM products"
    wanted = source(tmp_path, name="products", role="items", query=query)
    shop.executemany(
        "INSERT INTO products (sku, name, code, price) VALUES (?, ?, ?, ?)",
        [(f"p{n}", f"Fine lamp {n}", f"00{n}", n + 0.5) for n in range(50)],
    )
    shop.commit()
    assert [guess.column for guess in take(truth, wanted).guesses][:2] == ["sku", "name"]
    # One row by itself would make a number of the code, and a text of the price.
    shop.execute("INSERT INTO products (sku, name, code, price) VALUES ('x', 'Lamp', '17', '12')")
    shop.commit()
    second = take(truth, wanted)
    assert second.guesses == ()
    item = truth.get_item("x")
    assert item is not None
    assert (item.attributes["code"], item.attributes["price"]) == ("17", 12.0)
    # Another query is another matter: everything is read, and understood, anew.
    assert take(truth, source(tmp_path, name="products", role="items", query=query + " WHERE 1")).read == 51


def test_bad_rows_are_set_aside_by_number(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    order(shop, (1, "u1", "a", "click"), (2, "u1", "", "click"), (3, "u1", "b", "dance"))
    shop.execute("INSERT INTO orders VALUES (4, CAST(x'ff41' AS TEXT), 'a', 'click')")
    shop.commit()
    place = tmp_path / "quarantine"
    assert take(truth, source(tmp_path), place).written == 1
    order(shop, (5, "u1", "b", "dance"))
    take(truth, source(tmp_path), place)
    lines = [json.loads(line) for line in (place / "orders.quarantine.jsonl").read_text("utf-8").splitlines()]
    # The earlier ones stay, though the second reading saw only the end.
    assert [(line["file"], line["line"], line["reason"].split(":")[0]) for line in lines] == [
        ("orders", 2, "empty item"),
        ("orders", 3, "unknown kind"),
        ("orders", 4, "wrong encoding"),
        ("orders", 1, "wrong encoding"),
        ("orders", 2, "unknown kind"),
    ]


def test_a_repeated_id_without_a_cursor(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    shop.executemany("INSERT INTO products (sku, name) VALUES (?, ?)", [("a", "One"), ("a", "One"), ("a", "Two")])
    shop.commit()
    wanted = source(tmp_path, name="p", role="items", query="SELECT sku, name FROM products", cursor="")
    with Quarantine(tmp_path / "q") as quarantine:
        taken = import_source(truth, wanted, DataSettings(), quarantine, {}, silent)
        assert quarantine.reasons == {"duplicate id": 1}
    assert (taken.written, taken.cursor) == (1, "")


def test_users(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    query = "SELECT 'u' || value AS user_id, 'north' AS area FROM json_each('[1,2]')"
    assert take(truth, source(tmp_path, role="users", query=query, cursor="")).written == 2
    with truth.snapshot() as snapshot:
        assert [user.attributes for user in snapshot.users()] == [{"area": "north"}] * 2


def test_hostile_texts_are_data(truth: Store, shop: sqlite3.Connection, tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "'; DROP TABLE products; --", "\u202eevil", "a\x07b", "100% :name ${HOME}", "🥾 靴"]
    shop.executemany("INSERT INTO products (sku, name) VALUES (?, ?)", [(f"p{n}", one) for n, one in enumerate(names)])
    shop.commit()
    query = "SELECT sku, name, '%s :c ::' AS note FROM products -- all of it"
    take(truth, source(tmp_path, name="p", role="items", query=query, cursor="sku"))
    with truth.snapshot() as snapshot:
        found = list(snapshot.items())
    assert [item.title for item in found] == [name.replace("\x07", "") for name in names]
    assert {str({**item.attributes, **item.texts}.get("note")) for item in found} == {"%s :c ::"}


# --- sources that break off ---


def test_a_source_that_breaks_off_keeps_what_came(
    truth: Store, shop: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soutui.store.intake.EVENT_ROWS", 100)
    shop.execute("CREATE INDEX by_seq ON orders (seq)")
    order(shop, *((n, f"u{n % 7}", f"item-{n % 50}-{'x' * 200}", "click") for n in range(5000)))
    file = tmp_path / "their.db"
    whole = file.read_bytes()

    def cut(stage: str, done: int, total: int) -> None:
        if done == 300:
            os.truncate(file, len(whole) // 4)

    # Their cache would hide it from a while.
    with pytest.raises(SoutuiError, match="are kept, the next import goes on from seq = ") as told:
        take(truth, source(tmp_path), progress=cut)
    assert isinstance(told.value, ResourceError | DataError)
    kept = truth.counts()["events"]
    assert 300 <= kept < 5000
    file.write_bytes(whole)
    taken = take(truth, source(tmp_path))
    assert taken.resumed
    assert taken.read == 5000 - kept + 1
    assert truth.counts()["events"] == 5000


def test_locked_absent_and_damaged(
    truth: Store, shop: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soutui.store.source.LOCK_SECONDS", 0.1)
    shop.execute("BEGIN EXCLUSIVE")
    with pytest.raises(BusyError, match="locked"):
        take(truth, source(tmp_path))
    shop.rollback()
    with pytest.raises(NotFoundError, match="no database"):
        take(truth, source(tmp_path, url=f"sqlite:///{tmp_path}/absent.db"))
    assert not (tmp_path / "absent.db").exists()
    (tmp_path / "noise.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ResourceError, match="not a database"):
        take(truth, source(tmp_path, url=f"sqlite:///{tmp_path}/noise.db"))


@pytest.mark.parametrize(
    ("query", "cursor", "told"),
    [
        ("SELECT * FROM absent", "", "no such table"),
        ("SELECT seq, user, sku FROM orders", "sequ", "did you mean 'seq'"),
        ("SELECT user FROM orders", "", "no column can be the item"),
        ("SELECT user, sku, x'00' AS at FROM orders", "at", "holds bytes"),
    ],
)
def test_queries_that_do_not_fit(
    truth: Store, shop: sqlite3.Connection, tmp_path: Path, query: str, cursor: str, told: str
) -> None:
    order(shop, (1, "u1", "a", "click"))
    with pytest.raises(DataError) as raised:
        take(truth, source(tmp_path, query=query, cursor=cursor))
    assert told in f"{raised.value.message} {raised.value.hint}"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "SELECT * INTO copy FROM orders",
        "SELECT 1) UNION (SELECT 2",
        "SELECT 'open",
        "PRAGMA user_version",
        "/* SELECT */ VACUUM",
    ],
)
def test_only_one_select_is_let_through(query: str) -> None:
    with pytest.raises(UsageError, match="one SELECT"):
        check_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'a;b', \"update\", `drop` FROM t -- ; DELETE",
        "with a as (select 1) select * from a;",
        "(SELECT 1) UNION (SELECT 2) /* ; */ ;;",
        "SELECT $$it's; so$$ FROM t",
        "SELECT created, updated_at, replace(a, 'x', 'y') FROM t",
    ],
)
def test_selects_are_let_through(query: str) -> None:
    assert check_query(query) == query.rstrip("; ")


def test_nothing_can_be_written_there(shop: sqlite3.Connection, tmp_path: Path) -> None:
    with SourceReader(source(tmp_path), {}) as reader:
        for refused in ("INSERT INTO orders VALUES (1, 'u', 'a', 'click')", "CREATE TABLE more (a)"):
            with pytest.raises(Exception, match="readonly"):
                reader._connection.execute(text(refused))


# --- addresses ---


def test_environment_and_passwords() -> None:
    environment = {"PW": "p@ss/:w%20rd", "URL": "postgresql://u:other@host/db", "HOST": "db.example"}
    url, secrets = expand("postgresql+psycopg://me:${PW}@${HOST}:5432/shop", environment)
    assert (url.password, url.host, url.port, secrets) == ("p@ss/:w%20rd", "db.example", 5432, ["p@ss/:w%20rd"])
    assert expand("${URL}", environment)[0].password == "other"
    assert expand("sqlite:////data/x.db", {})[1] == []
    with pytest.raises(SettingError, match="NOPE"):
        expand("postgresql://me:${NOPE}@host/shop", environment)
    with pytest.raises(UsageError, match="not a database URL") as told:
        expand("postgresql//me:geheim@host", {})
    assert told.value.message
    assert not has_secret("postgresql://me:${PW}@host/shop?application_name=x")
    assert not has_secret("sqlite:////a:b@c/x.db".replace(":b@", "-"))
    for literal in (
        "postgresql://me:geheim@host/shop",
        "postgresql://me:ge@heim@host/shop",
        "postgresql://host/shop?user=me&password=geheim",
        "mssql+pyodbc:///?odbc_connect=PWD%3Dgeheim",
    ):
        assert has_secret(literal)
        assert "heim" not in redact(literal)


def test_a_server_that_is_not_there(truth: Store, tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    wanted = source(tmp_path, url="postgresql+psycopg://me:geheim@127.0.0.1:1/shop?connect_timeout=2")
    with pytest.raises(ResourceError, match="cannot be reached") as told:
        take(truth, wanted)
    assert "geheim" not in f"{told.value.message}{told.value.hint}{told.value.__cause__}"
    assert told.value.__suppress_context__
    hidden = source(tmp_path, url="postgresql+psycopg://127.0.0.1:1/shop?user=me&password=geheim&connect_timeout=2")
    with pytest.raises(ResourceError, match="cannot be reached") as told:
        take(truth, hidden)
    assert "geheim" not in told.value.message
    with pytest.raises(MissingExtraError, match="driver"):
        take(truth, source(tmp_path, url="nonsense://host/shop"))


def test_postgresql(truth: Store, postgres: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("soutui.store.intake.ITEM_ROWS", 100)
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS wares"))
        connection.execute(text("CREATE TABLE wares (id int, title text, price numeric, at timestamptz, more jsonb)"))
        connection.execute(
            text(
                "INSERT INTO wares SELECT n, 'Ware ' || n, n / 4.0, timestamptz '2024-01-01 00:00Z' + n / 3 * interval "
                '\'1 s\', \'{"colour": "red", "sizes": ["S", "M"]}\' FROM generate_series(1, 1000) n'
            )
        )
    query = "SELECT id::text AS id, title, price, at, more, id % 3 AS rest FROM wares"
    wanted = source(tmp_path, name="wares", role="items", url=postgres, query=query, cursor="at")

    def kill(stage: str, done: int, total: int) -> None:
        if done == 300:
            with engine.begin() as connection:
                connection.execute(
                    text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                )

    with pytest.raises(ResourceError, match=r"the 300 rows before that are kept, .* from at = 2024"):
        take(truth, wanted, progress=kill)
    assert truth.counts()["items"] == 300
    engine.dispose()
    taken = take(truth, wanted)
    assert 700 <= taken.read <= 703
    assert taken.written == 700
    assert take(truth, wanted).written == 0
    item = truth.get_item("8")
    assert item is not None
    assert item.attributes["price"] == 2.0
    assert item.attributes["more.sizes"] == ("S", "M")
    assert item.attributes["rest"] == 2.0
    with engine.begin() as connection:
        connection.execute(text("CREATE SEQUENCE IF NOT EXISTS counter"))
    for refused, told in (
        ("SELECT nextval('counter') AS seq, 'a' AS item, 'u' AS user_id", "read-only"),
        ("SELECT 1 AS seq, 2 AS seq", "two columns seq"),
    ):
        with pytest.raises(DataError, match=told):
            take(truth, source(tmp_path, url=postgres, query=refused, cursor="seq"))
    engine.dispose()
