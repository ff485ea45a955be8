"""The door to everything: making and opening, loading, counting, closing, threads."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from shops import copy, event, item, make, settings, toy_events, toy_items
from soutui.config import FILE_NAME, Settings
from soutui.data.schema import Event, Item, Judgment, Query, User
from soutui.errors import (
    DamagedError,
    DataError,
    NotBuiltError,
    NotFoundError,
    SettingError,
    SoutuiError,
    UsageError,
)
from soutui.filters import AnyOf
from soutui.types import Request
from soutui.workspace import Workspace

# -- making and opening ---------------------------------------------------------------------------------------


def test_create_makes_the_folder_and_open_finds_it(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "shop"
    with Workspace.create(place, settings(policy={"diversity": 0.25})) as shop:
        assert shop.folder == place
        assert sorted(path.name for path in place.iterdir() if "-" not in path.name) == ["soutui.db", FILE_NAME]
    with Workspace.open(str(place)) as again:
        assert again.settings.policy.diversity == 0.25
        assert again.settings.encoder.model == "none"


def test_create_refuses_a_workspace_and_keeps_it(toy: Workspace) -> None:
    before = (toy.folder / FILE_NAME).read_bytes()
    with pytest.raises(UsageError, match="workspace already"):
        Workspace.create(toy.folder)
    assert (toy.folder / FILE_NAME).read_bytes() == before


def test_create_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "shop"):
        with pytest.raises(UsageError, match="cannot be made"):
            Workspace.create(place)
    assert (tmp_path / "file").read_text() == "x"


def test_create_that_fails_leaves_no_half_made_workspace(tmp_path: Path) -> None:
    broken = settings(store={"url": "nosuchdialect://x"})
    with pytest.raises(SoutuiError):
        Workspace.create(tmp_path / "shop", broken)
    with Workspace.create(tmp_path / "shop", settings()) as shop:
        assert shop.store.counts()["items"] == 0


@pytest.mark.parametrize("place", ["nowhere", "."])
def test_open_refuses_what_is_no_workspace(tmp_path: Path, place: str) -> None:
    with pytest.raises(NotFoundError, match="not a workspace"):
        Workspace.open(tmp_path / place)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "wanted"), [("encoder = 3", "encoder"), ("[polcy]\n", "policy"), ("x = [", "TOML"), ("\xff", "TOML")]
)
def test_open_says_what_is_wrong_with_the_settings(tmp_path: Path, text: str, wanted: str) -> None:
    (tmp_path / FILE_NAME).write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingError) as raised:
        Workspace.open(tmp_path)
    assert wanted in raised.value.message + raised.value.hint


def test_open_says_that_the_database_is_damaged(toy: Workspace) -> None:
    toy.close()
    for left in toy.folder.glob("soutui.db-*"):
        left.unlink()
    (toy.folder / "soutui.db").write_bytes(b"this is not a database" * 500)
    with pytest.raises(DamagedError):
        Workspace.open(toy.folder)


def test_the_database_may_be_elsewhere(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'truth.db'}"
    with make(tmp_path / "shop", toy_items(), toy_events(), store={"url": url}) as shop:
        assert shop.search("tent").items == ("a1",)
    assert (tmp_path / "truth.db").is_file()
    assert not (tmp_path / "shop" / "soutui.db").exists()
    with Workspace.open(tmp_path / "shop") as again:
        assert again.status()["truth"]["items"] == 10


def test_a_damaged_cache_of_vectors_is_no_matter(full_copy: Workspace) -> None:
    full_copy.close()
    (full_copy.folder / "vectors.db").write_bytes(b"not a database" * 100)
    with Workspace.open(full_copy.folder) as again:
        again.put([item("new", "A new lamp")])
        assert "new" in again.search("new lamp").items


def test_a_truth_that_ends_before_the_bundle_is_followed_from_there(toy: Workspace) -> None:
    """As after restoring a backup, or deleting the database."""
    toy.close()
    for left in toy.folder.glob("soutui.db*"):
        left.unlink()
    with Workspace.open(toy.folder) as again:
        assert again.search("tent").items == ("a1",)
        again.put([item("k1", "Inflatable kayak")])
        assert again.search("kayak").items == ("k1",)
        again.delete(["a1", "k1"])
        assert again.search("kayak").items == ()


@pytest.mark.parametrize("damage", ["missing", "current"])
def test_the_truth_takes_changes_while_the_bundle_is_damaged(toy: Workspace, damage: str) -> None:
    if damage == "missing":
        (toy.bundles / "000001" / "fusion.json").unlink()
    else:
        (toy.bundles / "current").write_text("000009")
    with Workspace.open(toy.folder) as again:
        assert again.put([item("k1", "Inflatable kayak")]).written == 1
        assert again.record([event("u", "k1", 2e9)]).accepted == 1
        again.build()
        assert again.search("kayak").items == ("k1",)


# -- loading and counting -------------------------------------------------------------------------------------


def test_load_counts_what_is_new(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "shop", settings()) as shop:
        users = [User("ua00", {"city": "Oslo"})]
        queries, judgments = [Query("q1", "tent")], [Judgment("q1", "a1", 2.0)]
        everything = toy_items(), toy_events(), users, queries, judgments
        told: dict[str, tuple[int, int]] = {}
        counts = shop.load(*everything, progress=lambda stage, done, total: told.update({stage: (done, total)}))
        assert counts == {
            "items": 10,
            "users": 1,
            "events": 96,
            "queries": 1,
            "judgments": 1,
            "ties": 0,
            "texts": 0,
        }
        assert told["items"] == (10, 10)
        assert told["events"] == (96, 96)
        assert shop.load(*everything) == dict.fromkeys(counts, 0)
        assert shop.load(items=[item("a1", "Changed"), *toy_items()[1:]])["items"] == 1
        assert shop.load() == dict.fromkeys(counts, 0)


def test_writes_say_what_they_did(toy: Workspace) -> None:
    before = toy.status()["seq"]
    written = toy.put([item("k1", "Kayak"), toy_items()[0]])
    assert (written.written, written.unchanged, written.seq) == (1, 1, before + 1)
    deleted = toy.delete(["k1", "never-was"])
    assert (deleted.written, deleted.unknown) == (1, 1)
    clicked = event("u", "a1", 2e9)
    assert (toy.record([clicked]).accepted, toy.record([clicked]).duplicates) == (1, 1)


def test_records_that_cannot_be_stored_are_refused_whole(toy: Workspace) -> None:
    with pytest.raises(DataError):
        toy.put([item("fine", "Fine"), item("", "No id")])
    assert toy.store.get_item("fine") is None
    with pytest.raises(DataError):
        toy.record([Event("", "click", "a1", "u", time=1.0)])


def test_status(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), toy_events(), build=False) as shop:
        facts = shop.status()
        assert facts["folder"] == str(tmp_path / "shop")
        assert (facts["truth"]["items"], facts["truth"]["events"]) == (10, 96)
        assert "bundle" not in facts
        shop.build()
        facts = shop.status()
        assert facts["changes_since"] == 0
        assert facts["bundle"]["name"] == "000001"
        assert facts["bundle"]["items"] == 10
        on_disk = sum(path.stat().st_size for path in (shop.bundles / "000001").rglob("*") if path.is_file())
        manifest_size = (shop.bundles / "000001" / "manifest.json").stat().st_size
        assert facts["bundle"]["bytes"] == on_disk - manifest_size
        shop.put([item("k1", "Kayak")])
        assert shop.status()["changes_since"] == 1


def test_questions_before_the_first_build(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), build=False) as shop:
        for ask in (
            lambda: shop.search("tent"),
            lambda: shop.recommend("u"),
            lambda: shop.similar("a1"),
            shop.metrics,
            shop.engine,
        ):
            with pytest.raises(NotBuiltError) as raised:
                ask()
            assert "soutui build" in raised.value.hint
        # Changes are taken all the same.
        shop.put([item("k1", "Kayak")])
        shop.record([event("u", "k1", 1e9)])
        shop.build()
        assert shop.search("kayak").items == ("k1",)


def test_the_context_closes_and_closing_twice_is_fine(still_toy: Workspace, tmp_path: Path) -> None:
    with copy(still_toy.folder, tmp_path / "toy") as shop:
        shop.search("tent")
    shop.close()
    with pytest.raises(RuntimeError), copy(still_toy.folder, tmp_path / "toy2"):
        raise RuntimeError


# -- asking ---------------------------------------------------------------------------------------------------


def test_every_question_is_the_same_request(still_toy: Workspace) -> None:
    only = AnyOf("group", ("camping",))
    asked = [
        (
            still_toy.search("stove", user="ua00", filters=only, k=3, offset=0, facets=["brand"]),
            Request(query="stove", user="ua00", filters=only, k=3, facets=("brand",)),
        ),
        (still_toy.recommend("ua00", filters=only, k=3), Request(user="ua00", filters=only, k=3)),
        (still_toy.recommend(history=["a1"], k=3, offset=1), Request(history=("a1",), k=3, offset=1)),
        (still_toy.similar("a1", filters=only, k=3), Request(item="a1", filters=only, k=3)),
    ]
    for page, request in asked:
        answer = still_toy.answer(request)
        assert (page.hits, page.facets, page.note) == (answer.hits, answer.facets, answer.note)


def test_run_answers_many_requests(still_toy: Workspace) -> None:
    run = still_toy.run({"q1": Request(query="stove"), "q2": Request(query="zyzzyva"), "u": Request(user="ua00")})
    assert run["q1"][0] == ("a3", "b4")
    assert run["u"][0] == still_toy.recommend("ua00").items
    assert "q2" not in run or run["q2"][0] == ()


# -- threads --------------------------------------------------------------------------------------------------


def test_many_threads_ask_write_and_reopen_at_once(toy: Workspace) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)
            done.set()

    def read() -> None:
        while not done.is_set():
            assert "a1" in toy.search("tent kayak", k=100).items
            toy.recommend("ua00")

    def write(number: int) -> None:
        for i in range(15):
            name = f"k{number}-{i}"
            toy.put([item(name, f"kayak of {number}")])
            assert name in toy.search("kayak", k=1000).items
            toy.record([event(f"u{number}", name, 2e9 + i)])
            assert name not in toy.recommend(f"u{number}", k=1000).items
            if i % 3 == 0:
                toy.delete([name])
                assert name not in toy.search("kayak", k=1000).items

    readers = [threading.Thread(target=guarded, args=(read,)) for _ in range(3)]
    writers = [threading.Thread(target=guarded, args=(lambda n=n: write(n),)) for n in range(3)]
    for thread in readers + writers:
        thread.start()
    for _ in range(2):
        guarded(toy.build)
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert not failures
    assert len(toy.search("kayak", k=1000).items) == 30


def test_threads_that_ask_first_share_one_engine(toy: Workspace) -> None:
    engines: list[object] = []
    together = threading.Barrier(6)

    def ask() -> None:
        together.wait()
        engines.append(toy.engine())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, engines))) == 1


def test_an_engine_keeps_its_own_text_model(full_copy: Workspace) -> None:
    """One still held while another bundle, with another model or none, has become current."""
    old = full_copy.engine()
    values = full_copy.settings.as_dict()
    values["encoder"]["model"] = "none"
    (full_copy.folder / FILE_NAME).write_text(Settings.from_dict(values).to_toml(), "utf-8")
    full_copy.settings = Settings.from_dict(values)
    full_copy.build()
    assert full_copy.engine().parts.encoder is None
    full_copy.store.put_items([Item("new", "Inflatable canoe", {"text": "Paddle across the lake"})])
    assert old.answer(Request(query="boat for rowing on water", k=3)).items[0] == "new"
