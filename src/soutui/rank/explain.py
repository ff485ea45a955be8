"""Reasons: which source put a hit on the page, which words matched, which item of the history it goes with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from soutui.types import Reason


def reasons(
    shares: Sequence[float],
    sources: Sequence[str],
    evidence: Mapping[str, tuple[str, ...]],
    rules: Sequence[str] = (),
) -> tuple[Reason, ...]:
    """The sources that contributed to one hit, largest first.

    ``shares`` (s,) is what each source added to the score; weights are fractions of their sum. ``evidence`` by source:
    matched words for lexical, item ids for covisit and history. Business rules come last, with weight 0.
    """
    total = sum(shares)
    told = [
        Reason(name, weight, evidence.get(name, ()))
        for name, share in zip(sources, shares, strict=True)
        if total > 0 and (weight := round(share / total, 4)) > 0
    ]
    told.sort(key=lambda reason: -reason.weight)
    told.extend(Reason("rule", 0.0, (rule,)) for rule in rules)
    return tuple(told)
