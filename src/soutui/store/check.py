"""Is the database whole? The database's own checks, then ours."""

from __future__ import annotations

from sqlalchemy import func, select, text

from soutui.errors import DamagedError
from soutui.store.database import Database
from soutui.store.log import newest
from soutui.store.tables import events, items, judgments, queries, texts, ties, users


def find_problems(database: Database) -> list[str]:
    """What is wrong, one sentence each; nothing when all is well. Reads the whole database."""
    try:
        with database.read() as connection:
            problems: list[str] = []
            if database.is_sqlite:
                found = connection.execute(text("PRAGMA integrity_check(20)")).scalars().all()
                problems.extend(f"{database.name}: {line}" for line in found if line != "ok")
            end = newest(connection)
            for table in (items, users, ties, events, queries, judgments, texts):
                last = connection.execute(select(func.max(table.c.seq))).scalar()
                if last is not None and last > end:
                    problems.append(f"{database.name}: {table.name} reach number {last}, the log ends at {end}")
            return problems
    except DamagedError as error:
        return [error.message]
