"""Real data sets: what is known of them is found, and little else is said. Skips where they are absent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from check_data import look

from soutui.checks.suite import run_checks
from soutui.data import layouts
from soutui.data.quarantine import Quarantine

pytestmark = pytest.mark.real


def findings(shared: Path, layout: str, folder: str) -> dict[str, Any]:
    with Quarantine(None) as quarantine:
        found = layouts.load(layout, shared / "data" / folder, quarantine)
        data = look(found.items, list(found.events), found.queries, found.judgments, found.texts, now=1.7e9)
    return {finding.code: finding for finding in run_checks(data).findings}


def test_gift_cards(shared: Path) -> None:
    found = findings(shared, "amazon", "amazon-gift-cards-5core")
    assert found["E02"].share > 0.5  # times are whole days
    assert found["C02"].count == 203  # "Amazon eGift Card" two hundred times
    assert found["T02"].examples[0].note == "5 93 %"  # nearly everybody gives five stars
    assert "error" not in {finding.severity for finding in found.values()}


def test_news_of_which_most_articles_are_missing(shared: Path) -> None:
    found = findings(shared, "mind", "mind-small-sample")
    assert found["E01"].severity == "error"
    assert found["E01"].share > 0.95
    assert found["E07"].count == 0  # clicks of the history are not held against the impressions


def test_products_with_broken_titles(shared: Path) -> None:
    found = findings(shared, "relevance", "crowdflower-search-relevance")
    assert found["C06"].count > 700
    assert "E01" not in found


def test_intents_that_leak(shared: Path) -> None:
    found = findings(shared, "labels", "banking77")
    assert 0.005 < found["T01"].share < 0.1
    assert found["T03"].severity == "info"
