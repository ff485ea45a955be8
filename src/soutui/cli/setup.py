"""``init``, ``import`` and ``sample``: from files to a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soutui.cli.making import check_free, create, show_loaded
from soutui.cli.options import (
    EventColumnWords,
    EventFiles,
    ItemColumnWords,
    ItemFiles,
    JudgmentFiles,
    QueryFiles,
    Shop,
    UserFiles,
    console_of,
    read_pairs,
    read_settings,
)
from soutui.cli.output import Console
from soutui.cli.sources import (
    Asked,
    SqlCursor,
    SqlName,
    SqlQuery,
    SqlRole,
    SqlUrl,
    as_documents,
    import_asked,
    import_sources,
    show_sources,
)
from soutui.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from soutui.cli.loading import Plan
    from soutui.config import Settings


def init(
    context: typer.Context,
    shop: Shop,
    items: ItemFiles = None,
    events: EventFiles = None,
    users: UserFiles = None,
    queries: QueryFiles = None,
    judgments: JudgmentFiles = None,
    column: ItemColumnWords = None,
    event_column: EventColumnWords = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. encoder.model=none; repeatable."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the guess; write nothing.")] = False,
) -> None:
    """Make a shop from your files: guess what the columns mean, say so, import everything.

    \b
    Examples:
      soutui init shop --items items.csv --events events.parquet
      soutui init shop --items items.csv --column id=sku --set encoder.model=none
      soutui init shop --items items.csv --dry-run
    """
    from soutui.cli.loading import Files, column_map, load, make_plan, remember, totals
    from soutui.config import EventColumns, ItemColumns

    console = console_of(context)
    files = Files(*(tuple(paths or ()) for paths in (items, events, users, queries, judgments)))
    if not files.items:
        raise UsageError("no item file was named", "soutui init SHOP --items FILE --events FILE")
    if not dry_run:
        check_free(shop)
    given = _settings(read_settings(set_))
    plan = make_plan(
        files,
        _over(given.data.item_columns, column_map(ItemColumns, read_pairs(column, "--column"), "--column")),
        _over(
            given.data.event_columns,
            column_map(EventColumns, read_pairs(event_column, "--event-column"), "--event-column"),
        ),
    )
    settings: Settings = replace(given, data=remember(plan, given.data, shop))
    if dry_run:
        if console.json:
            console.document({"guess": _guess_rows(plan), "settings": settings.to_toml(), "written": False})
            return
        _show_guess(console, plan)
        console.line(console.say("nothing was written (--dry-run)"))
        return
    if not console.json:
        _show_guess(console, plan)
    loaded = create(console, shop, settings, lambda made, progress: load(made, plan, progress), totals(plan))
    if console.json:
        document = {"shop": str(shop), "guess": _guess_rows(plan), "settings": str(shop / "soutui.toml")}
        console.document({**document, **loaded.as_dict()})
        return
    console.line(console.say("settings written to {path}; edit them there", path=shop / "soutui.toml"))
    show_loaded(console, loaded)
    console.next(f"soutui check {shop}", f"soutui build {shop}")


def import_(
    context: typer.Context,
    shop: Shop,
    layout: Annotated[
        str | None,
        typer.Argument(metavar="LAYOUT", help="A public layout: amazon, beir, mind, …; a wrong one lists all."),
    ] = None,
    path: Annotated[Path | None, typer.Argument(metavar="PATH", help="Folder (or file) of that layout.")] = None,
    items: ItemFiles = None,
    events: EventFiles = None,
    users: UserFiles = None,
    queries: QueryFiles = None,
    judgments: JudgmentFiles = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take new, renamed and removed columns into soutui.toml.")
    ] = False,
    sql: SqlUrl = None,
    query: SqlQuery = None,
    role: SqlRole = None,
    cursor: SqlCursor = None,
    name: SqlName = None,
) -> None:
    """Import more files, a public data set, or again what soutui.toml names. Importing twice changes nothing.

    \b
    Examples:
      soutui import shop beir datasets/scifact
      soutui import shop amazon datasets/gift-cards
      soutui import shop --items new.csv --events june.parquet
      soutui import shop --queries queries.tsv --judgments judgments.tsv
      soutui import shop --sql sqlite:///shop.db --query "SELECT * FROM orders" --role events --cursor id
      soutui import shop
      soutui import shop --adopt
    """
    from soutui.cli.columns import settle_columns
    from soutui.cli.loading import Files, load, make_plan, remembered, totals
    from soutui.config import Settings
    from soutui.workspace import Workspace

    console = console_of(context)
    files = Files(*(tuple(paths or ()) for paths in (items, events, users, queries, judgments)))
    asked, taken = Asked(sql, query, role, cursor, name), list[Any]()
    if asked:
        if layout is not None or files:
            raise UsageError("--sql goes alone: no layout and no files with it", "import them one after the other")
        import_asked(console, shop, asked)
        return
    if layout is not None:
        from soutui.cli.loading import load_layout
        from soutui.data.layouts import LAYOUTS

        if layout not in LAYOUTS:
            raise UsageError(f"unknown layout {layout!r}; known: {', '.join(LAYOUTS)}", "soutui import SHOP beir PATH")
        if path is None or files:
            raise UsageError(
                f"a layout takes one PATH and no other files; {path or 'none'} came",
                f"soutui import {shop} {layout} PATH",
            )
        if not path.exists():
            raise NotFoundError(f"{path} does not exist", "name the folder that holds the data set")
        place, chosen = path, layout
        if (shop / "soutui.toml").exists():
            with Workspace.open(shop) as opened, console.progress() as progress:
                loaded = load_layout(opened, chosen, place, progress)
        else:
            check_free(shop)
            loaded = create(
                console, shop, Settings(), lambda made, progress: load_layout(made, chosen, place, progress), {}
            )
    else:
        with Workspace.open(shop) as opened:
            data = opened.settings.data
            wanted = files or remembered(data, shop)
            sources = () if files else data.sources
            if not wanted and not sources:
                raise UsageError(f"{shop / 'soutui.toml'} names no files", "name some: soutui import SHOP --items FILE")
            columns = data.item_columns
            if not files and wanted.items:
                columns = settle_columns(console, opened, wanted.items[0], adopt)
            plan = make_plan(wanted, columns, data.event_columns, strict=not files)
            with console.progress(totals(plan)) as progress:
                loaded = load(opened, plan, progress)
                if sources:
                    loaded, taken = import_sources(console, opened, sources, progress, loaded)
    if console.json:
        told = {"sources": as_documents(taken)} if taken else {}
        console.document({"shop": str(shop), **loaded.as_dict(), **told})
        return
    show_sources(console, taken)
    show_loaded(console, loaded)
    console.next(f"soutui check {shop}", f"soutui build {shop}")


def sample(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the files.")],
    users: Annotated[int | None, typer.Option("--users", help="How many simulated shoppers.")] = None,
    items: Annotated[
        int | None, typer.Option("--items", help="How many items; more than are written are recombined from those.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="How many days the log covers.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Another seed gives other shoppers.")] = None,
    truth: Annotated[
        bool, typer.Option("--truth", help="Write what was planted too: tastes, propensities, bots.")
    ] = False,
) -> None:
    """Write the files of a sample shop, to try everything on. Its shoppers are simulated.

    \b
    Examples:
      soutui sample files
      soutui sample big --users 20000 --items 100000 --truth
    """
    from soutui.data.sample import PERSONA, SEED, SHOPPERS, write

    console = console_of(context)
    for name, number in (("--users", users), ("--items", items), ("--days", days)):
        if number is not None and number < 1:
            raise UsageError(f"{name} must be at least 1; {number} came", f"leave {name} out to get the default")
    paths = write(
        folder,
        SHOPPERS if users is None else users,
        SEED if seed is None else seed,
        items=items,
        days=90 if days is None else days,
        truth=truth,
    )
    if console.json:
        console.document({"files": {name: str(path) for name, path in paths.items()}})
        return
    for name, path in paths.items():
        console.line(f"{console.say(name)}: {path}")
    console.next(
        f"soutui init shop --items {paths['items']} --events {paths['events']} "
        f"--queries {paths['queries']} --judgments {paths['judgments']}",
        "soutui build shop",
        f'soutui search shop "steel bottle" --user {PERSONA}',
    )


VERBS = (("init", init), ("import", import_), ("sample", sample))


def _settings(values: Mapping[str, Any]) -> Settings:
    from soutui.config import Settings

    return Settings.from_dict(values)


def _over(base: Any, over: Any) -> Any:
    given = {one.name: value for one in fields(over) if (value := getattr(over, one.name))}
    return replace(base, **given)


def _guess_rows(plan: Plan) -> dict[str, list[dict[str, str]]]:
    return {
        role: [{"field": guess.field, "column": guess.column, "why": guess.why} for guess in guesses]
        for role, guesses in plan.guesses.items()
    }


def _show_guess(console: Console, plan: Plan) -> None:
    for role, guesses in plan.guesses.items():
        paths: Sequence[Path] = getattr(plan.files, role)
        more = f" (+{len(paths) - 1})" if len(paths) > 1 else ""
        console.heading("{role} in {path}", role=console.say(role), path=f"{paths[0]}{more}")
        rows = [(console.say(guess.field), "←", guess.column, guess.why) for guess in guesses]
        console.table(("meaning", "", "column", "why"), rows)
        console.line()
