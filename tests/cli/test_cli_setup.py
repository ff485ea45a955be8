"""``init`` and ``import``: the guess, the settings, what is left when it fails."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli_shop import Cli

from soutui.cli.loading import estimate_rows

ITEMS = "sku,name,colour\ni1,Red mug,red\ni2,Blue mug,blue\n"
EVENTS = "user,sku,time\nu1,i1,1700000000\nu1,i2,1700000100\nu2,i1,1700000200\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path


def test_init_shows_its_guess_and_writes_it(cli: Cli, files: Path) -> None:
    shop = files / "shop"
    told = cli("init", shop, "--items", files / "items.csv", "--events", files / "events.csv")
    assert told.code == 0
    assert any(line.split()[:3] == ["id", "←", "sku"] for line in told.out.splitlines())
    assert f"next: soutui build {shop}" in told.out
    settings = tomllib.loads((shop / "soutui.toml").read_text("utf-8"))["data"]
    assert settings["items"] == ["items.csv"]
    assert settings["item_columns"]["id"] == "sku"
    assert settings["event_columns"]["default_kind"] == "click"
    assert cli("status", shop, "--json").json["truth"]["events"] == 3


def test_dry_run_writes_nothing(cli: Cli, files: Path) -> None:
    made = cli("init", files / "shop", "--items", files / "items.csv", "--dry-run", "--json").json
    assert made["guess"]["items"][0]["column"] == "sku"
    assert not made["written"]
    assert not (files / "shop").exists()


def test_the_guess_can_be_overridden(cli: Cli, files: Path) -> None:
    words = ("--column", "id=name", "--column", "text=colour,sku", "--set", "encoder.model=none")
    assert cli("init", files / "shop", "--items", files / "items.csv", *words).code == 0
    settings = tomllib.loads((files / "shop" / "soutui.toml").read_text("utf-8"))
    assert settings["data"]["item_columns"] == {"id": "name", "text": ["colour", "sku"]}
    assert settings["encoder"] == {"model": "none"}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "no item file"),
        (("--items", "absent.csv"), 3, "does not exist"),
        (("--items", "{items}", "--column", "id=skuu"), 3, "did you mean 'sku'"),
        (("--items", "{items}", "--column", "idd=sku"), 2, "no such field"),
        (("--items", "{items}", "--column", "sku"), 2, "name=value"),
        (("--items", "{items}", "--set", "encoder.modell=none"), 2, "encoder.model"),
    ],
)
def test_wrong_calls_leave_nothing(cli: Cli, files: Path, words: tuple[str, ...], code: int, told: str) -> None:
    words = tuple(word.format(items=files / "items.csv") for word in words)
    outcome = cli("init", files / "shop", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err
    assert not (files / "shop").exists()


def test_a_failed_import_leaves_nothing(cli: Cli, files: Path) -> None:
    broken = files / "broken.json"
    broken.write_text("[" + ",".join(json.dumps({"user": "u", "item": f"i{n}"}) for n in range(3000)) + ', {"user": !')
    outcome = cli("init", files / "deep" / "shop", "--items", files / "items.csv", "--events", broken)
    assert outcome.code == 3
    assert "element 3001" in outcome.err
    assert not (files / "deep").exists()


def test_an_existing_shop_is_kept(cli: Cli, files: Path) -> None:
    shop = files / "shop"
    assert cli("init", shop, "--items", files / "items.csv").code == 0
    again = cli("init", shop, "--items", files / "items.csv")
    assert (again.code, "soutui import" in again.err) == (2, True)
    assert cli("status", shop, "--json").json["truth"]["items"] == 2
    other = cli("init", files, "--items", files / "items.csv")
    assert (other.code, "not an empty folder" in other.err) == (2, True)
    assert (files / "items.csv").is_file()


def test_import_again_adds_what_is_new(cli: Cli, files: Path) -> None:
    shop = files / "shop"
    assert cli("init", shop, "--items", files / "items.csv", "--events", files / "events.csv").code == 0
    assert cli("import", shop, "--json").json["written"] == {"items": 0, "events": 0}
    (files / "items.csv").write_text(ITEMS + "i3,Green mug,green\n")
    assert cli("import", shop, "--json").json["written"] == {"items": 1, "events": 0}
    (files / "more.csv").write_text("sku,name,weight\ni4,Grey mug,5\ni4,Other mug,5\n,Nameless,1\n")
    more = cli("import", shop, "--items", files / "more.csv", "--json").json
    assert (more["written"], more["rejected"]) == ({"items": 1}, 2)
    assert set(more["reasons"]) == {"duplicate id", "empty id"}
    assert cli("status", shop, "--json").json["truth"]["items"] == 4


def test_queries_and_judgments(cli: Cli, files: Path) -> None:
    shop = files / "shop"
    (files / "queries.jsonl").write_text('{"id": "q1", "text": "red mug"}\n{"id": "q2", "text": "蓝色杯子"}\n', "utf-8")
    (files / "qrels.txt").write_text("q1 0 i1 2\nq2 0 i2 1\n")
    assert cli("init", shop, "--items", files / "items.csv").code == 0
    made = cli("import", shop, "--queries", files / "queries.jsonl", "--judgments", files / "qrels.txt", "--json").json
    assert made["written"] == {"queries": 2, "judgments": 2}


def test_layouts(cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "beir"
    (place / "qrels").mkdir(parents=True)
    (place / "corpus.jsonl").write_text('{"_id": "d1", "title": "Mugs", "text": "About mugs."}\n')
    (place / "queries.jsonl").write_text('{"_id": "q1", "text": "mugs"}\n')
    (place / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    made = cli("import", tmp_path / "shop", "beir", place, "--json")
    assert (made.code, made.json["written"]) == (0, {"items": 1, "queries": 1, "judgments": 1})
    assert cli("import", tmp_path / "shop", "beir", place, "--json").json["written"]["items"] == 0
    wrong = cli("import", tmp_path / "other", "movielens", place)
    assert (wrong.code, "movies.csv" in wrong.err) == (3, True)
    assert not (tmp_path / "other").exists()
    assert cli("import", tmp_path / "other", "bear", place).code == 2
    assert cli("import", tmp_path / "other", "beir", tmp_path / "nowhere").code == 4


@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz", "events.parquet"])
def test_rows_are_estimated(tmp_path: Path, name: str) -> None:
    path, rows = tmp_path / name, 20_000
    table = {"user": [f"u{n % 97}" for n in range(rows)], "item": [f"i{n % 89}" for n in range(rows)]}
    if name.endswith(".parquet"):
        pq.write_table(pa.table(table), path)
    else:
        text = "user,item\n" + "".join(f"{user},{item}\n" for user, item in zip(*table.values(), strict=True))
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    assert estimate_rows([path, tmp_path / "absent"]) == pytest.approx(rows, rel=0.05)


def test_sample_says_what_to_type(cli: Cli, tmp_path: Path) -> None:
    told = cli("sample", tmp_path / "files", "--users", 20)
    assert "next: soutui init shop --items" in told.out
    assert cli("sample", tmp_path / "files", "--users", 0).code == 2
