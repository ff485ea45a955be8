"""Item files whose columns changed since soutui.toml was written: say so, and take the change in when asked to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from soutui.cli.output import Console
from soutui.config import FILE_NAME, ItemColumns
from soutui.errors import DataError

if TYPE_CHECKING:
    from soutui.data.evolve import ColumnChange
    from soutui.workspace import Workspace

_ADDED = "new column {name} is left out; take it in with --adopt"
_TOLD = {
    "added": "new column {name}: taken in as {role}",
    "removed": "column {name} is gone: items lose it",
    "renamed": "column {before} is called {name} now",
}


def settle_columns(console: Console, shop: Workspace, path: Path, adopt: bool) -> ItemColumns:
    """The column map for a file that settings name. With ``adopt`` changes are written to the settings and told.

    Without it new columns are left out with a word; a gone or renamed one is a DataError that says what to do.
    """
    from soutui.data.evolve import evolve
    from soutui.data.readers import head

    given = shop.settings.data.item_columns
    made, changes = evolve(head(path, 2000), given, shop.store.get_item)
    if not changes or not given.id:
        return given
    lost = [change for change in changes if change.kind != "added"]
    if adopt:
        _keep(shop, made)
        for change in changes:
            _tell(console, _TOLD[change.kind], change)
        return made
    if lost:
        told = "; ".join(_words(change) for change in lost)
        raise DataError(
            f"{path} has other columns than soutui.toml says: {told}",
            f"take that in: soutui import {shop.folder} --adopt",
        )
    for change in changes:
        _tell(console, _ADDED, change)
    return given


def _keep(shop: Workspace, columns: ItemColumns) -> None:
    """Write the settings with this map; the file as it was stays beside it as ``soutui.toml.bak``."""
    path = shop.folder / FILE_NAME
    settings = replace(shop.settings, data=replace(shop.settings.data, item_columns=columns))
    path.with_name(FILE_NAME + ".bak").write_bytes(path.read_bytes())
    fresh = path.with_name(FILE_NAME + ".new")
    fresh.write_text(settings.to_toml(), "utf-8")
    fresh.replace(path)
    shop.settings = settings


def _tell(console: Console, text: str, change: ColumnChange) -> None:
    if not console.json:
        console.line(console.say(text, name=change.name, before=change.before, role=console.say(change.role)))


def _words(change: ColumnChange) -> str:
    if change.kind == "renamed":
        return f"{change.before!r} ({change.role}) is called {change.name!r} now, the values are the same"
    return f"{change.name!r} ({change.role}) is gone"
