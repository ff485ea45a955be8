"""Vectors that were computed once: by encoder and by the text's hash, so only changed items are encoded again.

One SQLite file of float16 rows. It is only a cache: a damaged file is thrown away and begun anew.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from soutui.errors import BusyError, ResourceError, SoutuiError, UsageError
from soutui.types import Encoder, Mask, Vectors

Progress = Callable[[int, int], None]
T = TypeVar("T")

# Texts encoded between two writes: what a killed build has to do again, at most.
_CHUNK = 1024
_LOOKUP = 900  # keys in one statement; SQLite allows 32766 from 3.32 on and 999 before
_WAIT_SECONDS = 30.0
_NORM_SLACK = 0.01  # float16 moves the norm of a unit row by less than this

_SCHEMA = """
CREATE TABLE IF NOT EXISTS space (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS vector (space INTEGER NOT NULL, hash BLOB NOT NULL, row BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS vector_key ON vector (space, hash);
"""


class Encoded(NamedTuple):
    """``vectors`` (n, d); ``encoded`` texts went through the model, ``reused`` = n - encoded did not."""

    vectors: Vectors
    encoded: int
    reused: int


def content_hash(text: str) -> bytes:
    """16 bytes of blake2b over the text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorCache:
    """Unit vectors by encoder fingerprint and content hash. Safe for several threads and processes.

    ``rebuilt`` says that a damaged file was found and thrown away since this object was made. Vectors come back with
    float16 precision (cosine to what was put above .99999), normalised again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rebuilt = False
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get_many(self, fingerprint: str, hashes: Sequence[bytes], dim: int) -> tuple[Mask, Vectors]:
        """Which of the hashes (n,) are known, and the vectors ``(n, dim)``; rows of unknown ones are zero."""
        return self._guarded(lambda connection: _read(connection, fingerprint, hashes, dim))

    def known(self, fingerprint: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Which of the hashes have a vector, without reading any."""
        return self._guarded(lambda connection: _known(connection, fingerprint, hashes))

    def put_many(self, fingerprint: str, hashes: Sequence[bytes], vectors: Vectors) -> None:
        """Remember vectors ``(n, d)``, all or none of them. A hash that is known already gets the new vector."""
        if len(hashes) != len(vectors):
            raise UsageError(f"{len(hashes)} hashes and {len(vectors)} vectors; there must be as many")
        rows = np.ascontiguousarray(vectors, np.float16)
        if len(rows):
            self._guarded(lambda connection: _write(connection, fingerprint, hashes, rows))

    def prune(self, keep: Sequence[str]) -> int:
        """Drop the vectors of every encoder but these fingerprints and shrink the file; how many rows went."""
        return self._guarded(lambda connection: _prune(connection, keep))

    def close(self) -> None:
        """Close the file. The object may be used again; it then opens the file anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> VectorCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do the work; if the file turns out to be damaged, begin a new one and do it again, once."""
        with self._lock:
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                if not _damaged(error):
                    raise _translated(error, self.path) from error
            self._discard()
            try:
                return self._attempt(work)
            except sqlite3.DatabaseError as error:
                raise _translated(error, self.path) from error

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = _connect(self.path)
        with self._connection:
            return work(self._connection)

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        self.rebuilt = True


def encode_items(
    encoder: Encoder, texts: Sequence[str], cache: VectorCache | None = None, progress: Progress | None = None
) -> Encoded:
    """Vectors of item texts, taking from the cache what it knows. Equal texts are encoded once; blank ones are zero.

    What is new goes into the cache chunk by chunk, so a build that was killed goes on where it stopped.
    ``progress(done, total)`` counts the texts that have to be encoded.
    """
    rows: dict[bytes, int] = {}
    samples: list[str] = []
    places = np.full(len(texts), -1, np.int64)  # which distinct text each one is; -1: blank
    for i, text in enumerate(texts):
        if not text.strip():
            continue
        key = content_hash(text)
        place = rows.setdefault(key, len(rows))
        if place == len(samples):
            samples.append(text)
        places[i] = place
    keys = list(rows)
    if cache is None:
        known, distinct = np.zeros(len(keys), np.bool_), np.zeros((len(keys), encoder.dim), np.float32)
    else:
        known, distinct = cache.get_many(encoder.fingerprint, keys, encoder.dim)
    missing = np.flatnonzero(~known)
    for start in range(0, len(missing), _CHUNK):
        chunk = missing[start : start + _CHUNK]
        distinct[chunk] = encoder.encode([samples[i] for i in chunk], "item")
        if cache is not None:
            cache.put_many(encoder.fingerprint, [keys[i] for i in chunk], distinct[chunk])
        if progress is not None:
            progress(start + len(chunk), len(missing))
    if len(keys) == len(texts):
        return Encoded(distinct, len(missing), len(texts) - len(missing))
    vectors = np.zeros((len(texts), encoder.dim), np.float32)
    filled = places >= 0
    vectors[filled] = distinct[places[filled]]
    return Encoded(vectors, len(missing), len(texts) - len(missing))


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")  # KiB; the index of a million rows fits
        connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _read(connection: sqlite3.Connection, fingerprint: str, hashes: Sequence[bytes], dim: int) -> tuple[Mask, Vectors]:
    known, vectors = np.zeros(len(hashes), np.bool_), np.zeros((len(hashes), dim), np.float32)
    space = _space(connection, fingerprint)
    if space is None:
        return known, vectors
    places: dict[bytes, int] = {key: i for i, key in enumerate(hashes)}
    keys = sorted(places)  # in the order of the index: fewer pages are read twice
    for start in range(0, len(keys), _LOOKUP):
        part = keys[start : start + _LOOKUP]
        marks = ",".join("?" * len(part))
        found = connection.execute(
            f"SELECT hash, row FROM vector WHERE space = ? AND hash IN ({marks})", (space, *part)
        ).fetchall()
        good = [(places[key], row) for key, row in found if len(row) == 2 * dim]
        if not good:
            continue
        rows = np.frombuffer(b"".join(row for _, row in good), np.float16).reshape(-1, dim).astype(np.float32)
        norms = np.sqrt(np.einsum("nd,nd->n", rows, rows))
        # A row that is not a unit vector was damaged on the disk: it counts as unknown.
        whole = np.abs(norms - 1) < _NORM_SLACK
        at = np.fromiter((place for place, _ in good), np.int64, len(good))[whole]
        vectors[at] = rows[whole] / norms[whole, None]
        known[at] = True
    if len(places) < len(hashes):  # the same hash more than once
        last = np.fromiter((places[key] for key in hashes), np.int64, len(hashes))
        known, vectors = known[last], vectors[last]
    return known, vectors


def _known(connection: sqlite3.Connection, fingerprint: str, hashes: Sequence[bytes]) -> set[bytes]:
    space = _space(connection, fingerprint)
    keys = sorted(set(hashes)) if space is not None else []
    found: set[bytes] = set()
    for start in range(0, len(keys), _LOOKUP):
        part = keys[start : start + _LOOKUP]
        marks = ",".join("?" * len(part))
        rows = connection.execute(f"SELECT hash FROM vector WHERE space = ? AND hash IN ({marks})", (space, *part))
        found.update(row[0] for row in rows)
    return found


def _write(
    connection: sqlite3.Connection, fingerprint: str, hashes: Sequence[bytes], rows: NDArray[np.float16]
) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR IGNORE INTO space (fingerprint) VALUES (?)", (fingerprint,))
    space = _space(connection, fingerprint)
    connection.executemany(
        "INSERT INTO vector (space, hash, row) VALUES (?, ?, ?) "
        "ON CONFLICT (space, hash) DO UPDATE SET row = excluded.row",
        ((space, key, row.tobytes()) for key, row in zip(hashes, rows, strict=True)),
    )


def _prune(connection: sqlite3.Connection, keep: Sequence[str]) -> int:
    spaces = [row[0] for row in connection.execute("SELECT id, fingerprint FROM space") if row[1] not in keep]
    gone = 0
    for space in spaces:
        gone += connection.execute("DELETE FROM vector WHERE space = ?", (space,)).rowcount
        connection.execute("DELETE FROM space WHERE id = ?", (space,))
    connection.commit()
    if gone:
        connection.execute("VACUUM")
    return gone


def _space(connection: sqlite3.Connection, fingerprint: str) -> int | None:
    row = connection.execute("SELECT id FROM space WHERE fingerprint = ?", (fingerprint,)).fetchone()
    return None if row is None else int(row[0])


def _damaged(error: sqlite3.DatabaseError) -> bool:
    # Extended codes carry the plain one in their low byte. Tables of another make raise SQLITE_ERROR (no such column).
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _translated(error: sqlite3.DatabaseError, path: Path) -> SoutuiError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"{path} is held by another process", "wait for it to end")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return ResourceError(f"{path}: {error}", "is the disk full, or the folder not writable?")
    return SoutuiError(f"{path}: {error}", "delete the file; it is only a cache")
