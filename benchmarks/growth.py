"""Growth from 10,000 to 1,000,000 items: time, bytes, memory; a table and a plot."""

from __future__ import annotations

from pathlib import Path

from benchmarks import child
from benchmarks.shops import build_shop
from benchmarks.tables import megabytes, table
from benchmarks.work import Facts, Work

TITLE = "Growth"

SIZES = (10_000, 100_000, 1_000_000)
CALLS = 300


def keys(work: Work) -> list[str]:
    """The sizes."""
    return [str(work.size(n)) for n in SIZES]


def measure(work: Work, key: str) -> Facts:
    """Build a shop of this size with made-up vectors and ask it in a process of its own."""
    name = f"growth-{key}"
    facts = build_shop(work, name, int(key), made_vectors=True)
    calls = CALLS if work.scale == 1 else 30
    return facts | child.run("benchmarks.asking", work.folder / "shops" / name, key, calls, "made")


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    rows = []
    for one in facts.values():
        p50 = {name: values["p50"] for name, values in one["times"].items()}
        rows.append(
            (
                f"{one['items']:,}",
                f"{one['events']:,}",
                f"{one['load_seconds']:.0f}",
                f"{one['build_seconds']:.0f}",
                megabytes(one["bytes"]),
                f"{one['open_seconds']:.2f}",
                megabytes(one["memory"]["resident"]),
                megabytes(one["memory"]["private"]),
                f"{p50['bare']:.2f}",
                f"{p50['engine']:.2f}",
                f"{p50['recommend']:.2f}",
                f"{one['recall']['all']['depth 10']:.3f}",
            )
        )
    head = (
        "items",
        "events",
        "import s",
        "build s",
        "bundle MB",
        "open → answer s",
        "RSS MB",
        "private MB",
        "bare p50 ms",
        "search p50 ms",
        "recommend p50 ms",
        "recall@10",
    )
    return "\n\n".join(
        (
            "Made-up vectors (encoding is measured apart and not in the build time); cosine neighbours at every size. "
            "Asked on one core; RSS after all requests, most of it pages of the bundle's files that the system may "
            "drop; private is what it may not. Search without the encoder, beside the bare tantivy and faiss calls.",
            table(head, rows),
            "![Growth](img/growth.png)",
        )
    )


def plot(facts: dict[str, Facts], folder: Path) -> None:
    """Three panels over the number of items, logarithmic both ways."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    ones = sorted(facts.values(), key=lambda one: one["items"])
    items = [one["items"] for one in ones]
    panels = {
        "seconds": {
            "import": [one["load_seconds"] for one in ones],
            "build": [one["build_seconds"] for one in ones],
            "open to first answer": [one["open_seconds"] for one in ones],
        },
        "MB": {
            "bundle": [one["bytes"] / 1e6 for one in ones],
            "resident": [one["memory"]["resident"] / 1e6 for one in ones],
            "private": [one["memory"]["private"] / 1e6 for one in ones],
        },
        "ms, p50": {
            name: [one["times"][kind]["p50"] for one in ones]
            for name, kind in {"bare calls": "bare", "search": "engine", "recommend": "recommend"}.items()
        },
    }
    figure, axes = pyplot.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for axis, (unit, lines) in zip(axes, panels.items(), strict=True):
        for name, values in lines.items():
            axis.plot(items, values, marker="o", label=name)
        axis.set(xscale="log", yscale="log", xlabel="items", ylabel=unit)
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "growth.png", dpi=110, metadata={"Software": None})
    pyplot.close(figure)
