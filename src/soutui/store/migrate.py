"""Brings a database's tables to the newest revision. Alembic is imported only when there is something to do."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from soutui.errors import UsageError

#: The newest revision; a test compares it with the scripts.
HEAD = "0002"
SCRIPTS = Path(__file__).parent / "migrations"

# Alembic keeps the running migration in a module: one at a time in a process.
_one_at_a_time = threading.Lock()


def revision(connection: Connection) -> str | None:
    """The revision of the tables behind this connection; None when there are no tables at all.

    A database with tables that are not soutui's is a :class:`UsageError`.
    """
    names = set(inspect(connection).get_table_names())
    if not names:
        return None
    if "alembic_version" not in names or "sequence" not in names:
        raise UsageError(
            f"the database holds other tables ({', '.join(sorted(names)[:3])}) and no soutui data",
            "name another file or database",
        )
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found)


def to_head(connection: Connection, scripts: Path = SCRIPTS, head: str = HEAD) -> None:
    """Run the missing migrations inside the transaction that ``connection`` is in.

    A database from a newer soutui is a :class:`UsageError`.
    """
    if connection.dialect.name == "postgresql":
        # SQLite's write lock keeps the others out; here the tables that would be locked do not exist yet.
        connection.execute(text("SELECT pg_advisory_xact_lock(718281828)"))
    found = revision(connection)
    if found == head:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise UsageError(
            f"the database is of a newer soutui: its tables are at revision {found}, this one knows up to {head}",
            "upgrade soutui",
        )
    config.attributes["connection"] = connection
    with _one_at_a_time:
        command.upgrade(config, head)
