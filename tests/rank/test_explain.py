from __future__ import annotations

import pytest

from soutui.rank.explain import reasons
from soutui.types import Reason

SOURCES = ("lexical", "dense", "covisit")


def test_sources_by_what_they_added() -> None:
    told = reasons([0.1, 0.3, 0.0], SOURCES, {"lexical": ("teapot", "clay")})
    assert [reason.source for reason in told] == ["dense", "lexical"]
    assert [reason.weight for reason in told] == [0.75, 0.25]
    assert [reason.evidence for reason in told] == [(), ("teapot", "clay")]


def test_rules_come_last_and_weigh_nothing() -> None:
    told = reasons([1, 0, 0], SOURCES, {}, ("pin", "boost"))
    assert told == (Reason("lexical", 1.0), Reason("rule", 0.0, ("pin",)), Reason("rule", 0.0, ("boost",)))


def test_nobody_found_it() -> None:
    assert reasons([0, 0, 0], SOURCES, {"lexical": ("x",)}) == ()
    assert reasons([0, 0, 0], SOURCES, {}, ("pin",)) == (Reason("rule", 0.0, ("pin",)),)
    assert reasons((), (), {}) == ()


def test_weights_are_shares_and_ties_keep_the_order_of_the_sources() -> None:
    told = reasons([2, 2, 2], SOURCES, {})
    assert [reason.source for reason in told] == list(SOURCES)
    assert sum(reason.weight for reason in told) == pytest.approx(1, abs=1e-3)


def test_one_share_for_each_source() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        reasons([1, 1], SOURCES, {})
