"""What holds for every verb: help with an example, --json, exit codes, a clean stdout, both languages."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_shop import Cli, SampleShop

from soutui.cli.app import VERBS, make_command
from soutui.cli.output import Console, align, find_console, fit, human_bytes, show
from soutui.cli.progress import Lines
from soutui.cli.words import HELP_ZH, ZH, translate
from soutui.errors import UsageError

NAMES = [name for name, _ in VERBS]


def soutui(*words: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "soutui.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_every_verb_teaches_and_takes_json(cli: Cli, name: str, language: str) -> None:
    told = cli("--language", language, name, "--help")
    assert told.code == 0
    assert f"soutui {name}" in told.out.split("示例" if language == "zh" else "Example")[1]
    assert "--json" in told.out
    assert ("帮" in told.out or "。" in told.out) == (language == "zh")


def test_every_verb_and_option_is_translated() -> None:
    command = make_command(Console())
    assert set(HELP_ZH) == {"", *NAMES}
    for one in (command, *command.commands.values()):
        for param in one.params:
            assert not param.help or param.help in ZH, param.help


def test_translations_keep_their_places() -> None:
    for english, chinese in ZH.items():
        assert sorted(re.findall(r"\{\w+", english)) == sorted(re.findall(r"\{\w+", chinese)), english


def test_no_verb_is_a_wrong_call(cli: Cli) -> None:
    assert cli().code == 2
    assert "Commands" in cli("--help").out


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("nonsense",), 2, "usage"),
        (("search",), 2, "usage"),
        (("search", "{shop}", "x", "-k", "many"), 2, "usage"),
        (("search", "{shop}", "x", "-k", "-1"), 2, "usage"),
        (("search", "{shop}", "x", "--filter", "no such=1"), 2, "filter"),
        (("search", "nowhere", "x"), 4, "not_found"),
        (("similar", "{shop}", "never-was"), 4, "not_found"),
        (("evaluate", "{shop}", "--kind", "taste"), 2, "usage"),
        (("run", "{shop}"), 2, "usage"),
        (("compare", "one.run", "--qrels", "q"), 2, "usage"),
        (("compare", "one.run", "two.run", "--qrels", "q"), 3, "data"),
        (("put", "{shop}", "absent.jsonl"), 3, "data"),
        (("--language", "klingon", "doctor"), 2, "usage"),
    ],
)
def test_errors_have_codes(cli: Cli, sample_shop: SampleShop, words: tuple[str, ...], code: int, kind: str) -> None:
    words = tuple(word.format(shop=sample_shop.folder) for word in words)
    told = cli(*words)
    assert (told.code, told.out) == (code, "")
    assert told.err.startswith("error: ")
    assert "hint: " in told.err
    machine = cli(*words, "--json")
    assert (machine.code, machine.json["error"]["code"]) == (code, kind)
    assert set(machine.json["error"]) == {"code", "message", "hint"}


def test_not_built(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,title\na,One\nb,Two\n")
    assert cli("init", tmp_path / "shop", "--items", tmp_path / "items.csv").code == 0
    for verb in (("search", tmp_path / "shop", "x"), ("evaluate", tmp_path / "shop")):
        told = cli(*verb, "--json")
        assert (told.code, told.json["error"]["code"]) == (4, "not_built")
    assert "还没有索引包" in cli("search", tmp_path / "shop", "x", "--language", "zh").err


def test_stdout_is_one_document(sample_shop: SampleShop) -> None:
    done = soutui("search", sample_shop.folder, "保温杯", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["hits"]
    assert done.stdout.count(b"\n") == 1


def test_a_query_that_is_not_utf8(cli: Cli, sample_shop: SampleShop) -> None:
    assert cli("search", sample_shop.folder, os.fsdecode(b"steel \xff bottle"), "--json").json["hits"]


def test_words_after_two_dashes_are_words(cli: Cli, sample_shop: SampleShop) -> None:
    assert cli("search", sample_shop.folder, "--", "--json").out.startswith("note")


def test_closed_pipe_is_quiet(sample_shop: SampleShop) -> None:
    queries = sample_shop.files / "queries.tsv"
    command = f'"{sys.executable}" -m soutui.cli run "{sample_shop.folder}" --queries "{queries}" -k 90 | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr


def test_interrupt_exits_130(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("soutui.cli.doctor.check_machine", interrupted)
    assert cli("doctor").code == 130


def test_stdin(cli: Cli, own_shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pipe(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))

    pipe(b'{"id": "x-1", "title": "Jovian lamp"}\n')
    assert cli("put", own_shop, "-", "--json").json["written"] == 1
    pipe(b"id,title\nx-2,Saturnian lamp\n")
    assert cli("put", own_shop, "-", "--json").json["written"] == 1
    pipe(b"")
    assert cli("put", own_shop, "-").code == 2
    pipe(b"x-1\nx-2\nx-3\n")
    gone = cli("delete", own_shop, "-", "--json").json
    assert (gone["deleted"], gone["unknown"]) == (2, 1)


def test_help_and_version_are_quick_and_light() -> None:
    code = (
        "import sys; from soutui.cli import main; assert main(['--help']) == 0; assert main(['search', '-h']) == 0;"
        "heavy = {'scipy', 'faiss', 'tantivy', 'onnxruntime', 'sqlalchemy', 'fastapi', 'pyarrow', 'jieba', 'torch'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert soutui("--version").stdout.startswith(b"soutui ")


def test_language_from_the_environment() -> None:
    assert find_console(["status"], {"SOUTUI_LANGUAGE": "zh_CN.UTF-8"})[0].language == "zh"
    console, rest = find_console(["search", "s", "--language=zh", "q", "--", "--language", "en"], {})
    assert (console.language, rest) == ("zh", ["search", "s", "q", "--", "--language", "en"])
    with pytest.raises(UsageError):
        find_console(["--language", "xx"], {})


def test_translation_of_messages() -> None:
    assert translate("shop has no bundle yet", "zh") == "shop 还没有索引包"
    assert translate("never heard of", "zh") == "never heard of"
    assert translate("hint", "en") == "hint"


def test_tables_count_wide_characters() -> None:
    assert align([["杯", "b"], ["abc", "d"]]) == ["杯   b", "abc  d"]
    assert align([["x", "1"], ["y", "10"]], frozenset({1})) == ["x   1", "y  10"]
    assert fit("保温杯保温杯", 7) == "保温杯…"
    assert [show(value) for value in (None, True, 1.5, 1234.0, ("a", "b"))] == ["", "yes", "1.5", "1234", "a, b"]
    assert [human_bytes(count) for count in (12, 1234, 5_600_000)] == ["12 B", "1.2 kB", "5.6 MB"]


def test_progress_lines_are_few(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("soutui.cli.progress.time.monotonic", lambda: clock[0])
    lines = Lines(Console().say, {"items": 400})
    for done in range(400):
        clock[0] += 0.1
        lines("items", done, 0)
    told = capsys.readouterr().err.splitlines()
    assert 15 <= len(told) <= 20
    assert re.fullmatch(r"items \d+ of 400, \d+ %, 10 a second, \d+ s left", told[-1])


def test_an_unexpected_error_is_not_swallowed(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("soutui.cli.doctor.check_machine", broken)
    with pytest.raises(ValueError, match="a bug"):
        cli("doctor")


def test_typer_is_asked_for_nothing_private() -> None:
    # main() relies on this: the base of BadParameter is the error of a wrong call.
    assert typer.BadParameter.__bases__[0].__name__ == "UsageError"
