"""Progress on stderr: a bar with the time left on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

#: Seconds between two lines where stderr is no terminal, and between two redraws where it is.
LINE_SECONDS = 2.0
DRAW_SECONDS = 0.1

Say = Callable[..., str]


class Lines:
    """``events 1200 of 90000, 1 %, 650 a second, 2 min left``: at most one line every two seconds."""

    def __init__(self, say: Say, totals: Mapping[str, int]) -> None:
        self._say, self._totals = say, totals
        self._start = self._last = time.monotonic()
        self._stage, self._first = "", 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of ``stage`` are finished; 0: nobody knows."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._start, self._first = stage, now, done
        if now - self._last < LINE_SECONDS:
            return
        self._last = now
        total = max(total or self._totals.get(stage, 0), 0)
        told = f"{self._say(stage)} {done}"
        if total >= done > 0:
            told = self._say("{stage} {done} of {total}", stage=self._say(stage), done=done, total=total)
            told += f", {100 * done // total} %"
        speed = (done - self._first) / (now - self._start) if now > self._start else 0.0
        if speed > 0:
            told += ", " + self._say("{n} a second", n=_speed(speed))
            told += ", " + self._say("{time} left", time=duration((total - done) / speed)) if done < total else ""
        print(told, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing is held."""


class Bar:
    """One bar per stage, drawn by rich."""

    def __init__(self, say: Say, totals: Mapping[str, int]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.progress import TimeRemainingColumn as Left

        self._say, self._totals = say, totals
        self._tasks: dict[str, Any] = {}
        self._drawn: dict[str, float] = {}
        self._begun: dict[str, tuple[float, int]] = {}
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            Left(),
            console=Console(stderr=True),
            transient=True,
            expand=False,
        )
        self._bar.start()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of ``stage`` are finished; 0: nobody knows."""
        now = time.monotonic()
        ended = 0 < total <= done
        if not ended and now - self._drawn.get(stage, 0.0) < DRAW_SECONDS:
            return
        self._drawn[stage] = now
        total = total or self._totals.get(stage, 0)
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(self._say(stage), total=None, speed="")
            self._begun[stage] = now, done
        start, first = self._begun[stage]
        speed = (done - first) / (now - start) if now > start else 0.0
        told = self._say("{n} a second", n=_speed(speed)) if speed > 0 else ""
        # A total that was only estimated may be passed.
        self._bar.update(self._tasks[stage], completed=done, total=max(total, done) or None, speed=told)

    def close(self) -> None:
        """Take the bars away."""
        self._bar.stop()


def _speed(speed: float) -> str:
    return f"{speed:.0f}" if speed >= 9.5 else f"{speed:.1f}"


def duration(seconds: float) -> str:
    """``40 s``, ``12 min`` or ``1.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
