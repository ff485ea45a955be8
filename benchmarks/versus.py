"""Our run beside stored runs of other systems: same judgments, same metric code, paired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.tables import difference, mean, p_value, table
from benchmarks.work import Facts
from soutui.evaluate import Qrels, Run, compare, evaluate, read_run

OURS = "soutui"


def stored_runs(folder: Path, ending: str = "") -> dict[str, Run]:
    """The runs of a folder by system; ``ending`` chooses a variant (``.cold-all``), which the names lose."""
    found = {}
    for path in sorted(folder.glob("*.tsv.gz")):
        name = path.name.removesuffix(".tsv.gz")
        if name.endswith(ending) and "." not in name.removesuffix(ending):
            found[name.removesuffix(ending)] = read_run(path, name=name)
    return found


def beside(
    ours: Mapping[str, Run],
    theirs: Mapping[str, Run],
    qrels: Qrels,
    eligible: Callable[[str], bool],
    metrics: tuple[str, ...],
    relevant_from: float = 1.0,
) -> Facts:
    """Facts of a set. ``ours`` holds the system to compare under OURS, and parts of it; ``metrics[0]`` is compared.

    ``difference`` is ours minus theirs. ``best`` is the eligible system with the highest mean on these very requests:
    the strictest choice there is, since it is picked after the fact.
    """
    runs = {**ours, **{name: run for name, run in theirs.items() if name not in ours}}
    made = {name: evaluate(run, qrels, metrics, relevant_from=relevant_from) for name, run in runs.items()}
    main = metrics[0]
    compared = compare({name: one[main].values for name, one in made.items()}, OURS, metric=main)
    systems: dict[str, Facts] = {}
    for row in compared.rows:
        systems[row.system] = {
            "ours": row.system in ours,
            "eligible": row.system in theirs and eligible(row.system),
            "mean": row.mean,
            "interval": row.interval,
            "difference": -row.diff,
            "difference_interval": (-row.diff_interval[1], -row.diff_interval[0]),
            "p": row.p,
            "others": {name: made[row.system][name].mean for name in metrics[1:]},
        }
    best = max((name for name, one in systems.items() if one["eligible"]), key=lambda name: systems[name]["mean"])
    return {"requests": len(qrels), "metric": main, "systems": systems, "best": best}


def summary_row(key: str, facts: Facts) -> tuple[str, ...]:
    """One line of the summary: ours, the best eligible, the difference and whether it holds."""
    best, mine = facts["systems"][facts["best"]], facts["systems"][OURS]
    return (
        key,
        str(facts["requests"]),
        mean(mine["mean"], mine["interval"]),
        f"{facts['best']} {mean(best['mean'], best['interval'])}",
        difference(best["difference"], best["difference_interval"]),
        verdict(best),
    )


SUMMARY = ("set", "n", "ours", "best eligible", "ours − best [95 %]", "at least, within the interval")


def verdict(best: Facts) -> str:
    """Whether ours is at least the other within the interval of the difference, and on which side its mean is."""
    low, high = best["difference_interval"]
    if low > 0:
        return "yes, better"
    if high < 0:
        return "**no**"
    return "yes, mean above" if best["difference"] >= 0 else "yes, mean below"


def system_table(facts: Facts) -> str:
    """Every system of a set, best first; ours and its parts in bold."""
    systems = sorted(facts["systems"].items(), key=lambda entry: -entry[1]["mean"])
    others = list(systems[0][1]["others"])
    rows = []
    for name, one in systems:
        shown = f"**{name}**" if one["ours"] else name if one["eligible"] else f"{name} †"
        same = name == OURS
        rows.append(
            (
                shown,
                mean(one["mean"], one["interval"]),
                "" if same else difference(one["difference"], one["difference_interval"]),
                "" if same else p_value(one["p"]),
                *(f"{one['others'][name]:.4f}" for name in others),
            )
        )
    return table(("system", facts["metric"], "ours − it [95 %]", "p", *others), rows)
