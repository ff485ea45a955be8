"""``datasets``: public sets by name: what there is, and how one gets here."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from soutui.cli.options import console_of
from soutui.cli.output import Console, fit
from soutui.errors import UsageError

_ABOUT, _LICENCE = 60, 34  # columns of text in the list


def datasets(
    context: typer.Context,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="list, or get.")] = "list",
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The set to get, or to know all about.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Folder of the set; else datasets/NAME.")
    ] = None,
    url: Annotated[
        list[str] | None,
        typer.Option("--url", metavar="URL", help="Get it from there instead, once for each file; repeatable."),
    ] = None,
) -> None:
    """Public data sets: list them, or get one: downloaded, checked, unpacked, ready for import.

    \b
    Mind their licences: none of them comes with soutui.
    Examples:
      soutui datasets list
      soutui datasets list esci
      soutui datasets get movielens-latest-small
      soutui datasets get amazon-reviews-2023/Gift_Cards --to gift-cards
    """
    console = console_of(context)
    if action == "list" and to is None and not url:
        _list(console, name)
    elif action == "get" and name:
        _get(console, name, to or Path("datasets") / name.replace("/", "-"), url or [])
    else:
        raise UsageError(
            f"datasets {action} {name or ''}".rstrip() + " is not a call",
            "soutui datasets list, soutui datasets get NAME",
        )


VERBS = (("datasets", datasets),)


def _list(console: Console, name: str | None) -> None:
    from soutui.data.public import catalogue

    found = [one for one in catalogue() if name in (None, one.name)]
    if not found:
        from soutui.data.public import find

        found = [find(str(name))]  # a part, or an error that names the nearest
    if console.json:
        console.document({"datasets": [asdict(one) for one in found]})
        return
    if name is None:
        rows = [
            (one.name, fit(one.about, _ABOUT), one.size or "?", fit(one.licence, _LICENCE), one.layout) for one in found
        ]
        console.table(("name", "what it is", "size", "licence", "layout"), rows)
        console.next("soutui datasets list NAME", "soutui datasets get NAME")
        return
    (one,) = found
    facts = [("what it is", one.about), ("size", one.size or "?"), ("licence", one.licence), ("layout", one.layout)]
    facts += [("page", one.page), *(("file", file.url) for file in one.files)]
    facts += [("parts", ", ".join(one.parts))] if one.parts else []
    for label, value in facts:
        console.line(f"{console.say(label)}: {value}")
    console.next(f"soutui datasets get {one.name}{'/' + one.parts[0] if one.parts else ''}")


def _get(console: Console, name: str, folder: Path, urls: list[str]) -> None:
    from soutui.data.public import find, get

    wanted = find(name)
    if not console.json:
        console.note(console.say("{name}: {licence} ({page})", name=name, licence=wanted.licence, page=wanted.page))
    with console.progress() as progress:
        got = get(wanted, folder, urls, progress)
    if console.json:
        facts = {"name": name, "folder": str(folder), "layout": wanted.layout, "already": got.already}
        console.document({**facts, "digests": got.digests, "trusted": got.trusted})
        return
    if got.already:
        console.line(console.say("{folder} is there and whole: nothing to do", folder=folder))
    else:
        for file, digest in got.digests.items():
            console.line(f"{file}: sha256 {digest}")
        if got.trusted:
            console.line(
                console.say(
                    "nobody stated a digest of {files}: trusted now, and written into {path}",
                    files=", ".join(got.trusted),
                    path=folder / "dataset.json",
                )
            )
        console.line(console.say("ready in {folder}", folder=folder))
    console.next(f"soutui import SHOP {wanted.layout} {folder}")
