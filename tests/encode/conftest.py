"""Encoders shared by the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_models import make_model, settings

from soutui.encode.base import open_encoder
from soutui.encode.onnx import OnnxEncoder


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformers folder without modules.json."""
    return make_model(tmp_path_factory.mktemp("models") / "plain")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, plain_model: Path) -> OnnxEncoder:
    """The plain model, exported at full precision."""
    made = open_encoder(settings(plain_model), tmp_path_factory.mktemp("cache"))
    assert made is not None
    return made
