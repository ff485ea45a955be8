"""What the tests of the command line share: how a command went, and how the sample shop is made."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soutui.cli import main


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
