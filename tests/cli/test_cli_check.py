"""``soutui check``: a table, a report, one JSON document, and exit codes for pipelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_shop import Cli, SampleShop

from soutui.cli.checking import EXIT_ERROR, EXIT_WARNING
from soutui.cli.words import translate
from soutui.config import Settings
from soutui.data.schema import Event, Item
from soutui.errors import SoutuiError
from soutui.workspace import Workspace


def shop(folder: Path, items: list[Item], events: list[Event]) -> Path:
    with Workspace.create(folder, Settings.from_dict({"encoder": {"model": "none"}})) as made:
        made.load(items, events)
    return folder


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    return shop(tmp_path / "calm", [Item("a", "Tent")], [])


@pytest.fixture
def warned(tmp_path: Path) -> Path:
    return shop(tmp_path / "warned", [Item("a", "Tent", {}, {"price": -1.0})], [])


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    return shop(tmp_path / "wrong", [Item("a", "Tent")], [Event("e", "click", "gone", "u", time=1.4e9)])


def test_exit_codes(cli: Cli, calm: Path, warned: Path, wrong: Path) -> None:
    assert [cli("check", place).code for place in (calm, warned, wrong)] == [0, 0, EXIT_ERROR]
    strict = [cli("check", place, "--fail-on", "warning").code for place in (calm, warned, wrong)]
    assert strict == [0, EXIT_WARNING, EXIT_ERROR]
    assert cli("check", wrong, "--only", "C").code == 0
    assert cli("check", wrong, "--json").code == EXIT_ERROR


def test_exit_codes_are_no_errors_of_the_program() -> None:
    def codes(kind: type[SoutuiError]) -> set[int]:
        return {kind.exit_code}.union(*map(codes, kind.__subclasses__()))

    assert not {EXIT_WARNING, EXIT_ERROR} & codes(SoutuiError)


def test_table(cli: Cli, wrong: Path) -> None:
    told = cli("check", wrong)
    assert "E01   error     Events with items that are not in the catalogue" in told.out
    assert "Compare the examples with the ids in the catalogue" in told.out
    assert "errors 1" in told.out
    assert f"soutui check {wrong} --report check.html" in told.out
    chinese = cli("check", wrong, "--language", "zh").out
    assert "行为中的物品不在目录里" in chinese
    assert "1 个错误" in chinese


def test_json(cli: Cli, wrong: Path, tmp_path: Path) -> None:
    told: Any = cli("check", wrong, "--only", "E01", "--json", "--report", tmp_path / "r.html").json
    assert (told["counts"], told["checked"]) == ({"error": 1, "warning": 0, "info": 0}, ["E01"])
    assert told["findings"][0] == {
        **told["findings"][0],
        "code": "E01",
        "name": "unknown-items",
        "severity": "error",
        "count": 1,
        "total": 1,
        "share": 1.0,
        "figures": {"items": 1},
        "examples": [{"what": "gone", "note": "× 1"}],
    }
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")


def test_wrong_calls(cli: Cli, calm: Path, tmp_path: Path) -> None:
    assert cli("check", calm, "--only", "Z99", "--json").json["error"]["code"] == "usage"
    assert cli("check", calm, "--fail-on", "info").code == 2
    assert cli("check", tmp_path / "nowhere").code == 4
    assert cli("check", calm, "--report", tmp_path / "no" / "folder.html").code == 2


def test_a_built_shop(cli: Cli, sample_shop: SampleShop, tmp_path: Path) -> None:
    told = cli("check", sample_shop.folder, "--json", "--report", tmp_path / "sample.html")
    assert told.code == 0
    assert not told.json["counts"]["error"]
    assert "<svg" in (tmp_path / "sample.html").read_text("utf-8")


def test_words_are_translated() -> None:
    for word in ("code", "severity", "what", "count", "what to do", "warning", "report written to {path}"):
        assert translate(word, "zh") != word
