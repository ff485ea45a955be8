"""Figures of a bundle as text: tables of systems with intervals, slices, notes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from soutui.cli.output import Console
from soutui.cli.progress import duration

if TYPE_CHECKING:
    from soutui.evaluate.report import Report
    from soutui.lifecycle.plan import Plan

TITLES = {"search": "search: {n} held-out queries", "recommend": "recommend: {n} held-out users"}


def show_report(console: Console, report: Report) -> None:
    """Print a report as wide as the terminal."""
    columns = shutil.get_terminal_size((120, 24)).columns
    told = tuple(map(console.say, report.all_notes()))
    report = replace(report, notes=told, comparisons=tuple(replace(made, notes=()) for made in report.comparisons))
    console.line(report.as_text(columns, "zh" if console.language == "zh" else "en").rstrip())


def show_plan(console: Console, plan: Plan) -> None:
    """Print what a build will encode, and why."""
    for change in plan.fields:
        told = "field renamed: {before} → {name} (its texts are not encoded again)"
        told = told if change.kind == "renamed" else f"field {change.kind}: {{name}}"
        console.line(console.say(told, name=change.name, before=change.before))
    if plan.seconds is None:
        console.line(console.say("no text model: nothing is encoded"))
    elif not plan.encode:
        console.line(console.say("nothing to encode: all {total} texts have a vector", total=plan.items))
    else:
        time = duration(max(1, plan.seconds))
        told = "to encode: {n} of {total} texts, about {time}"
        console.line(console.say(told, n=plan.encode, total=plan.items, time=time))
        for reason, count in plan.reasons.items():
            console.line(f"  {count} × {console.say(reason)}")


def show_figures(console: Console, kind: str, measured: Mapping[str, Any]) -> None:
    """Print what was measured of one kind of request."""
    from soutui.evaluate.report import from_dict

    notes = [f"{console.say('protocol')}: {console.say(str(measured['protocol']))}"]
    notes += list(measured["notes"])
    if not measured["systems"]:
        console.heading(TITLES[kind], n=0)
        for note in notes:
            console.line(f"- {console.say(note)}")
        return
    comparison = measured["comparison"]
    figures: dict[str, dict[str, float]] = {}
    for system, values in measured["systems"].items():
        for name, value in values.items():
            if name != comparison["metric"]:
                figures.setdefault(name, {})[system] = value
    slices = measured.get("slices") or []
    report = from_dict(
        {
            "title": console.say(TITLES[kind], n=measured.get("requests", comparison["rows"][0]["n"])),
            "comparisons": [comparison],
            "slices": {f"{comparison['baseline']}, {comparison['metric']}": slices} if slices else {},
            "figures": figures,
            "notes": notes,
        }
    )
    show_report(console, report)


def headlines(console: Console, measured: Mapping[str, Any]) -> Iterator[str]:
    """One line for each kind: this bundle's figure with its interval, and the best baseline's."""
    for kind in ("search", "recommend"):
        facts = measured.get(kind) or {}
        name = console.say(kind)
        if not facts.get("systems"):
            yield f"{name}: {console.say('not measured')} ({'; '.join(map(console.say, facts.get('notes', ())))})"
            continue
        comparison = facts["comparison"]
        rows = {row["system"]: row for row in comparison["rows"]}
        ours = rows.pop(comparison["baseline"])
        told = (
            f"{name}: {comparison['metric']} {ours['mean']:.4f} [{ours['interval'][0]:.4f}, {ours['interval'][1]:.4f}]"
        )
        if rows:
            best = max(rows.values(), key=lambda row: row["mean"])
            # The rows say baseline minus ours: the verdict on the other system is turned round for ours.
            verdict = {"better": "worse", "worse": "better"}.get(best["verdict"], best["verdict"])
            told += "; " + console.say(
                "best baseline {system} {mean:.4f}: {verdict}",
                system=best["system"],
                mean=best["mean"],
                verdict=console.say(verdict),
            )
        yield told
