"""Slips of the hand: how likely one word was typed for another, and keys under which such pairs meet.

Knows letters and a keyboard; which words exist is :mod:`soutui.text.vocabulary`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Costs in nats: how much less likely a slip is than the likeliest one. The first letter is seldom wrong.
TRANSPOSED, DOUBLED, NEAR_KEY, VOWEL, DROPPED, ADDED_NEAR, ADDED, OTHER = 0.0, 0.0, 0.3, 0.6, 0.3, 0.8, 1.6, 1.6
FIRST, AGAIN = 1.0, 2.5
DIGIT = 4.0

LONGEST = 24  # characters; a longer word is not corrected

_ROWS = ("1234567890-", "qwertyuiop[", "asdfghjkl;'", "zxcvbnm,./")


def _neighbours() -> frozenset[tuple[str, str]]:
    """Pairs of keys that touch on a QWERTY keyboard: in a row, and across rows shifted by half a key."""
    pairs = set()
    for y, row in enumerate(_ROWS):
        for x, key in enumerate(row):
            for dx, dy in ((1, 0), (0, 1), (-1, 1)):
                if y + dy < len(_ROWS) and 0 <= x + dx < len(_ROWS[y + dy]):
                    other = _ROWS[y + dy][x + dx]
                    pairs |= {(key, other), (other, key)}
    return frozenset(pairs)


NEIGHBOURS = _neighbours()
_VOWELS = frozenset("aeiouy")


def slip(typed: str, meant: str, most: int) -> float | None:
    """The cost of having typed one word for another; None when it takes more than ``most`` edits.

    The cheapest way over insertions, deletions, substitutions and swaps of neighbours, each of which costs
    what :data:`TRANSPOSED` and its fellows say, and every one after the first :data:`AGAIN` on top: the
    channel model of Kernighan, Church & Gale (1990) with hand-set classes over restricted Damerau-Levenshtein
    distance.
    """
    if typed == meant:
        return 0.0
    if abs(len(typed) - len(meant)) > most:
        return None
    start, end = 0, 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    while end < min(len(typed), len(meant)) - start and typed[-1 - end] == meant[-1 - end]:
        end += 1
    # What is alike on both sides is never edited; one character is kept on the left to see doubled letters.
    first = max(start - 1, 0)
    a, b = typed[first : len(typed) - end], meant[first : len(meant) - end]
    after = typed[len(typed) - end :][:1]
    edits, cost = _walk(a, b, first, after)
    return None if edits > most else cost + AGAIN * (edits - 1)


def _walk(a: str, b: str, first: int, after: str) -> tuple[int, float]:
    """(edits, cost) of the way with the fewest edits, then the least cost."""
    before: list[tuple[int, float]] = []
    last: list[tuple[int, float]] = [(0, 0.0)]
    for j in range(1, len(b) + 1):
        last.append(_plus(last[j - 1], _dropped(b, j - 1, first, after)))
    for i in range(1, len(a) + 1):
        row = [_plus(last[0], _added(a, i - 1, first, after))]
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                best = last[j - 1]
            else:
                best = _plus(last[j - 1], _swapped(a[i - 1], b[j - 1], first + j - 1))
            best = min(best, _plus(row[j - 1], _dropped(b, j - 1, first, after)))
            best = min(best, _plus(last[j], _added(a, i - 1, first, after)))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1] and a[i - 1] != a[i - 2]:
                digit = DIGIT if a[i - 1].isdigit() and a[i - 2].isdigit() else 0.0
                best = min(best, _plus(before[j - 2], TRANSPOSED + digit + (FIRST if first + j == 2 else 0.0)))
            row.append(best)
        before, last = last, row
    return last[-1]


def _plus(way: tuple[int, float], cost: float) -> tuple[int, float]:
    return way[0] + 1, way[1] + cost


def _dropped(b: str, j: int, first: int, after: str) -> float:
    """``b[j]`` was meant and not typed."""
    if b[j].isdigit():
        return DIGIT
    around = b[j - 1 : j] if j else "", b[j + 1 : j + 2] or after
    return DOUBLED if b[j] in around else DROPPED + (FIRST if first + j == 0 else 0.0)


def _added(a: str, i: int, first: int, after: str) -> float:
    """``a[i]`` was typed and not meant."""
    if a[i].isdigit():
        return DIGIT
    around = a[i - 1 : i] if i else "", a[i + 1 : i + 2] or after
    if a[i] in around:
        return DOUBLED
    near = any((a[i], other) in NEIGHBOURS for other in around)
    return (ADDED_NEAR if near else ADDED) + (FIRST if first + i == 0 else 0.0)


def _swapped(typed: str, meant: str, place: int) -> float:
    """One letter for another."""
    cost = OTHER
    if typed.isdigit() and meant.isdigit():
        return DIGIT
    if (typed, meant) in NEIGHBOURS:
        cost = NEAR_KEY
    elif typed in _VOWELS and meant in _VOWELS:
        cost = VOWEL
    return cost + (FIRST if place == 0 else 0.0)


_BASE = 0x9E3779B97F4A7C15 | 1
_MIX = 0xD6E8FEB86659FD93
_MASK = (1 << 64) - 1


def _powers() -> tuple[NDArray[np.uint64], int]:
    powers = [pow(_BASE, i, 1 << 64) for i in range(LONGEST + 1)]
    return np.array(powers, np.uint64), pow(_BASE, -1, 1 << 64)


_POWERS, _INVERSE = _powers()


def deletion_keys(words: Sequence[str], depth: int) -> NDArray[np.uint32]:
    """Keys ``(m, K)`` of words of one length, each with up to ``depth`` (0 to 2) of its characters left out.

    Two words within ``depth`` edits share a key (Garbe's symmetric deletes, SymSpell). A key is a polynomial hash,
    so that leaving a character out of all words is a few array operations; that different strings share one is left
    to whoever compares the words.
    """
    n = len(words[0])
    points = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    terms = (points.reshape(len(words), n).astype(np.uint64) + np.uint64(1)) * _POWERS[:n]
    sums = np.zeros((len(words), n + 1), np.uint64)
    np.cumsum(terms, axis=1, out=sums[:, 1:])
    total, once, twice = sums[:, -1:], np.uint64(_INVERSE), np.uint64(_INVERSE * _INVERSE & _MASK)
    parts = [total]
    if depth > 0 and n > 1:
        parts.append(sums[:, :-1] + (total - sums[:, 1:]) * once)
    if depth > 1 and n > 2:
        i, j = np.triu_indices(n, 1)
        parts.append(sums[:, i] + (sums[:, j] - sums[:, i + 1]) * once + (total - sums[:, j + 1]) * twice)
    keys = np.concatenate(parts, axis=1)
    keys ^= keys >> np.uint64(31)
    return ((keys * np.uint64(_MIX)) >> np.uint64(32)).astype(np.uint32)
