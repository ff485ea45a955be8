"""Judged requests: retrieve once, then weigh the sources in as many ways as needed.

Learning weights, evaluating and the baselines all ask the same thing: given the candidates of a request, which rows
come first under these weights? So candidates are retrieved once per request and kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from soutui.engine import Engine
from soutui.evaluate.runs import Qrels, Run
from soutui.index.fuse import Example, Weights, ideal_dcg, learn, normalise
from soutui.retrieval import Retrieved
from soutui.types import Request, Rows, Scores

K = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A request with its candidates and its judgments by row."""

    id: str
    found: Retrieved
    grades: Mapping[int, float]
    """Grade by row; items that are not in the catalogue have negative stand-in rows."""

    def example(self, sources: tuple[str, ...]) -> Example:
        """What :func:`soutui.index.fuse.learn` needs."""
        candidates = self.found.candidates
        columns = [candidates.sources.index(name) for name in sources]
        scores = normalise(candidates, self.found.baselines)[:, columns]
        gains = np.array([self.grades.get(row, 0.0) for row in candidates.rows.tolist()], np.float32)
        return Example(scores, gains, ideal_dcg(list(self.grades.values()), K))

    def ranked(self, weights: Weights, k: int) -> tuple[Rows, Scores]:
        """The ``k`` best rows under these weights; rows that no weighted source speaks for are left out."""
        scores = weights.shares(self.found.candidates, self.found.baselines).sum(axis=1)
        rows = self.found.candidates.rows
        order = np.lexsort((rows, -scores))[:k]
        order = order[scores[order] > 0]
        return rows[order], scores[order]


def judge(engine: Engine, requests: Mapping[str, Request], qrels: Qrels) -> list[Judged]:
    """Retrieve candidates for every request that has judgments."""
    made = []
    for name, request in requests.items():
        if name not in qrels:
            continue
        grades: dict[int, float] = {}
        for place, (item, grade) in enumerate(qrels[name].items()):
            row = engine.parts.ids.row(item)
            grades[-1 - place if row is None else row] = grade
        made.append(Judged(name, engine.retrieve(request), grades))
    return made


def learn_weights(
    judged: Sequence[Judged], sources: tuple[str, ...], prior: Mapping[str, float] | None = None
) -> Weights:
    """Weights for these sources, learned on the judged requests; near ``prior`` where these leave it open."""
    return learn([one.example(sources) for one in judged], sources, K, prior)


def to_run(engine: Engine, judged: Iterable[Judged], weights: Weights | Mapping[str, Weights], k: int, tag: str) -> Run:
    """The run of one system: the same weights for all requests, or weights by request id."""
    lists: dict[str, dict[str, float]] = {}
    for one in judged:
        mine = weights if isinstance(weights, Weights) else weights[one.id]
        rows, scores = one.ranked(mine, k)
        names = map(engine.parts.ids.name, rows.tolist())
        lists[one.id] = dict(zip(names, scores.tolist(), strict=True))
    return Run.from_scores(lists, tag)
