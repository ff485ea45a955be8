"""The one place that knows which database it is: engines, pragmas, locks, and errors made readable.

SQLite runs in WAL mode with ``synchronous=FULL``, so a commit returns after fsync, and readers never block. Two
engines: the writing one begins every transaction with the write lock (``BEGIN IMMEDIATE``), so that it waits for
other processes at the start and never fails half way; the reading one cannot write.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import DataError as RefusedValue

from soutui.errors import (
    BusyError,
    DamagedError,
    DataError,
    MissingExtraError,
    NotFoundError,
    ResourceError,
    SoutuiError,
    UsageError,
)

#: Seconds that a write waits for another process before it gives up.
BUSY_SECONDS = 30.0
#: Pages of 4 KiB in the write-ahead log before a commit copies them into the database.
CHECKPOINT_PAGES = 4_000
#: Bytes that a connection may cache, and bytes of write-ahead log that stay allocated.
CACHE_BYTES = 64 << 20
WAL_BYTES = 64 << 20


class Database:
    """A database by URL: ``writing`` and ``reading`` engines, and the words for its errors. Thread-safe."""

    def __init__(self, url: str | Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.url = _parse(url)
        self.busy_seconds = busy_seconds
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        #: What errors call it: the file, or the address without the password.
        self.name = str(self.url.database) if self.is_sqlite else self.url.render_as_string()
        try:
            self.writing, self.reading = self._sqlite() if self.is_sqlite else self._server()
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise MissingExtraError(
                f"no driver for {self.url.drivername!r}: {error}", "pip install 'soutui[postgres]'"
            ) from error

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    def close(self) -> None:
        """Let go of every idle connection."""
        self.reading.dispose()
        self.writing.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in one consistent read transaction, which ends with the block."""
        with self.errors(), self.reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in one write transaction: commits at the end of the block, or rolls back on any error."""
        try:
            with self.errors(), self.writing.connect() as connection, connection.begin():
                yield connection
        except (UnicodeError, OverflowError) as error:
            # Binding a value failed before the database saw it.
            raise self._refused(error) from error

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the driver's errors in this block into soutui's; an error nobody foresaw passes through unchanged."""
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            translated = self._translate(error)
            if translated is None:
                raise
            raise translated from error

    def _sqlite(self) -> tuple[Engine, Engine]:
        if self.url.database in (None, "", ":memory:") or str(self.url.database).startswith("file:"):
            raise UsageError(
                f"the database must be a plain file; {self.url.database or 'memory'} came",
                "write sqlite:///path/to/soutui.db",
            )
        engines: list[Engine] = []
        # What the writing engine sorts may be larger than memory: the index of a long log.
        for begin, pragmas in (
            ("BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL", f"journal_size_limit={WAL_BYTES}")),
            ("BEGIN", ("query_only=ON", "temp_store=MEMORY")),
        ):
            engine = create_engine(
                self.url,
                max_overflow=-1,
                connect_args={"timeout": self.busy_seconds, "check_same_thread": False, "isolation_level": None},
            )
            _prepare(engine, begin, (*pragmas, f"cache_size={-(CACHE_BYTES >> 10)}"), self.busy_seconds)
            engines.append(engine)
        return engines[0], engines[1]

    def _server(self) -> tuple[Engine, Engine]:
        if self.url.get_backend_name() != "postgresql":
            raise UsageError(
                f"databases of type {self.url.get_backend_name()!r} are not supported",
                "use sqlite:///path/to/soutui.db or postgresql+psycopg://user@host/name",
            )
        writing = create_engine(self.url, max_overflow=-1, isolation_level="READ COMMITTED")
        reading = create_engine(
            self.url,
            max_overflow=-1,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
        return writing, reading

    def _translate(self, error: DBAPIError | sqlite3.Error) -> SoutuiError | None:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            return self._from_sqlite(cause)
        if isinstance(error, RefusedValue):
            return self._refused(cause)
        return self._from_server(error)

    def _from_sqlite(self, error: sqlite3.Error) -> SoutuiError | None:
        extended = getattr(error, "sqlite_errorcode", None)
        if extended is None:
            # The driver itself refused a parameter, before SQLite saw it.
            return (
                self._refused(error) if isinstance(error, sqlite3.InterfaceError | sqlite3.ProgrammingError) else None
            )
        code = extended & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or extended in _UNREADABLE:
            return DamagedError(
                f"the database {self.name} is damaged: {error}",
                "restore it from a backup, or move it away and import the files again",
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return BusyError(
                f"another process has been writing to {self.name} for more than {self.busy_seconds:g} seconds",
                "wait for it to end, then try again",
            )
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            return ResourceError(
                f"the disk of {self.name} did not take the data: {error}",
                "free some space and try again; everything acknowledged before is kept",
            )
        if code == sqlite3.SQLITE_NOMEM:
            return ResourceError(f"too little memory for {self.name}: {error}", "close other programs and try again")
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
            return UsageError(
                f"the database {self.name} cannot be opened for writing: {error}",
                "check the permissions of the file and of its folder",
            )
        if code == sqlite3.SQLITE_TOOBIG:
            return self._refused(error)
        return None

    def _from_server(self, error: DBAPIError | sqlite3.Error) -> SoutuiError | None:
        state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
        if state.startswith("53"):
            return ResourceError(f"{self.name} has too little of something: {error}", "free space and try again")
        if state in ("40001", "40P01", "55P03"):
            return BusyError(f"another process is writing to {self.name}: {error}", "try again")
        if state.startswith("XX"):
            return DamagedError(f"the database {self.name} is damaged: {error}", "restore it from a backup")
        if state.startswith("22"):
            return self._refused(error)
        if state == "3D000":
            return NotFoundError(f"there is no database {self.name}", "create it first (createdb)")
        if state.startswith(("08", "28", "57")) or (not state and isinstance(error, OperationalError)):
            return ResourceError(
                f"{self.name} cannot be reached: {error}", "check that it runs, its address and the user"
            )
        return None

    def _refused(self, error: BaseException | None) -> DataError:
        return DataError(
            f"the database {self.name} cannot hold a value: {error}",
            "texts must be valid Unicode, and numbers at most 64 bits",
        )


#: Errors of reading: the file is shorter than it says, or the disk cannot give it back.
_UNREADABLE = (sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_READ)


def _parse(url: str | Path) -> URL:
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise UsageError(f"{url!r} is not a database URL", "write sqlite:///path/to/soutui.db") from error


def _set(connection: sqlite3.Connection, pragma: str, until: float) -> None:
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}").fetchall()
            return
        except sqlite3.OperationalError as error:
            # Turning a new file to WAL does not wait for others who do the same, as everything else does.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _prepare(engine: Engine, begin: str, pragmas: tuple[str, ...], busy_seconds: float) -> None:
    """Set a connection up once, and begin transactions our way: the driver would begin only at the first write."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        for pragma in (*pragmas, f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            _set(connection, pragma, time.monotonic() + busy_seconds)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
