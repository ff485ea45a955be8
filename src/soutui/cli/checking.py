"""``check``: what is wrong or risky in the data of a shop."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soutui.cli.options import Shop, cleaned, console_of
from soutui.cli.output import Console, fit, width
from soutui.errors import DamagedError, NotFoundError, UsageError

if TYPE_CHECKING:
    from soutui.checks.suite import Checked

#: Exit codes of findings; no error of the program has them.
EXIT_WARNING, EXIT_ERROR = 20, 21
LEVELS = ("warning", "error")


def check(
    context: typer.Context,
    shop: Shop,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="Write everything there, with plots.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="CODE", help="Only these checks: E01, unknown-items, or E for all of E; repeatable."
        ),
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="warning|error", help="Least severity that makes the exit code not 0.")
    ] = "error",
) -> None:
    """Look for what is wrong or risky in the data: unknown items, copies, leaks, robots, impossible times, ….

    \b
    Every finding says what it means and what to do; docs/guide/checks.md explains them all.
    Exit code 0: nothing as severe as --fail-on; 20: warnings; 21: errors.
    Examples:
      soutui check shop
      soutui check shop --report check.html --fail-on warning
      soutui check shop --only E --only Q01
    """
    from soutui.bundle import manifest
    from soutui.checks.suite import choose, run_checks
    from soutui.checks.view import DataView
    from soutui.workspace import Workspace

    console = console_of(context)
    if fail_on not in LEVELS:
        raise UsageError(f"unknown severity {fail_on!r}; known: {', '.join(LEVELS)}", "try --fail-on warning")
    checks = choose(cleaned(only))
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        raise UsageError(f"the report cannot be written to {report}", "name a file in a folder that exists")
    with Workspace.open(shop) as opened, console.progress() as progress:
        bundle = None
        with suppress(NotFoundError, DamagedError):
            bundle = manifest.get_current(opened.bundles)
        with opened.store.snapshot() as snapshot:
            data, seq = DataView.load(snapshot, time.time(), bundle), snapshot.seq
        checked = run_checks(data, checks, progress)
    if report is not None:
        from soutui.checks.report import make_report

        report.write_text(make_report(data, checked, shop.resolve().name, console.language), "utf-8")
    if console.json:
        told = {"shop": str(shop), "seq": seq, **checked.as_dict(console.language)}
        console.document({**told, "report": str(report)} if report is not None else told)
    else:
        _show(console, checked, shop, report)
    code = {"error": EXIT_ERROR, "warning": EXIT_WARNING}.get(checked.worst or "info", 0)
    if code == EXIT_ERROR or (code and fail_on == "warning"):
        raise typer.Exit(code)


VERBS = (("check", check),)

_NAMES = {"error": "error", "warning": "warning", "info": "note"}


def _show(console: Console, checked: Checked, shop: Path, report: Path | None) -> None:
    """One row a finding: code, severity, what, how many, what to do (as much of it as the terminal has room for)."""
    language = console.language
    rows = [
        [one.code, console.say(_NAMES[one.severity]), one.title.of(language), f"{one.count:,}", one.advice.of(language)]
        for one in checked.findings
    ]
    if rows:
        if sys.stdout.isatty():
            # In a file or a pipe nothing is cut.
            taken = sum(max(width(row[at]) for row in rows) for at in range(4)) + 14
            room = max(30, shutil.get_terminal_size().columns - taken)
            rows = [[*row[:4], fit(row[4], room)] for row in rows]
        console.table(("code", "severity", "what", "count", "what to do"), rows, right=(3,))
    told = {name: checked.count(name) for name in ("error", "warning", "info")}
    console.line(
        console.say(
            "{checks} checks: errors {errors}, warnings {warnings}, notes {notes}",
            checks=len(checked.codes),
            errors=told["error"],
            warnings=told["warning"],
            notes=told["info"],
        )
    )
    if report is not None:
        console.line(console.say("report written to {path}", path=report))
    elif rows:
        console.next(f"soutui check {shop} --report check.html")
