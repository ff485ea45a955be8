"""A build: what it leaves behind, what it refuses, and that whoever reads meanwhile is never disturbed."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from shops import copy, event, item, make, toy_events, toy_items
from soutui.bundle import manifest
from soutui.config import FILE_NAME, Settings
from soutui.data.schema import Judgment, Query
from soutui.errors import BusyError, DataError, NotBuiltError
from soutui.lifecycle.build import KEEP
from soutui.locks import exclusive
from soutui.types import Request
from soutui.workspace import Workspace


def test_a_build_says_what_it_made(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), toy_events(), build=False) as shop:
        built = shop.build()
        assert (built.name, built.items, built.events) == ("000001", 10, 96)
        assert (built.encoded, built.reused) == (0, 0)
        assert built.folder == shop.bundles / "000001"
        assert built.seconds > 0
        assert built.notes == ()
        assert manifest.verify(built.folder)["name"] == "000001"
        assert manifest.get_current(shop.bundles) == built.folder
        assert shop.metrics() == json.loads(json.dumps(built.metrics))
        (row,) = shop.store.list_bundles()
        assert (row.name, row.state) == ("000001", "current")


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    with make(tmp_path / "shop", build=False) as shop:
        with pytest.raises(DataError, match="empty"):
            shop.build()
        assert [path.name for path in shop.bundles.iterdir()] == [".lock"]
        with pytest.raises(NotBuiltError):
            shop.search("tent")


def test_a_catalogue_emptied_later_is_refused_and_the_old_bundle_serves(toy: Workspace) -> None:
    toy.delete([one.id for one in toy_items()])
    with pytest.raises(DataError, match="empty"):
        toy.build()
    page = toy.search("tent")
    assert (page.items, page.bundle) == ((), "000001")
    assert toy.recommend().note == "no item is available"


def test_a_second_build_is_refused_while_one_runs(toy: Workspace) -> None:
    with exclusive(toy.bundles / ".lock", "a build"), pytest.raises(BusyError, match="already running") as raised:
        toy.build()
    assert raised.value.exit_code == 6
    assert toy.build().name == "000002"


def test_two_builds_at_once_one_wins(toy: Workspace) -> None:
    results: list[Any] = []
    inside = threading.Event()

    def build(shop: Workspace, wait: bool) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if wait:
                inside.set()
                proceed.wait(30)

        try:
            results.append(shop.build(progress).name)
        except BusyError as error:
            results.append(error.code)

    proceed = threading.Event()
    with Workspace.open(toy.folder) as other:
        first = threading.Thread(target=build, args=(toy, True))
        first.start()
        assert inside.wait(30)
        build(other, False)
        proceed.set()
        first.join()
    assert results == ["busy", "000002"]


def test_pruning_keeps_the_current_bundle_and_the_newest(tmp_path: Path) -> None:
    with make(tmp_path / "shop", [item("a", "lamp")]) as shop:
        for _ in range(KEEP + 2):
            last = shop.build().name
        names = sorted(path.name for path in shop.bundles.iterdir() if path.is_dir())
        assert len(names) == KEEP + 1
        assert names[-1] == last == manifest.get_current(shop.bundles).name
        assert shop.search("lamp").bundle == last


def test_an_engine_over_a_pruned_bundle_still_answers(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), toy_events()) as shop:
        engine = shop.engine()
        before = shop.search("tent kayak"), shop.recommend("ua00")
        shutil.rmtree(shop.bundles / "000001")
        assert engine.answer(Request(query="tent kayak")).items == before[0].items
        assert engine.answer(Request(user="ua00")).items == before[1].items


def test_who_reads_during_builds_sees_old_then_new_and_no_error(toy: Workspace) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: list[list[tuple[str, tuple[str, ...]]]] = []

    def read() -> None:
        mine: list[tuple[str, tuple[str, ...]]] = []
        seen.append(mine)
        while not stop.is_set():
            try:
                page = toy.search("tent kayak")
                mine.append((page.bundle, page.items))
                assert toy.recommend("ua00").items
                assert toy.similar("a2").items
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            toy.put([item(f"k{number}", "Inflatable kayak")])
            toy.build()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    for mine in seen:
        # From the first look at a number of kayaks on there are never fewer, whatever bundle answers.
        counts = [len(items) for _, items in mine]
        assert counts == sorted(counts)
    assert toy.search("tent").bundle == "000004"
    assert set(toy.search("kayak").items) == {"k0", "k1", "k2"}


def test_policy_changes_without_a_build(toy: Workspace) -> None:
    path = toy.folder / FILE_NAME
    path.write_text(
        path.read_text("utf-8") + '\n[[policy.rules]]\naction = "pin"\nquery = "stove"\nitems = ["b4"]\n', "utf-8"
    )
    assert toy.search("stove").items == ("a3", "b4")
    with Workspace.open(toy.folder) as again:
        page = again.search("stove")
        assert (page.items, page.bundle) == (("b4", "a3"), "000001")


def test_a_bundle_keeps_its_words_when_the_analysis_changes(toy: Workspace) -> None:
    path = toy.folder / FILE_NAME
    path.write_text(path.read_text("utf-8") + '\n[text]\nstop_words = ["tent"]\n', "utf-8")
    with Workspace.open(toy.folder) as again:
        assert set(again.search("tent knife").items) == {"a1", "b1"}
        again.build()
        assert again.search("tent knife").items == ("b1",)


def test_the_folder_can_be_moved(toy: Workspace, tmp_path: Path) -> None:
    toy.close()
    shutil.move(toy.folder, tmp_path / "elsewhere")
    with Workspace.open(tmp_path / "elsewhere") as moved:
        assert moved.search("tent").items == ("a1",)
        assert moved.build().name == "000002"


def test_the_same_truth_gives_the_same_bundle(still_toy: Workspace, tmp_path: Path) -> None:
    with copy(still_toy.folder, tmp_path / "one") as one, copy(still_toy.folder, tmp_path / "two") as two:
        first, second = one.build(), two.build()
        assert first.metrics == second.metrics
        for user in ("ua00", "ub07", "nobody"):
            assert one.recommend(user).hits == two.recommend(user).hits
        assert (first.folder / "fusion.json").read_text() == (second.folder / "fusion.json").read_text()


def test_judgments_of_items_and_queries_that_are_not_there(tmp_path: Path) -> None:
    queries = [Query("q1", "tent"), Query("q2", "knife"), Query("q3", "teapot")]
    judgments = [
        Judgment("q1", "a1", 1.0),
        Judgment("q1", "ghost", 2.0),
        Judgment("q2", "b1", 0.0),
        Judgment("nobody-asked", "a1", 1.0),
    ]
    with make(tmp_path / "shop", toy_items(), toy_events(), queries, judgments) as shop:
        figures = shop.metrics()["search"]["systems"]["soutui"]
        assert 0 < figures["ndcg@10"] < 1
        assert shop.search("tent").items == ("a1",)


def test_stale_leavings_are_removed(toy: Workspace) -> None:
    for name in (".building-000002", ".building-999999"):
        (toy.bundles / name / "items").mkdir(parents=True)
        (toy.bundles / name / "items" / "x.npy").write_bytes(b"x")
    assert toy.build().name == "000002"
    assert not list(toy.bundles.glob(".building-*"))


def test_progress_is_told_and_ends_where_it_said(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    with make(tmp_path / "shop", toy_items(), toy_events(), build=False) as shop:
        shop.build(lambda stage, done, total: told.setdefault(stage, []).append((done, total)))
    assert {"items", "words", "figures"} <= set(told)
    for stage, steps in told.items():
        assert all(0 <= done <= total for done, total in steps), stage
        assert steps[-1][0] == steps[-1][1], stage


def test_a_build_reuses_the_vectors_of_unchanged_texts(full_folder: Path, tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), encoder={"model": "default"}, build=False) as shop:
        built = shop.build()
        assert (built.encoded, built.reused) == (10, 0)
        shop.load([item("new", "A new lamp"), item("a1", "A changed tent")])
        built = shop.build()
        assert (built.encoded, built.reused) == (2, 9)
        # Whoever puts an item encodes it, so that neither the next reader nor a build need to.
        shop.put([item("newer", "A newer lamp")])
        built = shop.build()
        assert (built.encoded, built.reused) == (0, 12)


def test_the_cache_of_vectors_may_be_deleted(full_copy: Workspace) -> None:
    full_copy.close()
    for left in full_copy.folder.glob("vectors.db*"):
        left.unlink()
    with Workspace.open(full_copy.folder) as again:
        assert again.search("lamp").hits
        again.put([item("new", "A new lamp")])
        assert "new" in again.search("a lamp").items


def test_other_encoder_settings_make_another_bundle(full_copy: Workspace) -> None:
    path = full_copy.folder / FILE_NAME
    settings = Settings.load(path).as_dict()
    settings["encoder"]["model"] = "none"
    path.write_text(Settings.from_dict(settings).to_toml(), "utf-8")
    with Workspace.open(full_copy.folder) as plain:
        assert plain.search("noise cancelling headphones").hits[0].reasons
        plain.build()
        page = plain.search("noise cancelling headphones")
        assert {reason.source for hit in page.hits for reason in hit.reasons} == {"lexical"}
        assert not (plain.bundles / "000002" / "encoder").exists()
        plain.record([event("nobody", "tent-01", 2e9)])
        assert plain.recommend("nobody").hits
