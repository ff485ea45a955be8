"""The store: the one door to the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, select, update

from soutui.data.batches import EventBatch, joined
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Tie, User
from soutui.errors import DamagedError, NotFoundError, ResourceError, UsageError
from soutui.store.catalog import ITEMS, JUDGMENTS, QUERIES, TEXTS, TIES, USERS, Keeper, Written, delete_items
from soutui.store.changes import Changes, read_changes
from soutui.store.check import find_problems
from soutui.store.database import BUSY_SECONDS, Database
from soutui.store.events import Recorded, check_batch, history, record
from soutui.store.glance import Glance
from soutui.store.log import slices
from soutui.store.long import long_write, mend
from soutui.store.migrate import HEAD, revision, to_head
from soutui.store.registry import BundleRow, add_bundles, bundle_row, list_bundles, set_states
from soutui.store.rows import (
    ITEM_COLUMNS,
    Row,
    check_id,
    item_of,
    item_row,
    judgment_row,
    query_row,
    text_row,
    tie_row,
    user_row,
)
from soutui.store.snapshot import Snapshot, count_rows
from soutui.store.tables import bundles, items, judgments, meta, queries, texts, ties, users
from soutui.store.writer import Writer

#: Rows in one transaction of a long write. Events are narrow and their indexes profit from larger steps.
ITEM_ROWS = 5_000
EVENT_ROWS = 100_000


class Store:
    """Catalogue, users, events, judgments and registry in one SQL database. Use :meth:`open`.

    Safe from any thread; several processes may have the same database open. A write returns after commit and fsync,
    and what it acknowledged survives a killed process and a lost power supply. A write of at most :data:`ITEM_ROWS`
    records (:data:`EVENT_ROWS` events) is one transaction: all or nothing. A longer one is a row of transactions; when
    it fails, those before stay, and writing the same again is safe, for every write is idempotent.

    Every write may raise :class:`~soutui.errors.DataError` (a record that cannot be stored),
    :class:`~soutui.errors.BusyError` (another process held the lock too long), :class:`~soutui.errors.ResourceError`
    (disk full) and :class:`~soutui.errors.DamagedError`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer = Writer(database)
        self._glance = Glance(database)

    @classmethod
    def open(cls, url: str | Path, *, create: bool = False, busy_seconds: float = BUSY_SECONDS) -> Store:
        """Open a database by SQLAlchemy URL or SQLite file, with its tables brought up to date.

        ``create`` makes an absent one. Raises :class:`NotFoundError` when it is absent and ``create`` is false,
        :class:`DamagedError` when it is not a database any more, :class:`UsageError` when it is somebody else's.
        """
        database = Database(url, busy_seconds)
        _check_file(database, create)
        try:
            with database.read() as connection:
                current = revision(connection)
            if current is None and not create:
                raise NotFoundError(f"the database {database.name} has no soutui data", "import something first")
            if current != HEAD:
                # Under the write lock: of two processes that arrive at once, one waits and finds the work done.
                with database.write() as connection:
                    to_head(connection)
            mend(database)
            store = cls(database)
            store.latest()
        except BaseException:
            database.close()
            raise
        return store

    def close(self) -> None:
        """Finish pending writes and let go of the database. A second call does nothing."""
        self._writer.close()
        self._glance.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """The SQLite file, or the server's address without the password."""
        return self._database.name

    # --- writing ---

    def put_items(self, items: Iterable[Item]) -> Written:
        """Add or replace items by id. One whose contents are as before is unchanged and takes no number."""
        return self._put(ITEMS, map(item_row, items))

    def delete_items(self, ids: Iterable[str]) -> Written:
        """Delete items by id. Ids that never existed are counted as ``unknown``."""
        total = Written(0, 0, 0)
        for part in slices((check_id("an item", id) for id in ids), ITEM_ROWS):
            total += self._writer.run(delete_items, part)
        return total if total.seq else Written(0, 0, self.latest())

    def put_users(self, users: Iterable[User]) -> Written:
        """Add or replace users by id."""
        return self._put(USERS, map(user_row, users))

    def put_ties(self, ties: Iterable[Tie]) -> Written:
        """Add or replace ties by user, other end and kind."""
        return self._put(TIES, map(tie_row, ties))

    def put_texts(self, texts: Iterable[LabelledText]) -> Written:
        """Add or replace labelled texts by id."""
        return self._put(TEXTS, map(text_row, texts))

    def put_queries(self, queries: Iterable[Query]) -> Written:
        """Add or replace queries by id."""
        return self._put(QUERIES, map(query_row, queries))

    def put_judgments(self, judgments: Iterable[Judgment]) -> Written:
        """Add or replace judgments by query and item."""
        return self._put(JUDGMENTS, map(judgment_row, judgments))

    def record(self, events: Iterable[Event]) -> Recorded:
        """Append events. One whose id is there already is a duplicate and changes nothing."""
        return self.record_batches(map(EventBatch.of, slices(events, EVENT_ROWS)))

    def record_batches(self, batches: Iterable[EventBatch]) -> Recorded:
        """:meth:`record` for events that come as columns. Small batches share a transaction, none is torn apart."""
        total = Recorded(0, 0, 0)
        try:
            with ExitStack() as stack:
                for number, batch in enumerate(map(check_batch, joined(batches, EVENT_ROWS))):
                    if number == 1:
                        stack.enter_context(long_write(self._database, self._writer, total.accepted))
                    total += self._writer.run(record, batch)
        except ResourceError as error:
            raise _with_kept(error, total.accepted, "events") from error
        return total if total.seq else Recorded(0, 0, self.latest())

    def add_bundle(self, bundle: BundleRow) -> None:
        """Register a bundle; one of the same name is replaced."""
        self._writer.run(add_bundles, bundle_row(bundle))

    def set_bundle_state(self, name: str, state: str) -> None:
        """Set a bundle's state. Raises :class:`NotFoundError` for an unknown name."""
        self._writer.run(set_states, (name, state))

    def set_meta(self, name: str, value: str) -> None:
        """Keep a small text under a name; the next one replaces it."""
        self._writer.run(_set_meta, (name, value))

    # --- reading ---

    def latest(self) -> int:
        """The newest committed number of the change log, by whichever process; microseconds on SQLite."""
        return self._glance.newest()

    def changes(self, since: int, until: int | None = None, max_rows: int = 10_000) -> Changes:
        """Items and events numbered in ``(since, until]``, at most ``max_rows`` of them, in one consistent look."""
        if since < 0 or max_rows < 1:
            raise UsageError(f"changes since {since}, at most {max_rows} rows", "since from 0, max_rows from 1")
        with self._database.read() as connection:
            return read_changes(connection, since, until, max_rows)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One consistent look at everything. On SQLite it holds back the checkpoint of the log: do not keep it open."""
        with self._database.read() as connection:
            yield Snapshot(connection)

    def get_item(self, id: str) -> Item | None:
        """The item, or None when it is unknown or deleted."""
        wanted = select(*(items.c[name] for name in ITEM_COLUMNS)).where(
            items.c.id == check_id("an item", id), items.c.deleted.is_(False)
        )
        with self._database.read() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else item_of(row)

    def history(self, user: str, k: int = 50) -> list[Event]:
        """The user's ``k`` most recent events, most recent first."""
        with self._database.read() as connection:
            return history(connection, check_id("a user", user), k)

    def list_bundles(self) -> list[BundleRow]:
        """All registered bundles, newest first."""
        with self._database.read() as connection:
            return list_bundles(connection)

    def get_meta(self, name: str) -> str | None:
        """The text kept under this name."""
        with self._database.read() as connection:
            return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()

    def counts(self) -> dict[str, int]:
        """How much of everything there is, and the newest number (``seq``); on SQLite also ``bytes`` on disk."""
        with self._database.read() as connection:
            alive = Snapshot(connection)
            found = {
                "items": alive.count_items(),
                "deleted": count_rows(connection, items),
                "users": count_rows(connection, users),
                "ties": count_rows(connection, ties),
                "events": alive.count_events(),
                "queries": count_rows(connection, queries),
                "judgments": count_rows(connection, judgments),
                "texts": count_rows(connection, texts),
                "bundles": count_rows(connection, bundles),
                "seq": alive.seq,
            }
        found["deleted"] -= found["items"]
        file = self._database.file
        if file is not None:
            parts = (file, file.with_name(file.name + "-wal"))
            found["bytes"] = sum(part.stat().st_size for part in parts if part.exists())
        return found

    def check(self) -> list[str]:
        """What is wrong with the database, one sentence each; empty when all is well. Reads all of it."""
        return find_problems(self._database)

    def _put(self, keeper: Keeper, rows: Iterable[Row]) -> Written:
        total = Written(0, 0, 0)
        try:
            with ExitStack() as stack:
                for number, part in enumerate(slices(rows, ITEM_ROWS)):
                    if number == 1:
                        stack.enter_context(long_write(self._database, self._writer))
                    total += self._writer.run(keeper.put, part)
        except ResourceError as error:
            raise _with_kept(error, total.written, keeper.name) from error
        return total if total.seq else Written(0, 0, self.latest())


def _with_kept(error: ResourceError, count: int, what: str) -> ResourceError:
    """The error with what a long write had committed before it."""
    return ResourceError(f"{error.message}; {count} {what} were written before", error.hint) if count else error


def _set_meta(connection: Connection, payloads: Sequence[tuple[str, str]]) -> list[None]:
    for name, value in payloads:
        if not connection.execute(update(meta).where(meta.c.name == name).values(value=value)).rowcount:
            connection.execute(insert(meta).values(name=name, value=value))
    return [None] * len(payloads)


def _check_file(database: Database, create: bool) -> None:
    file = database.file
    if file is None:
        return
    if file.is_dir():
        raise UsageError(f"{file} is a folder", "name the database file in it")
    if not file.exists():
        if not create:
            raise NotFoundError(f"there is no database {file}", "import something first, or check the path")
        if not file.parent.is_dir():
            raise NotFoundError(f"there is no folder {file.parent} for the database", "make the folder first")
    elif not create and file.stat().st_size == 0:
        raise DamagedError(f"the database {file} is empty", "restore it from a backup, or delete it and import again")
