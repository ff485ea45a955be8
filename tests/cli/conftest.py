"""The sample shop, imported and built once by the command line itself."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from soutui.cli import main
from soutui.cli.doctor import check_machine


@dataclass(frozen=True)
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as the one document it must be."""
        return json.loads(self.out)


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command in this process."""
    monkeypatch.delenv("SOUTUI_LANGUAGE", raising=False)

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return run


@dataclass(frozen=True)
class SampleShop:
    """A built shop (``folder``) and the files it was made from (``files``)."""

    folder: Path
    files: Path


def make_shop(place: Path, *settings: str) -> SampleShop:
    """The sample shop in a folder of its own."""
    files, folder = place / "files", place / "shop"
    with redirect_stdout(io.StringIO()):
        _type(files, folder, settings)
    return SampleShop(folder, files)


def _type(files: Path, folder: Path, settings: tuple[str, ...]) -> None:
    assert main(["sample", str(files), "--users", "60"]) == 0
    named = [word for role, name in FILES.items() for word in (f"--{role}", str(files / name))]
    assert main(["init", str(folder), *named, *settings]) == 0
    assert main(["build", str(folder)]) == 0


FILES = {
    "items": "items.jsonl",
    "events": "events.jsonl",
    "queries": "queries.tsv",
    "judgments": "judgments.tsv",
}


@pytest.fixture(scope="session")
def sample_shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    """The sample shop, found by words alone. Not to be changed; see ``own_shop``."""
    return make_shop(
        tmp_path_factory.mktemp("sample"), "--set", "encoder.model=none", "--set", "evaluate.resamples=100"
    )


@pytest.fixture(scope="session")
def encoded_shop(tmp_path_factory: pytest.TempPathFactory) -> SampleShop:
    """The sample shop with the default text model; skips where that has not been exported yet."""
    model = next(check for check in check_machine(Path()) if check.name == "default model")
    if not model.found.startswith("ready"):
        pytest.skip("the default model has not been exported on this machine")
    return make_shop(tmp_path_factory.mktemp("encoded"), "--set", "evaluate.resamples=100")


@pytest.fixture
def own_shop(sample_shop: SampleShop, tmp_path: Path) -> Path:
    """A copy of the sample shop that a test may change."""
    return Path(shutil.copytree(sample_shop.folder, tmp_path / "shop"))
