"""A page of hits for a person: what it is, and in one short line why it is there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from html import unescape
from typing import Any

from soutui.cli.output import Console, fit, is_rich, show, width
from soutui.types import Hit, Page, Reason, Request

ATTRIBUTES = 5
_MARK = re.compile(r"<em>(.*?)</em>", re.DOTALL)


def page_dict(page: Page) -> dict[str, Any]:
    """The page as plain values; ``items`` are the ids, best first."""
    return {
        "items": list(page.items),
        "hits": [asdict(hit) for hit in page.hits],
        "facets": {name: dict(counts) for name, counts in page.facets.items()},
        "took": page.took,
        "bundle": page.bundle,
        "note": page.note,
        "corrected": page.corrected,
        "did_you_mean": page.did_you_mean,
    }


def show_page(console: Console, page: Page, request: Request) -> None:
    """Print hits, facets and the note."""
    import sys

    columns = shutil.get_terminal_size((100, 24)).columns
    terminal = is_rich(sys.stdout)
    if page.corrected:
        text = "showing results for {corrected}; for {typed} alone add --as-typed"
        console.line(console.say(text, corrected=page.corrected, typed=request.query))
    if page.did_you_mean:
        console.line(console.say("did you mean {query}?", query=page.did_you_mean))
    for rank, hit in enumerate(page.hits, request.offset + 1):
        number = f"{rank:>3} "
        title = _title(hit, terminal)
        console.line(f"{number} {title}  {console.dim(f'{hit.item}  {hit.score:.3f}')}")
        indent = " " * (len(number) + 1)
        if attributes := _attributes(hit.attributes):
            console.line(indent + fit(attributes, columns - len(indent)))
        for snippet in [text for name, text in hit.highlights.items() if name != "title"][:1] if terminal else ():
            console.line(indent + _marked(snippet, columns - len(indent)))
        if hit.reasons:
            console.line(indent + console.dim(fit(told(console, hit.reasons, request), columns - len(indent))))
    for name, counts in page.facets.items():
        values = " · ".join(f"{value} {count}" for value, count in counts.items())
        console.line(f"{console.bold(name)}: {values}")
    if page.note:
        console.line(console.say("note") + ": " + console.say(page.note))
    shown = console.say("{n} hits", n=len(page.hits))
    console.note(f"{shown}, {page.took:.1f} ms, {console.say('bundle')} {page.bundle}")


def marked(snippet: str) -> str:
    """A snippet of HTML as text; on a terminal with what matched in bold."""
    import sys

    if is_rich(sys.stdout):
        return _marked(snippet, 200)
    return unescape(_MARK.sub(r"\1", snippet))


def told(console: Console, reasons: tuple[Reason, ...], request: Request) -> str:
    """Reasons in one line: ``words: steel, bottle · text .42 · you had: bottle-03``."""
    parts = []
    for reason in reasons:
        name = console.say(_reason_name(reason.source, request))
        if reason.evidence and reason.source != "rule":
            parts.append(f"{name}: {', '.join(reason.evidence)}")
        elif reason.evidence:
            parts.append(f"{name} {', '.join(reason.evidence)}")
        else:
            parts.append(f"{name} {_share(reason.weight)}")
    return " · ".join(parts)


def _reason_name(source: str, request: Request) -> str:
    if source == "covisit":
        return "had together with" if request.item is not None else "you had"
    if source == "history":
        return "alike" if request.item is not None else "like"
    return {"lexical": "words", "dense": "text"}.get(source, source)


def _share(weight: float) -> str:
    return "1" if weight >= 0.995 else f"{weight:.2f}".removeprefix("0")


def _title(hit: Hit, terminal: bool) -> str:
    if terminal and "title" in hit.highlights:
        return _marked(hit.highlights["title"], 200)
    return fit(hit.title, 200) if hit.title else hit.item


def _attributes(attributes: Mapping[str, Any]) -> str:
    shown = [
        f"{name} {show(value)}"
        for name, value in attributes.items()
        if value not in (None, "", ()) and width(show(value)) <= 40
    ]
    return " · ".join(shown[:ATTRIBUTES])


def _marked(snippet: str, columns: int) -> str:
    """A snippet of HTML for a terminal: what matched in bold. Cut to the columns before it is marked."""
    pieces, left = [], columns
    for at, piece in enumerate(_MARK.split(snippet)):
        text = " ".join(unescape(piece).split("\n"))
        if width(text) > left:
            text = fit(text, left)
            pieces.append(f"\x1b[1m{text}\x1b[0m" if at % 2 else text)
            break
        left -= width(text)
        pieces.append(f"\x1b[1m{text}\x1b[0m" if at % 2 else text)
    return "".join(pieces)
