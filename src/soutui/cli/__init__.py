"""The command line: parses, calls the workspace, prints. Every decision is made elsewhere."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from soutui.errors import DataError, ResourceError, SoutuiError, UsageError

if TYPE_CHECKING:
    from soutui.cli.output import Console

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0, that of the error's class, 130 after Ctrl-C, 141 on a closed pipe."""
    from soutui.cli.output import Console, find_console

    args = list(sys.argv[1:] if argv is None else argv)
    console = Console("--json" in args)
    try:
        console, args = find_console(args)
        code = _run(args, console)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _quiet()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except OSError as error:
        return _report(console, _known(error))
    except SoutuiError as error:
        return _report(console, error)


def _run(args: list[str], console: Console) -> int:
    import typer

    from soutui.cli.app import make_command

    # typer carries a copy of click or uses the installed one: this is UsageError of whichever it is.
    wrong: type[Exception] = typer.BadParameter.__bases__[0]
    command = make_command(console)
    try:
        with command.make_context("soutui", args, obj=console) as context:
            command.invoke(context)
    except typer.Exit as exit:
        return int(exit.exit_code)
    except typer.Abort:
        return 130
    except wrong as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "soutui")
        message = getattr(error, "format_message", error.__str__)()
        if type(error).__name__ == "NoArgsIsHelpError":
            print(message)
            return 2
        raise UsageError(message, f"{where} --help") from None
    return 0


def _report(console: Console, error: SoutuiError) -> int:
    try:
        console.error(error)
        sys.stdout.flush()
    except BrokenPipeError:
        return _quiet()
    return error.exit_code


def _known(error: OSError) -> SoutuiError:
    """What a person can do something about; any other error of the system is shown whole."""
    what = f"{error.filename or error}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceError(f"the disk is full: {what}", "free space and try again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DataError(what, "check who may read and write there")
    raise error


def _quiet() -> int:
    """The reader has gone (``| head``): nothing more may be written, not even when Python closes its files."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 141
