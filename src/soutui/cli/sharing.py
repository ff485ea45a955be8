"""``export``: a shop's data as files that other tools read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from soutui.cli.options import Shop, console_of
from soutui.cli.output import Console


def export(
    context: typer.Context,
    shop: Shop,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write; a folder that is not there yet.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="parquet (everything), beir (search) or recbole.")
    ] = "parquet",
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export in that folder.")] = False,
) -> None:
    """Write the shop's data as files that other tools read. What a format cannot hold is said, by number.

    \b
    The files hold user ids and what people searched for: treat them as personal data.
    Examples:
      soutui export shop copy
      soutui export shop for-beir --format beir
      soutui import copy-of-shop parquet copy
    """
    from soutui.export import export as write
    from soutui.workspace import Workspace

    console = console_of(context)
    with Workspace.open(shop) as opened, console.progress() as progress:
        done = write(opened.store, folder, form, force=force, progress=progress)
    if console.json:
        facts = {"folder": str(folder), "format": form}
        console.document({**facts, "written": done.written, "left_out": done.left_out, "changed": done.changed})
        return
    console.table(("", "written"), [(console.say(role), count) for role, count in done.written.items()], right=(1,))
    _told(console, "the format has no place for:", done.left_out)
    _told(console, "the format holds in another form:", done.changed)
    console.next(f"soutui import SHOP {form} {folder}")


VERBS = (("export", export),)


def _told(console: Console, heading: str, counts: Mapping[str, int]) -> None:
    if counts:
        console.line(console.say(heading))
        for what, count in counts.items():
            console.line(f"  {count} × {console.say(what)}")
