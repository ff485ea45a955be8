"""What several checks need: matching patterns over columns, groups of equals, examples, uneven counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from soutui.checks.base import EXAMPLES, Example
from soutui.text.normalise import normalise

_WORDLESS = re.compile(r"[\W_]+")


def matching(strings: Any, pattern: str) -> NDArray[np.bool_]:
    """Which of the Arrow strings hold a match of an RE2 pattern, (n,)."""
    found: NDArray[np.bool_] = pc.match_substring_regex(strings, pattern).to_numpy(zero_copy_only=False)
    return found.astype(np.bool_)


def around(text: str, pattern: str, width: int = 60) -> str:
    """The piece of ``text`` about the first match of a pattern, with an ellipsis where it was cut; else its start."""
    match = re.search(pattern, text)
    start = max(0, match.start() - width // 3) if match else 0
    return f"{'…' if start else ''}{text[start : start + width]}{'…' if start + width < len(text) else ''}"


def surplus(codes: NDArray[np.integer[Any]]) -> tuple[int, int]:
    """How many entries equal an earlier one, and how many groups of equals there are; ``codes`` (n,) from 0."""
    counts = np.bincount(codes) if len(codes) else np.zeros(0, np.int64)
    return int((counts - 1).clip(0).sum()), int((counts > 1).sum())


def largest_groups(codes: NDArray[np.integer[Any]], k: int = EXAMPLES) -> Iterator[NDArray[np.int64]]:
    """Positions of the entries of the ``k`` largest groups of equals, largest group first, each group ascending."""
    counts = np.bincount(codes) if len(codes) else np.zeros(0, np.int64)
    for code in np.argsort(-counts, kind="stable")[:k].tolist():
        if counts[code] < 2:
            return
        yield np.flatnonzero(codes == code)


def first(positions: Iterable[int], names: Sequence[str], k: int = EXAMPLES) -> list[Example]:
    """The first ``k`` positions by name."""
    return [Example(names[place]) for place, _ in zip(positions, range(k), strict=False)]


def spelled(text: str) -> str:
    """A text as it is compared with others: normal spelling, no marks, words one blank apart."""
    return _WORDLESS.sub(" ", normalise(text)).strip()


def canonical(text: str) -> str:
    """A query as it is compared with others: :func:`spelled`, its words in alphabetical order."""
    return " ".join(sorted(spelled(text).split()))


def gini(counts: NDArray[np.integer[Any]]) -> float:
    """How unequal counts (n,) are, 0 to 1: G = sum (2i - n - 1) c_i / (n sum c), the counts ascending."""
    total = float(counts.sum())
    n = len(counts)
    if not n or not total:
        return 0.0
    ordered = np.sort(counts).astype(np.float64)
    return float(((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / (n * total))


def robust_z(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Distances from the median in units of spread, (n,): (x - median) / (1.4826 MAD); Iglewicz and Hoaglin 1993.

    With a MAD of 0 the mean absolute deviation takes its place, as they advise.
    """
    middle = np.median(values)
    away = np.abs(values - middle)
    spread = 1.4826 * np.median(away) or 1.2533 * away.mean()
    return np.asarray((values - middle) / (spread or 1.0), np.float64)
