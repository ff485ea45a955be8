"""``soutui sample``: any number of shoppers, items and days, with the truth when asked for."""

from __future__ import annotations

import json
from pathlib import Path

from cli_shop import Cli


def test_sizes_and_truth(cli: Cli, tmp_path: Path) -> None:
    words = ("--users", 5, "--items", 520, "--days", 10, "--seed", 3)
    files = cli("sample", tmp_path / "a", *words, "--truth", "--json").json["files"]
    assert len(Path(files["items"]).read_text("utf-8").splitlines()) == 520
    events = [json.loads(line) for line in Path(files["events"]).read_text("utf-8").splitlines()]
    assert {event["user"] for event in events} <= {f"u{n}" for n in range(1, 6)}
    assert max(event["time"] for event in events) - min(event["time"] for event in events) < 10 * 86_400
    assert (Path(files["truth"]) / "impressions.parquet").exists()
    again = cli("sample", tmp_path / "b", *words, "--json").json["files"]
    assert "truth" not in again
    assert Path(again["events"]).read_bytes() == Path(files["events"]).read_bytes()


def test_wrong_sizes_say_what_is_allowed(cli: Cli, tmp_path: Path) -> None:
    for words in (("--users", 0), ("--days", 0), ("--items", 10)):
        told = cli("sample", tmp_path / "files", *words)
        assert told.code == 2
        assert words[0].removeprefix("--") in told.err
