"""Files to rows, streaming: CSV, TSV, JSON lines, JSON arrays and Parquet, each also gzipped.

A reader knows columns, not what they mean; :mod:`soutui.data.columns` guesses that. Bad rows go to the
quarantine and reading continues; a file that cannot be read at all is a DataError.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from typing import Any, TextIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from soutui.data.blocks import BAD, ArrowBlock, Block, RowBlock
from soutui.data.decode import MAX_LINE, open_bytes, open_text, read_lines, require_file, undecodable
from soutui.data.delimited import read_delimited
from soutui.data.quarantine import Quarantine
from soutui.errors import DataError

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
#: Rows decoded at once where rows are wanted one by one, and where columns are.
BATCH_ROWS = 8192
BLOCK_ROWS = 25_000
#: Rows of text in one block: they are Python objects already, and more of them only leave the processor's cache.
TEXT_BLOCK_ROWS = 1_000
_PARQUET = (".parquet", ".pq")
_CHUNK = 1 << 16

Row = tuple[int, dict[str, Any]]


def read_rows(path: Path, quarantine: Quarantine) -> Iterator[Row]:
    """Line number and values by column of every readable row, in file order; memory stays flat.

    Lines count from 1 and include the header; in a JSON array and in Parquet they are row numbers. Raises
    DataError when the file is missing, empty, of an unknown kind, damaged or in an unreadable encoding.
    """
    suffix = _begin(path, quarantine)
    if suffix in _PARQUET:
        for block in _read_parquet(path, quarantine, BATCH_ROWS):
            yield from zip(block.lines, block.rows(), strict=True)
    else:
        yield from _read_text(path, suffix, quarantine)


def read_blocks(path: Path, quarantine: Quarantine, size: int = BLOCK_ROWS) -> Iterator[Block]:
    """The rows of :func:`read_rows` in blocks of at most ``size``, for who takes a column at a time. Same errors."""
    suffix = _begin(path, quarantine)
    if suffix in _PARQUET:
        yield from _read_parquet(path, quarantine, size)
        return
    rows = _read_text(path, suffix, quarantine)
    while part := list(islice(rows, min(size, TEXT_BLOCK_ROWS))):
        yield RowBlock([line for line, _ in part], [values for _, values in part])


def head(path: Path, n: int = 200) -> list[dict[str, Any]]:
    """The first ``n`` readable rows; nothing is quarantined."""
    rows = read_rows(path, Quarantine(None))
    return [values for _, values in islice(rows, n)]


def file_suffix(path: Path) -> str:
    """The suffix that names the format: ``.csv`` of ``log.csv.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _begin(path: Path, quarantine: Quarantine) -> str:
    """The suffix of a file that is there and can be read."""
    require_file(path)
    suffix = file_suffix(path)
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path}: cannot tell the format from {suffix or 'a name without suffix'!r}",
            f"name it {', '.join(SUFFIXES)} (each also with .gz)",
        )
    quarantine.begin(str(path))
    return suffix


def _read_text(path: Path, suffix: str, quarantine: Quarantine) -> Iterator[Row]:
    with open_text(path) as (text, _):
        if suffix in (".jsonl", ".ndjson", ".json"):
            yield from _read_json(text, path, quarantine)
        else:
            yield from read_delimited(text, path, quarantine)


def _read_json(text: TextIO, path: Path, quarantine: Quarantine) -> Iterator[Row]:
    file, lines, any_line = str(path), read_lines(text), False
    for number, line in lines:
        if line is None:
            any_line = True
            quarantine.reject(file, number, "", "line too long: more than 16 MB", "")
            continue
        if not line.strip():
            continue
        if not any_line and (line.lstrip().startswith("[") or _opens_object(line)):
            yield from _read_stream(text, line, path, quarantine)
            return
        any_line = True
        if undecodable(line):
            quarantine.reject(file, number, "", "wrong encoding: bytes that are not valid here", line)
            continue
        try:
            values = _parse(line)
        except (ValueError, RecursionError) as error:
            quarantine.reject(file, number, "", f"bad JSON: {error}"[:200], line)
            continue
        yield from _object(values, number, file, quarantine)
    if not any_line:
        raise DataError(f"{path} is empty", "it needs one JSON object a line")


def _parse(line: str) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)  # knows NaN and Infinity, which are data here and judged by column


def _opens_object(line: str) -> bool:
    # An object printed over several lines: its first line alone is not JSON, and has no second line's start.
    return line.strip() == "{" or (line.lstrip().startswith("{") and line.rstrip().endswith((",", "{", "[")))


def _object(values: Any, number: int, file: str, quarantine: Quarantine) -> Iterator[Row]:
    if isinstance(values, dict):
        yield number, values
    else:
        reason = f"not an object: JSON {type(values).__name__} where {{...}} is needed"
        quarantine.reject(file, number, "", reason, values)


def _read_stream(text: TextIO, buffer: str, path: Path, quarantine: Quarantine) -> Iterator[Row]:
    """Elements of one JSON array, or objects one after the other, decoded from a growing window."""
    decode = json.JSONDecoder().raw_decode
    position = len(buffer) - len(buffer.lstrip())
    array = buffer[position] == "["
    position += array
    number, ended, want = 0, False, _CHUNK
    while True:
        while position < len(buffer) and buffer[position] in " \t\r\n,":
            position += 1
        if position < len(buffer) and array and buffer[position] == "]":
            return
        try:
            values, end = decode(buffer, position)
        except (ValueError, RecursionError) as error:
            values, end, problem = None, -1, error
        # A number or word that touches the end of the window may go on beyond it.
        if end >= 0 and (end < len(buffer) or ended):
            number += 1
            position = end
            yield from _object(values, number, str(path), quarantine)
            continue
        if ended:
            if position >= len(buffer) and (number or not array):
                if array:
                    quarantine.reject(str(path), number + 1, "", "bad JSON: the array is not closed", "")
                return
            raise DataError(
                f"{path}: bad JSON in element {number + 1}: {problem}"[:300],
                "mend the file there, or write one object a line, where a bad line costs only itself",
            )
        if len(buffer) - position > MAX_LINE:
            raise DataError(f"{path}: element {number + 1} is broken or longer than 16 MB", "write one object a line")
        fresh = text.read(want)
        want = min(2 * want, MAX_LINE) if end < 0 else _CHUNK
        ended = not fresh
        buffer, position = buffer[position:] + fresh, 0


def _read_parquet(path: Path, quarantine: Quarantine, size: int) -> Iterator[Block]:
    with open_bytes(path) as stream, tempfile.TemporaryFile() as unpacked:
        source: Any = stream
        if isinstance(stream, gzip.GzipFile):  # gzip cannot seek cheaply and Parquet starts at its end
            copyfileobj(stream, unpacked, 1 << 20)
            unpacked.seek(0)
            source = unpacked
        try:
            table = pq.ParquetFile(source)
            names = table.schema_arrow.names
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise DataError(f"{path}: duplicate column names: {', '.join(twice)}", "rename one of each")
            number = 1
            for batch in table.iter_batches(batch_size=size):
                block = ArrowBlock(number, batch)
                number += batch.num_rows
                bad = block.bad()
                yield _without(block, bad, str(path), quarantine) if bad else block
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise DataError(f"{path}: not a readable Parquet file: {error}"[:400], "write it again") from error


def _without(block: ArrowBlock, bad: Mapping[int, str], file: str, quarantine: Quarantine) -> RowBlock:
    """The block without its bad rows, which are quarantined."""
    lines, rows = [], []
    for at, (line, row) in enumerate(zip(block.lines, block.rows(), strict=True)):
        if at in bad:
            shown = {name: None if cell is BAD else cell for name, cell in row.items()}
            quarantine.reject(file, line, bad[at], "bad value: cannot be decoded", shown)
        else:
            lines.append(line)
            rows.append(row)
    return RowBlock(lines, rows)
