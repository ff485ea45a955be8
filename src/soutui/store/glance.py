"""The newest number, as fast as the database can say it."""

from __future__ import annotations

import sqlite3
import threading
from typing import cast

from sqlalchemy.pool import PoolProxiedConnection

from soutui.errors import UsageError
from soutui.store.database import Database
from soutui.store.log import newest

_SQL = "SELECT value FROM sequence WHERE name = 'log'"


class Glance:
    """Reads the newest committed number. Thread-safe.

    On SQLite a connection of its own and one prepared statement: about 5 µs, less than asking first whether anything
    changed at all (``PRAGMA data_version``). On a server one short transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: PoolProxiedConnection | None = None
        self._raw: sqlite3.Connection | None = None
        self._closed = False

    def newest(self) -> int:
        """The newest number committed by anybody."""
        with self._lock:
            raw = self._raw or self._connect()
            if raw is not None:
                try:
                    # All rows, so that the statement ends and with it the read transaction.
                    return cast(int, raw.execute(_SQL).fetchall()[0][0])
                except sqlite3.Error:
                    with self._database.errors():
                        raise
        with self._database.read() as connection:
            return newest(connection)

    def close(self) -> None:
        """Let go of the connection. A second call does nothing."""
        with self._lock:
            self._closed = True
            self._raw = None
            held, self._held = self._held, None
        if held is not None:
            held.close()

    def _connect(self) -> sqlite3.Connection | None:
        if self._closed:
            raise UsageError("the store is closed", "open it again")
        if not self._database.is_sqlite:
            return None
        with self._database.errors():
            self._held = self._database.reading.raw_connection()
        self._raw = cast(sqlite3.Connection, self._held.driver_connection)
        return self._raw
