"""Ties and labelled texts: kept, replaced by key, refused when they make no sense; impressions are no interactions."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.bundle.ids import IdMap
from soutui.data.schema import Event, LabelledText, Tie
from soutui.errors import DataError
from soutui.lifecycle.log import read_log
from soutui.store import Store


def test_ties_come_back_and_are_replaced_by_key(store: Store) -> None:
    ties = [Tie("ann", "bob"), Tie("ann", "club", "group", 2.0), Tie("bob", "ann")]
    assert store.put_ties(ties).written == 3
    assert store.put_ties(ties).written == 0
    assert store.put_ties([Tie("bob", "ann", weight=0.5)]).written == 1
    with store.snapshot() as look:
        assert list(look.ties()) == [*ties[:2], Tie("bob", "ann", "friend", 0.5)]
    assert store.counts()["ties"] == 3


def test_texts_come_back_and_are_replaced_by_id(store: Store) -> None:
    texts = [
        LabelledText("t1", "Profit falls", {"sentiment": "negative", "topic": "earnings"}, source="news", split="test"),
        LabelledText("t2", "借呗可以提前还款吗", {"same": "1"}, other="花呗能提前还吗"),
    ]
    assert store.put_texts(texts).written == 2
    assert store.put_texts([texts[0], LabelledText("t2", "x", {"same": "0"})]).written == 1
    with store.snapshot() as look:
        assert list(look.texts()) == [texts[0], LabelledText("t2", "x", {"same": "0"})]
    assert store.counts()["texts"] == 2


@pytest.mark.parametrize("tie", [Tie("", "b"), Tie("a", ""), Tie("a", "b", weight=0), Tie("a", "b", weight=np.nan)])
def test_a_tie_without_ends_or_weight_is_refused(store: Store, tie: Tie) -> None:
    with pytest.raises(DataError):
        store.put_ties([tie])
    assert store.counts()["ties"] == 0


def test_an_impression_is_kept_but_is_nothing_the_user_did(store: Store) -> None:
    shown = [Event(f"e{n}", "impression", item, "ann", position=n) for n, item in ((1, "lamp"), (2, "desk"))]
    store.record([*shown, Event("e3", "click", "desk", "ann", position=2)])
    with store.snapshot() as look:
        table = look.event_columns()
    assert len(table) == 3
    log = read_log(table, IdMap.of(["lamp", "desk"]), 0.0)
    assert log.items.tolist() == [1]
    assert log.unknown == 0
