"""Splits of judged queries: near-duplicates stay together, so that no answer leaks from train into test."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from soutui.errors import UsageError
from soutui.evaluate.protocols import hash_ids, mix

Part = Literal["train", "valid", "test"]

#: Two queries whose sets of character 3-grams overlap this much (Jaccard) are near-duplicates.
NEAR = 0.7
#: With fewer judged queries than this three parts are too small: cross-fit with :func:`folds`.
FEW = 60

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class QuerySplit:
    """Query ids by part, each id once, in the order they came. ``groups`` counts groups of near-duplicates."""

    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]
    groups: int
    notes: tuple[str, ...] = ()


def split_queries(
    ids: Sequence[str],
    texts: Sequence[str],
    valid: float = 0.15,
    test: float = 0.25,
    seed: int = 7,
    *,
    given: Mapping[str, str] | None = None,
) -> QuerySplit:
    """Split judged queries by hash, near-duplicates together.

    ``given`` (id → train, valid or test) is kept as it is; other queries join the part of their near-duplicates, or
    are dealt out so that the shares come true over what was not given. When every id is given nothing else happens.
    UsageError when the shares leave nothing to learn from or an id comes twice.
    """
    _check(ids, texts)
    if valid < 0 or test < 0 or valid + test >= 1:
        raise UsageError(f"valid = {valid} and test = {test}; shares from 0, together below 1", "try 0.15 and 0.25")
    fixed = {name: part for name, part in (given or {}).items() if part in ("train", "valid", "test")}
    groups = near_duplicates(texts)
    parts: dict[str, str] = {}
    free: list[list[int]] = []
    torn = 0
    for group in groups:
        known = {fixed[ids[member]] for member in group if ids[member] in fixed}
        torn += len(known) > 1
        if not known:
            free.append(group)
            continue
        # Train wins: a near-duplicate of a training query must not be measured.
        joined = next(part for part in ("train", "valid", "test") if part in known)
        parts.update({ids[member]: fixed.get(ids[member], joined) for member in group})
    total, done = sum(map(len, free)), 0
    for group in _shuffled(free, ids, seed):
        middle = (done + len(group) / 2) / total
        part = "test" if middle < test else "valid" if middle < test + valid else "train"
        parts.update({ids[member]: part for member in group})
        done += len(group)
    notes = []
    if torn:
        notes.append(f"{torn} groups of near-duplicate queries are in several parts: the files say so")
    if len(ids) < FEW:
        notes.append(f"only {len(ids)} judged queries: cross-fit with folds instead of three parts")
    by_part = {part: tuple(name for name in ids if parts[name] == part) for part in ("train", "valid", "test")}
    return QuerySplit(by_part["train"], by_part["valid"], by_part["test"], len(groups), tuple(notes))


def folds(ids: Sequence[str], texts: Sequence[str], n: int = 5, seed: int = 7) -> tuple[tuple[str, ...], ...]:
    """``n`` folds of nearly equal size for cross-fitting, near-duplicates together; empty ones are left out."""
    _check(ids, texts)
    if n < 2:
        raise UsageError(f"n = {n} folds; at least 2 are needed", "try 5")
    made: list[list[int]] = [[] for _ in range(n)]
    # The largest groups first, so that the small ones can even the folds out; the sort keeps the hash's order.
    for group in sorted(_shuffled(near_duplicates(texts), ids, seed), key=len, reverse=True):
        min(made, key=len).extend(group)
    return tuple(tuple(ids[member] for member in sorted(fold)) for fold in made if fold)


def near_duplicates(texts: Sequence[str]) -> list[list[int]]:
    """Groups of positions whose texts say the same, by first position; a text without a twin is a group of one.

    Two texts are twins when their sets of words are equal (case and width folded), or the Jaccard similarity of
    their character 3-grams is at least ``NEAR``; groups are the connected components. Pairs are found by prefix
    filtering: sets that overlap that much share one of their rarest grams. Chaudhuri, Ganti and Kaushik, ICDE 2006.
    """
    words, grams = zip(*map(_features, texts), strict=True) if texts else ((), ())
    leader = list(range(len(texts)))

    def find(member: int) -> int:
        while leader[member] != member:
            leader[member] = member = leader[leader[member]]
        return member

    def join(a: int, b: int) -> None:
        a, b = find(a), find(b)
        leader[max(a, b)] = min(a, b)

    first: dict[frozenset[str], int] = {}
    for position, bag in enumerate(words):
        if bag:
            join(position, first.setdefault(bag, position))
    counts: dict[str, int] = defaultdict(int)
    for bag in grams:
        for gram in bag:
            counts[gram] += 1
    seen: dict[str, list[int]] = defaultdict(list)
    for position, bag in enumerate(grams):
        rarest = sorted(bag, key=lambda gram: (counts[gram], gram))[: len(bag) + 1 - ceil(NEAR * len(bag) - 1e-9)]
        for other in {member for gram in rarest for member in seen[gram]}:
            if find(other) != find(position) and _near(bag, grams[other]):
                join(position, other)
        for gram in rarest:
            seen[gram].append(position)
    made: dict[int, list[int]] = defaultdict(list)
    for position in range(len(texts)):
        made[find(position)].append(position)
    return list(made.values())


def _near(a: frozenset[str], b: frozenset[str]) -> bool:
    shared = len(a & b)
    return shared > 0 and shared >= NEAR * (len(a) + len(b) - shared) - 1e-9


def _features(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The set of words and the set of character 3-grams; a shorter text is its own gram."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    line = " ".join(words)
    grams = {line[at : at + 3] for at in range(len(line) - 2)} or ({line} if line else set())
    return frozenset(words), frozenset(grams)


def _shuffled(groups: Iterable[list[int]], ids: Sequence[str], seed: int) -> list[list[int]]:
    """The groups in the order of a hash of their smallest id, whatever order they came in."""
    listed = list(groups)
    chances = mix(hash_ids([min(ids[member] for member in group) for group in listed]), seed)
    return [listed[at] for at in np.argsort(chances, kind="stable").tolist()]


def _check(ids: Sequence[str], texts: Sequence[str]) -> None:
    if len(ids) != len(texts) or len(set(ids)) != len(ids):
        raise UsageError(f"{len(ids)} ids ({len(set(ids))} distinct) and {len(texts)} texts", "one text an id")
