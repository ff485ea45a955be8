"""Measurements in a process of their own: pinned to cores, with as many threads, told as one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.work import REPOSITORY, Facts

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(module: str, *arguments: object, cores: int = 1) -> Facts:
    """What ``python -m module arguments`` tells, run on ``cores`` cores."""
    environment = os.environ | dict.fromkeys(_THREADS, str(cores)) | {"BENCH_CORES": str(cores)}
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told: Facts = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def pin() -> None:
    """In the child: stay on the first ``BENCH_CORES`` cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(os.environ.get("BENCH_CORES", "1"))])


def tell(facts: Facts) -> None:
    """In the child: the result."""
    print(json.dumps(facts, default=float), flush=True)


def memory() -> dict[str, int]:
    """Bytes of this process: ``peak`` resident ever, ``resident`` now, of that ``private`` (not pages of files)."""
    names = {"VmHWM": "peak", "VmRSS": "resident", "RssAnon": "private"}
    path = Path("/proc/self/status")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    found = dict(line.split(":", 1) for line in lines)
    return {told: int(found[name].split()[0]) * 1024 for name, told in names.items() if name in found}


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: ``p50`` and ``p95``, with how many calls."""
    values = np.asarray(seconds) * 1e3
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50), 4), "p95": round(float(p95), 4), "calls": len(values)}
