"""Queries to databases as sources of an import: named on the command line once, remembered in soutui.toml."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from soutui.cli.making import check_free, create, show_loaded
from soutui.cli.output import Console
from soutui.config import FILE_NAME, DataSettings, SqlSource
from soutui.errors import SoutuiError, UsageError

if TYPE_CHECKING:
    from soutui.cli.loading import Loaded
    from soutui.store.intake import Taken
    from soutui.workspace import Workspace

SqlUrl = Annotated[
    str | None,
    typer.Option(
        "--sql",
        metavar="URL",
        help="Import from a database: sqlite:///shop.db, postgresql+psycopg://user:${PGPASS}@host/name.",
    ),
]
SqlQuery = Annotated[
    str | None, typer.Option("--query", metavar="SELECT", help="With --sql: one SELECT; its columns are mapped.")
]
SqlRole = Annotated[
    str | None, typer.Option("--role", metavar="ROLE", help="With --sql: items, events or users; what the rows are.")
]
SqlCursor = Annotated[
    str | None,
    typer.Option("--cursor", metavar="COLUMN", help="With --sql: a column that only grows; later only newer rows."),
]
SqlName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="With --sql: the name to remember it by; else the role.")
]

_ROLES = ("items", "events", "users")
_EXAMPLE = "soutui import SHOP --sql sqlite:///shop.db --query 'SELECT * FROM orders' --role events --cursor id"


@dataclass(frozen=True)
class Asked:
    """What the options of a source said."""

    url: str | None
    query: str | None
    role: str | None
    cursor: str | None
    name: str | None

    def __bool__(self) -> bool:
        return any(one is not None for one in (self.url, self.query, self.role, self.cursor, self.name))


def make_source(asked: Asked, known: Sequence[SqlSource] = ()) -> SqlSource:
    """The source that the options describe. Raises UsageError on what is missing or wrong."""
    from soutui.store.source import check_query, redact

    if not asked.url or not asked.query or not asked.role:
        missing = [
            f"--{word}"
            for word, value in (("sql", asked.url), ("query", asked.query), ("role", asked.role))
            if not value
        ]
        raise UsageError(f"a database source needs {', '.join(missing)} too", _EXAMPLE)
    if asked.role not in _ROLES:
        raise UsageError(f"--role {asked.role!r}; allowed: {', '.join(_ROLES)}", _EXAMPLE)
    if asked.name is not None and not re.fullmatch(r"\w[\w.-]{0,63}", asked.name):
        raise UsageError(
            f"--name {asked.name!r}; a name is letters, digits, . - and _, at most 64", "try --name orders"
        )
    url, query = _absolute(asked.url), check_query(asked.query)
    name = asked.name or _free_name(asked.role, redact(url), query, known)
    role: Any = asked.role
    return SqlSource(name, role, url, query, asked.cursor or "")


def import_sources(
    console: Console, shop: Workspace, sources: Sequence[SqlSource], progress: Any, loaded: Loaded | None = None
) -> tuple[Loaded, list[tuple[SqlSource, Taken]]]:
    """Import every source in order, added to what was loaded before; a source not yet in the settings is remembered."""
    from soutui.cli.loading import QUARANTINE, Loaded
    from soutui.data.quarantine import Quarantine
    from soutui.store.intake import import_source

    before = loaded or Loaded({}, {})
    read, written = Counter(before.read), Counter(before.written)
    done: list[tuple[SqlSource, Taken]] = []
    with Quarantine(shop.folder / QUARANTINE) as quarantine:
        for source in sources:
            try:
                taken = import_source(shop.store, source, shop.settings.data, quarantine, os.environ, progress)
            except SoutuiError:
                # Rows were committed: the source is worth remembering, so that the next import goes on.
                if shop.store.get_meta(f"cursor:{source.name}") is not None:
                    _remember(console, shop, source)
                raise
            _remember(console, shop, source)
            done.append((source, taken))
            read[taken.role] += taken.read
            written[taken.role] += taken.written
        reasons = Counter(before.reasons) + quarantine.reasons
        merged = replace(
            before,
            read=dict(read),
            written=dict(written),
            rejected=before.rejected + quarantine.count,
            reasons=dict(reasons.most_common()),
            dropped=dict((Counter(before.dropped) + quarantine.notes).most_common()),
            quarantine=(*before.quarantine, *quarantine.paths),
        )
    return merged, done


def import_asked(console: Console, shop: Path, asked: Asked) -> None:
    """Import the source that the options describe, into a shop that is made when it is not there; say what came."""
    from soutui.config import Settings
    from soutui.workspace import Workspace

    done: list[tuple[SqlSource, Taken]] = []
    held: list[SoutuiError] = []

    def fill(opened: Workspace, progress: Any) -> Loaded:
        loaded, taken = import_sources(console, opened, [make_source(asked, opened.settings.data.sources)], progress)
        done.extend(taken)
        return loaded

    def fill_new(opened: Workspace, progress: Any) -> Loaded:
        from soutui.cli.loading import Loaded

        try:
            return fill(opened, progress)
        except SoutuiError as error:
            # A new shop goes away when its making fails, but not with rows in it: they are kept, the error comes later.
            counts = opened.store.counts()
            if not any(counts[role] for role in _ROLES):
                raise
            held.append(error)
            return Loaded({}, {})

    if (shop / FILE_NAME).exists():
        with Workspace.open(shop) as opened, console.progress() as progress:
            loaded = fill(opened, progress)
    else:
        make_source(asked)
        check_free(shop)
        loaded = create(console, shop, Settings(), fill_new, {})
        if held:
            raise held[0]
    if console.json:
        console.document({"shop": str(shop), **loaded.as_dict(), "sources": as_documents(done)})
        return
    show_sources(console, done, guesses=True)
    show_loaded(console, loaded)
    console.next(f"soutui build {shop}")


def show_sources(console: Console, done: Sequence[tuple[SqlSource, Taken]], *, guesses: bool = False) -> None:
    """What each source gave and where the next import goes on; with ``guesses`` how its columns were understood."""
    for source, taken in done:
        if guesses and taken.guesses:
            console.heading("{role} in {path}", role=console.say(taken.role), path=source.name)
            rows = [(console.say(one.field), "←", one.column, one.why) for one in taken.guesses]
            console.table(("meaning", "", "column", "why"), rows)
            console.line()
        told = {"name": source.name, "n": taken.read, "new": taken.written}
        line = console.say("{name}: {n} rows read, {new} new or changed", **told)
        if taken.cursor:
            line += "; " + console.say(
                "the next import goes on from {column} = {value}", column=source.cursor, value=taken.cursor
            )
        console.line(line)


def as_documents(done: Sequence[tuple[SqlSource, Taken]]) -> list[dict[str, Any]]:
    """The sources as plain values for JSON."""
    return [
        {
            "name": source.name,
            "role": taken.role,
            "read": taken.read,
            "written": taken.written,
            "cursor": taken.cursor,
            "resumed": taken.resumed,
        }
        for source, taken in done
    ]


def _remember(console: Console, shop: Workspace, source: SqlSource) -> None:
    """Write the source into soutui.toml unless it is there so; never with a password in it."""
    from soutui.store.source import has_secret

    data: DataSettings = shop.settings.data
    if source in data.sources:
        return
    if has_secret(source.url):
        console.note(
            console.say(
                "{name} is not remembered, for its URL holds a password; use an environment variable, as in {example}",
                name=source.name,
                example="'postgresql+psycopg://user:${PGPASS}@host/name'",
            )
        )
        return
    sources = (*(one for one in data.sources if one.name != source.name), source)
    settings = replace(shop.settings, data=replace(data, sources=sources))
    path = shop.folder / FILE_NAME
    path.with_name(FILE_NAME + ".bak").write_bytes(path.read_bytes())
    fresh = path.with_name(FILE_NAME + ".new")
    fresh.write_text(settings.to_toml(), "utf-8")
    fresh.replace(path)
    shop.settings = settings


def _absolute(url: str) -> str:
    """A SQLite URL with its path from the root: soutui.toml may be read from another folder."""
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)([^/$?][^?]*)(\?.*)?", url)
    if not match:
        return url
    return f"{match[1]}{Path(match[2]).resolve()}{match[3] or ''}"


def _free_name(role: str, url: str, query: str, known: Sequence[SqlSource]) -> str:
    """The role, or the role with a number when another query has that name."""
    for one in known:
        if (one.role, one.url, one.query) == (role, url, query):
            return one.name
    taken = {one.name for one in known}
    return next(name for n in range(1, len(taken) + 2) if (name := role if n == 1 else f"{role}-{n}") not in taken)
