from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.errors import DataError, SoutuiError

RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path: Path) -> tuple[list[tuple[int, dict[str, Any]]], Quarantine]:
    quarantine = Quarantine(None)
    return list(read_rows(path, quarantine)), quarantine


def values(path: Path) -> list[dict[str, Any]]:
    return [row for _, row in read(path)[0]]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


ROWS = [{"id": "1", "title": "红色, 连衣裙"}, {"id": "2", "title": 'a "b"\nc'}]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".parquet"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_reads_the_same_rows(tmp_path: Path, suffix: str, packed: bool) -> None:
    buffer = io.BytesIO()
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), buffer)
    elif suffix in (".csv", ".tsv", ".txt"):
        text = io.StringIO()
        writer = csv.DictWriter(text, ["id", "title"], delimiter={".csv": ",", ".tsv": "\t", ".txt": ";"}[suffix])
        writer.writeheader()
        writer.writerows(ROWS)
        buffer.write(text.getvalue().encode())
    elif suffix == ".json":
        buffer.write(json.dumps(ROWS, indent=1, ensure_ascii=False).encode())
    else:
        buffer.write("\n".join(json.dumps(row) for row in ROWS).encode())
    content = buffer.getvalue()
    path = tmp_path / f"items{suffix}{'.gz' if packed else ''}"
    write(path, gzip.compress(content) if packed else content)
    assert values(path) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "商品编号,标题\r\n" + "".join(f"{n},红色连衣裙第{n}款\r\n" for n in range(50))
    rows = values(write(tmp_path / "货.csv", text.encode(encoding)))
    assert len(rows) == 50
    assert rows[7] == {"商品编号": "7", "标题": "红色连衣裙第7款"}


def test_western_encoding_is_refused_with_the_offset(tmp_path: Path) -> None:
    text = "id,title\n" + "".join(f"{n},café crème brûlée à la carte\n" for n in range(50))
    content = text.encode("latin-1")
    with pytest.raises(DataError, match=f"offset {content.index(0xE9)}") as caught:
        values(write(tmp_path / "a.csv", content))
    assert "iconv" in caught.value.hint


def test_one_undecodable_line_is_quarantined(tmp_path: Path) -> None:
    lines = [b"id,title"] + [f"{n},好".encode() for n in range(30)]
    lines[12] = b"11,\xff\xfe\xfa"
    rows, quarantine = read(write(tmp_path / "a.csv", b"\n".join(lines)))
    assert len(rows) == 29
    assert quarantine.reasons == {"wrong encoding": 1}


def test_undecodable_line_beyond_the_head(tmp_path: Path) -> None:
    body = b"id,title\n" + b"1,plain\n" * 200_000 + b"2,\xff\n3,good\n"
    rows, quarantine = read(write(tmp_path / "a.csv", body))
    assert rows[-1] == (200_003, {"id": "3", "title": "good"})
    assert quarantine.count == 1


def test_ragged_rows_and_line_numbers(tmp_path: Path) -> None:
    text = 'id,title,brand\n1,"two\nlines",x\n2,short\n3,a,b,c\n4,a,b,,\n\n,,\n5,a,b\n'
    with Quarantine(tmp_path / "q") as quarantine:
        rows = list(read_rows(write(tmp_path / "a.csv", text), quarantine))
    assert [(line, row["id"]) for line, row in rows] == [(2, "1"), (6, "4"), (9, "5")]
    kept = [json.loads(line) for line in (tmp_path / "q" / "a.csv.quarantine.jsonl").read_text().splitlines()]
    assert [(entry["line"], entry["column"]) for entry in kept] == [(4, "brand"), (5, "")]
    assert kept[0]["row"] == ["2", "short"]
    assert quarantine.reasons == {"ragged row": 2}


def test_a_quote_never_closed_costs_one_row(tmp_path: Path) -> None:
    text = "id,title\n" + "".join(f"{n},plain\n" for n in range(500)) + '500,"open\n501,x\n502,"a ""b"""\n503,y\n'
    rows, quarantine = read(write(tmp_path / "a.csv", text))
    assert [row["id"] for _, row in rows[-4:]] == ["499", "501", "502", "503"]
    assert quarantine.reasons == {"broken quoting": 1}


def test_stray_quotes_on_one_line_are_read(tmp_path: Path) -> None:
    rows = values(write(tmp_path / "a.csv", 'id,title\n1,"big" deal\n2,5" pipe\n'))
    assert [row["title"] for row in rows] == ["big deal", '5" pipe']


def test_tsv_with_bare_quotes(tmp_path: Path) -> None:
    rows = values(write(tmp_path / "a.tsv", 'id\ttext\n1\t"open\n2\tplain\n3\t"also" open\n'))
    assert [row["text"] for row in rows] == ['"open', "plain", '"also" open']


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\n\n", "is empty"),
        ("a.jsonl", "\n", "is empty"),
        ("a.csv", "id,id\n1,2\n", "duplicate column names: id"),
        ("a.tsv", "u1\ti1\t0\t1\nu2\ti2\t1\t1\n", "no header"),
        ("a.csv", " , \n1,2\n", "no header"),
        ("a.xlsx", "x", "cannot tell the format"),
        ("a.csv", b"PK\x03\x04....", "an Excel or zip file"),
        ("a.csv", b"i\x00d\x00,\x00t\x00\n\x00" * 40, "not text"),
        ("a.csv.gz", gzip.compress(b"id,t\n" + bytes(range(256)) * 99, mtime=0)[:60], "damaged gzip"),
        ("a.parquet", "nonsense", "not a readable Parquet"),
        ("a.json", '[{"id": 1}, {"id": ]', "bad JSON in element 2"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        values(write(tmp_path / name, content))
    assert caught.value.hint


def test_missing_file_names_close_ones(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", "id\n1\n")
    with pytest.raises(DataError, match="does not exist") as caught:
        head(tmp_path / "itens.csv")
    assert "items.csv" in caught.value.hint
    with pytest.raises(DataError, match="is a folder"):
        head(tmp_path)


def test_bad_json_lines(tmp_path: Path) -> None:
    text = '{"id": 1, "price": NaN}\n{"id": 2\n[3]\n"four"\n{"id": 5}\n' + "[" * 5000 + "\n"
    rows, quarantine = read(write(tmp_path / "a.jsonl", text))
    assert [row["id"] for _, row in rows] == [1, 5]
    assert quarantine.reasons == {"bad JSON": 2, "not an object": 2}


def test_json_array_and_printed_objects_stream(tmp_path: Path) -> None:
    many = [{"id": n, "text": "文" * (n % 50), "n": [1, {"a": n}]} for n in range(5000)]
    assert values(write(tmp_path / "a.json", json.dumps(many))) == many
    assert values(write(tmp_path / "b.json", "\n".join(json.dumps(one, indent=2) for one in many))) == many
    assert values(write(tmp_path / "c.json", "[]")) == []
    rows, quarantine = read(write(tmp_path / "d.json", '[{"id": 1}, 22, {"id": 3}'))
    assert [row["id"] for _, row in rows] == [1, 3]
    assert quarantine.reasons == {"not an object": 1, "bad JSON": 1}


def test_field_longer_than_the_bound_is_quarantined(tmp_path: Path) -> None:
    huge = "x" * (17 << 20)
    rows, quarantine = read(write(tmp_path / "a.csv", f"id,title\n1,{huge}\n2,ok\n"))
    assert [row["id"] for _, row in rows] == ["2"]
    rows, more = read(write(tmp_path / "a.jsonl", f'{{"id": 1, "t": "{huge}"}}\n{{"id": 2}}\n'))
    assert [row["id"] for _, row in rows] == [2]
    assert quarantine.reasons == more.reasons == {"line too long": 1}


def test_parquet_types(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 5, 10, tzinfo=UTC)
    table = pa.table(
        {
            "at": pa.array([moment.replace(tzinfo=None)], pa.timestamp("ns")),
            "zoned": pa.array([moment], pa.timestamp("ns", "Asia/Shanghai")),
            "names": [["a", "b"]],
            "n": pa.array([None], pa.int64()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert values(tmp_path / "a.parquet") == [
        {"at": moment.replace(tzinfo=None), "zoned": moment, "names": ["a", "b"], "n": None}
    ]


def test_parquet_cell_that_cannot_be_decoded(tmp_path: Path) -> None:
    buffers = [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffb")]
    bad = pa.Array.from_buffers(pa.string(), 2, buffers)
    pq.write_table(pa.table({"id": bad}), tmp_path / "a.parquet")
    rows, quarantine = read(tmp_path / "a.parquet")
    assert rows == [(2, {"id": "b"})]
    assert quarantine.reasons == {"bad value": 1}


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv.gz", gzip.compress(b"id,title\n" + (b"12345," + b"words of " * 60 + b"\n") * 30_000, 1)
    )
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(path, Quarantine(None)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 30_000  # 16 MB
    assert peak < 8 << 20


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@RELAXED
@given(st.lists(st.tuples(cells, cells, cells), max_size=20), st.sampled_from([",", "\t", ";"]), st.booleans())
def test_whatever_csv_writes_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, quoted: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([("id", "title", "note"), *rows])
    path = write(tmp_path / "a.csv", codecs.BOM_UTF8 + text.getvalue().encode())
    found, quarantine = read(path)
    assert [tuple(row.values()) for _, row in found] == [row for row in rows if any(row)]
    assert quarantine.count == 0


@RELAXED
@given(st.binary(max_size=300), st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".parquet", ".csv.gz"]), st.data())
def test_arbitrary_bytes_raise_only_our_errors(
    tmp_path: Path, content: bytes, suffix: str, data: st.DataObject
) -> None:
    prefix = data.draw(st.sampled_from([b"", b"id,title\n", b"[{", b'{"id": 1}\n', b"\x1f\x8b", b"PAR1", b"\xff\xfe"]))
    path = write(tmp_path / f"a{suffix}", prefix + content)
    with Quarantine(tmp_path / "q") as quarantine, suppress(SoutuiError):
        for line, row in read_rows(path, quarantine):
            assert line >= 1
            assert isinstance(row, dict)
