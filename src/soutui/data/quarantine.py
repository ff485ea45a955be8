"""Rows that cannot be used, kept aside with file, line, column and reason, so that the good rows go on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from soutui.errors import ResourceError

ROW_BYTES = 2048
#: Rows written per source file; further ones are counted only, so that a wholly wrong file cannot fill the disk.
KEPT_ROWS = 100_000


class Quarantine:
    """Collects rejected rows in ``<folder>/<source file name>.quarantine.jsonl``; without a folder it only counts.

    A line is ``{file, line, column, reason, row}``. Reasons read ``category: detail``. Files are opened at the
    first rejection, so a clean import leaves none. Use it as a context manager. Not thread-safe.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._reasons: dict[str, Counter[str]] = {}
        self._notes: dict[str, Counter[str]] = {}
        self._streams: dict[str, BinaryIO] = {}
        self._paths: dict[str, Path] = {}
        self._written: Counter[str] = Counter()
        self._earlier: Counter[str] = Counter()

    def __enter__(self) -> Quarantine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def count(self) -> int:
        """How many rows were rejected."""
        return sum(self.reasons.values())

    @property
    def reasons(self) -> Counter[str]:
        """How many rows were rejected, by category of reason."""
        return sum(self._reasons.values(), Counter())

    @property
    def notes(self) -> Counter[str]:
        """How many values were dropped from rows that were kept, by category of reason."""
        return sum(self._notes.values(), Counter())

    @property
    def paths(self) -> tuple[Path, ...]:
        """The quarantine files written so far."""
        return tuple(path for file, path in self._paths.items() if self._written[file])

    def begin(self, file: str) -> None:
        """Start reading ``file`` anew: forgets what an earlier reading rejected and removes its quarantine file."""
        self._reasons.pop(file, None)
        self._notes.pop(file, None)
        self._written.pop(file, None)
        self._earlier.pop(file, None)
        stream = self._streams.pop(file, None)
        if stream is not None:
            stream.close()
        if self.folder is not None:
            self._path(file).unlink(missing_ok=True)

    def resume(self, file: str) -> None:
        """Go on with ``file`` where an earlier import ended: what that one rejected stays in the quarantine file."""
        if self.folder is not None and (path := self._path(file)).exists():
            with path.open("rb") as stream:
                self._earlier[file] = sum(1 for _ in stream)

    def reject(self, file: str, line: int, column: str, reason: str, row: Any) -> None:
        """Keep a row aside. ``line`` counts from 1; ``column`` may be empty; ``row`` is cut to about 2 KB."""
        self._reasons.setdefault(file, Counter())[_category(reason)] += 1
        self._write(file, {"file": file, "line": line, "column": column, "reason": reason, "row": _short(row)})

    def note(self, file: str, line: int, column: str, reason: str, value: Any) -> None:
        """Record that a value was dropped while its row was kept; the line carries ``kept: true``."""
        self._notes.setdefault(file, Counter())[_category(reason)] += 1
        entry = {"file": file, "line": line, "column": column, "reason": reason, "row": _short(value), "kept": True}
        self._write(file, entry)

    def close(self) -> None:
        """Close the files; further rejections append."""
        for stream in self._streams.values():
            stream.close()
        self._streams.clear()

    def _path(self, file: str) -> Path:
        # Two sources may share a file name (2023/log.csv, 2024/log.csv): the second gets a number.
        assert self.folder is not None
        if file not in self._paths:
            name, number = Path(file).name, 1
            taken = set(self._paths.values())
            path = self.folder / f"{name}.quarantine.jsonl"
            while path in taken:
                number += 1
                path = self.folder / f"{name}.{number}.quarantine.jsonl"
            self._paths[file] = path
        return self._paths[file]

    def _write(self, file: str, entry: Mapping[str, Any]) -> None:
        if self.folder is None or self._written[file] + self._earlier[file] >= KEPT_ROWS:
            return
        try:
            stream = self._streams.get(file)
            if stream is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                stream = self._path(file).open("ab" if self._written[file] or self._earlier[file] else "wb")
                self._streams[file] = stream
            known = {key: _plain(part, 1000, 0) if key != "row" else part for key, part in entry.items()}
            stream.write(orjson.dumps(known) + b"\n")
        except OSError as error:
            raise ResourceError(f"cannot write the quarantine file for {file}: {error}", "free disk space") from error
        self._written[file] += 1


def _category(reason: str) -> str:
    return reason.split(":", 1)[0]


def _short(row: Any) -> Any:
    plain = _plain(row, ROW_BYTES, 3)
    text = orjson.dumps(plain)
    if len(text) <= ROW_BYTES:
        return plain
    plain = _plain(row, 100, 3)
    text = orjson.dumps(plain)
    return plain if len(text) <= ROW_BYTES else text[:ROW_BYTES].decode("utf-8", "replace")


def _plain(value: Any, width: int, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        cut = value if len(value) <= width else value[:width] + "…"
        return cut.encode("utf-8", "replace").decode("utf-8")
    if depth and isinstance(value, Mapping):
        return {_plain(str(key), 100, 0): _plain(part, width, depth - 1) for key, part in list(value.items())[:100]}
    if depth and isinstance(value, list | tuple):
        return [_plain(part, width, depth - 1) for part in value[:100]]
    if isinstance(value, int) and abs(value) < 1 << 63:
        return value
    # Depth is spent or the type is foreign: what it looks like, cut before anything long is built.
    return _plain(
        f"<{type(value).__name__}>" if isinstance(value, Mapping | list | tuple | int) else repr(value), width, 0
    )
