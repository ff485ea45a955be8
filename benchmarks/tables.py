"""Markdown for the report: tables, intervals, verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; the first column is aligned left, the others right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def mean(value: float, interval: Sequence[float]) -> str:
    """``.812 [.790, .833]``."""
    return f"{short(value)} [{short(interval[0])}, {short(interval[1])}]"


def difference(value: float, interval: Sequence[float]) -> str:
    """``+.012 [-.003, +.027]``."""
    return f"{signed(value)} [{signed(interval[0])}, {signed(interval[1])}]"


def short(value: float) -> str:
    """Four digits, without the zero before the point."""
    return f"{value:.4f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.4f}"


def signed(value: float) -> str:
    """Four digits with a sign."""
    return ("+" if value >= 0 else "-") + short(abs(value))


def p_value(value: float) -> str:
    """A p-value; the smallest that the test can give is written as a bound."""
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)


def asked(what: str, limit: str, measured: str, met: bool) -> tuple[str, str, str, str]:
    """A row of a table of requirements."""
    return what, limit, measured, "yes" if met else "**no**"


def megabytes(count: float) -> str:
    """Bytes as MB (10^6)."""
    return f"{count / 1e6:.0f}" if count >= 1e7 else f"{count / 1e6:.1f}"
