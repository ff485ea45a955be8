"""``suggest`` and what ``search`` says of a misspelt query."""

from __future__ import annotations

from cli_shop import Cli, SampleShop


def test_suggest_for_people_and_machines(cli: Cli, sample_shop: SampleShop) -> None:
    told = cli("suggest", sample_shop.folder, "steel b", "-k", 3)
    assert told.code == 0
    assert all("steel b" in line.lower() for line in told.out.splitlines() if line.strip())
    assert "suggestions" in told.err
    machine = cli("suggest", sample_shop.folder, "steel b", "-k", 3, "--json").json
    assert machine["typed"] == "steel b"
    assert 1 <= len(machine["suggestions"]) <= 3
    first = machine["suggestions"][0]
    assert set(first) == {"text", "kind", "highlighted", "item", "score", "corrected"}
    assert "<em>" in first["highlighted"]
    assert first["corrected"] is False


def test_suggest_by_first_letters_in_chinese(cli: Cli, sample_shop: SampleShop) -> None:
    told = cli("--language", "zh", "suggest", sample_shop.folder, "bwb")
    assert "保温杯" in told.out
    assert "条建议" in told.err


def test_suggest_nothing(cli: Cli, sample_shop: SampleShop) -> None:
    told = cli("suggest", sample_shop.folder, "")
    assert (told.code, told.out) == (0, "")
    assert cli("suggest", sample_shop.folder, "a", "-k", 0).code == 2
    assert cli("suggest", sample_shop.folder, "\x00‮🙂").code == 0


def test_search_says_what_it_corrected(cli: Cli, sample_shop: SampleShop) -> None:
    told = cli("search", sample_shop.folder, "stel botle")
    assert told.out.startswith("showing results for steel bottle; for stel botle alone add --as-typed")
    chinese = cli("--language", "zh", "search", sample_shop.folder, "stel botle")
    assert chinese.out.startswith("已显示“steel bottle”的结果")
    page = cli("search", sample_shop.folder, "stel botle", "--json").json
    assert (page["corrected"], page["did_you_mean"]) == ("steel bottle", "")
    assert page["hits"]
    typed = cli("search", sample_shop.folder, "stel botle", "--as-typed", "--json").json
    assert typed["corrected"] == ""
