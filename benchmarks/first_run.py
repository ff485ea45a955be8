"""The first minutes: `make demo` in a fresh copy with fresh packages, and the unit tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.tables import asked, table
from benchmarks.work import REPOSITORY, Facts, Work, timed

TITLE = "The first minutes"


def keys(work: Work) -> list[str]:
    """What a person runs first."""
    return ["demo", "tests"]


def measure(work: Work, key: str) -> Facts:
    """Run it and time it; fails when it fails."""
    return _demo() if key == "demo" else _tests()


def _demo() -> Facts:
    """`make demo` twice in fresh copies: the first fetches packages, the second finds them in the installer's cache."""
    facts: Facts = {}
    for name in ("with downloads", "after downloads"):
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "soutui"
            for path in _tracked():
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / path, copy / path)
            clock = timed()
            environment = os.environ | {"SOUTUI_CACHE": str(Path(place) / "cache")}
            _run(["make", "demo", f"PYTHON={sys.executable}"], copy, environment)
            facts[name] = clock()
    return facts


def _tests() -> Facts:
    clock = timed()
    _run([sys.executable, "-m", "pytest", "-m", "not real", "-p", "no:cacheprovider"], REPOSITORY, dict(os.environ))
    return {"seconds": clock()}


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, text=True)
    return [path for path in listed.stdout.splitlines() if (REPOSITORY / path).is_file()]


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout.decode(errors='replace')[-3000:]}")


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    checks = []
    if "demo" in facts:
        seconds = facts["demo"]["after downloads"]
        checks.append(
            asked("`make demo` in a fresh copy, packages fetched before", "≤ 5 min", _minutes(seconds), seconds <= 300)
        )
    if "tests" in facts:
        seconds = facts["tests"]["seconds"]
        checks.append(asked("unit tests", "≤ 3 min", _minutes(seconds), seconds <= 180))
    return table(("what", "asked", "measured", "met"), checks)


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"
