"""The working folder of the benchmarks: data sets found, workspaces made, facts kept."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from soutui.config import Settings
from soutui.workspace import Workspace

Facts = dict[str, Any]

REPOSITORY = Path(__file__).resolve().parent.parent
_LIBRARIES = ("numpy", "faiss-cpu", "tantivy", "onnxruntime", "torch", "sentence-transformers", "SQLAlchemy")
_KEPT = ("vectors.db",)


@dataclass(frozen=True)
class Work:
    """Where things are. ``shared`` holds the real data sets, None where absent; ``scale`` shrinks synthetic sizes.

    ``settings`` are the product's own, unless something is tried.
    """

    folder: Path
    shared: Path | None
    scale: float = 1.0
    settings: Settings = field(default_factory=Settings)

    def size(self, n: int) -> int:
        """A number of items, shrunk by ``scale``."""
        return max(200, round(n * self.scale))

    def sets(self, kind: str) -> list[Path]:
        """Folders of the real sets of a kind (``search``, ``rec``)."""
        folder = self.shared / "benchmarks" / kind if self.shared else None
        return sorted(path for path in folder.iterdir() if path.is_dir()) if folder and folder.is_dir() else []

    def set_folder(self, kind: str, name: str) -> Path:
        """The folder of one real set."""
        assert self.shared is not None
        return self.shared / "benchmarks" / kind / name

    def workspace(self, name: str, settings: Settings | None = None) -> Workspace:
        """A new workspace of this name; only vectors that were encoded before survive from an older one."""
        folder = self.folder / "shops" / name
        if folder.is_dir():
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif not path.name.startswith(_KEPT):
                    path.unlink()
        return Workspace.create(folder, settings or self.settings)

    def facts(self, section: str) -> dict[str, Facts]:
        """What was measured of a section, by key."""
        return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(self._place(section).glob("*.json"))}

    def keep(self, section: str, key: str, facts: Mapping[str, Any]) -> None:
        """Keep what was measured, with the time, the code and how busy the machine was. One file a key."""
        stamp = {"measured": now(), "load": round(os.getloadavg()[0], 1), "code": code()}
        place = self._place(section)
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps({**facts, **stamp}, ensure_ascii=False, indent=1, default=float)
        (place / f"{key}.json").write_text(text, "utf-8")

    def _place(self, section: str) -> Path:
        return self.folder / "facts" / section


def now() -> str:
    """The time to the minute, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def code() -> str:
    """The commit measured; ``+`` when files of the package differ from it."""
    commit = _git("rev-parse", "--short", "HEAD")
    return commit + ("+" if commit and _git("status", "--porcelain", "--", "src") else "")


def machine() -> str:
    """One paragraph: cores, memory, versions. No names and no paths."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    return (
        f"{cores} cores ({_processor()}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}; soutui {_version('soutui')}, {versions}."
    )


def timed() -> _Clock:
    """Seconds since now, by calling the result."""
    return _Clock(time.perf_counter())


@dataclass(frozen=True)
class _Clock:
    start: float

    def __call__(self) -> float:
        return round(time.perf_counter() - self.start, 3)


def _git(*words: str) -> str:
    if shutil.which("git") is None:
        return ""
    done = subprocess.run(["git", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
