"""The sample shop, imported and built once by the command line itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_shop import Cli, Outcome, SampleShop, make_shop

from soutui.cli import main
from soutui.cli.doctor import check_machine


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
