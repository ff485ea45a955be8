"""``python -m benchmarks [SECTION[:KEY]…]``: measure, keep, and write the report from everything kept."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

from benchmarks.work import REPOSITORY, Work, machine, now, timed

#: Section name -> its module, in the order of the report.
SECTIONS = {
    "search": "benchmarks.search_sets",
    "rec": "benchmarks.rec_sets",
    "speed": "benchmarks.speed",
    "import": "benchmarks.importing",
    "growth": "benchmarks.growth",
    "opening": "benchmarks.opening",
    "encoding": "benchmarks.encoding",
    "soak": "benchmarks.soak",
    "first": "benchmarks.first_run",
    "forgiving": "benchmarks.forgiving",
}


def main(arguments: list[str] | None = None) -> None:
    """Parse, measure what was named (or everything), write the report."""
    options = _parse(arguments)
    work = Work(options.work.resolve(), _shared(options.shared), options.scale)
    sections = {name: importlib.import_module(module) for name, module in SECTIONS.items()}
    for name, key in _chosen(options.names, sections, work):
        clock = timed()
        _say(f"{name}:{key} …")
        work.keep(name, key, sections[name].measure(work, key))
        _say(f"{name}:{key} took {clock():.1f} s")
    _write(work, sections, options.out)


def _chosen(names: list[str], sections: dict[str, ModuleType], work: Work) -> list[tuple[str, str]]:
    """The (section, key) pairs that the words name; ``none`` names nothing."""
    if names == ["none"]:
        return []
    chosen = []
    for word in names or list(sections):
        name, _, key = word.partition(":")
        if name not in sections:
            raise SystemExit(f"unknown section {name!r}; known: {', '.join(sections)}, or none")
        known = sections[name].keys(work)
        if key and key not in known:
            raise SystemExit(f"{name} has no {key!r}; it has: {', '.join(known) or 'nothing here'}")
        if not known:
            _say(f"{name}: the data sets are not here; what was kept stays")
        chosen += [(name, one) for one in ([key] if key else known)]
    return chosen


def _write(work: Work, sections: dict[str, ModuleType], out: Path) -> None:
    """The report from all kept facts."""
    parts = [
        "# Results",
        "Measured by `make bench`, written by `benchmarks/`; nothing here is edited by hand. "
        "A speed is compared with what was timed beside it in the same run; a quality is paired over the same queries "
        "or users, with a 95 % bootstrap interval (1,000 resamples, seed 7).",
        f"Report of {now()}. {machine()}",
    ]
    for name, module in sections.items():
        kept = work.facts(name)
        order = [key for key in module.keys(work) if key in kept] or list(kept)
        facts = {key: kept[key] for key in order}
        if not facts:
            parts += [f"## {module.TITLE}", "Not measured."]
            continue
        if hasattr(module, "plot"):
            module.plot(facts, out.parent / "img")
        days = sorted({one["measured"] for one in facts.values()})
        span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        loads = sorted(one["load"] for one in facts.values())
        commits = ", ".join(sorted({one["code"] for one in facts.values() if one["code"]})) or "unknown"
        stamp = f"*Measured {span}, code {commits}; load of the machine {loads[0]:g} to {loads[-1]:g}.*"
        parts += [f"## {module.TITLE}", stamp]
        parts.append(module.tell(facts))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n\n".join(parts) + "\n", "utf-8")
    _say(f"wrote {out.name}")


def _shared(named: Path | None) -> Path | None:
    places = [named] if named else [parent / "shared" for parent in REPOSITORY.parents]
    if os.environ.get("SOUTUI_SHARED") and not named:
        places.insert(0, Path(os.environ["SOUTUI_SHARED"]))
    found = next((place.resolve() for place in places if (place / "benchmarks").is_dir()), None)
    if named and found is None:
        raise SystemExit(f"{named} holds no folder named benchmarks")
    return found


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="SECTION[:KEY]", help=", ".join((*SECTIONS, "none")))
    parser.add_argument("--shared", type=Path, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, default=REPOSITORY / "bench-work", help="working folder")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "results.md", help="the report")
    parser.add_argument("--scale", type=float, default=1.0, help="shrink synthetic sizes, to try the code")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
