"""Runs and judgments: what a system answered, and what should have been answered.

Both are read-only mappings by query id over flat arrays, so a run of 50,000 users by 50 items stays a few
arrays. A user is a query here: for recommendation the query ids are user ids and the judgments are the
held-out interactions. Nothing here knows where either came from; files are read in :mod:`soutui.evaluate.files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soutui.errors import DataError, UsageError

Codes = NDArray[np.int32]
Offsets = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Lists:
    """Lists of (item, number) by query, laid end to end.

    ``queries`` (q,) distinct ids, ``vocabulary`` (m,) distinct item ids, ``offsets`` (q + 1,): query ``i`` owns the
    positions ``offsets[i]:offsets[i + 1]`` of ``codes`` (n,), which are positions in ``vocabulary``, and of
    ``numbers`` (n,). The arrays must not be changed.
    """

    queries: tuple[str, ...]
    vocabulary: tuple[str, ...]
    offsets: Offsets
    codes: Codes
    numbers: Values
    name: str = ""
    notes: tuple[str, ...] = ()

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Query id to its position in ``queries``."""
        return {query: position for position, query in enumerate(self.queries)}

    @property
    def lengths(self) -> Offsets:
        """How many items each query has, (q,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.queries)

    def __iter__(self) -> Iterator[str]:
        return iter(self.queries)

    def __contains__(self, query: object) -> bool:
        return query in self.positions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.queries == other.queries and all(self._list(q) == other._list(q) for q in self.queries)

    __hash__ = None  # type: ignore[assignment]

    def _slice(self, query: str) -> slice:
        position = self.positions[query]
        return slice(int(self.offsets[position]), int(self.offsets[position + 1]))

    def _list(self, query: str) -> list[tuple[str, float]]:
        part = self._slice(query)
        return [
            (self.vocabulary[c], v) for c, v in zip(self.codes[part].tolist(), self.numbers[part].tolist(), strict=True)
        ]


class Run(_Lists, Mapping[str, tuple[tuple[str, ...], Values]]):
    """What one system answered: query (or user) id → (item ids, scores), best first.

    The order is the order of the list, never re-derived from the scores: ties keep the place they had.
    Iteration is in the order in which the queries came.
    """

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, query: str) -> tuple[tuple[str, ...], Values]:
        part = self._slice(query)
        return tuple(self.vocabulary[code] for code in self.codes[part].tolist()), self.numbers[part]

    @property
    def scores(self) -> Values:
        """The scores of all lists end to end, (n,)."""
        return self.numbers

    @classmethod
    def from_lists(cls, lists: Mapping[str, Sequence[str]], name: str = "") -> Run:
        """A run from ranked ids, best first; the scores are n, n - 1, … 1. DataError on an item listed twice."""
        builder = Builder()
        for query, items in lists.items():
            builder.extend(query, items, range(len(items), 0, -1))
        return builder.run(name)

    @classmethod
    def from_scores(cls, scores: Mapping[str, Mapping[str, float]], name: str = "") -> Run:
        """A run from scores by item, higher is better; equal scores keep the mapping's order."""
        builder = Builder()
        for query, by_item in scores.items():
            builder.extend(query, by_item.keys(), by_item.values())
        return builder.run(name, by_score=True)

    @classmethod
    def from_arrays(
        cls, queries: Sequence[str], items: Sequence[str], rows: ArrayLike, scores: ArrayLike, name: str = ""
    ) -> Run:
        """A run from a rectangle: ``rows`` (q, k) positions in ``items``, best first; ``scores`` (q, k).

        A row of -1 is no answer.
        """
        table, values = np.asarray(rows, np.int32), np.asarray(scores, np.float64)
        if table.ndim != 2 or table.shape != values.shape or len(table) != len(queries):
            raise UsageError(
                f"rows {table.shape} and scores {values.shape} must both be ({len(queries)}, k)", "one row a query"
            )
        if table.size and (int(table.max()) >= len(items) or int(table.min()) < -1):
            raise UsageError(f"rows must lie in -1..{len(items) - 1}; {table.min()}..{table.max()} came")
        filled = table >= 0
        made = cls(
            tuple(queries),
            tuple(items),
            np.concatenate(([0], np.cumsum(filled.sum(axis=1)))).astype(np.int64),
            table[filled],
            values[filled],
            name,
        )
        check_distinct(made)
        return made


class Qrels(_Lists, Mapping[str, Mapping[str, float]]):
    """Judgments: query (or user) id → {item id: grade}. A grade of 0 or less says "judged, and not relevant".

    A query without a single judgment is not in it.
    """

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, query: str) -> Mapping[str, float]:
        return dict(self._list(query))

    @property
    def grades(self) -> Values:
        """The grades of all queries end to end, (n,)."""
        return self.numbers

    @classmethod
    def from_dict(cls, grades: Mapping[str, Mapping[str, float]], name: str = "") -> Qrels:
        """Judgments from nested mappings; queries without any are left out."""
        builder = Builder()
        for query, by_item in grades.items():
            builder.extend(query, by_item.keys(), by_item.values())
        return builder.qrels(name)

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]], name: str = "") -> Qrels:
        """Judgments from (user, item) interactions, each with grade 1; repetitions count once."""
        grades: dict[str, dict[str, float]] = {}
        for user, item in pairs:
            grades.setdefault(user, {})[item] = 1.0
        return cls.from_dict(grades, name)

    def select(self, queries: Iterable[str]) -> Qrels:
        """Only these queries, in the order of this object; unknown ids are ignored."""
        wanted = set(queries)
        keep = np.fromiter((query in wanted for query in self.queries), np.bool_, len(self.queries))
        rows = np.repeat(keep, self.lengths)
        return Qrels(
            tuple(query for query in self.queries if query in wanted),
            self.vocabulary,
            np.concatenate(([0], np.cumsum(self.lengths[keep]))).astype(np.int64),
            self.codes[rows],
            self.numbers[rows],
            self.name,
            self.notes,
        )


L = TypeVar("L", bound=_Lists)


@dataclass
class Builder:
    """Collects (query, item, number) rows in any order and groups them by query."""

    queries: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    query_codes: list[int] = field(default_factory=list)
    item_codes: list[int] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)

    def extend(self, query: str, items: Iterable[str], numbers: Iterable[float]) -> None:
        """Append one query's rows. A query without rows leaves no trace."""
        before = len(self.item_codes)
        known = self.items
        self.item_codes.extend(known.setdefault(item, len(known)) for item in items)
        self.numbers.extend(float(number) for number in numbers)
        if len(self.item_codes) > before:
            code = self.queries.setdefault(query, len(self.queries))
            self.query_codes.extend([code] * (len(self.item_codes) - before))

    def run(self, name: str = "", *, by_score: bool = False) -> Run:
        """The rows as a run, in the order they came or by falling score (ties in the order they came)."""
        numbers = np.asarray(self.numbers, np.float64)
        order = self._order(-numbers if by_score else None)
        made = self.grouped(Run, order, numbers, name)
        check_distinct(made)
        return made

    def qrels(self, name: str = "") -> Qrels:
        """The rows as judgments."""
        numbers = np.asarray(self.numbers, np.float64)
        made = self.grouped(Qrels, self._order(None), numbers, name)
        check_distinct(made)
        return made

    def _order(self, key: Values | None) -> NDArray[np.intp]:
        codes = np.asarray(self.query_codes, np.int32)
        return np.argsort(codes, kind="stable") if key is None else np.lexsort((key, codes))

    def grouped(self, kind: type[L], order: NDArray[np.intp], numbers: Values, name: str) -> L:
        """An object of ``kind`` over the rows in this order; ``order`` (n,) must have the query codes ascending."""
        codes = np.asarray(self.query_codes, np.int64)
        counts = np.bincount(codes, minlength=len(self.queries))
        return kind(
            tuple(self.queries),
            tuple(self.items),
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.asarray(self.item_codes, np.int32)[order],
            numbers[order],
            name,
        )


def repeated(lists: _Lists) -> NDArray[np.intp]:
    """Positions, ascending, of the items that already stand earlier in the same query's list."""
    keys = np.repeat(np.arange(len(lists.queries)), lists.lengths) * max(len(lists.vocabulary), 1) + lists.codes
    order = np.argsort(keys, kind="stable")
    return np.sort(order[1:][keys[order][1:] == keys[order][:-1]])


def check_distinct(lists: _Lists) -> None:
    """DataError when a query has an item twice or a number is not one."""
    twice = repeated(lists)
    if len(twice):
        query = lists.queries[int(np.searchsorted(lists.offsets, twice[0], side="right")) - 1]
        raise DataError(
            f"item {lists.vocabulary[lists.codes[twice[0]]]!r} stands twice for query {query!r}",
            "an item may be answered or judged once a query",
        )
    if np.isnan(lists.numbers).any():
        raise DataError("a score or grade is not a number", "every item needs a finite score or grade")


def drop_repeated(run: Run) -> tuple[Run, int]:
    """The run with only the best-ranked mention of each item, and how many mentions went."""
    twice = repeated(run)
    if not len(twice):
        return run, 0
    keep = np.ones(len(run.codes), np.bool_)
    keep[twice] = False
    counts = np.add.reduceat(keep, run.offsets[:-1]) if len(run.queries) else np.empty(0, np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return Run(run.queries, run.vocabulary, offsets, run.codes[keep], run.numbers[keep], run.name, run.notes), len(
        twice
    )
