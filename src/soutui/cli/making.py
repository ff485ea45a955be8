"""What ``init`` and every ``import`` share: a new shop that goes away when its making fails, and what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soutui.cli.output import Console
from soutui.errors import UsageError

if TYPE_CHECKING:
    from soutui.cli.loading import Loaded
    from soutui.config import Settings


def show_loaded(console: Console, loaded: Loaded) -> None:
    """Counts of an import, what was set aside and why, and where it lies."""
    rows = [(console.say(name), count, loaded.written[name]) for name, count in loaded.read.items()]
    console.table(("", "read", "new or changed"), rows, right=(1, 2))
    if loaded.rejected:
        console.line(console.say("{n} rows were set aside:", n=loaded.rejected))
        for reason, count in loaded.reasons.items():
            console.line(f"  {count} × {reason}")
    if loaded.dropped:
        console.line(console.say("{n} values were dropped from rows that were kept:", n=sum(loaded.dropped.values())))
        for reason, count in loaded.dropped.items():
            console.line(f"  {count} × {reason}")
    for path in loaded.quarantine:
        console.line(console.say("they lie, with reasons, in {path}", path=path))


def create(console: Console, shop: Path, settings: Settings, fill: Any, estimates: Mapping[str, int]) -> Loaded:
    """Make the workspace and fill it; when that fails nothing is left behind."""
    from soutui.workspace import Workspace

    existed = shop.exists()
    made = []
    for parent in shop.parents:
        if parent.exists():
            break
        made.append(parent)
    try:
        with Workspace.create(shop, settings) as opened, console.progress(estimates) as progress:
            loaded: Loaded = fill(opened, progress)
    except BaseException:
        for inner in shop.iterdir() if shop.is_dir() else ():
            shutil.rmtree(inner) if inner.is_dir() else inner.unlink()
        if not existed and shop.is_dir():
            shop.rmdir()
        for parent in made:
            if parent.is_dir():
                parent.rmdir()
        raise
    return loaded


def check_free(shop: Path) -> None:
    """Only a folder that is absent or empty may become a shop: what fails is removed again."""
    if (shop / "soutui.toml").exists():
        raise UsageError(
            f"{shop} is a shop already", f"add to it with `soutui import {shop}`, or choose another folder"
        )
    if shop.exists() and (not shop.is_dir() or any(shop.iterdir())):
        raise UsageError(f"{shop} exists and is not an empty folder", "choose another name")
