"""Exports: what goes out comes back, the folder is whole or absent, what a format cannot hold is counted."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soutui.data import layouts
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Judgment, LabelledText, Query, Tie, User
from soutui.errors import DataError, ResourceError, UsageError
from soutui.export import Exported, export
from soutui.store import Store

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3",
    "\u202eright to left\u202c",
    "🥾 hiking 靴子",
    'a "quoted" word',
    "'; DROP TABLE items; --",
    "<script>alert(1)</script>",
    "zero\u200bwidth\u2028line",
]
ROLES = ("items", "users", "events", "ties", "queries", "judgments", "texts")


def silent(stage: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "soutui.db", create=True) as opened:
        yield opened


def fill(store: Store) -> None:
    store.put_items(
        [
            Item("i1", "Red mug", {"text": "A mug."}, {"price": 3.5, "new": True, "colour": ("red", "blue")}, "a.jpg"),
            Item(
                "i2",
                "007",
                {"answer": "In time.", "text": "Two\nlines"},
                {"colour": "red", "code": "007", "size": 12.0},
            ),
            Item("i3", "", {}, {"size": "XL", "new": "no"}, "", False),
            *(Item(f"h{n}", text, {"text": text}, {"brand": text}) for n, text in enumerate(HOSTILE)),
        ]
    )
    store.put_users([User("u1", {"age": 30.0, "vip": False}), User("u2"), User("u3", {"tags": ("a b", "c")})])
    store.record(
        [
            Event("e1", "click", "i1", "u1", "s1", 1700000000.5, None, None, "red\tmug", 3),
            Event("e2", "rating", "i2", "u2", time=1700000001.0, value=4.5),
            Event("e3", "purchase", "i1", session="s9", order=2.0, value=19.9),
            Event("e4", "impression", "i3", "=cmd", time=5.0),
        ]
    )
    store.put_ties([Tie("u1", "u2"), Tie("u2", "u1", "follows", 0.5)])
    store.put_queries([Query("q1", "red mug"), Query("q2", "=HYPERLINK()")])
    store.put_judgments(
        [Judgment("q1", "i1", 2.0, "train"), Judgment("q1", "i2", 0.5, "valid"), Judgment("q2", "i1", 1.0, "test")]
    )
    store.put_texts(
        [
            LabelledText("t1", "good", {"stars": "5"}, "", "reviews", "train"),
            LabelledText("t2", "hi", {"intent": "greet", "stars": "1"}, "hello"),
            LabelledText("t3", "none"),
        ]
    )


def records(store: Store) -> dict[str, list[Any]]:
    with store.snapshot() as snapshot:
        return {role: sorted(getattr(snapshot, role)(), key=repr) for role in ROLES}


def back(tmp_path: Path, layout: str, folder: Path) -> dict[str, list[Any]]:
    """The records of a folder after an import."""
    with Store.open(tmp_path / f"{layout}-back.db", create=True) as other, Quarantine(tmp_path / "q") as quarantine:
        found = layouts.load(layout, folder, quarantine)
        other.put_items(found.items)
        other.put_users(found.users)
        other.record(found.events)
        other.put_ties(found.ties)
        other.put_queries(found.queries)
        other.put_judgments(found.judgments)
        other.put_texts(found.texts)
        assert quarantine.count == 0
        assert quarantine.notes == {}
        return records(other)


def write(store: Store, folder: Path, form: str, **options: Any) -> Exported:
    return export(store, folder, form, progress=silent, **options)


def test_parquet_holds_everything(store: Store, tmp_path: Path) -> None:
    fill(store)
    done = write(store, tmp_path / "out", "parquet")
    assert done.written == {
        "items": 3 + len(HOSTILE),
        "users": 3,
        "events": 4,
        "ties": 2,
        "queries": 2,
        "judgments": 3,
        "texts": 3,
    }
    assert (done.left_out, done.changed) == ({}, {})
    assert back(tmp_path, "parquet", tmp_path / "out") == records(store)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["out"]


_NAMES = st.sampled_from(["a", "b", "text", "名 字", "x:y", "title"])
_WORDS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
    .map(str.strip)
    .filter(
        lambda word: (
            word.lower()
            not in {"", "nan", "null", "none", "n/a", "na", "nil", "-", "--", "—", "?", "无", "<na>", "\\n"}
            and word.isprintable()
        )
    )
)
_VALUES = (
    _WORDS | st.floats(-1e9, 1e9) | st.booleans() | st.lists(_WORDS, min_size=1, max_size=3, unique=True).map(tuple)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bags=st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), min_size=1, max_size=8))
def test_parquet_keeps_every_kind_of_value(
    bags: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("kinds")
    with Store.open(place / "soutui.db", create=True) as store:
        store.put_items(Item(f"i{n}", "t", {}, bag) for n, bag in enumerate(bags))
        done = write(store, place / "out", "parquet")
        if not done.changed:  # four kinds under one name
            assert back(place, "parquet", place / "out")["items"] == records(store)["items"]


def test_a_name_of_four_kinds(store: Store, tmp_path: Path) -> None:
    values: list[Any] = ["x", 1.0, True, ("p", "q"), 2.0, ("r",), False, False]
    store.put_items(Item(f"i{n}", "", {}, {"v": value}) for n, value in enumerate(values))
    done = write(store, tmp_path / "out", "parquet")
    assert list(done.changed.values()) == [2]
    found = [item.attributes["v"] for item in back(tmp_path, "parquet", tmp_path / "out")["items"]]
    changed = [(new, old) for new, old in zip(found, values, strict=True) if new != old]
    assert len(changed) == 2
    assert all(isinstance(new, str) for new, _ in changed)


def test_parquet_files_are_what_others_expect(store: Store, tmp_path: Path) -> None:
    store.put_items([Item("a", "bell \x07 and\ttab\nline", {}, {"n": 2**60})])
    store.record(Event(f"e{n}", "click", "a", f"u{n}") for n in range(50_000))
    write(store, tmp_path / "out", "parquet")
    table = pq.read_table(tmp_path / "out" / "items.parquet")
    assert table["title"].to_pylist() == ["bell \x07 and\ttab\nline"]
    events = pq.ParquetFile(tmp_path / "out" / "events.parquet")
    assert (events.metadata.num_rows, events.metadata.num_row_groups) == (50_000, 3)
    assert not (tmp_path / "out" / "users.parquet").exists()


def test_beir(store: Store, tmp_path: Path) -> None:
    fill(store)
    done = write(store, tmp_path / "out", "beir")
    assert done.left_out == {"events": 4, "users": 3, "ties": 2, "texts": 3}
    assert list(done.changed.values()) == [2]  # the two texts of i2
    assert sorted(path.name for path in (tmp_path / "out" / "qrels").iterdir()) == ["dev.tsv", "test.tsv", "train.tsv"]
    assert (tmp_path / "out" / "qrels" / "dev.tsv").read_text() == "query-id\tcorpus-id\tscore\nq1\ti2\t0.5\n"
    found, wanted = back(tmp_path, "beir", tmp_path / "out"), records(store)
    assert (found["queries"], found["judgments"]) == (wanted["queries"], wanted["judgments"])
    joined = {"text": "In time.\nTwo\nlines"}
    assert found["items"] == [replace(one, texts=joined) if one.id == "i2" else one for one in wanted["items"]]


def test_beir_ids_and_splits_that_do_not_fit(store: Store, tmp_path: Path) -> None:
    store.put_items([Item("a\tb"), Item("c d")])
    store.put_queries([Query("q", "x")])
    store.put_judgments([Judgment("q", "a\tb", 1.0), Judgment("q", "c d", 1.0)])
    done = write(store, tmp_path / "out", "beir")
    assert done.written["judgments"] == 1
    assert done.left_out == {"judgments of an id with a tab or a line break": 1}
    assert done.changed == {"judgments without a split: in qrels/all.tsv": 1}
    assert back(tmp_path, "beir", tmp_path / "out")["judgments"] == [Judgment("q", "c d", 1.0)]


def test_recbole(store: Store, tmp_path: Path) -> None:
    fill(store)
    folder = tmp_path / "my shop"
    done = write(store, folder, "recbole")
    assert sorted(path.name for path in folder.iterdir()) == [
        "export.json",
        "my_shop.inter",
        "my_shop.item",
        "my_shop.net",
        "my_shop.user",
    ]
    assert done.left_out == {
        "queries of events": 1,
        "positions of events": 1,
        "orders of events": 1,
        "values of events that are no ratings": 1,
        "kinds and weights of ties": 1,
        "queries": 2,
        "judgments": 3,
        "texts": 3,
    }
    # i1's truth value, u1's; "Two\nlines"; "a b" in a list; i2's single colour; i2's size beside i3's; answer; i3 away.
    assert sum(done.changed.values()) == 8
    found, wanted = back(tmp_path, "recbole", folder), records(store)
    plain = {"id": "", "order": None, "query": "", "position": None}

    def kept(events: list[Event]) -> list[Event]:
        return [replace(one, value=one.value if one.kind == "rating" else None, **plain) for one in events]

    assert sorted(kept(found["events"]), key=repr) == sorted(kept(wanted["events"]), key=repr)
    assert {(one.user, one.other) for one in found["ties"]} == {("u1", "u2"), ("u2", "u1")}
    items = {one.id: one for one in found["items"]}
    assert {one.id: (one.title, one.image) for one in wanted["items"]} == {
        one: (item.title, item.image) for one, item in items.items()
    }
    assert items["i1"].attributes == {"price": 3.5, "new": "true", "colour": ("red", "blue")}
    assert items["i2"].texts == {"text": "Two lines"}
    assert items["i2"].attributes == {"answer": "In time.", "colour": ("red",), "code": "007", "size": "12"}
    assert [items[f"h{n}"].texts["text"] for n in range(len(HOSTILE))] == HOSTILE
    assert {one.id: dict(one.attributes) for one in found["users"]} == {
        "u1": {"age": 30.0, "vip": "false"},
        "u2": {},
        "u3": {"tags": ("a_b", "c")},
    }


def test_recbole_separators_and_names(store: Store, tmp_path: Path) -> None:
    attributes = {"a:b": "x", "a_b": "y", "title": "z", "item_id": "w", "n\tl": "v"}
    store.put_items([Item("i", '"open', {"text": "a\tb\r\nc"}, attributes)])
    write(store, tmp_path / "out", "recbole")
    lines = (tmp_path / "out" / "out.item").read_bytes().decode().split("\n")
    assert [line.count("\t") for line in lines] == [7 - 1] * 2 + [0] or len(
        {line.count("\t") for line in lines[:2]}
    ) == 1
    cells = dict(zip(lines[0].split("\t"), lines[1].split("\t"), strict=True))
    assert cells["title:token_seq"] == "'open"
    assert cells["text:token_seq"] == "a b  c"
    assert len(cells) == 3 + len(attributes)
    assert set(cells.values()) == {"i", "'open", "a b  c", "x", "y", "z", "w", "v"}


@pytest.mark.parametrize("form", ["parquet", "beir", "recbole"])
def test_an_empty_shop(store: Store, tmp_path: Path, form: str) -> None:
    assert write(store, tmp_path / "out", form).written == {}
    assert json.loads((tmp_path / "out" / "export.json").read_text())["format"] == form


def test_folders_that_are_in_the_way(store: Store, tmp_path: Path) -> None:
    fill(store)
    out = tmp_path / "deep" / "out"
    write(store, out, "beir")
    with pytest.raises(UsageError, match="earlier export"):
        write(store, out, "beir")
    write(store, out, "parquet", force=True)
    assert (out / "items.parquet").exists()
    assert not (out / "corpus.jsonl").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    write(store, mine, "beir")  # empty
    (mine / "export.json").unlink()
    for force in (False, True):
        with pytest.raises(UsageError, match="no earlier export"):
            write(store, mine, "beir", force=force)
    assert (mine / "corpus.jsonl").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        write(store, tmp_path / "file", "beir", force=True)
    with pytest.raises(DataError, match="cannot write"):
        write(store, tmp_path / "file" / "inside", "beir")
    with pytest.raises(UsageError, match="unknown format"):
        write(store, tmp_path / "new", "csv")


@pytest.mark.parametrize("form", ["parquet", "beir", "recbole"])
def test_a_full_disk_leaves_nothing(store: Store, tmp_path: Path, form: str) -> None:
    fill(store)
    store.put_items(Item(f"n{n}", f"{n * 7919 % 104729:x}" * 40) for n in range(3000))
    write(store, tmp_path / "out", form)
    before = sorted(path.name for path in (tmp_path / "out").iterdir())
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(ResourceError, match="cannot write"):
            write(store, tmp_path / "out", form, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["out"]


def test_what_is_written_meanwhile_is_not_in_it(store: Store, tmp_path: Path) -> None:
    fill(store)

    def late(stage: str, done: int, total: int) -> None:
        store.put_queries([Query(f"late-{stage}", "x")])

    assert export(store, tmp_path / "out", "parquet", progress=late).written["queries"] == 2


def test_progress_is_told(store: Store, tmp_path: Path) -> None:
    fill(store)
    told: list[tuple[str, int, int]] = []
    note: Callable[[str, int, int], None] = lambda *one: told.append(one)  # noqa: E731
    export(store, tmp_path / "out", "beir", progress=note)
    assert told[-1] == ("judgments", 3, 3)
