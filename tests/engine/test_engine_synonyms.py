"""Synonyms, words of the catalogue, amounts and compounds, through a whole shop and its live changes."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from tests.shops import item, make

from soutui.bundle import manifest
from soutui.cli.doctor import check_shop
from soutui.config import FILE_NAME
from soutui.errors import DataError
from soutui.text.synonyms import Synonyms
from soutui.workspace import Workspace

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "search.md"

ITEMS = [
    item("s1", "Grey sofa", "three seats", brand="Kibo"),
    item("s2", "Velvet settee", "two seats", brand="Kibo"),
    item("p1", "手机壳", "防摔 蕉下", brand="蕉下"),
    item("p2", "Mobile phone", "6 inch screen", brand="蕉下"),
    item("l1", "Fernseher television", "55 inch", brand="Toru"),
    item("w1", "Water bottle 1 l", "steel", brand="Toru"),
    item("h1", "Wireless headphones", "bluetooth", brand="Toru"),
]
SYNONYMS = "sofa, couch, settee\n手机, mobile phone\ntv => television\nlonely\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("synonyms")
    (base / "synonyms.txt").write_text(SYNONYMS, "utf-8")
    make(base / "shop", ITEMS, text={"synonyms": "synonyms.txt"}).close()
    return base / "shop"


@pytest.fixture(scope="module")
def shop(folder: Path) -> Workspace:
    return Workspace.open(folder)


def found(shop: Workspace, query: str) -> list[str]:
    return list(shop.search(query).items)


def test_synonyms_are_found_and_what_was_typed_comes_first(shop: Workspace) -> None:
    assert found(shop, "sofa") == ["s1", "s2"]
    assert found(shop, "settee") == ["s2", "s1"]
    assert set(found(shop, "couch")) == {"s1", "s2"}
    assert found(shop, "tv") == ["l1"]
    assert set(found(shop, "手机")) == {"p1", "p2"}
    assert set(found(shop, "mobile phone")) == {"p1", "p2"}


def test_synonyms_are_marked(shop: Workspace) -> None:
    hit = shop.search("couch grey").hits[0]
    assert hit.highlights["title"] == "<em>Grey</em> <em>sofa</em>"
    assert "sofa" in hit.reasons[0].evidence


def test_a_synonym_that_no_item_has_is_not_corrected(shop: Workspace) -> None:
    assert shop.search("couch").corrected == ""


def test_live_items_are_found_by_synonyms(tmp_path: Path) -> None:
    (tmp_path / "synonyms.txt").write_text(SYNONYMS, "utf-8")
    with make(tmp_path / "shop", ITEMS, text={"synonyms": "synonyms.txt"}) as shop:
        shop.put([item("s3", "Leather couch", "new"), item("p3", "手机", "新")])
        assert set(found(shop, "sofa")) == {"s1", "s2", "s3"}
        assert set(found(shop, "mobile phone")) == {"p1", "p2", "p3"}
        shop.put([item("b1", "Rucksack 20 l", "")])
        assert "b1" in found(shop, "20000 ml")


def test_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "synonyms.txt"
    file.write_text("sofa, settee\n", "utf-8")
    with make(tmp_path / "shop", ITEMS, text={"synonyms": "synonyms.txt"}) as shop:
        bundle = manifest.get_current(shop.bundles).name
        assert set(found(shop, "sofa")) == {"s1", "s2"}
        file.write_text("lounge, settee, sofa, couch\n", "utf-8")
        assert set(found(shop, "lounge")) == {"s1", "s2"}
        file.unlink()
        assert set(found(shop, "lounge")) == {"s1", "s2"}  # a running service goes on
        assert manifest.get_current(shop.bundles).name == bundle
    with Workspace.open(tmp_path / "shop") as shop, pytest.raises(DataError, match="synonyms"):
        shop.search("sofa")


def test_a_build_without_its_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="synonyms"):
        make(tmp_path / "shop", ITEMS, text={"synonyms": "none.txt"})


def test_the_build_says_how_many_groups_it_read(shop: Workspace) -> None:
    notes = shop.status()["bundle"]["notes"]
    assert "groups of synonyms: 3" in notes
    assert any(note.startswith("synonyms, line 4: one entry alone") for note in notes)


def test_words_of_the_catalogue_are_in_the_bundle(shop: Workspace) -> None:
    parts = shop.engine().parts
    assert "蕉下" in parts.analyser.cut("蕉下防晒衣")
    assert set(found(shop, "蕉下")) == {"p1"}


def test_words_of_the_catalogue_can_be_left_out(tmp_path: Path) -> None:
    with make(tmp_path / "shop", ITEMS, text={"catalogue_words": False}) as shop:
        assert "蕉下" not in shop.engine().parts.analyser.cut("蕉下防晒衣")
        assert not (manifest.get_current(shop.bundles) / "words.json").exists()
        # Switched on later: this bundle goes on with the words it was built with.
        settings = (tmp_path / "shop" / FILE_NAME).read_text("utf-8")
        (tmp_path / "shop" / FILE_NAME).write_text(settings.replace("catalogue_words = false", ""), "utf-8")
    with Workspace.open(tmp_path / "shop") as shop:
        assert found(shop, "蕉下") == ["p1"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("1000ml bottle", "w1"), ("1升", "w1"), ("head phones", "h1"), ("head-phones", "h1"), ("gray sofa", "s1")],
)
def test_amounts_compounds_and_spellings(shop: Workspace, query: str, wanted: str) -> None:
    assert found(shop, query)[0] == wanted


def test_doctor_reads_the_file_too(folder: Path, tmp_path: Path) -> None:
    (told,) = [check for check in check_shop(folder) if check.name == "synonyms"]
    assert told.state == "warn"
    assert told.found.startswith("groups of synonyms: 3; synonyms, line 4: one entry alone")
    with make(tmp_path / "shop", ITEMS, build=False, text={"synonyms": "gone.txt"}):
        (told,) = [check for check in check_shop(tmp_path / "shop") if check.name == "synonyms"]
    assert told.state == "warn"
    assert "cannot be read" in told.found


def test_the_guide_tells_the_truth(tmp_path: Path) -> None:
    text = GUIDE.read_text("utf-8")
    example = Synonyms.parse(text.split("```\n")[2].encode())
    assert len(example) == 3
    assert example.problems == ()
    (script,) = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (table,) = re.findall(r"<<'END'\n(.*?)^END", script, re.MULTILINE | re.DOTALL)
    items = [
        item(row["id"], row["title"], row["description"], brand=row["brand"])
        for row in csv.DictReader(table.splitlines())
    ]
    (tmp_path / "synonyms.txt").write_text(re.findall(r"^echo '(.*)' >", script, re.MULTILINE)[0], "utf-8")
    searches = re.findall(r"^soutui search shop \"(.*?)\" *# (.*?):", script, re.MULTILINE)
    assert len(searches) == 4
    with make(tmp_path / "shop", items, text={"synonyms": "synonyms.txt"}) as shop:
        for query, wanted in searches:
            assert found(shop, query)[: len(wanted.split(" and "))] == wanted.split(" and ")
