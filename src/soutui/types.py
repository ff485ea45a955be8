"""The central types: what is asked, what the inside works on, what is answered.

Outside the engine everything has an external id (``str``); inside, everything is a row number
(``int32``). :mod:`soutui.bundle` owns the one door between the two. Nothing here knows where text,
vectors or events come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from soutui.filters import Filter

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]
Vectors = NDArray[np.float32]
Mask = NDArray[np.bool_]

Role = Literal["query", "item"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the engine. Which fields are filled in decides what kind of question it is.

    ``query`` alone is search; ``query`` and ``user`` personalised search; ``user`` or ``history``
    alone recommendation; ``item`` similar items. All ids are external. ``history`` is most recent
    first and overrides the user's own. ``k`` is the page's length; ``offset`` skips that many hits. ``as_typed``:
    unknown words of the query are left as they are, whatever ``text.spelling`` says.
    """

    query: str | None = None
    user: str | None = None
    history: tuple[str, ...] = ()
    item: str | None = None
    filters: Filter | None = None
    k: int = 10
    offset: int = 0
    facets: tuple[str, ...] = ()
    as_typed: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """A request translated to row numbers: what sources see.

    ``text`` is the query, its spelling corrected; ``further`` are terms that are searched beside its own, each with
    its weight (those of ``text`` have 1). ``vector`` (d,) is the query's unit vector. ``history`` (h,) are item rows,
    most recent first, and ``history_weights`` (h,) how strongly each counts. ``item`` is the anchor row of a
    similar-items request. ``allowed`` (n,) is the mask of rows that may be answered, or None when every
    row may; ``allowed_count`` its sum.
    """

    text: str | None = None
    vector: Vectors | None = None
    history: Rows = field(default_factory=lambda: np.empty(0, np.int32))
    history_weights: Scores = field(default_factory=lambda: np.empty(0, np.float32))
    item: int | None = None
    allowed: Mask | None = None
    allowed_count: int | None = None
    further: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with one score per source. ``rows`` (n,), ``scores`` (n, s); NaN: that source is silent on that row."""

    rows: Rows
    scores: Scores
    sources: tuple[str, ...]

    @classmethod
    def of(cls, source: str, rows: Rows, scores: Scores) -> Candidates:
        """Candidates of one source; ``rows`` and ``scores`` (n,)."""
        return cls(np.asarray(rows, np.int32), np.asarray(scores, np.float32).reshape(-1, 1), (source,))

    @classmethod
    def empty(cls, *sources: str) -> Candidates:
        """No rows at all."""
        return cls(np.empty(0, np.int32), np.empty((0, len(sources)), np.float32), sources)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, source: str) -> Scores:
        """The scores (n,) of one source."""
        return self.scores[:, self.sources.index(source)]

    def take(self, positions: NDArray[np.integer[Any]]) -> Candidates:
        """The candidates at these positions, in this order."""
        return Candidates(self.rows[positions], self.scores[positions], self.sources)

    @staticmethod
    def union(parts: Sequence[Candidates]) -> Candidates:
        """All rows of all parts, each once, ascending; a source keeps its column."""
        sources = tuple(name for part in parts for name in part.sources)
        rows = np.sort(np.concatenate([part.rows for part in parts])) if parts else np.empty(0, np.int32)
        # Sorting and comparing neighbours: np.unique costs several times as much on a few hundred rows.
        rows = rows[np.append(True, rows[1:] != rows[:-1])] if len(rows) else rows
        scores = np.full((len(rows), len(sources)), np.nan, np.float32)
        column = 0
        for part in parts:
            width = len(part.sources)
            scores[np.searchsorted(rows, part.rows), column : column + width] = part.scores
            column += width
        return Candidates(rows.astype(np.int32, copy=False), scores, sources)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a hit is on the page. ``weight`` is the source's share of the score; ``evidence`` a word or an item id."""

    source: str
    weight: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer: external id, score (higher is better), what the item says, and why it is here."""

    item: str
    score: float
    title: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    highlights: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. ``took`` in milliseconds; ``bundle`` names who answered; ``note`` says why a page is short.

    ``corrected`` is the query that was searched beside the one typed, ``did_you_mean`` one that was not; both are
    empty when every word is known.
    """

    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    took: float = 0.0
    bundle: str = ""
    note: str = ""
    corrected: str = ""
    did_you_mean: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        """The external ids, best first."""
        return tuple(hit.item for hit in self.hits)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion. ``kind``: query, category, brand, title or word; ``item`` the id of a title's item.

    ``highlighted`` is ``text`` as HTML with what was typed in ``<em>``. ``corrected``: what was typed was misspelt.
    """

    text: str
    kind: Literal["query", "category", "brand", "title", "word"]
    highlighted: str = ""
    item: str = ""
    score: float = 0.0
    corrected: bool = False


class Encoder(Protocol):
    """Texts to unit vectors. Thread-safe; the rows of the result are in the order of the texts."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Names model, weights and settings: equal fingerprints give equal vectors."""
        ...

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """``(n, dim)`` float32 unit rows. ``role`` picks the model's prefix; an empty text is a zero row."""
        ...


class Source(Protocol):
    """Retrieves candidates. Read-only after construction, so safe from any thread.

    Returned rows are distinct, best first, all allowed by the probe; ties are in ascending row order.
    A source with nothing to say returns no rows.
    """

    @property
    def name(self) -> str:
        """The source's name in candidates, weights and reasons."""
        ...

    def retrieve(self, probe: Probe, k: int) -> Candidates:
        """At most ``k`` candidates for this probe."""
        ...
