"""Is this machine fit, is this shop whole? Each check finds something and says what to do about it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from soutui.cli.output import human_bytes
from soutui.errors import DamagedError, DataError, NotBuiltError, SoutuiError

State = Literal["ok", "warn", "damaged"]

PARTS = (
    *("numpy", "scipy", "faiss-cpu", "tantivy", "onnxruntime", "tokenizers", "sqlalchemy", "alembic", "pyarrow"),
    *("orjson", "jieba", "PyStemmer", "opencc-python-reimplemented", "fastapi", "uvicorn", "typer", "rich"),
)
#: Below these a build of a middling catalogue may not end.
LITTLE_MEMORY = 2e9
LITTLE_DISK = 2e9


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and what to do when it is not well."""

    name: str
    state: State
    found: str
    advice: str = ""


def check_machine(place: Path) -> Iterator[Check]:
    """Checks of Python, parts, cores, memory, the disk under ``place``, the text model."""
    version = platform.python_version()
    fit = sys.version_info >= (3, 11)
    yield Check("python", "ok" if fit else "warn", version, "" if fit else "use Python 3.11 or newer")
    yield _parts()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Check("cores", "ok", str(cores))
    yield _memory()
    free = shutil.disk_usage(_existing(place)).free
    few = free < LITTLE_DISK
    yield Check("disk", "warn" if few else "ok", f"{human_bytes(free)} free", "free space" if few else "")
    yield Check("sqlite", "ok", sqlite3.sqlite_version)
    yield _onnxruntime()
    yield _model()
    yield _torch()


def check_shop(shop: Path) -> Iterator[Check]:
    """Checks of the settings, every row of the database and every byte of the bundle that serves."""
    from soutui.bundle import manifest
    from soutui.workspace import Workspace

    try:
        opened = Workspace.open(shop)
    except DamagedError as error:
        yield Check("database", "damaged", error.message, error.hint)
        return
    with opened:
        yield Check("settings", "ok", str(shop / "soutui.toml"))
        if opened.settings.text.synonyms:
            yield _synonyms(opened.settings.text.synonyms, shop)
        problems = opened.store.check()
        for problem in problems:
            yield Check("database", "damaged", problem, "restore a backup, or import the files again")
        if not problems:
            yield Check("database", "ok", opened.store.name)
        try:
            folder = manifest.get_current(opened.bundles)
            facts = manifest.verify(folder)
        except NotBuiltError as error:
            yield Check("bundle", "warn", error.message, f"soutui build {shop}")
        except SoutuiError as error:
            yield Check("bundle", "damaged", error.message, error.hint)
        else:
            yield Check("bundle", "ok", f"{folder.name}, {len(facts['files'])} files")


def _parts() -> Check:
    found, missing = [], []
    for name in PARTS:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("parts", "warn", f"missing: {', '.join(missing)}", "install soutui again")
    return Check("parts", "ok", ", ".join(found))


def _synonyms(setting: str, shop: Path) -> Check:
    from soutui.text.synonyms import Synonyms

    try:
        read = Synonyms.of(setting, shop)
    except DataError as error:
        return Check("synonyms", "warn", error.message, error.hint)
    found = "; ".join(read.notes()) or "0"
    advice = "see docs/guide/search.md for what a line may say" if read.problems else ""
    return Check("synonyms", "warn" if read.problems else "ok", found, advice)


def _memory() -> Check:
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return Check("memory", "ok", "unknown on this system")
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    free = sizes.get("MemAvailable", 0)
    little = free < LITTLE_MEMORY
    told = f"{human_bytes(free)} of {human_bytes(sizes.get('MemTotal', 0))} available"
    return Check(
        "memory", "warn" if little else "ok", told, "close other programs before a large build" if little else ""
    )


def _onnxruntime() -> Check:
    if importlib.util.find_spec("onnxruntime") is None:
        return Check("onnxruntime", "warn", "not installed", "install soutui again")
    # Looked at, not used: what runs models is in soutui.encode.
    providers = importlib.import_module("onnxruntime").get_available_providers()
    return Check("onnxruntime", "ok", ", ".join(providers))


def _model() -> Check:
    from soutui.config import EncoderSettings
    from soutui.encode.base import cache_folder, find_model, fingerprint
    from soutui.encode.folder import read_folder

    root, settings = cache_folder(), EncoderSettings()
    try:
        model = read_folder(find_model(settings.model))
    except SoutuiError as error:
        return Check("default model", "warn", error.message, error.hint)
    place = root / "encoders" / fingerprint(model, settings, root)
    if place.is_dir():
        return Check("default model", "ok", f"ready in {place}")
    if importlib.util.find_spec("torch") is None:
        advice = "pip install 'soutui[train]' to export it once, or set encoder.model = \"none\""
        return Check("default model", "warn", "installed, not exported yet, and torch is missing", advice)
    return Check("default model", "ok", "installed", "the first build exports it, in about ten seconds")


def _torch() -> Check:
    try:
        return Check("torch", "ok", importlib.metadata.version("torch"))
    except importlib.metadata.PackageNotFoundError:
        advice = "only needed to export a model once, and to train: pip install 'soutui[train]'"
        return Check("torch", "ok", "not installed", advice)


def _existing(place: Path) -> Path:
    place = place.absolute()
    while not place.exists():
        place = place.parent
    return place
