"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _find_shared() -> Path | None:
    named = os.environ.get("SOUTUI_SHARED")
    places = [Path(named)] if named else []
    places += [parent / "shared" for parent in Path(__file__).resolve().parents]
    return next((place for place in places if (place / "benchmarks").is_dir()), None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data sets and benchmarks; the test skips where it is absent."""
    place = _find_shared()
    if place is None:
        pytest.skip("the real data sets are not here (set SOUTUI_SHARED to their folder)")
    return place
