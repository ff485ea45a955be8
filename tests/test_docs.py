"""The documentation is true: its commands run, and every verb, setting, error and route is in it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import soutui.data.convert  # noqa: F401  brings in the errors defined beside the rows
from soutui import errors
from soutui.config import Rule, Settings, SqlSource

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "guide"
READMES = ("README.md", "README.zh.md")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _all_errors(kind: type[errors.SoutuiError]) -> Iterator[type[errors.SoutuiError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from _all_errors(inner)


def _settings(kind: Any, where: str = "") -> Iterator[tuple[str, str, str]]:
    for field in dataclasses.fields(kind):
        default = field.default if field.default is not dataclasses.MISSING else field.default_factory()  # type: ignore[misc]
        if dataclasses.is_dataclass(default):
            yield from _settings(type(default), f"{where}.{field.name}" if where else field.name)
        else:
            yield where, field.name, field.metadata["doc"]


def test_readme_commands_run(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    script = "set -eu\n" + "\n".join(_blocks(text, "sh"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "bottle-01" in done.stdout
    for block in _blocks(text, "python"):
        answer = subprocess.run(
            [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, answer.stderr
        assert "bottle" in answer.stdout


def test_both_readmes_show_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (ROOT / name).read_text("utf-8")
        lines = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).splitlines()
        return [line.split("#")[0].rstrip() for line in lines]

    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("name", READMES)
def test_make_demo_and_test_come_first(name: str) -> None:
    first = re.findall(r"^```\w*\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]


def test_every_setting_is_documented() -> None:
    text = (GUIDE / "settings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \| `(?:.*?)` \| (.*?) \|$", text, re.MULTILINE))
    wanted = {(name, doc) for _, name, doc in (*_settings(Settings), *_settings(Rule), *_settings(SqlSource))}
    assert wanted <= documented, sorted(wanted - documented)
    assert {name for name, _ in documented} == {name for name, _ in wanted}, "a setting that is gone"


def test_every_error_is_documented() -> None:
    text = (GUIDE / "errors.md").read_text("utf-8")
    listed = {
        (code, int(exit_code), int(status))
        for code, exit_code, status in re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    }
    ours = {
        (k.code, k.exit_code, k.http_status)
        for k in _all_errors(errors.SoutuiError)
        if k.__module__.startswith("soutui")
    }
    assert ours == listed


def test_every_verb_is_documented() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "soutui.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    verbs = re.findall(r"^  ([a-z]+)  ", done.split("Commands:")[1], re.MULTILINE)
    assert {"init", "import", "build", "search", "serve", "doctor"} <= set(verbs)
    text = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/guide/README.md"))
    for verb in verbs:
        assert f"soutui {verb}" in text, verb


def test_every_route_is_documented() -> None:
    code = (
        "import json, tempfile\nfrom soutui import Workspace\nfrom soutui.serve.app import make_app\n"
        "with tempfile.TemporaryDirectory() as place, Workspace.create(place + '/shop') as shop:\n"
        "    print(json.dumps(sorted(route.path for route in make_app(shop).routes)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    text = (GUIDE / "http.md").read_text("utf-8")
    for path in json.loads(done.stdout):
        if path.startswith("/v1"):
            assert path.split("{")[0] in text, path


def test_links_lead_somewhere() -> None:
    for page in (*(ROOT / name for name in READMES), *sorted((ROOT / "docs").rglob("*.md"))):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
