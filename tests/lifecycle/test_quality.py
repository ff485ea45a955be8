"""What a bundle says about itself can be computed again, and was not learned from what it was measured on."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shops import make
from soutui.bundle import manifest
from soutui.data import sample
from soutui.data.schema import Event, Judgment
from soutui.evaluate.compare import compare
from soutui.evaluate.files import read_qrels, read_run
from soutui.evaluate.metrics import coverage, evaluate, gini
from soutui.lifecycle.build import BY_CLICKS
from soutui.types import Request
from soutui.workspace import Workspace


@pytest.fixture(params=["plain", "full"])
def shop(request: pytest.FixtureRequest) -> Workspace:
    """The sample shop, without and with a text model."""
    made: Workspace = request.getfixturevalue(f"{request.param}_shop")
    return made


@pytest.mark.parametrize("kind", ["search", "recommend"])
def test_every_figure_can_be_computed_again(shop: Workspace, kind: str) -> None:
    facts = shop.metrics()[kind]
    place = manifest.get_current(shop.bundles) / "runs" / kind
    qrels = read_qrels(place / "qrels.tsv.gz")
    assert len(qrels) == facts["requests"] > 30
    assert {path.name.removesuffix(".tsv.gz") for path in place.iterdir()} == {*facts["systems"], "qrels"}
    k = shop.settings.evaluate.k
    per_request = {}
    for system, stored in facts["systems"].items():
        run = read_run(place / f"{system}.tsv.gz")
        named = [name for name in stored if not name.startswith(("coverage", "gini", "novelty"))]
        assert {f"ndcg@{k}", f"recall@{k}", f"mrr@{k}"} <= set(named)
        made = evaluate(run, qrels, named, k=k)
        per_request[system] = made[f"ndcg@{k}"].values
        for name in named:
            assert made[name].mean == pytest.approx(stored[name], abs=1e-6), (system, name)
        assert coverage(run, k, len(sample.items())) == pytest.approx(stored[f"coverage@{k}"], abs=1e-6)
        assert gini(run, k, len(sample.items())) == pytest.approx(stored[f"gini@{k}"], abs=1e-6)
    again = compare(
        per_request,
        "soutui",
        metric=f"ndcg@{k}",
        resamples=shop.settings.evaluate.resamples,
        seed=shop.settings.evaluate.seed,
    )
    assert json.loads(json.dumps(again.as_dict())) == facts["comparison"]


def test_learned_weights_are_never_below_the_best_single_source(shop: Workspace) -> None:
    weights = shop.engine().parts.fusion
    learned = {kind: one for kind, one in weights.items() if one.method == "learned"}
    assert {"search", "recommend"} <= set(learned)
    for kind, one in learned.items():
        single = [value for name, value in one.measured.items() if name != "fused"]
        assert len(single) == len(one.values), kind
        assert one.measured["fused"] >= max(single) - 1e-6, kind
        assert sum(one.values.values()) == pytest.approx(1, abs=1e-3)


def test_a_machine_learns_something_from_simulated_shoppers(shop: Workspace) -> None:
    """What is planted in them is found again: far above chance and above what is popular."""
    systems = shop.metrics()["recommend"]["systems"]
    ours = systems["soutui"]["ndcg@10"]
    assert ours > 2 * systems["random"]["ndcg@10"]
    assert ours > systems["popular"]["ndcg@10"]


def test_recommendation_is_measured_on_later_events_of_users_with_a_history(plain_shop: Workspace) -> None:
    place = manifest.get_current(plain_shop.bundles) / "runs" / "recommend"
    qrels, run = read_qrels(place / "qrels.tsv.gz"), read_run(place / "soutui.tsv.gz")
    with plain_shop.store.snapshot() as snapshot:
        table = snapshot.event_columns()
    facts = plain_shop.metrics()["recommend"]
    assert facts["protocol"] == "time"
    (start,) = [float(found[1]) for note in facts["notes"] if (found := re.search(r"test from (\d+)", note))]
    before: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    acted = table.kind != "impression"
    told = (table.user[acted].tolist(), table.item[acted].tolist(), table.time[acted].tolist())
    for user, name, time in zip(*told, strict=True):
        (before if time < start else after).setdefault(user, set()).add(name)
    wanted = {user: after[user] - before[user] for user in after if user in before and after[user] - before[user]}
    assert {user: set(qrels[user]) for user in qrels} == wanted
    for user in qrels:
        assert not before[user] & set(run[user][0])


# -- what is held out stays out -------------------------------------------------------------------------------


def given(split: dict[str, str], judgments: Iterable[Judgment]) -> list[Judgment]:
    return [replace(one, split=split[one.query]) for one in judgments]


def fusion(shop: Workspace) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((manifest.get_current(shop.bundles) / "fusion.json").read_text("utf-8"))
    return made["weights"]


@pytest.fixture(scope="module")
def split() -> dict[str, str]:
    """Every fourth query is for the test, every fifth of the others for validation."""
    return {
        query.id: "test" if place % 4 == 0 else "valid" if place % 5 == 0 else "train"
        for place, query in enumerate(sample.queries())
    }


@pytest.fixture
def judged_shop(full_folder: Path, tmp_path: Path) -> Callable[[str, Iterable[Judgment]], Workspace]:
    """Builds a sample shop with a text model, without events, with these judgments; vectors need not be computed."""

    def build(name: str, judgments: Iterable[Judgment]) -> Workspace:
        made = make(
            tmp_path / name, sample.items(), (), sample.queries(), judgments, encoder={"model": "default"}, build=False
        )
        shutil.copy(full_folder / "vectors.db", made.folder)
        assert made.build().encoded == 0
        return made

    return build


def test_judgments_of_the_test_do_not_move_the_weights(
    judged_shop: Callable[[str, Iterable[Judgment]], Workspace], split: dict[str, str]
) -> None:
    judgments = given(split, sample.judgments())
    turned = [replace(one, grade=3.0 - one.grade) if one.split == "test" else one for one in judgments]
    with judged_shop("a", judgments) as a, judged_shop("b", turned) as b:
        assert fusion(a) == fusion(b)
        first, second = a.metrics()["search"], b.metrics()["search"]
        assert first["protocol"].endswith("as given")
        assert first["requests"] == sum(part == "test" for part in split.values())
        assert first["systems"]["soutui"]["ndcg@10"] != second["systems"]["soutui"]["ndcg@10"]
        place = Path("runs") / "search"
        for system in first["systems"]:
            runs = [
                read_run(manifest.get_current(one.bundles) / place / f"{system}.tsv.gz", name="same") for one in (a, b)
            ]
            assert runs[0] == runs[1]
        # Learning on them does move the weights, or this test could not fail.
        learned = [replace(one, grade=3.0 - one.grade) if one.split != "test" else one for one in judgments]
        with judged_shop("c", learned) as c:
            assert fusion(c) != fusion(a)


def test_what_was_measured_is_what_serves(
    judged_shop: Callable[[str, Iterable[Judgment]], Workspace], split: dict[str, str]
) -> None:
    with judged_shop("shop", given(split, sample.judgments())) as shop:
        stored = read_run(manifest.get_current(shop.bundles) / "runs" / "search" / "soutui.tsv.gz")
        texts = {query.id: query.text for query in sample.queries()}
        asked = [query for query, part in split.items() if part == "test"]
        assert set(stored) <= set(asked)
        served = shop.run({query: Request(query=texts[query], k=100) for query in asked})
        for query in asked:
            if query not in stored:  # nothing was found
                assert query not in served, texts[query]
                continue
            assert served[query][0] == stored[query][0], texts[query]
            assert served[query][1] == pytest.approx(stored[query][1], abs=1e-5)


def test_events_of_the_test_do_not_move_the_weights(tmp_path: Path) -> None:
    items = sample.items()
    events = sorted(sample.simulate(items, users=150), key=lambda one: one.time or 0.0)
    cut = int(0.93 * len(events))
    names = [one.id for one in items]
    rng = np.random.default_rng(3)
    stirred: list[Event] = events[:cut] + [replace(one, item=str(rng.choice(names))) for one in events[cut:]]
    made = []
    for place, log in enumerate((events, stirred)):
        with make(tmp_path / str(place), items, log, split={"protocol": "time"}) as shop:
            made.append((fusion(shop)["recommend"], shop.metrics()["recommend"]["systems"]))
    assert made[0][0] == made[1][0]
    assert made[0][1]["soutui"]["ndcg@10"] > made[1][1]["soutui"]["ndcg@10"], "noise cannot be foretold"


def test_a_shop_that_cannot_be_measured_says_why(still_toy: Workspace) -> None:
    facts = still_toy.metrics()
    assert facts["search"]["systems"] == {}
    assert facts["search"]["notes"]


def test_learning_can_be_turned_off(tmp_path: Path) -> None:
    with make(
        tmp_path / "shop", sample.items(), (), sample.queries(), sample.judgments(), fuse={"learn": False}
    ) as shop:
        assert fusion(shop)["search"]["method"] != "learned"
        assert shop.metrics()["search"]["systems"]["soutui"]["ndcg@10"] > 0.4


def test_manifest_says_what_was_built(plain_shop: Workspace) -> None:
    facts = manifest.read(manifest.get_current(plain_shop.bundles))
    assert (facts["items"], facts["users"]) == (len(sample.items()), 300)
    with plain_shop.store.snapshot() as look:
        assert facts["events"] == (look.event_columns().kind != "impression").sum()
    assert facts["seq"] == plain_shop.store.latest()
    assert facts["encoder"] == ""


def test_figures_from_clicks_say_so(tmp_path: Path, plain_shop: Workspace) -> None:
    items = sample.items()
    with make(tmp_path / "shop", items, sample.simulate(items, users=150)) as shop:
        facts = shop.metrics()["search"]
        assert facts["systems"]["soutui"]["ndcg@10"] > 0.3
        assert BY_CLICKS in facts["notes"]
    assert BY_CLICKS not in plain_shop.metrics()["search"]["notes"]
