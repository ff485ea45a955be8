"""What every store promises, whichever database is behind it."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from soutui.data.schema import Event, Item, Judgment, Query, User
from soutui.errors import DataError, NotFoundError, UsageError
from soutui.store import BundleRow, Changes, Recorded, Store, Written

LAMP = Item(
    "lamp",
    "Tischlampe 台灯",
    {"description": "Warm light, 暖光", "brand": "Kibo"},
    {"price": 19.5, "colour": ("red", "蓝"), "new": True, "stock": 3},
    "lamp.jpg",
    False,
)
FULL = Event("e1", "rating", "lamp", "ann", "s1", 1.5e9, 3.0, 4.5, "台灯 lamp", 2)
BARE = Event("e2", "click", "lamp", session="s2")


def click(identity: str, user: str = "ann", item: str = "lamp", time: float | None = None) -> Event:
    return Event(identity, "click", item, user, time=time)


def test_everything_comes_back_as_it_went_in(store: Store) -> None:
    users = [User("ann", {"age": 30, "likes": ("tea", "茶")}), User("bob")]
    queries = [Query("q1", "lamp"), Query("q2", "台灯")]
    judgments = [Judgment("q1", "lamp", 1.0, "train"), Judgment("q2", "lamp", 0.5)]
    assert store.put_items([LAMP]) == Written(1, 0, 1)
    assert store.put_users(users).written == 2
    assert store.put_queries(queries).written == 2
    assert store.put_judgments(judgments).written == 2
    assert store.record([FULL, BARE]) == Recorded(2, 0, 9)
    assert store.get_item("lamp") == LAMP
    assert store.changes(0) == Changes((LAMP,), (), (FULL, BARE), 9)
    with store.snapshot() as look:
        assert look.seq == store.latest() == 9
        assert list(look.items()) == [LAMP]
        assert list(look.users()) == users
        assert list(look.queries()) == queries
        assert list(look.judgments()) == judgments
        table = look.event_columns()
    assert table.seq.tolist() == [8, 9]
    assert [table.user[0], table.session[0], table.item[0], table.kind[0], table.query[0]] == [
        "ann", "s1", "lamp", "rating", "台灯 lamp",
    ]  # fmt: skip
    assert [table.time[0], table.order[0], table.value[0], table.position[0]] == [1.5e9, 3.0, 4.5, 2]
    assert table.user[1] == table.query[1] == ""
    assert np.isnan([table.time[1], table.order[1], table.value[1]]).all()
    assert table.position[1] == 0
    assert table.item[0] is table.item[1]


def test_putting_the_same_again_changes_nothing(store: Store) -> None:
    store.put_items([LAMP, Item("rug")])
    assert store.put_items([LAMP, Item("rug", "Rug")]) == Written(1, 1, 3)
    turned = Item("lamp", LAMP.title, LAMP.texts, dict(reversed(LAMP.attributes.items())), LAMP.image, LAMP.available)
    assert store.put_items([turned]) == Written(0, 1, 3)
    assert store.latest() == 3
    store.put_users([User("ann", {"age": 1})])
    assert store.put_users([User("ann", {"age": 1})]) == Written(0, 1, 4)
    assert store.put_users([User("ann", {"age": 2})]) == Written(1, 0, 5)
    store.put_queries([Query("q", "lamp")])
    assert store.put_queries([Query("q", "lamp"), Query("q", "rug")]) == Written(1, 1, 7)
    store.put_judgments([Judgment("q", "lamp", 1), Judgment("q", "rug", 0)])
    assert store.put_judgments([Judgment("q", "lamp", 1), Judgment("q", "rug", 2, "test")]) == Written(1, 1, 10)
    with store.snapshot() as look:
        assert [(j.item, j.grade, j.split) for j in look.judgments()] == [("lamp", 1.0, ""), ("rug", 2.0, "test")]


def test_counts_are_as_if_each_row_came_alone(store: Store) -> None:
    rows = [Item("a", "1"), Item("b"), Item("a", "2"), Item("a", "2"), Item("a", "1")]
    assert store.put_items(rows) == Written(4, 1, 4)
    assert store.get_item("a") == Item("a", "1")
    # "a" came first and keeps its place, though its last change is the newest.
    with store.snapshot() as look:
        assert [item.id for item in look.items()] == ["a", "b"]
    assert [item.id for item in store.changes(0).items] == ["b", "a"]


def test_a_deleted_item_leaves_a_tombstone(store: Store) -> None:
    store.put_items([LAMP, Item("rug"), Item("cup")])
    assert store.delete_items(["rug", "nothing", "rug"]) == Written(1, 1, 4, unknown=1)
    assert store.get_item("rug") is None
    assert store.changes(3) == Changes((), ("rug",), (), 4)
    with store.snapshot() as look:
        assert [item.id for item in look.items()] == ["lamp", "cup"]
        assert look.count_items() == 2
    assert store.counts()["deleted"] == 1
    # Back again, with the same contents: a change, at its old place.
    assert store.put_items([Item("rug")]) == Written(1, 0, 5)
    assert store.changes(4) == Changes((Item("rug"),), (), (), 5)
    with store.snapshot() as look:
        assert [item.id for item in look.items()] == ["lamp", "rug", "cup"]


def test_recording_twice_changes_nothing(store: Store) -> None:
    first = store.record([click("a"), click("b"), click("a", user="bob")])
    assert first == Recorded(2, 1, 2)
    assert store.record([click("b"), click("c")]) == Recorded(1, 1, 3)
    assert [event.id for event in store.changes(0).events] == ["a", "b", "c"]
    assert store.changes(0).events[0].user == "ann"
    many = [click(f"m{i}") for i in range(50)]
    assert store.record(many) == Recorded(50, 0, 53)
    assert store.record([*many, click("a")]) == Recorded(0, 51, 53)


def test_long_writes_are_cut_and_lose_nothing(store: Store) -> None:
    wanted = [Item(f"i{n}") for n in range(6_000)]
    assert store.put_items(iter(wanted)) == Written(6_000, 0, 6_000)
    assert store.put_items(iter(wanted)) == Written(0, 6_000, 6_000)
    assert store.record(click(f"e{n}") for n in range(21_000)) == Recorded(21_000, 0, 27_000)
    assert store.delete_items(item.id for item in wanted) == Written(6_000, 0, 33_000)
    with store.snapshot() as look:
        assert (look.count_items(), look.count_events()) == (0, 21_000)


def test_nothing_to_write(store: Store) -> None:
    store.put_items([LAMP])
    assert store.put_items([]) == store.delete_items([]) == Written(0, 0, 1)
    assert store.record([]) == Recorded(0, 0, 1)
    assert not store.changes(1)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Event("", "click", "lamp", "ann"), "empty id"),
        (Event("e", "click", "", "ann"), "an event's item"),
        (Event("e", "click", "lamp"), "neither a user nor a session"),
        (Event("e", "glance", "lamp", "ann"), "of kind 'glance'"),  # type: ignore[arg-type]
        (Event(7, "click", "lamp", "ann"), "ids are text"),  # type: ignore[arg-type]
        (Event("e\0", "click", "lamp", "ann"), "NUL"),
        (Event("\ud800", "click", "lamp", "ann"), "Unicode"),
        (Event("e", "click", "lamp", "\ud800"), "cannot hold"),
        (Event("e", "click", "lamp", "ann", position=1 << 70), "cannot hold"),
    ],
)
@pytest.mark.parametrize("count", [1, 5])
def test_an_event_that_cannot_be_stored_is_refused_whole(store: Store, event: Event, says: str, count: int) -> None:
    with pytest.raises(DataError, match=says):
        store.record([*(click(f"good{i}") for i in range(count - 1)), event])
    assert store.latest() == 0
    assert store.record([click("after")]).accepted == 1


def test_items_that_cannot_be_stored_are_refused(store: Store) -> None:
    for bad in (
        Item(""),
        Item("x", attributes={"a": object()}),  # type: ignore[dict-item]
        Item("x", texts={"a": "\ud800"}),
        Item("x", "\ud800"),
    ):
        with pytest.raises(DataError):
            store.put_items([LAMP, bad])
    with pytest.raises(DataError, match="is nan"):
        store.put_judgments([Judgment("q", "lamp", math.nan)])
    assert store.latest() == 0


def test_a_value_that_only_some_databases_take_is_kept_or_refused(store: Store) -> None:
    zero = Item("x", "a\0b")
    try:
        store.put_items([zero])
    except DataError:
        assert store.latest() == 0
    else:
        assert store.get_item("x") == zero


def test_not_a_number_is_stored_as_absent(store: Store) -> None:
    store.put_items([Item("x", attributes={"price": math.nan, "brand": "Kibo"})])
    store.record([Event("e", "rating", "x", "ann", value=math.nan, time=math.nan)])
    assert store.get_item("x") == Item("x", attributes={"brand": "Kibo"})
    assert store.history("ann", 1) == [Event("e", "rating", "x", "ann")]


def test_history_is_most_recent_first(store: Store) -> None:
    store.record(
        [
            click("old", time=10.0),
            click("undated"),
            click("new", time=30.0),
            click("tie", time=30.0),
            click("other", user="bob", time=99.0),
            click("middle", time=20.0),
        ]
    )
    assert [event.id for event in store.history("ann", 10)] == ["tie", "new", "middle", "old", "undated"]
    assert [event.id for event in store.history("ann", 2)] == ["tie", "new"]
    assert store.history("nobody", 5) == []


def test_changes_come_in_pages(store: Store) -> None:
    for n in range(10):
        store.put_items([Item(f"i{n}")])
        store.record([click(f"e{n}")])
    store.delete_items(["i3"])
    items: list[str] = []
    events: list[str] = []
    since, pages = 0, 0
    while True:
        page = store.changes(since, max_rows=3)
        assert len(page.items) + len(page.deleted) + len(page.events) <= 3
        items += [item.id for item in page.items] + [f"-{identity}" for identity in page.deleted]
        events += [event.id for event in page.events]
        since, pages = page.seq, pages + 1
        if not page.more:
            break
    assert since == store.latest() == 21
    assert pages == 7
    assert items == [*(f"i{n}" for n in range(10) if n != 3), "-i3"]
    assert events == [f"e{n}" for n in range(10)]
    part = store.changes(2, until=6)
    assert ([item.id for item in part.items], [event.id for event in part.events], part.seq) == (
        ["i1", "i2"],
        ["e1", "e2"],
        6,
    )
    assert store.changes(21) == store.changes(21, until=5) == Changes((), (), (), 21)
    assert store.changes(40).seq == 40
    with pytest.raises(UsageError):
        store.changes(0, max_rows=0)


def test_a_snapshot_stays_as_it_is(store: Store) -> None:
    store.put_items([LAMP])
    store.record([click("a")])
    with store.snapshot() as look:
        store.put_items([Item("rug")])
        store.record([click("b")])
        store.delete_items(["lamp"])
        assert [item.id for item in look.items()] == ["lamp"]
        assert len(look.event_columns()) == look.count_events() == 1
        assert look.seq == 2 < store.latest() == 5
    with store.snapshot() as look:
        assert look.event_columns(since=2).seq.tolist() == [4]


def test_errors_of_the_reader_pass_through_a_snapshot(store: Store) -> None:
    with pytest.raises(OverflowError), store.snapshot():
        raise OverflowError("not the store's")
    for ask in (store.get_item, store.history):
        with pytest.raises(DataError, match="Unicode"):
            ask("\ud800")


def test_the_change_feed_equals_a_dict(store: Store) -> None:
    random_ = random.Random(5)
    items: dict[str, Item] = {}
    born: list[str] = []
    events: dict[str, Event] = {}
    mirror: dict[str, Item] = {}
    log: list[str] = []
    since = 0
    for _ in range(150):
        ids = [f"i{random_.randrange(12)}" for _ in range(random_.randrange(5))]
        act = random_.random()
        if act < 0.4:
            rows = [Item(identity, random_.choice("ab")) for identity in ids]
            written = 0
            for row in rows:
                written += items.get(row.id) != row
                items[row.id] = row
                if row.id not in born:
                    born.append(row.id)
            outcome = store.put_items(rows)
            assert (outcome.written, outcome.unchanged) == (written, len(rows) - written)
        elif act < 0.6:
            gone = sum(items.pop(identity, None) is not None for identity in ids)
            assert store.delete_items(ids).written == gone
        elif act < 0.9:
            happened = [click(f"e{random_.randrange(200)}", user=random_.choice("xy")) for _ in ids]
            new = 0
            for event in happened:
                new += event.id not in events
                events.setdefault(event.id, event)
            assert store.record(happened).accepted == new
        else:
            more = True
            while more:
                page = store.changes(since, max_rows=random_.randrange(1, 9))
                mirror.update({item.id: item for item in page.items})
                for identity in page.deleted:
                    mirror.pop(identity, None)
                log += [event.id for event in page.events]
                since, more = page.seq, page.more
            assert mirror == items
            assert log == list(events)
    with store.snapshot() as look:
        assert list(look.items()) == [items[identity] for identity in born if identity in items]
        assert look.event_columns().user.tolist() == [event.user for event in events.values()]


def test_the_registry(store: Store) -> None:
    old = BundleRow("b1", 1.0, 7, "current", {"ndcg@10": 0.5})
    new = BundleRow("b2", 2.0, 9, "candidate")
    store.add_bundle(old)
    store.add_bundle(new)
    assert store.list_bundles() == [new, old]
    store.set_bundle_state("b2", "current")
    store.add_bundle(BundleRow("b1", 1.0, 7, "retired"))
    assert [(bundle.name, bundle.state, bundle.metrics) for bundle in store.list_bundles()] == [
        ("b2", "current", {}),
        ("b1", "retired", {}),
    ]
    with pytest.raises(NotFoundError):
        store.set_bundle_state("b3", "current")
    with pytest.raises(UsageError):
        store.add_bundle(BundleRow("", 1.0, 7, "x"))


def test_notes_and_counts(store: Store) -> None:
    assert store.get_meta("imported") is None
    store.set_meta("imported", "yesterday")
    store.set_meta("imported", "today")
    assert store.get_meta("imported") == "today"
    store.put_items([LAMP])
    counts = store.counts()
    counts.pop("bytes", None)
    assert counts.pop("items") == counts.pop("seq") == 1
    assert set(counts) == {"deleted", "users", "ties", "events", "queries", "judgments", "texts", "bundles"}
    assert not any(counts.values())
    assert store.check() == []


def test_a_closed_store_says_so(url: str) -> None:
    store = Store.open(url, create=True)
    store.record([click("a")])
    store.close()
    store.close()
    with pytest.raises(UsageError, match="closed"):
        store.record([click("b")])
    with pytest.raises(UsageError, match="closed"):
        store.latest()
    with Store.open(url) as again:
        assert again.record([click("a")]) == Recorded(0, 1, 1)
