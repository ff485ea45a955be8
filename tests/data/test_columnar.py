"""Events a column at a time are the events row by row: the same ids, the same order, the same quarantine."""

from __future__ import annotations

import csv
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from soutui.config import EventColumns, ItemColumns
from soutui.data.batches import BatchReader, EventBatch, joined
from soutui.data.blocks import RowBlock
from soutui.data.convert import SAMPLE_ROWS, ItemConverter, read_items
from soutui.data.events import EventConverter, read_event_batches, read_events
from soutui.data.hashes import Occurrences
from soutui.data.profile import whole_ids
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_blocks, read_rows
from soutui.data.schema import Event, Item
from soutui.data.values import RowError

COLUMNS = EventColumns(
    id="id_", kind="kind_", user="user_", session="session_", item="item_", time="time_", order="order_",
    value="value_", query="query_", position="position_",
)  # fmt: skip
NAMES = [
    f"{name}_" for name in ("id", "kind", "user", "session", "item", "time", "order", "value", "query", "position")
]

Outcome = tuple[list[Event], list[dict[str, Any]], Counter[str]]


def naive(path: Path, columns: EventColumns, folder: Path) -> Outcome:
    """Row by row, as slow as it reads."""
    rows = head(path)
    converter = EventConverter(columns, None, whole_ids(rows, columns.item) or whole_ids(rows, columns.user))
    found = []
    with Quarantine(folder) as quarantine:
        for line, values in read_rows(path, quarantine):
            try:
                found.append(converter.convert(values))
            except RowError as error:
                quarantine.reject(str(path), line, error.column, error.reason, values)
        return found, rejected(quarantine), quarantine.reasons


def fast(path: Path, columns: EventColumns, folder: Path) -> Outcome:
    with Quarantine(folder) as quarantine:
        found = [event for batch in read_event_batches(path, columns, quarantine) for event in batch.events()]
        return found, rejected(quarantine), quarantine.reasons


def rejected(quarantine: Quarantine) -> list[dict[str, Any]]:
    quarantine.close()
    lines = [orjson.loads(line) for path in quarantine.paths for line in path.read_bytes().splitlines()]
    return sorted(lines, key=lambda entry: entry["line"])


def check(path: Path, columns: EventColumns = COLUMNS) -> Outcome:
    slow, quick = naive(path, columns, path.parent / "slow"), fast(path, columns, path.parent / "fast")
    # Types too: 1 is True and 1.0 to ==, and not to a database.
    assert [list(map(repr, event_fields(e))) for e in quick[0]] == [list(map(repr, event_fields(e))) for e in slow[0]]
    assert quick[1:] == slow[1:]
    return quick


def event_fields(event: Event) -> list[Any]:
    return [
        event.id, event.kind, event.item, event.user, event.session, event.time, event.order, event.value,
        event.query, event.position,
    ]  # fmt: skip


TEXTS: list[Any] = [
    "a", "b7", "用户 1", "", " ", " a", "a ", "a\nb", "x\x00y", "nan", "NULL", "None", "\\N", "n/a", "-", "\u3000茶",
    "a\u00a0b",
    "\u202eabc", "😀", "é", "e\u0301", "K", "12", "12.0", "007", "x" * 1025, "\ufeffq", "\x7f", "\tz", "K", "İ", "ΑΣ",
]  # fmt: skip
KINDS: list[Any] = ["click", "purchase", "购买", "rating", "评分", "zap", "", "Add To Cart", "pv", "nan", "-", " view "]
TIMES: list[Any] = [
    "1700000000", "1700000000000", "2024-01-05", "2024-01-05 10:00:00", "2024-01-05T10:00:00+08:00",
    "2024-01-05T10:00:00Z",
    "2024/01/05 10:00", "2024年1月5日", "20240105", "soon", "", "nan", "99999999999999999999999", "123e-56789",
    "999999999",
    "１７０００００００００", "0001-01-01 00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-13-01", "-62135596800",
]  # fmt: skip
NUMBERS: list[Any] = [
    "1", "5.0", "-0", ".5", "5.", "-", "--", "1-2", "1e3", "1e999", "9" * 400, "1,299.00", "¥99", "nan", "inf", "",
    " 3 ", "x", "1_0",
    "٣", "3\n", "n/a",
]  # fmt: skip
POSITIONS: list[Any] = ["1", "3.0", "0", "-1", "1.5", "", "two", "1e10", "9999999999"]
BY_NAME: dict[str, list[Any]] = dict(
    zip(NAMES, [TEXTS, KINDS, TEXTS, TEXTS, TEXTS, TIMES, NUMBERS, NUMBERS, TEXTS, POSITIONS], strict=True)
)
PLAIN: dict[str, Callable[[int], Any]] = {
    "id_": lambda n: f"e{n}", "kind_": lambda n: ["click", "view", "purchase"][n % 3], "user_": lambda n: f"u{n % 50}",
    "session_": lambda n: f"s{n % 9}", "item_": lambda n: f"i{n % 20}", "time_": lambda n: str(1_700_000_000 + n),
    "order_": lambda n: str(n), "value_": lambda n: "2.5", "query_": lambda n: f"red 鞋 {n % 5}",
    "position_": lambda n: str(1 + n % 9),
}  # fmt: skip


def hostile(random_: random.Random, rows: int, share: float, native: bool) -> list[dict[str, Any]]:
    """Rows of which about ``share`` of the cells are odd; whole columns stay plain now and then."""
    plain = {name for name in NAMES if random_.random() < 0.5}
    made = []
    for n in range(rows):
        row: dict[str, Any] = {}
        for name in NAMES:
            odd = name not in plain and random_.random() < share
            row[name] = random_.choice(BY_NAME[name]) if odd else PLAIN[name](n)
            if native and name not in plain and random_.random() < share:
                row[name] = random_.choice(
                    [None, 7, 7.0, True, False, math.nan, math.inf, -0.0, 1 << 70, 10**200, [], ["a"], {"a": 1}, 1.7e9]
                )
        if random_.random() < 0.1:
            row["id_"] = ""
        if made and random_.random() < 0.1:
            row = dict(random_.choice(made)) | {"id_": ""}  # equal rows, which are different events
        made.append(row)
    return made


# --- items ---


def naive_items(path: Path, columns: ItemColumns, most: int, folder: Path) -> tuple[list[Item], list[dict[str, Any]]]:
    """Row by row, as slow as it reads."""
    converter = ItemConverter.of(head(path, SAMPLE_ROWS), columns, most)
    found: dict[str, Item] = {}
    file = str(path)
    with Quarantine(folder) as quarantine:
        for line, values in read_rows(path, quarantine):
            notes: list[tuple[str, str, Any]] = []
            try:
                item = converter.convert(values, lambda *note, notes=notes: notes.append(note))
            except RowError as error:
                item = None
                told = error.column, error.reason
            for note in notes:
                quarantine.note(file, line, *note)
            if item is None:
                quarantine.reject(file, line, *told, values)
            elif repr(found.setdefault(item.id, item)) != repr(item):
                quarantine.reject(file, line, columns.id, f"duplicate id: {item.id[:80]}", values)
        return list(found.values()), rejected(quarantine)


def check_items(path: Path, columns: ItemColumns, most: int = 1_000_000) -> list[Item]:
    slow, aside = naive_items(path, columns, most, path.parent / "slow")
    with Quarantine(path.parent / "fast") as quarantine:
        quick = list(read_items(path, columns, quarantine, most))
        assert list(map(repr, quick)) == list(map(repr, slow))
        assert rejected(quarantine) == aside
    return quick


FACTS: list[Any] = [*TEXTS, "red|blue", "red|", "|", "1,299.00", "yes", "否", "0", "1", "3.5", "inf", "a" * 400]
NATIVE: list[Any] = [
    None, 3, 2.5, math.nan, math.inf, True, False, 1 << 70, [], ["a", "b", "a", ""], [1, None], {"k": 1, "n\0": "x"},
    {}, [[1]],
]  # fmt: skip
ITEMS = ItemColumns("id", "title", ("body", "more"), ("brand", "price", "new", "tags", "code"), "image", "stock")


def hostile_items(random_: random.Random, n: int, share: float, native: bool) -> list[dict[str, Any]]:
    plain: dict[str, Callable[[int], Any]] = {
        "id": lambda at: f"i{at}", "title": lambda at: f"Lamp {at}", "body": lambda at: "warm light 暖光",
        "more": lambda at: "", "brand": lambda at: f"b{at % 7}",
        "price": lambda at: 1.5 * at if native else f"{1.5 * at}",
        "new": lambda at: at % 2 == 0 if native else "yes", "tags": lambda at: f"red|t{at % 5}",
        "code": lambda at: f"00{at % 9}",
        "image": lambda at: f"{at}.jpg", "stock": lambda at: at % 2 == 0 if native else "1",
    }  # fmt: skip
    kept = {name for name in plain if random_.random() < 0.4}
    made: list[dict[str, Any]] = []
    for at in range(n):
        row = {name: tell(at) for name, tell in plain.items()}
        for name in set(row) - kept:
            if random_.random() < share:
                row[name] = random_.choice(FACTS + NATIVE if native else FACTS)
        if made and random_.random() < 0.1:
            row = dict(random_.choice(made)) | ({"title": "Other"} if random_.random() < 0.5 else {})
        made.append(row)
    return made


@pytest.mark.parametrize("seed", range(8))
def test_hostile_items(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    share = random_.choice([0.02, 0.1, 0.4])
    rows = hostile_items(random_, 300, share, native=False)
    with (tmp_path / "items.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert check_items(tmp_path / "items.csv", ITEMS, random_.choice([300, 1_000_000]))
    rows = hostile_items(random_, 300, share, native=True)
    (tmp_path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert check_items(tmp_path / "items.jsonl", ITEMS, random_.choice([300, 1_000_000]))


@pytest.mark.parametrize("seed", range(15))
def test_hostile_items_in_parquet(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(100 + seed)
    made = arrow_columns(random_, 200)
    columns: dict[str, pa.Array] = dict(
        zip(["id", "title", "body", "more", "brand", "image"], made.values(), strict=False)
    )
    columns |= {"price": made["value_"], "new": made["order_"], "code": made["time_"], "tags": made["query_"]}
    columns |= {"stock": pa.array(random_.choices([True, False, None], k=200))}
    if random_.random() < 0.7:
        columns["id"] = pa.array([f"i{at}" for at in range(200)])
    pq.write_table(pa.table(columns), tmp_path / "items.parquet")
    check_items(tmp_path / "items.parquet", ITEMS)


# --- events in files ---


@pytest.mark.parametrize("seed", range(6))
def test_hostile_csv(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    rows = hostile(random_, 400, random_.choice([0.01, 0.1, 0.4]), native=False)
    path = tmp_path / "log.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, NAMES)
        writer.writeheader()
        writer.writerows(rows)
        stream.write("ragged,row\n")
    found, aside, _ = check(path)
    assert found
    assert aside


@pytest.mark.parametrize("seed", range(6))
def test_hostile_json(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    rows = hostile(random_, 400, random_.choice([0.01, 0.1, 0.4]), native=True)
    for row in rows:
        if random_.random() < 0.05:
            del row[random_.choice(NAMES)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", "utf-8")
    found, aside, _ = check(path)
    assert found
    assert aside


def arrow_columns(random_: random.Random, n: int) -> dict[str, pa.Array]:
    """One column per name, of whatever type a table program may have chosen."""

    def holes(cells: Sequence[Any]) -> list[Any]:
        share = random_.choice([0.0, 0.0, 0.2])
        return [None if random_.random() < share else cell for cell in cells]

    numbers = holes([random_.randrange(1, 60) for _ in range(n)])
    floats = holes([random_.choice([1.0, 2.5, 3.0, -0.0]) for _ in range(n)])
    noisy = [random_.choice([1.0, math.nan, math.inf, None, 2.0]) for _ in range(n)]
    stamps = holes([1_700_000_000 + random_.randrange(10**6) for _ in range(n)])
    moments = holes([datetime(2024, 1, 5, tzinfo=UTC) + timedelta(seconds=random_.random() * 1e6) for _ in range(n)])
    words = [random_.choice(TEXTS[:24]) for _ in range(n)]
    ids: list[Callable[[], pa.Array]] = [
        lambda: pa.array(numbers), lambda: pa.array(floats), lambda: pa.array(holes(words)), lambda: pa.array(noisy),
        lambda: pa.array(holes([f"u{number}" for number in numbers])),
        lambda: pa.array(holes(words)).dictionary_encode(),
        lambda: pa.array(holes(words), pa.large_string()), lambda: pa.array([b"raw"] * n),
        lambda: pa.array([True] * n), lambda: pa.nulls(n), lambda: pa.array([[1, 2]] * n),
    ]  # fmt: skip
    times: list[Callable[[], pa.Array]] = [
        lambda: pa.array(stamps), lambda: pa.array(stamps, pa.float64()),
        lambda: pa.array([t and 1000 * t for t in stamps]),
        lambda: pa.array(moments, pa.timestamp("us", "UTC")),
        lambda: pa.array(moments, pa.timestamp("ns", "Asia/Shanghai")),
        lambda: pa.array([m and m.replace(tzinfo=None) for m in moments], pa.timestamp("ms")),
        lambda: pa.array([m and m.date() for m in moments]),
        lambda: pa.array([random_.choice(TIMES) for _ in range(n)]),
        lambda: pa.array([random_.choice([0,
        10**17, -(10**17), None]) for _ in range(n)], pa.int64()).cast(pa.timestamp("us")),
        lambda: pa.array(noisy), lambda: pa.nulls(n), lambda: pa.array([m and m.isoformat() for m in moments]),
    ]  # fmt: skip
    values: list[Callable[[], pa.Array]] = [
        lambda: pa.array(floats), lambda: pa.array(floats, pa.float32()), lambda: pa.array(numbers),
        lambda: pa.array(noisy),
        lambda: pa.array([Decimal("2.50")] * n), lambda: pa.array([random_.choice(NUMBERS) for _ in range(n)]),
        lambda: pa.nulls(n),
        lambda: pa.array(np.ones(n, np.float16)), lambda: pa.array([True] * n), lambda: pa.array(["4"] * n),
    ]  # fmt: skip
    kinds = [random_.choice(KINDS[:4]) for _ in range(n)] if random_.random() < 0.7 else random_.choices(KINDS, k=n)
    pick = {"time_": times, "order_": values, "value_": values, "position_": values, "query_": ids}
    made = {name: random_.choice(pick.get(name, ids))() for name in NAMES}
    made["kind_"] = pa.array(kinds)
    if random_.random() < 0.7:  # mostly usable rows
        made["item_"] = pa.array([f"i{number}" for number in range(n)])
        made["user_"] = random_.choice(ids[:5])()
    return made


@pytest.mark.parametrize("seed", range(25))
def test_hostile_parquet(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    made = arrow_columns(random_, 300)
    pq.write_table(pa.table(made), tmp_path / "log.parquet")
    left = [name for name in NAMES if random_.random() < 0.9 or name == "item_"]
    columns = EventColumns(**{name[:-1]: name for name in left}, default_kind=random_.choice(["", "view"]))
    check(tmp_path / "log.parquet", columns)


def test_parquet_cells_that_python_cannot_hold(tmp_path: Path) -> None:
    bad = pa.array([b"ok", b"\xff\xfe", b"fine"]).view(pa.string())
    late = pa.array([0, 1, 3 * 10**17], pa.int64()).cast(pa.timestamp("us"))
    rows = {"item_": pa.array(["a", "b", "c"]), "user_": pa.array(["u"] * 3), "unused": bad, "late": late}
    pq.write_table(pa.table(rows), tmp_path / "log.parquet")
    found, aside, reasons = check(tmp_path / "log.parquet", EventColumns(item="item_", user="user_"))
    assert [event.item for event in found] == ["a"]
    assert reasons == {"bad value": 2}
    assert [(entry["line"], entry["column"]) for entry in aside] == [(2, "unused"), (3, "late")]


def test_blocks_of_any_size_give_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = hostile(random.Random(5), 300, 0.1, native=False)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "log.parquet")
    whole = fast(tmp_path / "log.parquet", COLUMNS, tmp_path / "whole")
    seen = [row for block in read_blocks(tmp_path / "log.parquet", Quarantine(None), 7) for row in block.rows()]
    assert seen == rows
    monkeypatch.setattr("soutui.data.readers.BLOCK_ROWS", 7)
    reader, parts = BatchReader(EventConverter(COLUMNS)), []
    for block in read_blocks(tmp_path / "log.parquet", Quarantine(None), 7):
        parts.append(reader.read(block, lambda line, error, values: None))
    assert [event for part in parts for event in part.events()] == whole[0]
    assert [len(part) for part in joined(parts, 50)] != [len(part) for part in parts]
    assert [event for part in joined(parts, 50) for event in part.events()] == whole[0]
    assert max(map(len, joined(parts, 50))) <= 50


def test_ids_of_events_without_one_never_change() -> None:
    """What a database holds already must be found again: these were written by the first release."""
    columns = EventColumns(user="u", item="i", kind="k", time="t", value="v", query="q", position="p", session="s")
    row = {"u": "ann", "i": "灯", "k": "rating", "t": 1.7e9, "v": 4, "q": "暖光 lamp", "p": 2, "s": None}
    converter = EventConverter(columns)
    assert [converter.convert(row).id for _ in range(3)] == FIRST_RELEASE
    batch = BatchReader(EventConverter(columns)).read(RowBlock(range(3), [row] * 3), lambda *_: None)
    assert list(batch.ids) == FIRST_RELEASE


FIRST_RELEASE = ["c8ebffb72aa56531", "ed2124163fda889d", "f37f042fd7d84879"]


def test_files_may_share_what_they_repeat(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("user,item\na,1\na,1\n", "utf-8")
    columns, shared = EventColumns(user="user", item="item"), Occurrences()
    ids = [event.id for _ in range(2) for event in read_events(path, columns, Quarantine(None), shared)]
    assert len(set(ids)) == 4
    assert ids[:2] == [event.id for event in read_events(path, columns, Quarantine(None))]


def test_batches_of_events() -> None:
    events = [Event("a", "click", "i", "u"), Event("b", "rating", "j", session="s", value=3.0)]
    batch = EventBatch.of(events)
    assert list(batch.events()) == events
    assert list(batch.take([False, True]).events()) == events[1:]
    assert len(EventBatch.of([])) == 0
