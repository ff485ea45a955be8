"""``build``, ``evaluate`` and ``compare``: a bundle, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from soutui.cli.options import Shop, clean, console_of
from soutui.errors import UsageError

KINDS = ("search", "recommend")


def build(
    context: typer.Context,
    shop: Shop,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be encoded, why, and for how long.")
    ] = False,
) -> None:
    """Encode, index, learn the fusion and measure it: one immutable bundle, made current in one step.

    \b
    Only texts that changed are encoded again; what and why is said first. Progress and time left go to stderr.
    Examples:
      soutui build shop
      soutui build shop --dry-run
    """
    from soutui.cli.figures import headlines, show_plan
    from soutui.workspace import Workspace

    console = console_of(context)
    if dry_run:
        with Workspace.open(shop) as opened, console.progress() as progress:
            planned = opened.plan(progress)
        if console.json:
            console.document(planned)
        else:
            show_plan(console, planned)
            console.line(console.say("nothing was built (--dry-run)"))
        return
    with Workspace.open(shop) as opened, console.progress() as progress:
        made = opened.build(progress, lambda plan: None if console.json else show_plan(console, plan))
    if console.json:
        console.document(made)
        return
    console.heading("bundle {name}", name=made.name)
    rows: list[tuple[str, Any]] = [("items", made.items), ("events", made.events)]
    rows += [("vectors made", made.encoded), ("vectors reused", made.reused), ("seconds", made.seconds)]
    console.table(("", ""), [(console.say(name), value) for name, value in rows], right=(1,))
    for line in headlines(console, made.metrics):
        console.line(line)
    for note in made.notes:
        console.line(f"{console.say('note')}: {console.say(note)}")
    console.next(f"soutui evaluate {shop}", f'soutui search {shop} "…"', f"soutui serve {shop}")


def evaluate(
    context: typer.Context,
    shop: Shop,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only search, or only recommend.")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Show where the run files behind the figures lie.")] = False,
) -> None:
    """This bundle beside the baselines, on what was held out: paired, with intervals and slices.

    \b
    Measured by build; the run files behind every figure lie in the bundle.
    Example:
      soutui evaluate shop --kind search --runs
    """
    from soutui.bundle import manifest
    from soutui.cli.figures import show_figures
    from soutui.workspace import Workspace

    console = console_of(context)
    if kind is not None and kind not in KINDS:
        raise UsageError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}", "try --kind search")
    with Workspace.open(shop) as opened:
        measured: Mapping[str, Any] = opened.metrics()
        folder = manifest.get_current(opened.bundles)
    kinds = [name for name in KINDS if name in measured and kind in (None, name)]
    files = {name: sorted(map(str, (folder / "runs" / name).glob("*"))) for name in kinds}
    if console.json:
        chosen = {name: measured[name] for name in kinds}
        console.document({"bundle": folder.name, **chosen} | ({"runs": files} if runs else {}))
        return
    for name in kinds:
        show_figures(console, name, measured[name])
        for path in files[name] if runs else ():
            console.line(path)
        console.line()


def compare(
    context: typer.Context,
    runs: Annotated[list[Path], typer.Argument(metavar="A.run B.run …", help="Run files; the first is the baseline.")],
    qrels: Annotated[Path, typer.Option("--qrels", metavar="FILE", help="Judgments, or held-out interactions.")],
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", "-m", metavar="NAME", help="ndcg@10, recall@100, precision, mrr, map, hit; repeatable."
        ),
    ] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE", help="Judge only these query or user ids, one a line.")
    ] = None,
    k: Annotated[int, typer.Option("-k", "--k", help="Cut of a metric without @.")] = 10,
    confidence: Annotated[float, typer.Option("--confidence", help="Of intervals and verdicts.")] = 0.95,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")] = False,
) -> None:
    """Compare run files of anybody's tools: paired on the same queries, intervals, corrected p-values, verdicts.

    \b
    Examples:
      soutui compare bm25.run ours.run --qrels test.qrels
      soutui compare a.run b.run c.run --qrels test.qrels -m ndcg@10 -m recall@100
    """
    from soutui.cli.figures import show_report
    from soutui.cli.queries import read_users
    from soutui.evaluate.compare import compare as compare_systems
    from soutui.evaluate.compare import correct_together
    from soutui.evaluate.files import read_qrels, read_run
    from soutui.evaluate.metrics import evaluate as measure
    from soutui.evaluate.report import Report

    console = console_of(context)
    if len(runs) < 2:
        raise UsageError("one run file came; two or more can be compared", "soutui compare A.run B.run --qrels QRELS")
    if not 0.5 <= confidence < 1:
        raise UsageError(f"--confidence must lie from 0.5 to below 1; {confidence} came", "try 0.95")
    judged = read_qrels(qrels)
    if queries is not None:
        judged = judged.select(read_users(queries))
        if not len(judged):
            raise UsageError(f"none of the ids in {queries} is judged in {qrels}", "ids must be as in the judgments")
    names = _distinct_names(runs)
    notes: list[str] = [*judged.notes]
    made: dict[str, Any] = {}
    metrics = tuple(clean(name) for name in metric or ("ndcg",))
    for name, path in zip(names, runs, strict=True):
        answered = read_run(path, name=name, duplicates="first")
        notes += [f"{name}: {note}" for note in answered.notes]
        absent = sum(query not in answered for query in judged)
        if absent:
            notes.append(f"{name}: {absent} of {len(judged)} judged queries have no answer and count as 0")
        made[name] = measure(answered, judged, metrics, k=k)
    compared = [
        compare_systems(
            {name: one[key].values for name, one in made.items()}, names[0], metric=key, confidence=confidence
        )
        for key in made[names[0]]
    ]
    report = Report(qrels.name, correct_together(compared), notes=tuple(notes))
    if console.json:
        console.document(report.as_dict())
    elif markdown:
        console.line(report.as_markdown("zh" if console.language == "zh" else "en").rstrip())
    else:
        show_report(console, report)


VERBS = (("build", build), ("evaluate", evaluate), ("compare", compare))


def _distinct_names(paths: list[Path]) -> list[str]:
    """File names without endings; whole paths where two would be the same."""
    stems = [path.name.split(".")[0] or path.name for path in paths]
    names = [stem if stems.count(stem) == 1 else str(path) for stem, path in zip(stems, paths, strict=True)]
    if len(set(names)) < len(names):
        raise UsageError("the same run file came twice", "name different files")
    return names
