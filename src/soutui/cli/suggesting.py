"""``suggest``: what somebody who has typed this much may want to type."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from soutui.cli.options import Count, Shop, clean, console_of


def suggest(
    context: typer.Context,
    shop: Shop,
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="What has been typed so far; pinyin too.")],
    k: Count = 10,
) -> None:
    """Complete what has been typed: queries that others asked, categories, brands, titles, words.

    \b
    Examples:
      soutui suggest shop "steel bo"
      soutui suggest shop bwb -k 5
    """
    from soutui.cli.pages import marked
    from soutui.workspace import Workspace

    console = console_of(context)
    typed = clean(prefix)
    with Workspace.open(shop) as opened:
        found = opened.suggest(typed, k)
    if console.json:
        console.document({"typed": typed, "suggestions": [asdict(one) for one in found]})
        return
    if found and found[0].corrected:
        console.note(console.say("nothing goes on so; for what it may have been meant to be:"))
    rows = [(marked(one.highlighted), console.say(one.kind), one.item) for one in found]
    if rows:
        console.table(("", "", ""), rows)
    console.note(console.say("{n} suggestions", n=len(found)))


VERBS = (("suggest", suggest),)
