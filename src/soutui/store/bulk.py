"""Many rows at once, past SQLAlchemy's per-row work: the statement is compiled once, the driver gets plain tuples.

Twice as fast as ``connection.execute`` both ways. Only for columns whose Python values the driver takes as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select, Update

from soutui.store.rows import Row

#: Rows fetched at once.
BATCH = 5_000


def write_rows(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> None:
    """Run a statement for every row. All rows have the same keys: the statement's parameters."""
    if len(rows) < 3:
        connection.execute(statement, rows)
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    constants = {name: value for name, value in compiled.params.items() if name not in rows[0]}
    parameters: Any = [constants | row for row in rows] if constants else rows
    if compiled.positional and compiled.positiontup:
        parameters = list(map(itemgetter(*compiled.positiontup), parameters))
    connection.exec_driver_sql(str(compiled), parameters)


def append_rows(
    connection: Connection, statement: Insert, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows that come as tuples in the order of ``names``. On SQLite they are never all in memory."""
    if connection.dialect.name == "sqlite":
        sql, places = _compiled(statement, connection.dialect, tuple(names))
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(sql, map(itemgetter(*places), rows))  # type: ignore[arg-type]  # sqlite3 takes any iterable
        finally:
            cursor.close()
        return
    write_rows(connection, statement, [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=16)
def _compiled(statement: Insert, dialect: Dialect, names: tuple[str, ...]) -> tuple[str, tuple[int, ...]]:
    """The SQL of a statement, and where among ``names`` each of its parameters is. Compiling takes half a millisecond,
    as long as writing a hundred rows."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    return str(compiled), tuple(map(names.index, compiled.positiontup or ()))


def read_rows(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a select, in lists of :data:`BATCH`; never all of them in memory."""
    if connection.dialect.name != "sqlite":
        result = connection.execute(statement.execution_options(yield_per=BATCH))
        yield from result.partitions()
        return
    sql = str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql)
        while rows := cursor.fetchmany(BATCH):
            yield rows
    finally:
        cursor.close()
