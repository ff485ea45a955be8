"""Rows of somebody else's database: one SELECT, read in batches, never written to.

The query runs in a read-only transaction where the database has them (SQLite, PostgreSQL, MySQL). With a cursor it is
wrapped, so that only rows from the last one on come, in order::

    SELECT * FROM (query) q WHERE q."cursor" >= :c OR q."cursor" IS NULL ORDER BY q."cursor"

``>=`` and not ``>``: of rows that share the last value, some may have come later. They are read twice rather than
lost, and reading a row twice changes nothing.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, TextClause, bindparam, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from soutui.config import SqlSource
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

Row = dict[str, Any]

#: Rows fetched at once.
BATCH = 5_000
#: Seconds that a locked SQLite file is waited for.
LOCK_SECONDS = 10.0
_NAME = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"pass|pwd|secret|token|odbc_connect", re.IGNORECASE)
_SKIPPED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL
)
_WRITES = re.compile(r"\b(insert|update|delete|into|drop|alter|create)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the order of the query; ``broken`` are the places of those that hold bytes that are not UTF-8."""

    rows: list[Row]
    broken: frozenset[int] = frozenset()


class Undecodable(bytes):
    """A text cell whose bytes are not UTF-8."""


class SourceReader:
    """A query to a database. Use it as a context manager; belongs to one thread.

    Raises SettingError on a missing environment variable, UsageError on a query that is not one SELECT,
    NotFoundError, BusyError, ResourceError or DataError when the database does not answer or refuses the query. No
    error ever holds a password.
    """

    def __init__(self, source: SqlSource, environment: Mapping[str, str]) -> None:
        self.source = source
        self._query = check_query(source.query)
        url, secrets = expand(source.url, environment)
        self._secrets = [part for one in secrets for part in (one, quote(one, safe="")) if part]
        #: What errors call it: the address without a password, wherever in it that stands.
        self.name = redact(url.render_as_string(hide_password=True))
        try:
            self._engine = _engine(url)
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise MissingExtraError(
                f"no driver for {url.drivername!r}: {error}", "install it, for example: pip install psycopg"
            ) from None
        self._bad: list[bool] = []
        if url.get_backend_name() == "sqlite":
            self._watch_texts()
        try:
            with self._errors():
                self._connection = self._engine.connect()
                self._connection.begin()
            #: The columns of the query, in its order.
            self.columns = self._columns()
        except BaseException:
            self._engine.dispose()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._connection.invalidate()  # a rollback through a line that broke would only complain once more
        self._connection.close()
        self._engine.dispose()

    def rows(self, since: Any = None, size: int = BATCH) -> Iterator[Batch]:
        """The rows from the cursor's value on (None: all), in its order; at most ``size`` are in memory."""
        statement = self._statement(since)
        with self._errors():
            result = self._connection.execute(
                statement, {} if since is None else {"c": since}, execution_options={"yield_per": size}
            )
            names = list(result.keys())
            for part in result.partitions(size):
                made = [dict(zip(names, row, strict=True)) for row in part]
                broken: frozenset[int] = frozenset()
                if self._bad:
                    self._bad.clear()
                    broken = frozenset(
                        place
                        for place, row in enumerate(made)
                        if any(type(cell) is Undecodable for cell in row.values())
                    )
                yield Batch(made, broken)

    def _statement(self, since: Any) -> TextClause:
        if not self.source.cursor:
            return _text(f"SELECT * FROM ({self._query}\n) q")
        name = self._quoted(self.source.cursor)
        if since is None:
            return _text(f"SELECT * FROM ({self._query}\n) q ORDER BY q.{name}")
        head = _escaped(f"SELECT * FROM ({self._query}\n) q WHERE q.{name} >= ")
        return text(f"{head}:c{_escaped(f' OR q.{name} IS NULL ORDER BY q.{name}')}").bindparams(bindparam("c"))

    def _columns(self) -> list[str]:
        with self._errors():
            result = self._connection.execute(_text(f"SELECT * FROM ({self._query}\n) q WHERE 1 = 0"))
            names = list(result.keys())
            result.close()
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(
                f"the query of {self.source.name!r} has two columns {', '.join(twice)}", "rename one with AS"
            )
        wanted = self.source.cursor
        if wanted and wanted not in names:
            near = difflib.get_close_matches(wanted, names, 1, 0.5)
            raise DataError(
                f"the query of {self.source.name!r} has no column {wanted!r} for the cursor; "
                f"it has {', '.join(names)[:300]}",
                f"did you mean {near[0]!r}?" if near else "name one that only grows, and select it",
            )
        return names

    def _quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(name)

    def _watch_texts(self) -> None:
        bad = self._bad

        def read(raw: bytes) -> str | Undecodable:
            try:
                return raw.decode("utf-8")
            except UnicodeDecodeError:
                bad.append(True)
                return Undecodable(raw)

        @event.listens_for(self._engine, "connect")
        def connect(connection: sqlite3.Connection, record: object) -> None:
            connection.text_factory = read
            connection.execute("PRAGMA query_only=ON")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            # `from None`: the driver's own error may carry the whole address.
            raise self._translated(error) from None

    def _translated(self, error: SQLAlchemyError | sqlite3.Error) -> SoutuiError:
        cause = (error.orig if isinstance(error, DBAPIError) else None) or error
        told = " ".join(str(cause).split())[:500] or type(cause).__name__
        for secret in self._secrets:
            told = told.replace(secret, "***")
        where = f"{self.source.name!r} ({self.name})"
        if isinstance(cause, sqlite3.Error):
            code = (getattr(cause, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                return BusyError(f"{where} is locked by another process: {told}", "wait for it to end, then try again")
            if code not in (
                sqlite3.SQLITE_ERROR,
                sqlite3.SQLITE_SCHEMA,
                sqlite3.SQLITE_MISMATCH,
                sqlite3.SQLITE_MISUSE,
            ):
                return ResourceError(f"{where} cannot be read: {told}", "check the file and the disk, then try again")
            return DataError(f"{where} refuses the query: {told}", "try the query in the database's own client")
        state = str(getattr(cause, "sqlstate", None) or "")
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or state.startswith(("08", "28", "57", "3D")) or (not state and "connect" in told.lower()):
            return ResourceError(
                f"{where} cannot be reached: {told}", "check that it runs, its address, the user and the password"
            )
        return DataError(f"{where} refuses the query: {told}", "try the query in the database's own client")


def expand(template: str, environment: Mapping[str, str]) -> tuple[URL, list[str]]:
    """The URL with every ``${NAME}`` replaced by that environment variable, and the secrets in it.

    In the part before ``@`` a value is taken literally, whatever characters it has; elsewhere it is part of the
    address as it is (``${DATABASE_URL}``). Raises SettingError on a variable that is not set.
    """
    shown = redact(template)

    def value(match: re.Match[str]) -> str:
        found = environment.get(match[1])
        if not found:
            raise SettingError(
                f"{shown} needs the environment variable {match[1]}, which is not set", f"export {match[1]}=…"
            )
        return found

    def literal(match: re.Match[str]) -> str:
        return quote(value(match), safe="")

    opening = re.match(r"([\w+]+://)([^/@]*)(@.*)", template, re.DOTALL)
    if opening:
        whole = opening[1] + _NAME.sub(literal, opening[2]) + _NAME.sub(value, opening[3])
    else:
        whole = _NAME.sub(value, template)
    url = _parse(whole, shown)
    secrets = [str(url.password)] if url.password else []
    secrets += [str(part) for name, part in url.query.items() if _SECRET.search(name)]
    return url, secrets


def redact(template: str) -> str:
    """The URL for people: without a literal password; ``${NAME}`` stays."""
    shown = re.sub(r"(://[^:/@]*:)(?!\$\{\w+\}@[^@]*$).*@", r"\1***@", template, flags=re.DOTALL)
    return re.sub(
        r"([?&][^=&]*(?:pass|pwd|secret|token|odbc_connect)[^=&]*=)(?!\$\{)[^&]*", r"\1***", shown, flags=re.I
    )


def has_secret(template: str) -> bool:
    """Whether a password stands literally in the URL."""
    return redact(template) != template


def check_query(query: str) -> str:
    """The query without a closing semicolon. Raises UsageError unless it is one SELECT or WITH statement."""
    stripped = query.strip()
    bare = _SKIPPED.sub(" ", stripped).strip()
    while bare.endswith(";") and stripped.endswith(";"):
        stripped, bare = stripped[:-1].rstrip(), bare[:-1].rstrip()
    first = re.match(r"[(\s]*(\w*)", bare)
    told = ""
    if first is None or first[1].lower() not in ("select", "with"):
        told = f"it starts with {bare[:20]!r}" if bare else "it is empty"
    elif ";" in bare:
        told = "it is several statements"
    elif writes := _WRITES.search(bare):
        told = f"it says {writes[1].upper()}"
    elif not _balanced(bare):
        told = "its brackets do not match"
    elif "'" in bare or '"' in bare or "`" in bare:
        told = "a quote is not closed"
    if told:
        raise UsageError(f"the query must be one SELECT: {told}", 'try --query "SELECT id, title, price FROM products"')
    return stripped


def _balanced(bare: str) -> bool:
    depth = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def _parse(whole: str, shown: str) -> URL:
    try:
        return make_url(whole)
    except (ArgumentError, ValueError):
        raise UsageError(
            f"{shown!r} is not a database URL", "write sqlite:///shop.db or postgresql+psycopg://user@host/name"
        ) from None


def _engine(url: URL) -> Engine:
    kind = url.get_backend_name()
    if kind == "sqlite":
        file = Path(str(url.database or ""))
        if not file.is_file():
            raise NotFoundError(f"there is no database {file}", "check the path; write sqlite:////absolute/path.db")

        def connect() -> sqlite3.Connection:
            address = f"file:{quote(str(file.resolve()))}?mode=ro"
            return sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS, check_same_thread=False)

        return create_engine("sqlite://", creator=connect)
    if kind == "postgresql":
        return create_engine(url, execution_options={"postgresql_readonly": True}, isolation_level="REPEATABLE READ")
    engine = create_engine(url)
    if kind in ("mysql", "mariadb"):

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("START TRANSACTION READ ONLY")

    return engine


def _text(statement: str) -> TextClause:
    return text(_escaped(statement))


def _escaped(statement: str) -> str:
    # A colon in a query is a cast or a time, never the name of a parameter.
    return statement.replace(":", "\\:")
