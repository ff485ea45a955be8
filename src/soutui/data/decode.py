"""Bytes to lines: unpacks gzip, finds the encoding, and never holds more than one bounded line."""

from __future__ import annotations

import codecs
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from soutui.errors import DataError

HEAD_BYTES = 1 << 20
#: Longest line and longest field in characters; anything longer is quarantined.
MAX_LINE = 16 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = ((b"PK\x03\x04", "an Excel or zip file"), (b"SQLite format 3", "a database"), (b"PAR1", "a Parquet file"))
_ESCAPED = re.compile("[\ud800-\udfff]")


def require_file(path: Path) -> None:
    """Raise DataError, naming close file names, unless ``path`` is a file."""
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path} is a folder; a file is needed", "name the files in it, or import it with a layout")
    parent = path.parent
    names = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, 3, 0.5)
    if not parent.is_dir():
        hint = f"the folder {parent} does not exist either"
    else:
        hint = f"did you mean {', '.join(near)}?" if near else f"{parent} holds {len(names)} other files"
    raise DataError(f"{path} does not exist", hint)


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked when they are gzip (told by content, not by name). Read errors become DataError."""
    require_file(path)
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=raw) as stream:
                    yield cast(BinaryIO, stream)
            else:
                yield raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip: {error}", "the file is cut short or broken: copy it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}", "check its permissions") from error


@contextmanager
def open_text(path: Path) -> Iterator[tuple[TextIO, str]]:
    """The file as text, line ends kept, and its encoding. Bytes that do not decode become lone surrogates."""
    with open_bytes(path) as stream:
        start = stream.read(HEAD_BYTES)
        stream.seek(0)
        encoding = guess_encoding(path, start, whole=len(start) < HEAD_BYTES)
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        try:
            yield text, encoding
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: not valid {encoding}: {error.reason}", "save the file as UTF-8") from None
        finally:
            text.detach()


def undecodable(line: str) -> bool:
    """Whether the line holds bytes that were not valid in the file's encoding."""
    return not line.isascii() and _ESCAPED.search(line) is not None


def read_lines(text: TextIO) -> Iterator[tuple[int, str | None]]:
    """Line number from 1 and line with its end; None for a line of more than ``MAX_LINE`` characters."""
    number = 0
    while line := text.readline(MAX_LINE):
        number += 1
        if len(line) < MAX_LINE or line[-1] in "\r\n":
            yield number, line
            continue
        while line and line[-1] not in "\r\n":
            line = text.readline(MAX_LINE)
        yield number, None


def guess_encoding(path: Path, start: bytes, whole: bool = False) -> str:
    """The encoding of a text that starts with these bytes: UTF-8, UTF-16 or -32 by mark, or GB18030.

    A few broken lines in UTF-8 stay UTF-8 (they are quarantined one by one). Raises DataError otherwise.
    """
    for magic, what in _NOT_TEXT:
        if start.startswith(magic):
            hint = "save it as CSV UTF-8" if what.startswith("an Excel") else "name it .parquet, or export it as CSV"
            raise DataError(f"{path} is {what}, not text", hint)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    if not whole:  # the last character may be cut in two
        start = start[: start.rfind(b"\n") + 1] or start[:-4]
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_gb18030(start):
            return "gb18030"
        lines = start.split(b"\n")
        broken = sum(not _is_utf8(line) for line in lines)
        if _is_utf8(lines[0]) and broken <= max(1, len(lines) // 10) and len(lines) > 2:
            return "utf-8"
        byte = start[error.start]
        raise DataError(
            f"{path}: not UTF-8: byte 0x{byte:02x} at offset {error.start}; "
            "UTF-8, UTF-16 with a mark and GB18030 are read",
            "save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 (BIG5 for traditional Chinese)",
        ) from None
    if start[:200].count(0) > 20:
        raise DataError(
            f"{path}: not text (zero bytes at the start)", "if it is UTF-16, save it with a byte order mark"
        )
    return "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_gb18030(start: bytes) -> bool:
    # Western one-byte encodings also decode as GB18030, but to rare characters: an accented letter is followed by
    # an ASCII one there, never a pair of high bytes. So most wide characters must be in the common set GB2312.
    try:
        text = start.decode("gb18030")
    except UnicodeDecodeError:
        return False
    wide = [character for character in text if "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"]
    high = sum(not character.isascii() for character in text)
    if not wide or len(wide) < 0.7 * high:
        return False
    common = len("".join(wide).encode("gb2312", "ignore").decode("gb2312"))
    return common >= 0.7 * len(wide)
