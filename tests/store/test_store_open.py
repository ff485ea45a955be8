"""Opening: absent, foreign, damaged and busy databases, and revisions of the tables."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from soutui.data.schema import Event, Item
from soutui.errors import BusyError, DamagedError, DataError, NotFoundError, UsageError
from soutui.store import Store
from soutui.store.database import Database
from soutui.store.migrate import HEAD, SCRIPTS, revision, to_head
from soutui.store.tables import metadata


def filled(file: Path, count: int = 2_000) -> None:
    with Store.open(file, create=True) as store:
        store.put_items(Item(f"i{n}", f"title {n} " * 5) for n in range(count))
        store.record(Event(f"e{n}", "click", f"i{n}", f"u{n % 50}") for n in range(count))


def read_everything(file: Path) -> None:
    with Store.open(file) as store, store.snapshot() as look:
        look.event_columns()
        list(look.items())
        for n in range(2_000):
            store.get_item(f"i{n}")


def test_absent(file: Path) -> None:
    with pytest.raises(NotFoundError, match=str(file)):
        Store.open(file)
    assert not file.exists()
    with pytest.raises(NotFoundError, match="no folder"):
        Store.open(file.parent / "nowhere" / "truth.db", create=True)
    with pytest.raises(UsageError, match="folder"):
        Store.open(file.parent, create=True)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", "mysql://x/y", "?"]
)
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(UsageError):
        Store.open(url, create=True)


def test_odd_file_names(tmp_path: Path) -> None:
    for name in ("搜推 数据.db", "a?b#c%20d.db", "it's.db"):
        with Store.open(tmp_path / name, create=True) as store:
            store.put_items([Item("lamp")])
        assert (tmp_path / name).is_file()


def test_no_database(file: Path) -> None:
    file.write_bytes(b"this is a text, not a database " * 1_000)
    for create in (False, True):
        with pytest.raises(DamagedError, match=str(file)):
            Store.open(file, create=create)
    file.write_bytes(b"")
    with pytest.raises(DamagedError, match=str(file)):
        Store.open(file)


def test_a_truncated_database(file: Path) -> None:
    filled(file)
    whole = file.read_bytes()
    for share in (0.2, 0.6, 0.95):
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(DamagedError, match=str(file)) as caught:
            read_everything(file)
        assert caught.value.hint


def test_an_overwritten_database(file: Path) -> None:
    filled(file)
    whole = bytearray(file.read_bytes())
    with Store.open(file) as store:
        assert store.check() == []
    whole[40_960:204_800] = bytes(163_840)
    file.write_bytes(whole)
    with Store.open(file) as store:
        assert store.check()
    with pytest.raises(DamagedError, match=str(file)):
        read_everything(file)
    # Writing into it is refused as well, once it meets the damage; the caller hears of it.
    with Store.open(file) as store, pytest.raises(DamagedError, match=str(file)):
        store.put_items(Item(f"i{n}", "changed") for n in range(2_000))


def test_a_log_that_lost_its_end_is_reported(file: Path) -> None:
    filled(file, 10)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE sequence SET value = 15")
    connection.close()
    with Store.open(file) as store:
        assert any("events reach number 20" in problem for problem in store.check())


def test_a_foreign_database_is_left_alone(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    before = file.read_bytes()
    for create in (False, True):
        with pytest.raises(UsageError, match="photos"):
            Store.open(file, create=create)
    assert file.read_bytes() == before


def test_another_process_holds_the_lock(file: Path) -> None:
    filled(file, 10)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store.open(file, busy_seconds=0.1) as store:
        refused: list[BusyError] = []

        def write(n: int) -> None:
            try:
                store.record([Event(f"late{n}", "click", "i1", "u1")])
            except BusyError as error:
                refused.append(error)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 4
        assert str(file) in refused[0].message
        # Reading goes on.
        assert len(store.changes(0).events) == 10
        other.execute("COMMIT")
        assert store.record([Event("late1", "click", "i1", "u1")]).accepted == 1
    other.close()


def test_sqlite_is_set_up_to_keep_what_it_acknowledges(file: Path) -> None:
    database = Database(file)
    with database.write() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    # A reader cannot write, not even by mistake.
    with pytest.raises((UsageError, DataError, SQLAlchemyError)), database.read() as connection:
        connection.execute(text("CREATE TABLE x (y INTEGER)"))
    database.close()


def test_the_tables_are_what_the_migrations_make(url: str) -> None:
    Store.open(url, create=True).close()
    database = Database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


NEXT = """
'''A later revision, as one may come: a column more, a column renamed, a text rewritten.'''
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {head!r}

def upgrade():
    with op.batch_alter_table("items") as batch:
        batch.add_column(sa.Column("language", sa.Text, nullable=False, server_default="en"))
        batch.alter_column("image", new_column_name="picture")
    op.execute("UPDATE items SET title = 'migrated'")
    {then}
"""


@pytest.mark.parametrize("then", ["pass", "raise RuntimeError('power cut')"])
def test_a_later_revision_keeps_the_data_or_changes_nothing(url: str, tmp_path: Path, then: str) -> None:
    with Store.open(url, create=True) as store:
        store.put_items([Item("a"), Item("b")])
    scripts = tmp_path / "100% later"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "r9999_later.py").write_text(NEXT.format(head=HEAD, then=then))
    database = Database(url)
    if then == "pass":
        with database.write() as connection:
            to_head(connection, scripts, "9999")
    else:
        with pytest.raises(RuntimeError, match="power cut"), database.write() as connection:
            to_head(connection, scripts, "9999")
    with database.read() as connection:
        names = {column["name"] for column in inspect(connection).get_columns("items")}
        titles = connection.execute(text("SELECT title FROM items ORDER BY born")).scalars().all()
        found = revision(connection)
    database.close()
    if then == "pass":
        assert found == "9999"
        assert {"language", "picture"} <= names
        assert titles == ["migrated", "migrated"]
        # This soutui knows nothing of it, and says so instead of writing.
        with pytest.raises(UsageError, match="newer"):
            Store.open(url)
    else:
        assert found == HEAD
        assert "picture" not in names
        assert titles == ["", ""]
        with Store.open(url) as store:
            assert store.put_items([Item("a"), Item("c")]).written == 1


def test_an_up_to_date_database_opens_without_alembic(file: Path) -> None:
    filled(file, 1)
    code = "import sys; from soutui.store import Store; Store.open(sys.argv[1]); assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, f"sqlite:///{file}"], check=True)
