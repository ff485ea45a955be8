"""Import: rows a second from files into the truth, beside a bare read and insert; memory as files grow."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from benchmarks import child
from benchmarks.tables import asked, megabytes, table
from benchmarks.work import Facts, Work, timed

TITLE = "Import"

EVENTS, MORE_EVENTS, ITEMS = 1_000_000, 10_000_000, 200_000
CHUNK = 500_000
#: Rows in one transaction of the bare reference; the import's own number.
BARE_ROWS = 100_000
KINDS = ("click", "view", "purchase", "add_to_cart", "rating")
WORDS = ("warm", "light", "desk", "lamp", "steel", "bottle", "running", "shoe", "tent", "蓝色", "连衣裙", "耳机")
#: What each file of events is, by its name.
FORMS = {
    "ordered.parquet": "Parquet, ids in order",
    "random.parquet": "Parquet, random ids",
    "without.parquet": "Parquet, no ids",
    "ordered.csv": "CSV, ids in order",
    "ordered.csv.gz": "gzipped CSV, ids in order",
    "ordered.jsonl": "JSON lines, ids in order",
}


def keys(work: Work) -> list[str]:
    """What is imported."""
    return ["events", "items", "memory"]


def measure(work: Work, key: str) -> Facts:
    """Make the files, import each in a process of its own on two cores, and remove them."""
    work.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work.folder) as place:
        folder = Path(place)
        if key == "items":
            return _items(folder, work.size(ITEMS))
        return _events(folder, work.size(EVENTS)) if key == "events" else _memory(folder, work)


def _events(folder: Path, n: int) -> Facts:
    whole = pa.concat_tables(make_events(n))
    ids = np.random.default_rng(1).integers(0, 1 << 63, n)
    pq.write_table(whole, folder / "ordered.parquet")
    pq.write_table(whole.drop(["event_id"]), folder / "without.parquet")
    shuffled = whole.set_column(0, "event_id", pa.array([f"{one:016x}" for one in ids.tolist()]))
    pq.write_table(shuffled, folder / "random.parquet")
    pc.write_csv(whole, folder / "ordered.csv")
    with pa.output_stream(folder / "ordered.csv.gz", compression="gzip") as packed:
        pc.write_csv(whole, packed)
    _write_lines(whole, folder / "ordered.jsonl")
    facts: Facts = {"rows": n}
    for name in FORMS:
        facts[name] = _import(folder, "events", name)
        if name in ("ordered.parquet", "random.parquet"):
            facts[name]["bare"] = child.run("benchmarks.importing", "bare", folder / name, cores=2)["seconds"]
    return facts


def _items(folder: Path, n: int) -> Facts:
    whole = make_items(n)
    pq.write_table(whole, folder / "items.parquet")
    pc.write_csv(whole, folder / "items.csv")
    _write_lines(whole, folder / "items.jsonl")
    facts: Facts = {"rows": n}
    for name in ("items.parquet", "items.csv", "items.jsonl"):
        facts[name] = _import(folder, "items", name)
    facts["items.parquet"]["bare"] = child.run("benchmarks.importing", "bare", folder / "items.parquet", cores=2)[
        "seconds"
    ]
    return facts


def _memory(folder: Path, work: Work) -> Facts:
    """The file without ids is the worst: what came before is remembered."""
    facts: Facts = {}
    for size in (EVENTS, MORE_EVENTS):
        n = work.size(size)
        path = folder / f"{n}.parquet"
        with pq.ParquetWriter(path, next(make_events(1)).drop(["event_id"]).schema) as writer:
            for part in make_events(n):
                writer.write_table(part.drop(["event_id"]))
        facts[str(n)] = _import(folder, "events", path.name)
        path.unlink()
    return facts


def _import(folder: Path, role: str, name: str) -> Facts:
    return child.run("benchmarks.importing", role, folder / name, cores=2)


def make_events(n: int) -> Iterator[pa.Table]:
    """Events in order of time, in tables of at most :data:`CHUNK`: one user in twenty events, items by Zipf's law."""
    for start in range(0, n, CHUNK):
        random = np.random.default_rng((7, start))
        size = min(CHUNK, n - start)
        user = random.integers(0, max(n // 20, 10), size)
        item = np.minimum(random.zipf(1.2, size), 200_000)
        kind = random.choice(len(KINDS), size, p=(0.5, 0.3, 0.05, 0.1, 0.05))
        grade = np.where(kind == KINDS.index("rating"), random.integers(1, 6, size).astype(float), np.nan)
        word = random.integers(0, len(WORDS), size)
        asked_for = np.where(random.random(size) < 0.4, random.integers(0, 5_000, size), -1)
        yield pa.table(
            {
                "event_id": [f"e{number:010d}" for number in range(start, start + size)],
                "user_id": [f"user{number}" for number in user.tolist()],
                "item_id": [f"item{number}" for number in item.tolist()],
                "event_type": [KINDS[number] for number in kind.tolist()],
                "timestamp": 1_700_000_000 + (start + np.arange(size)) // 2,
                "value": pa.array(grade, from_pandas=True),
                "session_id": [f"s{number}" for number in (user * 7 + np.arange(size) // 50 % 7).tolist()],
                "query": pa.array(
                    [
                        f"{WORDS[at]} {number}" if number >= 0 else None
                        for at, number in zip(word.tolist(), asked_for.tolist(), strict=True)
                    ],
                    pa.string(),
                ),
            }
        )


def make_items(n: int) -> pa.Table:
    """Items with a title, a text of thirty words and six attributes."""
    random = np.random.default_rng(3)
    words = np.array(WORDS)

    def text(count: int) -> list[str]:
        return [" ".join(row) for row in words[random.integers(0, len(words), (n, count))].tolist()]

    return pa.table(
        {
            "id": [f"item{number}" for number in range(n)],
            "title": text(6),
            "description": text(30),
            "brand": [f"Brand{number}" for number in random.integers(0, 500, n).tolist()],
            "category": [f"cat{number}" for number in random.integers(0, 60, n).tolist()],
            "price": np.round(random.random(n) * 100, 2),
            "stock": random.integers(0, 100, n),
            "colour": [("red", "blue", "green", "黑")[number] for number in random.integers(0, 4, n).tolist()],
            "is_new": random.random(n) < 0.2,
        }
    )


def _write_lines(whole: pa.Table, path: Path) -> None:
    with path.open("wb") as stream:
        for batch in whole.to_batches(20_000):
            stream.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())


# --- in the child ---


def fill(role: str, path: Path) -> Facts:
    """Import one file into a new workspace, as the command line does."""
    from soutui.cli.loading import Files, load, make_plan
    from soutui.config import EventColumns, ItemColumns, Settings
    from soutui.workspace import Workspace

    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        clock = timed()
        plan = make_plan(Files(**{role: (path,)}), ItemColumns(), EventColumns())
        with Workspace.create(Path(place) / "shop", Settings()) as shop:
            loaded = load(shop, plan, lambda stage, done, total: None)
        rows = loaded.written[role]
        assert rows == loaded.read[role] > 0
        return {"seconds": clock(), "rows": rows, "memory": child.memory()}


def bare(path: Path) -> Facts:
    """pyarrow's rows into sqlite3: one table of the same columns, its id the primary key, and one index; fsynced."""
    file = path.with_suffix(".db")
    clock = timed()
    names = pq.ParquetFile(path).schema_arrow.names
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cache_size=-65536")
    columns = ", ".join(f'"{name}"' for name in names)
    connection.execute(f"CREATE TABLE rows ({columns}, PRIMARY KEY ({names[0]}))")
    second = ("user_id", "timestamp") if "user_id" in names else ("title",)
    connection.execute(f"CREATE INDEX by_{second[0]} ON rows ({', '.join(second)})")
    marks = ", ".join("?" for _ in names)
    for batch in pq.ParquetFile(path).iter_batches(BARE_ROWS):
        rows: Any = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO rows VALUES ({marks})", rows)
        connection.execute("COMMIT")
    connection.close()
    seconds = clock()
    file.unlink()
    return {"seconds": seconds}


def main(role: str, path: str) -> None:
    """One import, or the bare reference."""
    child.pin()
    child.tell(bare(Path(path)) if role == "bare" else fill(role, Path(path)))


# --- the report ---


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    parts = [
        "Reading, checking, converting and writing to the SQLite truth, acknowledged after fsync; each import in a "
        "process of its own on two cores, into a new workspace. *Bare* is the floor: pyarrow's rows into one table of "
        "the same columns by sqlite3's executemany, with a primary key and one index, synchronous=FULL, "
        f"{BARE_ROWS:,} rows a transaction, nothing checked and nothing converted; timed right after the import of "
        "the same file."
    ]
    checks = []
    if "events" in facts:
        one = facts["events"]
        parts.append(table(_HEAD, [_row(label, one[name]) for name, label in FORMS.items()]))
        for name in ("ordered.parquet", "random.parquet", "without.parquet"):
            speed = one["rows"] / one[name]["seconds"]
            checks.append(asked(f"events a second, {FORMS[name]}", "≥ 50,000", f"{speed:,.0f}", speed >= 50_000))
    if "items" in facts:
        one = facts["items"]
        names = {"items.parquet": "Parquet, items", "items.csv": "CSV, items", "items.jsonl": "JSON lines, items"}
        parts.append(table(_HEAD, [_row(label, one[name]) for name, label in names.items()]))
        speed = one["rows"] / one["items.parquet"]["seconds"]
        checks.append(asked("items a second from Parquet", "≥ 20,000", f"{speed:,.0f}", speed >= 20_000))
    if "memory" in facts:
        sizes = {int(name): one for name, one in facts["memory"].items() if name.isdigit()}
        parts.append(table(_HEAD, [_row("Parquet, no ids", one) for _, one in sorted(sizes.items())]))
        peak = sizes[max(sizes)]["memory"]["peak"]
        what = f"peak memory of importing {max(sizes):,} events"
        checks.append(asked(what, "≤ 1.5 GB", f"{peak / 1e9:.2f} GB", peak <= 1.5e9))
    parts.append(table(("what", "asked", "measured", "met"), checks))
    return "\n\n".join(parts)


_HEAD = ("file", "rows", "s", "rows/s", "bare rows/s", "of bare", "peak MB")


def _row(label: str, one: Facts) -> tuple[str, ...]:
    rows, seconds, floor = one["rows"], one["seconds"], one.get("bare")
    return (
        label,
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{rows / floor:,.0f}" if floor else "",
        f"{floor / seconds:.2f}" if floor else "",
        megabytes(one["memory"]["peak"]),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
