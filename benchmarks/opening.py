"""Opening a bundle of 100,000 items: from nothing to the first answer, and the memory it takes."""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from benchmarks import child
from benchmarks.shops import encoded_shop
from benchmarks.speed import ITEMS
from benchmarks.tables import asked, megabytes, table
from benchmarks.work import Facts, Work

TITLE = "Opening a bundle of 100,000 items"

TIMES = 7


def keys(work: Work) -> list[str]:
    """One catalogue."""
    return [str(work.size(ITEMS))]


def measure(work: Work, key: str) -> Facts:
    """Several fresh processes, with the files in the system's cache and without."""
    folder = encoded_shop(work, int(key))
    facts: Facts = {"items": int(key)}
    child.run("benchmarks.opening", folder, time.time())
    for kind in ("warm", "cold"):
        runs = []
        for _ in range(TIMES if work.scale == 1 else 1):
            if kind == "cold":
                _forget(folder)
            runs.append(child.run("benchmarks.opening", folder, time.time()))
        facts[kind] = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        facts[kind]["worst"] = max(run["answer"] for run in runs)
    return facts


def _forget(folder: Path) -> None:
    """Ask the system to drop the cached pages of the workspace's files."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def main() -> None:
    """In the child: open, answer one query, tell. Its arguments: the folder and when the process was started."""
    from soutui.workspace import Workspace

    imported = time.time()
    start = time.perf_counter()
    with Workspace.open(Path(sys.argv[1])) as shop:
        page = shop.search("waterproof tent")
        answer = time.perf_counter() - start
        assert page.hits
        child.tell(
            {
                "import": imported - float(sys.argv[2]),
                "answer": answer,
                "whole": time.time() - float(sys.argv[2]),
                **child.memory(),
            }
        )


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    parts = []
    for one in facts.values():
        warm, cold = one["warm"], one["cold"]
        checks = [
            asked("opened to first answer", "≤ 1.5 s", f"{warm['answer']:.2f} s", warm["answer"] <= 1.5),
            asked("resident memory, peak", "≤ 600 MB", f"{megabytes(warm['peak'])} MB", warm["peak"] <= 600e6),
        ]
        rows = [
            (
                title,
                f"{kind['import']:.2f}",
                f"{kind['answer']:.2f}",
                f"{kind['worst']:.2f}",
                f"{kind['whole']:.2f}",
                megabytes(kind["peak"]),
                megabytes(kind["private"]),
            )
            for title, kind in (("in the system's cache", warm), ("cache dropped first", cold))
        ]
        head = ("files", "start + import s", "open → answer s", "worst", "whole s", "peak RSS MB", "private MB")
        parts += [
            f"{one['items']:,} items with the default encoder; fresh processes on one core; the first answer goes "
            f"through the encoder. Medians of {TIMES}.",
            table(("what", "asked", "measured", "met"), checks),
            table(head, rows),
        ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
