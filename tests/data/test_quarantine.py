from __future__ import annotations

import json
from pathlib import Path

import pytest

from soutui.data import quarantine as module
from soutui.data.hashes import Occurrences, Seen, digest
from soutui.data.quarantine import Quarantine


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_nothing_bad_leaves_nothing(tmp_path: Path) -> None:
    with Quarantine(tmp_path / "q") as quarantine:
        quarantine.begin("items.csv")
    assert not (tmp_path / "q").exists()
    assert (quarantine.count, quarantine.paths) == (0, ())


def test_rejected_rows_are_written_and_counted(tmp_path: Path) -> None:
    with Quarantine(tmp_path) as quarantine:
        quarantine.reject("a/items.csv", 7, "id", "duplicate id: 3", {"id": "3", "价格": float("nan"), "s": "\ud800"})
        quarantine.reject("a/items.csv", 8, "id", "duplicate id: 4", {"id": "4", "big": "x" * 100_000})
        quarantine.note("a/items.csv", 9, "price", "value dropped: not a number", 10**30)
    first, second, third = lines(tmp_path / "items.csv.quarantine.jsonl")
    assert (first["file"], first["line"], first["column"]) == ("a/items.csv", 7, "id")
    assert first["row"] == {"id": "3", "价格": "nan", "s": "?"}
    assert len(json.dumps(second)) < 3000
    assert third["kept"] is True
    assert quarantine.reasons == {"duplicate id": 2}
    assert quarantine.notes == {"value dropped": 1}
    assert quarantine.paths == (tmp_path / "items.csv.quarantine.jsonl",)


def test_a_second_import_overwrites(tmp_path: Path) -> None:
    for reason in ("first: x", "second: x"):
        with Quarantine(tmp_path) as quarantine:
            quarantine.begin("items.csv")
            quarantine.reject("items.csv", 1, "", reason, [])
    assert [entry["reason"] for entry in lines(tmp_path / "items.csv.quarantine.jsonl")] == ["second: x"]
    Quarantine(tmp_path).begin("items.csv")
    assert not (tmp_path / "items.csv.quarantine.jsonl").exists()


def test_equal_file_names_do_not_mix(tmp_path: Path) -> None:
    with Quarantine(tmp_path) as quarantine:
        quarantine.reject("2023/log.csv", 1, "", "a: b", [])
        quarantine.reject("2024/log.csv", 1, "", "a: b", [])
    assert [path.name for path in quarantine.paths] == ["log.csv.quarantine.jsonl", "log.csv.2.quarantine.jsonl"]


def test_a_wholly_wrong_file_cannot_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_ROWS", 3)
    with Quarantine(tmp_path) as quarantine:
        for line in range(10):
            quarantine.reject("a.csv", line, "", "bad: row", [])
    assert len(lines(tmp_path / "a.csv.quarantine.jsonl")) == 3
    assert quarantine.count == 10


def test_seen_agrees_with_a_dict() -> None:
    seen, plain = Seen(), {}
    for number in range(5000):
        key = digest(str(number * 7 % 3000).encode())
        assert seen.put(key, number) == plain.get(key)
        plain.setdefault(key, number)
    assert len(seen) == len(plain) == 3000


def test_occurrences_count() -> None:
    counts = Occurrences()
    assert [counts.next(key) for key in (5, 5, 9, 5, 9)] == [0, 1, 0, 2, 1]
