"""Plots as data: what is drawn, not how. :mod:`soutui.checks.drawing` makes pictures of them."""

from __future__ import annotations

from dataclasses import dataclass

from soutui.checks.wording import Text


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars, one a label. ``share`` draws values 0 to 1 on a full track and writes them as per cent."""

    title: Text
    labels: tuple[str | Text, ...]
    values: tuple[float, ...]
    notes: tuple[str, ...] = ()
    share: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Upright bars over a row of labels: a histogram, or a share by position. ``share`` as in :class:`Bars`."""

    title: Text
    labels: tuple[str, ...]
    values: tuple[float, ...]
    across: Text
    up: Text
    share: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Points ``(x, y)`` joined by a line; ``log`` puts both axes on a logarithmic scale."""

    title: Text
    x: tuple[float, ...]
    y: tuple[float, ...]
    across: Text
    up: Text
    log: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts of equal stretches of time, ``step`` seconds each, from ``start`` (seconds since 1970)."""

    title: Text
    start: float
    step: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stacks:
    """For each row its parts as shares of a whole: ``shares[row][part]``, each row adding up to 1 or 0."""

    title: Text
    rows: tuple[str | Text, ...]
    parts: tuple[Text, ...]
    shares: tuple[tuple[float, ...], ...]


Plot = Bars | Columns | Curve | Timeline | Stacks
