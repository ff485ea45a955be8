"""Slices: where a mean hides a difference. Head and tail, new users and items, languages, query lengths.

Assigning functions give slice name → ids, every id in the order it came; :func:`by_slice` puts numbers on them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from soutui.evaluate.compare import Interval, bootstrap
from soutui.evaluate.metrics import PerQuery
from soutui.evaluate.runs import Qrels

K = TypeVar("K")
Slices = Mapping[str, tuple[str, ...]]

#: A slice with fewer queries or users than this proves nothing.
SMALL = 10
#: The head: the most popular items that together draw this share of the interactions.
HEAD = 0.2

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+")


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One metric on one slice. With a baseline ``diff`` is system minus baseline, paired; else it is None.

    ``too_small`` marks slices under ``SMALL``: their numbers are shown, and prove nothing.
    """

    slice: str
    n: int
    mean: float
    interval: Interval
    too_small: bool
    diff: float | None = None
    diff_interval: Interval | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self)


def by_slice(
    values: PerQuery,
    slices: Slices,
    baseline: PerQuery | None = None,
    *,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 7,
) -> tuple[SliceRow, ...]:
    """The metric on each slice with a bootstrap interval; ids without a value and empty slices are left out.

    With a ``baseline`` over (at least) the same queries each row also has the paired difference.
    """
    mine, theirs = values.as_dict(), baseline.as_dict() if baseline else None
    rows = []
    for name, ids in slices.items():
        kept = [one for one in ids if one in mine and (theirs is None or one in theirs)]
        if not kept:
            continue
        table = np.array([[mine[one], theirs[one] if theirs else 0.0] for one in kept])
        table[:, 1] = table[:, 0] - table[:, 1]
        low, high = bootstrap(table, resamples=resamples, confidence=confidence, seed=seed).tolist()
        mean, diff = table.mean(axis=0).tolist()
        row = SliceRow(name, len(kept), mean, (low[0], high[0]), len(kept) < SMALL)
        rows.append(dataclasses.replace(row, diff=diff, diff_interval=(low[1], high[1])) if theirs else row)
    return tuple(rows)


def head_items(interactions: Mapping[str, int], share: float = HEAD) -> frozenset[str]:
    """The most popular items that together draw ``share`` of the interactions, at least one; equal counts by id."""
    falling = sorted(interactions, key=lambda item: (-interactions[item], item))
    wanted, drawn, head = share * sum(interactions.values()), 0, []
    for item in falling:
        head.append(item)
        drawn += interactions[item]
        if drawn >= wanted:
            break
    return frozenset(head)


def by_popularity(qrels: Qrels, head: Iterable[str], relevant_from: float = 1.0) -> Slices:
    """``head`` and ``tail``: whether at least half of a query's relevant items are in the head."""
    return _by_share(qrels, frozenset(head), relevant_from, "head", "tail")


def by_item_age(qrels: Qrels, trained: Iterable[str], relevant_from: float = 1.0) -> Slices:
    """``warm item`` and ``cold item``: whether at least half of the relevant items had a training interaction."""
    return _by_share(qrels, frozenset(trained), relevant_from, "warm item", "cold item")


def by_user_age(users: Iterable[str], trained: Iterable[str]) -> Slices:
    """``warm user`` and ``cold user``: whether the user has a training history."""
    known = frozenset(trained)
    return _group(((user, user in known) for user in users), {True: "warm user", False: "cold user"}.__getitem__)


def by_language(ids: Sequence[str], texts: Sequence[str]) -> Slices:
    """``en``, ``zh`` and ``mixed`` queries; see :func:`language`."""
    return _group(zip(ids, texts, strict=True), language)


def by_length(ids: Sequence[str], texts: Sequence[str]) -> Slices:
    """``1 word``, ``2-3 words`` and ``4+ words``; see :func:`length`."""
    made = _group(zip(ids, texts, strict=True), lambda text: _LENGTHS[min(max(length(text), 1), 4)])
    return {name: made[name] for name in dict.fromkeys(_LENGTHS.values()) if name in made}


_LENGTHS = {1: "1 word", 2: "2-3 words", 3: "2-3 words", 4: "4+ words"}


def language(text: str) -> str:
    """``zh`` when there are Chinese (or Japanese) characters, ``mixed`` when Latin letters too, else ``en``."""
    if _CJK.search(text):
        return "mixed" if _LATIN.search(text) else "zh"
    return "en"


def length(text: str) -> int:
    """How many words: those between blanks and punctuation, and two Chinese characters count as one, rounded up."""
    return len(_WORD.findall(text)) + -(-len(_CJK.findall(text)) // 2)


def _by_share(qrels: Qrels, items: frozenset[str], relevant_from: float, inside: str, outside: str) -> Slices:
    known = np.fromiter((item in items for item in qrels.vocabulary), np.float64, len(qrels.vocabulary))
    relevant = (qrels.grades >= relevant_from).astype(np.float64)
    owners = np.repeat(np.arange(len(qrels)), qrels.lengths)
    among = np.bincount(owners, relevant * known[qrels.codes], len(qrels)).tolist()
    of = np.bincount(owners, relevant, len(qrels)).tolist()
    shares = ((query, 2 * part >= whole) for query, part, whole in zip(qrels, among, of, strict=True) if whole)
    return _group(shares, {True: inside, False: outside}.__getitem__)


def _group(pairs: Iterable[tuple[str, K]], name_of: Callable[[K], str]) -> Slices:
    made: dict[str, list[str]] = {}
    for one, key in pairs:
        made.setdefault(name_of(key), []).append(one)
    return {name: tuple(ids) for name, ids in sorted(made.items())}
