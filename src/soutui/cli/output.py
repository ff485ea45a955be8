"""What the command line prints: results on stdout, everything else on stderr.

With ``--json`` stdout holds one JSON document and nothing else, also when the answer is an error.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TextIO

import orjson

from soutui.cli.words import LANGUAGES, translate
from soutui.errors import SoutuiError, UsageError

ENVIRONMENT = "SOUTUI_LANGUAGE"


@dataclass
class Console:
    """Where and how to print. ``json``: one document instead of text; ``language``: ``en`` or ``zh``."""

    json: bool = False
    language: str = "en"

    def say(self, text: str, **values: Any) -> str:
        """``text`` in the person's language, with ``{name}`` filled in."""
        told = translate(text, self.language)
        return told.format(**values) if values else told

    def line(self, text: str = "") -> None:
        """One line of result."""
        print(text)

    def heading(self, text: str, **values: Any) -> None:
        """A heading: bold on a terminal."""
        print(self.bold(self.say(text, **values)))

    def note(self, text: str) -> None:
        """One line beside the result, on stderr, so that it cannot be taken for data."""
        sys.stdout.flush()
        print(text, file=sys.stderr)

    def next(self, *commands: str) -> None:
        """What to type next."""
        for command in commands:
            self.line(f"{self.say('next')}: {command}")

    def document(self, value: Any) -> None:
        """One JSON document: the whole of stdout."""
        options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
        if sys.stdout.isatty():
            options |= orjson.OPT_INDENT_2
        sys.stdout.write(orjson.dumps(value, default=_plain, option=options).decode())
        sys.stdout.flush()

    def error(self, error: SoutuiError) -> None:
        """An error and what to try, on stderr; with ``--json`` as a document on stdout."""
        if self.json:
            self.document({"error": error.as_dict()})
            return
        sys.stdout.flush()
        print(f"{self.say('error')}: {self.say(error.message)}", file=sys.stderr)
        if error.hint:
            print(f"{self.say('hint')}: {self.say(error.hint)}", file=sys.stderr)

    def bold(self, text: str) -> str:
        """``text`` in bold where that can be seen."""
        return f"\x1b[1m{text}\x1b[0m" if is_rich(sys.stdout) else text

    def dim(self, text: str) -> str:
        """``text`` in grey where that can be seen."""
        return f"\x1b[2m{text}\x1b[0m" if is_rich(sys.stdout) else text

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[int] = ()) -> None:
        """A table; ``right`` are the columns aligned to the right. Aligned text where stdout is no terminal."""
        names = [self.say(name) for name in headers]
        cells = [[show(cell) for cell in row] for row in rows]
        if is_rich(sys.stdout):
            _rich_table(names, cells, frozenset(right))
        else:
            for line in align([names, *cells] if any(names) else cells, frozenset(right)):
                print(line)

    @contextmanager
    def progress(self, totals: Mapping[str, int] | None = None) -> Iterator[Any]:
        """A :class:`~soutui.lifecycle.progress.Progress` drawn on stderr; ``totals`` help where nobody else knows."""
        from soutui.cli.progress import Bar, Lines

        made = (Bar if is_rich(sys.stderr) else Lines)(self.say, totals or {})
        try:
            yield made
        finally:
            made.close()


def find_console(args: Sequence[str], environment: Mapping[str, str] = os.environ) -> tuple[Console, list[str]]:
    """The console that the arguments ask for, and the arguments without ``--language``.

    Both options count anywhere before ``--``; ``--json`` is left for the parser. Looked for before anything is
    parsed, because a wrong call must be answered in the right form too. Raises UsageError on an unknown language.
    """
    end = args.index("--") if "--" in args else len(args)
    console = Console("--json" in args[:end])
    asked, rest, at = environment.get(ENVIRONMENT, ""), [], 0
    while at < end:
        word = args[at]
        if word == "--language" and at + 1 < end:
            at += 1
            asked = args[at]
        elif word.startswith("--language="):
            asked = word.removeprefix("--language=")
        else:
            rest.append(word)
        at += 1
    language = asked.lower().replace("_", "-").partition("-")[0].partition(".")[0] or "en"
    if language not in LANGUAGES:
        raise UsageError(f"unknown language {asked!r}; known: {', '.join(LANGUAGES)}", "try --language zh")
    console.language = language
    return console, rest + list(args[end:])


def is_rich(stream: TextIO) -> bool:
    """Whether colours and bars make sense on a stream."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def show(value: Any) -> str:
    """A cell as text: at most four decimals, lists with commas, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value}"
    if isinstance(value, list | tuple):
        return ", ".join(map(show, value))
    return str(value)


def width(text: str) -> int:
    """How many columns a text takes: a Chinese character takes two, a combining mark none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, columns: int) -> str:
    """``text`` cut to so many columns, with an ellipsis where it was cut."""
    text = " ".join(text.split())
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for character in text:
        used += width(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def align(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """Rows as lines with the columns under each other, two spaces between."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        padded = [
            " " * (widths[at] - width(cell)) + cell if at in right else cell + " " * (widths[at] - width(cell))
            for at, cell in enumerate(row)
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def human_bytes(count: float) -> str:
    """Bytes for a person: ``1.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _rich_table(names: Sequence[str], cells: Sequence[Sequence[str]], right: frozenset[int]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console as Screen
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=any(names))
    for at, name in enumerate(names):
        table.add_column(Text(name), justify="right" if at in right else "left")
    for row in cells:
        table.add_row(*map(Text, row))
    Screen().print(table)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)
