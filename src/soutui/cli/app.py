"""The command ``soutui``: its verbs, its global options, its help in the person's language."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

import soutui
from soutui.cli.ask import VERBS as ASK
from soutui.cli.change import VERBS as CHANGE
from soutui.cli.checking import VERBS as CHECKING
from soutui.cli.datasets import VERBS as DATASETS
from soutui.cli.output import Console, is_rich
from soutui.cli.quality import VERBS as QUALITY
from soutui.cli.service import VERBS as SERVICE
from soutui.cli.setup import VERBS as SETUP
from soutui.cli.sharing import VERBS as SHARING
from soutui.cli.suggesting import VERBS as SUGGESTING
from soutui.cli.words import HELP_ZH

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout; errors too.")]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="en|zh", help="Language of what is printed; also by SOUTUI_LANGUAGE."),
]
Version = Annotated[
    bool,
    typer.Option(
        "--version", is_eager=True, callback=lambda value: _version(value), help="Print the version and exit."
    ),
]
VERBS = (*SETUP, *CHECKING, *ASK, *SUGGESTING, *CHANGE, *QUALITY, *SHARING, *DATASETS, *SERVICE)


def make_command(console: Console) -> Any:
    """The command to run; ``console.language`` decides the language of the help."""
    rich = is_rich(sys.stdout)
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode="rich" if rich else None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    app.callback()(_everywhere(_root))
    for name, verb in VERBS:
        app.command(name)(_everywhere(verb))
    command: Any = typer.main.get_command(app)
    for name, verb_command in command.commands.items():
        _localise(verb_command, name, console)
        verb_command.short_help = _first_sentence(verb_command.help)
    _localise(command, "", console)
    return command


def _root(
    version: Version = False,
) -> None:
    """Personalised search and recommendation from a catalogue and an event log.

    \b
    Example, on the sample shop:
      soutui sample files
      soutui init shop --items files/items.jsonl --events files/events.jsonl
      soutui build shop
      soutui search shop "steel bottle" --user u42
      soutui recommend shop u42
    """


def _version(value: bool) -> None:
    if value:
        print(f"soutui {soutui.__version__}")
        raise typer.Exit


def _everywhere(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the options of every verb. Those are read by :func:`soutui.cli.output.find_console`."""

    @functools.wraps(verb)
    def with_options(*args: Any, json: bool = False, language: str | None = None, **values: Any) -> None:
        verb(*args, **values)

    own = inspect.signature(verb, eval_str=True)
    further = [
        inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json),
        inspect.Parameter("language", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Language),
    ]
    signature = own.replace(parameters=[*own.parameters.values(), *further])
    with_options.__signature__ = signature  # type: ignore[attr-defined]
    with_options.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    return with_options


def _localise(command: Any, name: str, console: Console) -> None:
    if console.language != "zh":
        return
    command.help = HELP_ZH.get(name, command.help)
    for param in command.params:
        if getattr(param, "help", None):
            param.help = console.say(param.help)


def _first_sentence(text: str) -> str:
    """What the list of verbs shows; click would cut it in the middle of a word."""
    for end in (": ", ". ", "; ", "：", "。", "；"):
        text = text.split("\n")[0].split(end)[0]
    return text.rstrip(".")
