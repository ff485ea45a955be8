"""Progress of long work: which stage, how far. The library is silent; who wants to see passes a :class:`Progress`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Called often; must be cheap and must not raise. ``total`` 0 means that nobody knows."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` steps of ``stage`` are finished."""
        ...


def silent(stage: str, done: int, total: int) -> None:
    """Shows nothing."""


def within(progress: Progress, stage: str) -> Callable[[int, int], None]:
    """The progress of one stage as a plain ``(done, total)`` call."""

    def show(done: int, total: int) -> None:
        progress(stage, done, total)

    return show
