"""What the layouts of search and text sets share: tables in Western encodings, stable names, files of a folder."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from soutui.data.decode import HEAD_BYTES, MAX_LINE, guess_encoding, open_bytes, read_lines, undecodable
from soutui.data.delimited import read_cells, read_delimited
from soutui.data.hashes import digest
from soutui.data.quarantine import Quarantine
from soutui.data.readers import SUFFIXES, Row, file_suffix, read_rows
from soutui.data.values import read_id
from soutui.errors import DataError

_DELIMITED = (".csv", ".tsv", ".txt")
#: Three high bytes in a row are a broken or a Chinese text; accents and curly quotes come alone or in pairs.
_WIDE = re.compile(rb"[\x80-\xff]{3}")


def words(text: str) -> frozenset[str]:
    """The words of a list written with spaces."""
    return frozenset(text.split())


def name_of(*parts: str) -> str:
    """A stable id for what has none: 16 hexadecimal digits of a hash of its parts."""
    return f"{digest(chr(31).join(parts).encode('utf-8', 'surrogatepass')):016x}"


def id_of(value: Any) -> str:
    """A cell as an id; ``""`` for a missing one and for a nested value."""
    return "" if isinstance(value, Mapping | list | tuple) else read_id(value)


def tables(path: Path, suffixes: Sequence[str] = SUFFIXES) -> list[Path]:
    """The tables in a folder by name, or the one file that the path is; hidden files are left out."""
    if path.is_file():
        return [path]
    files = sorted(path.iterdir()) if path.is_dir() else []
    return [file for file in files if file.is_file() and file.name[0] != "." and file_suffix(file) in suffixes]


def read_table(path: Path, quarantine: Quarantine) -> Iterator[Row]:
    """Line number and values by column, as :func:`soutui.data.readers.read_rows`, Western encodings included."""
    if file_suffix(path) not in _DELIMITED:
        yield from read_rows(path, quarantine)
        return
    quarantine.begin(str(path))
    with open_mended(path) as text:
        yield from read_delimited(text, path, quarantine)


def read_table_cells(path: Path, quarantine: Quarantine) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row, the first included, of a delimited file that may have no header."""
    quarantine.begin(str(path))
    with open_mended(path) as text:
        yield from read_cells(text, path, quarantine)


def read_lines_of(path: Path, delimiter: str, quarantine: Quarantine) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every line of a file without quoting, Western encodings included."""
    quarantine.begin(str(path))
    with open_mended(path) as text:
        for number, line in read_lines(text):
            if line is None or undecodable(line):
                reason = (
                    "line too long: more than 16 MB" if line is None else "wrong encoding: bytes that are not valid"
                )
                quarantine.reject(str(path), number, "", reason, line or "")
            elif line.strip():
                yield number, line.rstrip("\r\n").split(delimiter)


def first_rows(path: Path, n: int = 1) -> list[dict[str, Any]]:
    """The first readable rows; none when the file is no table at all. Nothing is quarantined."""
    try:
        return [values for _, values in islice(read_table(path, Quarantine(None)), n)]
    except DataError:
        return []


@contextmanager
def open_mended(path: Path) -> Iterator[TextIO]:
    """The file as text: as :func:`soutui.data.decode.open_text`, and lines that are not UTF-8 as Windows-1252.

    Old Western sets are ISO 8859-1 or mix encodings by line. A line with three high bytes in a row is not one of
    theirs: it stays undecodable, so that a broken Chinese line is quarantined and not turned into nonsense.
    """
    with open_bytes(path) as stream:
        start = stream.read(HEAD_BYTES)
        stream.seek(0)
        whole = len(start) < HEAD_BYTES
        try:
            encoding = guess_encoding(path, start, whole)
        except DataError:  # raised again for what is no text at all
            encoding = guess_encoding(path, b"".join(map(_mend, start.splitlines(keepends=True))), whole)
        raw: BinaryIO = stream if encoding != "utf-8" else io.BufferedReader(_Mended(stream))
        text = io.TextIOWrapper(raw, encoding, errors="surrogateescape", newline="")
        try:
            yield text
        finally:
            text.detach()


class _Mended(io.RawIOBase):
    """The bytes of a stream, line by line in UTF-8."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = _mend(self._stream.readline(MAX_LINE))
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


def _mend(line: bytes) -> bytes:
    if line.isascii():
        return line
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        if _WIDE.search(line):
            return line
        try:
            return line.decode("cp1252").encode("utf-8")
        except UnicodeDecodeError:
            return line.decode("latin-1").encode("utf-8")
    return line
