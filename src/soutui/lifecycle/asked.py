"""What the log says of queries and titles: what completion may suggest, and in which order."""

from __future__ import annotations

import numpy as np

from soutui.bundle.spelling import Asked
from soutui.lifecycle.log import Log


def asked_queries(log: Log) -> dict[str, Asked]:
    """Logged queries, spaces evened out, by how many different users and with how much wanted after them."""
    users: dict[str, set[int]] = {}
    wanted: dict[str, float] = {}
    for place in np.flatnonzero(log.queries != "").tolist():
        query = " ".join(str(log.queries[place]).split()).casefold()
        users.setdefault(query, set()).add(int(log.users[place]))
        wanted[query] = wanted.get(query, 0.0) + max(float(log.weights[place]), 0.0)
    return {query: Asked(len(who), wanted[query]) for query, who in users.items()}


def title_weights(log: Log, n: int) -> list[float]:
    """By row ``(n,)``: ln(1 + how often the item was wanted) / 2."""
    counts = np.bincount(log.items[log.positive], minlength=n)[:n]
    weights: list[float] = (np.log1p(counts) / 2).tolist()
    return weights
