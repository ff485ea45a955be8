"""``export`` and ``datasets`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_shop import Cli


@pytest.fixture
def shop(cli: Cli, tmp_path: Path) -> Path:
    """The sample shop, imported and not built."""
    assert cli("sample", tmp_path / "files", "--users", 30).code == 0
    names = {"items": "jsonl", "events": "jsonl", "queries": "tsv", "judgments": "tsv"}
    words = [word for role, kind in names.items() for word in (f"--{role}", tmp_path / "files" / f"{role}.{kind}")]
    assert cli("init", tmp_path / "sample", *words).code == 0
    return tmp_path / "sample"


def test_export_and_back(cli: Cli, shop: Path, tmp_path: Path) -> None:
    told = cli("export", shop, tmp_path / "copy")
    assert told.code == 0
    assert f"next: soutui import SHOP parquet {tmp_path / 'copy'}" in told.out
    assert cli("import", tmp_path / "shop", "parquet", tmp_path / "copy").code == 0
    ours, theirs = (cli("status", one, "--json").json["truth"] for one in (tmp_path / "shop", shop))
    for role in ("items", "users", "events", "queries", "judgments", "ties", "texts"):
        assert ours[role] == theirs[role]
    # The plain way: the same files without a layout, their columns guessed.
    files = [
        word
        for role in ("items", "events", "queries")
        for word in (f"--{role}", str(tmp_path / "copy" / f"{role}.parquet"))
    ]
    assert cli("init", tmp_path / "plain", *files).code == 0
    assert cli("export", tmp_path / "plain", tmp_path / "again").code == 0
    assert (tmp_path / "again" / "items.parquet").read_bytes() == (tmp_path / "copy" / "items.parquet").read_bytes()
    assert (tmp_path / "again" / "events.parquet").read_bytes() == (tmp_path / "copy" / "events.parquet").read_bytes()


def test_export_says_what_is_lost(cli: Cli, shop: Path, tmp_path: Path) -> None:
    told = cli("export", shop, tmp_path / "beir", "--format", "beir", "--language", "zh")
    assert "此格式无法容纳" in told.out
    facts = cli("export", shop, tmp_path / "rec", "--format", "recbole", "--json").json
    assert facts["written"]["events"] > 100
    assert facts["left_out"]["queries"] > 0
    assert json.loads((tmp_path / "rec" / "export.json").read_text())["written"] == facts["written"]
    assert cli("export", shop, tmp_path / "rec").code == 2
    assert cli("export", shop, tmp_path / "rec", "--force").code == 0
    assert cli("export", shop, tmp_path / "x", "--format", "csv").code == 2


def test_datasets(cli: Cli, tmp_path: Path) -> None:
    listed = cli("datasets", "list")
    assert listed.code == 0
    assert "movielens-latest-small" in listed.out
    assert len(cli("datasets", "list", "--json").json["datasets"]) >= 15
    assert "Gift_Cards" in cli("datasets", "list", "amazon-reviews-2023").out
    assert "nfcorpus.zip" in cli("datasets", "list", "beir-nfcorpus").out
    assert cli("datasets", "list", "esc").code == 4


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("get",), 2, "is not a call"),
        (("fetch", "esci"), 2, "is not a call"),
        (("get", "mind-small"), 2, "terms are accepted on its page"),
        (("get", "esc"), 4, "did you mean esci?"),
        (("get", "banking77", "--url", "http://example.org/a.csv"), 2, "not encrypted"),
        (("get", "banking77", "--url", "https://example.org/a.csv"), 2, "2 files; 1 addresses"),
    ],
)
def test_datasets_that_cannot_be_had(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = cli("datasets", *words)
    assert outcome.code == code
    assert told in outcome.err
    assert list(tmp_path.iterdir()) == []
