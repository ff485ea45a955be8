"""Items had together on real ratings: not below what item-to-item models reach there."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from soutui.index.covisit import CovisitSettings, ItemToItem
from soutui.index.covisit_tune import decay_gains
from soutui.index.interactions import Interactions


def read(path) -> list[list[str]]:
    with gzip.open(path, "rt") as lines:
        next(lines)
        return [line.rstrip("\n").split("\t") for line in lines]


@pytest.mark.real
def test_movielens_last_liked_film(shared) -> None:
    folder = shared / "benchmarks" / "rec" / "movielens-latest-small-llo"
    known = read(folder / "interactions.train.tsv.gz") + read(folder / "interactions.valid.tsv.gz")
    asked = read(folder / "interactions.test.tsv.gz")
    users = {name: row for row, name in enumerate(sorted({line[0] for line in known + asked}))}
    items = {name: row for row, name in enumerate(sorted({line[1] for line in known + asked}))}
    times = np.array([float(line[2]) for line in known])
    events = Interactions.from_events(
        np.array([users[line[0]] for line in known]),
        np.array([items[line[1]] for line in known]),
        np.array([float(line[3]) >= 3.5 for line in known], np.float32),
        times,
        times,
        len(users),
        len(items),
    )
    targets = {users[line[0]]: [items[line[1]]] for line in asked}
    measured = {}
    for together in (0.3, 1.0):
        model = ItemToItem.fit(events, CovisitSettings(together=together, regularisation=300.0))
        measured[together] = decay_gains(model, events, targets, (0.8,))[0.8]
    # Best known without a neural network: .0677 (.051 to .085); cosine neighbours reach .056.
    assert measured[0.3] > 0.06
    assert measured[0.3] > measured[1.0] - 0.005
