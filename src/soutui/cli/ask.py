"""``search``, ``recommend``, ``similar`` and ``run``: questions to a built shop."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soutui.cli.options import Count, Filters, Offset, Shop, clean, cleaned, console_of
from soutui.errors import DataError, UsageError

if TYPE_CHECKING:
    from soutui.filters import Filter
    from soutui.types import Request

History = Annotated[
    str | None, typer.Option("--history", metavar="A,B", help="Items of this session, most recent first.")
]
Facets = Annotated[
    list[str] | None, typer.Option("--facet", metavar="FIELD", help="Count the values of a field; repeatable.")
]


def search(
    context: typer.Context,
    shop: Shop,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for, in English or Chinese.")],
    user: Annotated[str | None, typer.Option("--user", "-u", help="Personalise for this user.")] = None,
    history: History = None,
    filters: Filters = None,
    k: Count = 10,
    offset: Offset = 0,
    facet: Facets = None,
    as_typed: Annotated[bool, typer.Option("--as-typed", help="Search only what was typed, misspelt or not.")] = False,
) -> None:
    """Search the shop; with a user, personalised. Each hit says why it is there.

    \b
    Examples:
      soutui search shop "steel bottle"
      soutui search shop "steel bottle" --user u42 --filter brand=Kibo --filter "price<=30" -k 20
      soutui search shop 保温杯 --facet brand
    """
    from soutui.types import Request

    _answer(
        context,
        shop,
        Request(
            query=clean(query),
            user=clean(user) if user else None,
            history=_ids(history),
            filters=_filters(filters),
            k=k,
            offset=offset,
            facets=tuple(cleaned(facet)),
            as_typed=as_typed,
        ),
    )


def recommend(
    context: typer.Context,
    shop: Shop,
    user: Annotated[str | None, typer.Argument(metavar="USER", help="The user's id.")] = None,
    history: History = None,
    filters: Filters = None,
    k: Count = 10,
    offset: Offset = 0,
    facet: Facets = None,
) -> None:
    """Recommend to a user, or to a session given as its items; to nobody in particular: what is popular.

    \b
    Examples:
      soutui recommend shop u42
      soutui recommend shop --history bottle-03,stove-01 --filter category=outdoor
    """
    from soutui.types import Request

    _answer(
        context,
        shop,
        Request(
            user=clean(user) if user else None,
            history=_ids(history),
            filters=_filters(filters),
            k=k,
            offset=offset,
            facets=tuple(cleaned(facet)),
        ),
    )


def similar(
    context: typer.Context,
    shop: Shop,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's id.")],
    filters: Filters = None,
    k: Count = 10,
    offset: Offset = 0,
    facet: Facets = None,
) -> None:
    """Items that go with an item: had together, or alike in words.

    \b
    Example:
      soutui similar shop bottle-03 -k 5
    """
    from soutui.types import Request

    _answer(
        context,
        shop,
        Request(item=clean(item), filters=_filters(filters), k=k, offset=offset, facets=tuple(cleaned(facet))),
    )


def run(
    context: typer.Context,
    shop: Shop,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE", help="Lines of id, tab, text; or JSON lines.")
    ] = None,
    users: Annotated[
        Path | None, typer.Option("--users", metavar="FILE", help="Recommend to the users of this file, one id a line.")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--k", help="Length of each list.")] = 100,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there; .tsv and .gz by the name's end.")
    ] = None,
    tag: Annotated[str, typer.Option("--tag", help="Name of the run, the last column.")] = "soutui",
    filters: Filters = None,
) -> None:
    """Answer many queries or users at once, as a TREC run file on stdout.

    \b
    Examples:
      soutui run shop --queries queries.tsv -k 100 > our.run
      soutui run shop --users users.txt -k 50 --output our.tsv.gz
    """
    from soutui.cli.queries import read_queries, read_users
    from soutui.evaluate.files import write_run
    from soutui.evaluate.runs import Run
    from soutui.types import Request
    from soutui.workspace import Workspace

    console = console_of(context)
    if (queries is None) == (users is None):
        raise UsageError("run takes either --queries or --users", "soutui run SHOP --queries queries.tsv > our.run")
    if k < 1:
        raise UsageError(f"-k must be at least 1; {k} came", "try -k 100")
    if output is not None and not output.absolute().parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}", "make it first")
    condition = _filters(filters)
    requests: dict[str, Request]
    if queries is not None:
        requests = {query.id: Request(query=query.text, filters=condition, k=k) for query in read_queries(queries)}
    else:
        assert users is not None
        requests = {user: Request(user=user, filters=condition, k=k) for user in read_users(users)}
    tag, streamed = clean(tag), output is None and not console.json
    if streamed:
        _check_words((*requests, tag))
    with Workspace.open(shop) as opened:
        engine = opened.engine()
        lists: dict[str, dict[str, float]] = {}
        written = empty = 0
        with console.progress() as progress:
            for done, (name, request) in enumerate(requests.items(), 1):
                items, scores = engine.rank(request)
                ranked = dict(zip(items, _falling(scores.tolist()), strict=True))
                written, empty = written + len(items), empty + (not items)
                if streamed:
                    _check_words(items)
                    sys.stdout.write(_lines(name, ranked, tag))
                else:
                    lists[name] = ranked
                progress("requests", done, len(requests))
    if output is not None:
        write_run(Run.from_scores(lists, tag), output, tag=tag)
    facts = {"requests": len(requests), "rows": written, "empty": empty}
    if console.json:
        console.document(facts | ({"output": str(output)} if output else {"run": lists}))
        return
    console.note(console.say("{requests} requests, {rows} rows, {empty} without an answer", **facts))


VERBS = (("search", search), ("recommend", recommend), ("similar", similar), ("run", run))


def _answer(context: typer.Context, shop: Path, request: Request) -> None:
    from soutui.cli.pages import page_dict, show_page
    from soutui.workspace import Workspace

    console = console_of(context)
    with Workspace.open(shop) as opened:
        page = opened.answer(request)
    if console.json:
        console.document(page_dict(page))
    else:
        show_page(console, page, request)


def _filters(words: list[str] | None) -> Filter | None:
    from soutui.filters import parse_words

    return parse_words(cleaned(words))


def _ids(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in clean(text or "").split(",") if part.strip())


def _falling(scores: list[float]) -> list[float]:
    """Scores that never rise: tools order a run by score, and a rule may have pinned an item above a better one."""
    made, least = [], float("inf")
    for score in scores:
        least = min(score, least)
        made.append(least)
    return made


def _lines(name: str, ranked: Mapping[str, float], tag: str) -> str:
    return "".join(f"{name} Q0 {item} {rank} {score!r} {tag}\n" for rank, (item, score) in enumerate(ranked.items(), 1))


def _check_words(names: Iterable[str]) -> None:
    for name in names:
        if not name or len(name.split()) != 1:
            raise DataError(
                f"a TREC run file cannot hold the id {name!r}, for it has blanks", "write a table: --output our.run.tsv"
            )
