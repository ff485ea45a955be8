"""Files that change their columns: ``import`` says so, ``--adopt`` takes it in, ``build --dry-run`` says the cost."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from cli_shop import Cli

BEFORE = "sku,name,colour\n" + "".join(f"i{n},Mug {n},red\n" for n in range(10))
AFTER = "sku,name,tint,size\n" + "".join(f"i{n},Mug {n},red,{n}\n" for n in range(10))


@pytest.fixture
def shop(cli: Cli, tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text(BEFORE)
    folder = tmp_path / "shop"
    assert cli("init", folder, "--items", tmp_path / "items.csv", "--set", "encoder.model=none").code == 0
    return folder


def test_a_renamed_column_stops_the_import_and_says_what_to_do(cli: Cli, shop: Path) -> None:
    (shop.parent / "items.csv").write_text(AFTER)
    told = cli("import", shop)
    assert told.code != 0
    assert "'colour' (attributes) is called 'tint' now" in told.err
    assert f"soutui import {shop} --adopt" in told.err


def test_adopt_changes_the_settings_and_keeps_the_old_ones(cli: Cli, shop: Path) -> None:
    old = (shop / "soutui.toml").read_text("utf-8")
    (shop.parent / "items.csv").write_text(AFTER)
    told = cli("import", shop, "--adopt")
    assert told.code == 0
    assert "column colour is called tint now" in told.out
    assert "new column size: taken in as attributes" in told.out
    settings = tomllib.loads((shop / "soutui.toml").read_text("utf-8"))
    assert settings["data"]["item_columns"]["attributes"] == ["tint", "size"]
    assert settings["encoder"] == {"model": "none"}
    assert (shop / "soutui.toml.bak").read_text("utf-8") == old
    assert cli("import", shop, "--json").json["written"] == {"items": 0}


def test_a_new_column_alone_is_only_mentioned(cli: Cli, shop: Path) -> None:
    (shop.parent / "items.csv").write_text(AFTER.replace("tint", "colour"))
    told = cli("import", shop, "--language", "zh")
    assert told.code == 0
    assert "新列 size 没有导入" in told.out
    assert cli("import", shop, "--json").json["written"] == {"items": 0}


def test_a_dry_build_says_what_changed_and_builds_nothing(cli: Cli, shop: Path) -> None:
    assert cli("build", shop).code == 0
    (shop.parent / "items.csv").write_text(AFTER)
    assert cli("import", shop, "--adopt").code == 0
    told = cli("build", shop, "--dry-run")
    assert "field renamed: colour → tint" in told.out
    assert "field added: size" in told.out
    assert sorted(path.name for path in (shop / "bundles").glob("0*")) == ["000001"]
    assert cli("build", shop, "--dry-run", "--json").json["fields"][0]["kind"] == "renamed"
