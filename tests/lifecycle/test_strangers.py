"""What is measured beside the main figures: both item-to-item models, and users nobody knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from soutui import Workspace
from soutui.config import Settings
from soutui.data import sample


def test_both_item_to_item_models_and_new_users_are_measured(tmp_path: Path) -> None:
    items = sample.items()
    events = sample.simulate(items)
    newest = max(event.time or 0 for event in events)
    strangers = [
        replace(event, id=f"{event.id}-new", user=f"new-{event.user}")
        for event in events
        if (event.time or 0) > newest - 3 * 86_400
    ]
    with Workspace.create(tmp_path / "shop", Settings.from_dict({"encoder": {"model": "none"}})) as shop:
        shop.load(items, [*events, *strangers])
        figures = shop.build().metrics["recommend"]
    assert {"soutui", "ease", "cosine", "popular", "random"} == set(figures["systems"])
    slices = {row["slice"]: row for row in figures["slices"]}
    assert slices["cold user"]["n"] > 10
    # Nobody knows them, so they get what is popular: better than nothing, worse than who is known.
    assert 0 < slices["cold user"]["mean"] < figures["systems"]["soutui"]["ndcg@10"]
