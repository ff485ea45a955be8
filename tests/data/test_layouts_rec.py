"""Public layouts for recommendation: tiny folders made here, and the real sets where they are."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from soutui.data.layouts import Loaded, load
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, LabelledText, Tie
from soutui.errors import DataError

REC = ("amazon", "goodbooks", "hetrec", "microlens", "mind", "minionerec", "recbole")


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def lines(*rows: object) -> str:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)


def read(layout: str, path: Path, quarantine: Quarantine | None = None) -> tuple[Loaded, Quarantine]:
    quarantine = quarantine or Quarantine(None)
    return load(layout, path, quarantine), quarantine


def short(events: object) -> list[tuple[object, ...]]:
    """Kind, user, item and what an event says beyond, without what is empty."""
    assert not isinstance(events, str)
    kept = []
    for event in events:  # type: ignore[attr-defined]
        assert isinstance(event, Event)
        further = (event.session, event.time, event.order, event.value, event.position)
        kept.append((event.kind, event.user, event.item, *(one for one in further if one not in ("", None))))
    return kept


def test_amazon_2018(tmp_path: Path) -> None:
    review = {"overall": 5.0, "reviewerID": "A1", "asin": "B1", "unixReviewTime": 1529193600, "summary": "Five Stars"}
    write(
        tmp_path / "Gift_Cards_5.json.gz",
        lines(
            {**review, "reviewText": "Great <br /> gift &amp; card"},
            {**review, "overall": 2.0, "asin": "B9", "reviewText": ""},
            {**review, "reviewText": "Great <br /> gift &amp; card"},  # the same again: two sizes of one thing
            {**review, "overall": "bad"},
            {**review, "reviewerID": None},
            "{broken",
        ),
    )
    meta = {"asin": "B1", "title": "Caf\u00e9 &amp; <b>Co</b>", "price": "$12.99", "also_buy": ["B2"], "brand": "Kibo"}
    write(
        tmp_path / "meta_Gift_Cards.json.gz",
        lines(
            {
                **meta,
                "description": ["One <i>two</i>", "three<!-- four --><style>p{}</style>"],
                "feature": ["Light"],
                "category": ["Gift Cards", "Gift Cards", "Food</span>"],
                "main_cat": '<img src="x" alt="Amazon Fashion" />',
                "imageURL": ["http://a/1.jpg", "http://a/2.jpg"],
            },
            {"asin": "B2", "title": "var aPageStart = (new Date()).getTime();", "price": "$3.00 - $5.50"},
            {"asin": "B3", "title": "T", "price": ".a-box{}"},
            {"asin": "B3", "title": "other"},
            {"asin": "", "title": "none"},
        ),
    )
    write(tmp_path / "package.json", '{"name": "not a data set"}')
    loaded, quarantine = read("amazon", tmp_path)
    for _ in range(2):  # everything may be iterated again
        assert list(loaded.items) == [
            Item(
                "B1",
                "Café & Co",
                {"features": "Light", "description": "One two three"},
                {
                    "brand": "Kibo",
                    "main_category": "Amazon Fashion",
                    "category": ("Gift Cards", "Food"),
                    "price": 12.99,
                },
                "http://a/1.jpg",
            ),
            Item("B2", "", {}, {"price": 3.0}),
            Item("B3", "T"),
        ]
        events = list(loaded.events)
        assert short(events) == [
            ("rating", "A1", "B1", 1529193600.0, 5.0),
            ("rating", "A1", "B9", 1529193600.0, 2.0),
            ("rating", "A1", "B1", 1529193600.0, 5.0),
        ]
        assert list(loaded.texts) == [
            LabelledText(events[place].id, "Great gift & card", {"stars": "5"}, source="amazon") for place in (0, 2)
        ]
        assert len({event.id for event in events}) == 3
    assert quarantine.reasons == {
        "bad JSON": 1,
        "duplicate id": 1,
        "empty id": 1,
        "nobody": 1,
        "not a finite number": 1,
    }
    assert quarantine.notes == {"value dropped": 1}


def test_amazon_2023_by_file(tmp_path: Path) -> None:
    review = {"user_id": "U1", "parent_asin": "P1", "asin": "C1", "rating": 4.0, "timestamp": 1588687728923}
    write(tmp_path / "Beauty.jsonl", lines({**review, "title": "t", "text": "Nice"}, {**review, "parent_asin": None}))
    write(tmp_path / "Other.jsonl", lines({**review, "user_id": "U2"}))
    picture = {"hi_res": None, "large": "http://a/l.jpg", "thumb": "http://a/t.jpg"}
    meta = {"parent_asin": "P1", "title": "Soap", "main_category": "All Beauty", "store": "Shop", "average_rating": 4.5}
    write(
        tmp_path / "meta_Beauty.jsonl",
        lines({**meta, "rating_number": 7, "price": None, "images": [picture], "details": {"Brand": "Foam", "X": "y"}}),
    )
    loaded, quarantine = read("amazon", tmp_path / "Beauty.jsonl")
    known = {"brand": "Foam", "store": "Shop", "main_category": "All Beauty", "average_rating": 4.5, "rating_number": 7}
    assert list(loaded.items) == [Item("P1", "Soap", {}, known, "http://a/l.jpg")]
    assert short(loaded.events) == [
        ("rating", "U1", "P1", 1588687728.923, 4.0),
        ("rating", "U1", "C1", 1588687728.923, 4.0),
    ]
    assert [(text.text, text.labels) for text in loaded.texts] == [("Nice", {"stars": "4"})]
    assert quarantine.count == 0


def test_amazon_reads_a_category_once(tmp_path: Path) -> None:
    review = {"overall": 5, "reviewerID": "A1", "asin": "B1", "unixReviewTime": 1529193600}
    write(tmp_path / "Toys.json", lines(review, {**review, "reviewerID": "A2"}))
    write(tmp_path / "Toys_5.json", lines(review))
    write(tmp_path / "Books_5.json", lines({**review, "asin": "B7"}))
    loaded, _ = read("amazon", tmp_path)
    assert sorted((event.user, event.item) for event in loaded.events) == [("A1", "B1"), ("A1", "B7"), ("A2", "B1")]
    (core,) = read("amazon", tmp_path / "Toys_5.json")[0].events
    assert core.user == "A1"


def test_recbole(tmp_path: Path) -> None:
    write(
        tmp_path / "set.inter",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\ti1\t4\t978300760\nu1\ti2\tmany\t1\nu1\ti2\n",
    )
    write(
        tmp_path / "set.item.gz",
        "\ufeffitem_id:token\tmovie_title:token_seq\tclass:token_seq\tyear:float\tbrand:token\tvector:float_seq\n"
        "i1\tToy Story\tComedy Drama\t1995\tP\t0.1 0.2\n"
        "i2\tCaf\u00e9\t'Sci-Fi', 'Film Noir'\t\t\t\ni1\ttwice\t\t\t\t\n",
    )
    write(tmp_path / "set.user", "user_id:token\tage:float\tjob:token\nu1\t24\twriter\n")
    write(tmp_path / "set.net", "source_id:token\ttarget_id:token\nu1\tu2\n\tu2\n")
    write(tmp_path / "set.kg", "head_id:token\trelation_id:token\ttail_id:token\na\tb\tc\n")
    loaded, quarantine = read("recbole", tmp_path)
    assert list(loaded.items) == [
        Item("i1", "Toy Story", {}, {"class": ("Comedy", "Drama"), "year": 1995.0, "brand": "P"}),
        Item("i2", "Café", {}, {"class": ("Sci-Fi", "Film Noir")}),
    ]
    assert short(loaded.events) == [("rating", "u1", "i1", 978300760.0, 4.0)]
    assert [(user.id, user.attributes) for user in loaded.users] == [("u1", {"age": 24.0, "job": "writer"})]
    assert list(loaded.ties) == [Tie("u1", "u2")]
    assert quarantine.reasons == {"duplicate id": 1, "nobody": 1, "not a finite number": 1, "ragged row": 1}


def test_recbole_histories_from_parts(tmp_path: Path) -> None:
    header = "user_id:token\titem_id_list:token_seq\titem_id:token\n"
    write(tmp_path / "set.train.inter", header + "u1\ta\tb\nu1\ta b\tc\nu2\tx\ty\n")
    write(tmp_path / "set.valid.inter", header + "u1\tb c\td\n")
    write(tmp_path / "set.test.inter.gz", header + "u1\tc d\te\nu2\ty\t\nu3\t\t\n\tx\ty\n")
    loaded, quarantine = read("recbole", tmp_path)
    assert short(loaded.events) == [
        *(("click", "u1", item, float(order)) for order, item in enumerate("abcde")),
        ("click", "u2", "x", 0.0),
        ("click", "u2", "y", 1.0),
    ]
    assert quarantine.reasons == {"empty item": 1, "nobody": 1}


def test_recbole_kinds(tmp_path: Path) -> None:
    write(tmp_path / "a" / "s.inter", "user_id:token\tartist_id:token\tweight:float\nu\ti\t12\n")
    write(tmp_path / "b" / "s.inter", "session_id:token\titem_id:token\tlabel:float\ns\ti\t1\ns\tj\t0\ns\tk\t7\n")
    assert short(read("recbole", tmp_path / "a")[0].events) == [("view", "u", "i", 12.0)]
    loaded, quarantine = read("recbole", tmp_path / "b")
    assert short(loaded.events) == [("click", "", "i", "s"), ("impression", "", "j", "s")]
    assert quarantine.reasons == {"unknown kind": 1}


def test_recbole_says_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path / "one.inter", "user_id:token\titem_id:token\nu\ti\n")
    write(tmp_path / "two.inter", "user_id\titem_id\nu\ti\n")
    with pytest.raises(DataError, match="several data sets: one, two"):
        read("recbole", tmp_path)
    assert short(read("recbole", tmp_path / "one.inter")[0].events) == [("click", "u", "i")]
    with pytest.raises(DataError, match="bad column 'user_id'"):
        list(read("recbole", tmp_path / "two.inter")[0].events)


def test_mind(tmp_path: Path) -> None:
    entities = json.dumps([{"Label": "Prince", "Type": "P"}])
    write(
        tmp_path / "news.tsv",
        f"N1\tsports\tgolf\tTitle\tAbstract\thttp://x\t{entities}\t[]\nN2\tnews\tworld\tOther\t\thttp://y\t[{{bad\t\n"
        "N3\tbroken\nN1\tsports\tgolf\tTwice\t\t\t\t\n",
    )
    write(
        tmp_path / "behaviors.tsv.gz",
        "1\tU1\t11/11/2019 9:05:58 AM\tN7 N8\tN1-1 N2-0 -0\n2\tU1\t11/12/2019 12:00:01 PM\tN7 N8\tN2-1\n"
        "3\tU2\t11/12/2019 12:00:01 AM\t\tN1\n4\tU2\t13/12/2019 1:00:00 AM\t\tN1-0\n"
        "5\t\t11/12/2019 1:00:00 AM\t\tN1-0\n6\n",
    )
    loaded, quarantine = read("mind", tmp_path)
    assert list(loaded.items) == [
        Item(
            "N1",
            "Title",
            {"abstract": "Abstract"},
            {"category": "sports", "subcategory": "golf", "entities": ("Prince",)},
        ),
        Item("N2", "Other", {}, {"category": "news", "subcategory": "world"}),
    ]
    assert short(loaded.events) == [
        ("click", "U1", "N7", 0.0),
        ("click", "U1", "N8", 1.0),
        ("impression", "U1", "N1", "1", 1573463158.0, 1),
        ("click", "U1", "N1", "1", 1573463158.0, 1),
        ("impression", "U1", "N2", "1", 1573463158.0, 2),
        ("impression", "U1", "N2", "2", 1573560001.0, 1),
        ("click", "U1", "N2", "2", 1573560001.0, 1),
        ("impression", "U2", "N1", "3", 1573516801.0, 1),
    ]
    assert quarantine.reasons == {"duplicate id": 1, "empty item": 1, "nobody": 1, "not a time": 1, "ragged row": 2}


def test_microlens(tmp_path: Path) -> None:
    write(
        tmp_path / "MicroLens-9k_titles.csv",
        'item,title\n1,"So ""called"", yes"\n2,plain, with a comma\n3,"open\n1,again\n',
    )
    write(tmp_path / "MicroLens-9k_pairs.tsv", "7\t1 2 9\n8\t\n9\n")
    write(tmp_path / "tags_to_summary.csv", "video_id, tag\n1,Anime\n")
    write(tmp_path / "MicroLens-9k_likes_and_views.txt", "1\t12000\t414000\n2\tmany\t3\n")
    loaded, quarantine = read("microlens", tmp_path)
    assert list(loaded.items) == [
        Item("1", 'So "called", yes', {}, {"tag": "Anime", "likes": 12000.0, "views": 414000.0}),
        Item("2", "plain, with a comma", {}, {"views": 3.0}),
    ]
    assert short(loaded.events) == [("click", "7", item, float(order)) for order, item in enumerate("129")]
    assert quarantine.reasons == {"broken quoting": 1, "duplicate id": 1, "empty item": 1, "ragged row": 1}
    assert quarantine.notes == {"value dropped": 1}
    write(tmp_path / "MicroLens-9k_pairs.csv.gz", "user,item,timestamp\n7,1,1583378629552\n7,2,never\n")
    timed, quarantine = read("microlens", tmp_path)
    assert short(timed.events) == [("click", "7", "1", 1583378629.552)]
    assert quarantine.reasons == {"not a time": 1}


def test_hetrec(tmp_path: Path) -> None:
    header = "id\tname\turl\tpictureURL\n"
    write(tmp_path / "artists.dat", f"{header}1\tBj\u00f6rk\thttp://l/1\thttp://p/1\n2\tX\n", "latin-1")
    write(tmp_path / "user_artists.dat.gz", "userID\tartistID\tweight\n2\t1\t13883\n2\t1\tlots\n")
    write(tmp_path / "user_friends.dat", "userID\tfriendID\r\n2\t275\r\n275\t2\r\n\t3\r\n")
    loaded, quarantine = read("hetrec", tmp_path)
    assert list(loaded.items) == [Item("1", "Bj\u00f6rk", {}, {"url": "http://l/1"}, "http://p/1")]
    assert short(loaded.events) == [("view", "2", "1", 13883.0)]
    assert list(loaded.ties) == [Tie("2", "275"), Tie("275", "2")]
    assert quarantine.reasons == {"nobody": 1, "not a finite number": 1, "ragged row": 1}
    write(tmp_path / "tags.dat", "tagID\ttagValue\n1\trock\n2\t\u00e9lectro\n", "latin-1")
    rows = "2\t1\t1\t1\t4\t2009\n3\t1\t2\t1\t4\t2009\n4\t1\t2\t1\t4\t9\n5\t1\t9\t1\t1\t1\n"
    assigned = "userID\tartistID\ttagID\tday\tmonth\tyear\n"
    write(tmp_path / "user_taggedartists.dat", assigned + rows)
    tagged, quarantine = read("hetrec", tmp_path)
    assert [item.texts for item in tagged.items] == [{"tags": "\u00e9lectro, rock"}]
    assert quarantine.reasons == {"ragged row": 1, "unknown tag": 1}
    write(tmp_path / "user_artists.dat.gz", "who\twhat\n2\t1\n")
    with pytest.raises(DataError, match="lacks the column userID, artistID, weight; it has who, what"):
        list(read("hetrec", tmp_path)[0].events)


def test_goodbooks(tmp_path: Path) -> None:
    columns = "book_id,goodreads_book_id,authors,original_publication_year,original_title,title,language_code"
    write(
        tmp_path / "books.csv",
        f"{columns},average_rating,ratings_count,image_url\n"
        '1,77,"A. One, B. Two",2008.0,Old,New,eng,4.34,10,http://i/1.jpg\n2,78,,,Same,Same,,,,\n2,79,,,,Other,,,,\n',
    )
    loaded, quarantine = read("goodbooks", tmp_path)  # without ratings and tags
    first, second = loaded.items
    assert first == Item(
        "1",
        "New",
        {"original_title": "Old"},
        {
            "authors": ("A. One", "B. Two"),
            "language_code": "eng",
            "original_publication_year": 2008.0,
            "average_rating": 4.34,
            "ratings_count": 10.0,
        },
        "http://i/1.jpg",
    )
    assert second == Item("2", "Same")
    assert list(loaded.events) == []
    assert (quarantine.reasons, quarantine.notes) == ({"duplicate id": 1}, {})
    write(tmp_path / "tags.csv", "tag_id,tag_name\n1,magic\n2,to-read\n")
    write(tmp_path / "book_tags.csv", "goodreads_book_id,tag_id,count\n77,1,5\n77,2,9\n77,8,1\n")
    write(tmp_path / "ratings.csv.gz", "user_id,book_id,rating\n5,1,4\n5,2,3\n6,1,\n")
    write(tmp_path / "to_read.csv", "user_id,book_id\n9,1\n,1\n")
    whole, quarantine = read("goodbooks", tmp_path)
    assert [item.texts.get("tags") for item in whole.items] == ["to-read, magic", None]
    assert short(whole.events) == [("rating", "5", "1", 2.0, 4.0), ("rating", "5", "2", 3.0, 3.0), ("like", "9", "1")]
    assert quarantine.reasons == {"duplicate id": 1, "nobody": 1, "rating without a value": 1, "unknown tag": 1}


def test_minionerec(tmp_path: Path) -> None:
    catalogue = {
        "0": {
            "title": "Ink &amp; pen",
            "description": "[\"It's\", 'two <b>parts</b>']",
            "brand": "HP",
            "categories": "",
        },
        "1": {"title": "Paper", "description": "", "brand": "", "categories": "Office, Paper"},
        "2": "broken",
    }
    write(tmp_path / "index" / "Office.item.json.gz", json.dumps(catalogue))
    header = "user_id,history_item_title,item_title,history_item_id,item_id\n"
    write(tmp_path / "valid" / "Office.csv", header + "A1,\"['x', 'y']\",z,\"[0, 0]\",1\n")
    write(tmp_path / "test" / "Office.csv.gz", header + "A1,\"['y', 'z']\",w,\"[0, 1]\",2\n,x,y,[0],1\n")
    loaded, quarantine = read("minionerec", tmp_path)
    assert list(loaded.items) == [
        Item("0", "Ink & pen", {"description": "It's two parts"}, {"brand": "HP"}),
        Item("1", "Paper", {}, {"categories": ("Office", "Paper")}),
    ]
    assert short(loaded.events) == [("click", "A1", item, float(order)) for order, item in enumerate("0012")]
    assert quarantine.reasons == {"nobody": 1, "not an object": 1}


@pytest.mark.parametrize("layout", REC)
def test_missing_files_are_named(tmp_path: Path, layout: str) -> None:
    write(tmp_path / "readme.txt", "hello")
    with pytest.raises(DataError, match=f"not in the {layout} layout: it needs .*found: readme.txt"):
        load(layout, tmp_path, Quarantine(None))
    with pytest.raises(DataError, match="does not exist"):
        load(layout, tmp_path / "nowhere", Quarantine(None))


def test_these_layouts_are_in_the_guide() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "layouts.md").read_text("utf-8")
    assert [name for name in (*REC, "movielens") if f"| `{name}` |" not in page] == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("layout", "name", "items", "kinds", "users"),
    [
        ("amazon", "amazon-gift-cards-5core", 1547, {"rating": 2972}, 458),
        ("recbole", "amazon-2018-video-games", 16_859, {"click": 440_264}, 50_546),
        # 7,542 clicks shown and 138,932 items of the 4,637 users' histories, each history once
        ("mind", "mind-small-sample", 2000, {"impression": 189_359, "click": 7542 + 138_932}, 4637),
        ("microlens", "microlens-50k", 19_220, {"click": 359_708}, 50_000),
        ("microlens", "microlens-items", 19_738, {}, 0),
        ("hetrec", "lastfm-hetrec-2k", 17_632, {"view": 92_835}, 1892),
        ("goodbooks", "goodbooks-10k-items", 10_000, {}, 0),
        ("movielens", "movielens-latest-small", 9742, {"rating": 100_836}, 610),
        # 21,188 pairs of a user and an item, of which 1,259 came more than once
        ("minionerec", "amazon-2018-office-products", 3459, {"click": 21_188 + 1259}, 3231),
    ],
)
def test_real_sets(shared: Path, layout: str, name: str, items: int, kinds: dict[str, int], users: int) -> None:
    loaded, quarantine = read(layout, shared / "data" / name)
    catalogue = list(loaded.items)
    events = list(loaded.events)
    assert len({item.id for item in catalogue}) == len(catalogue) == items
    # microlens-items holds titles cut at their first comma: 72 begin with one
    assert sum(not item.title for item in catalogue) == (72 if name == "microlens-items" else 0)
    assert Counter(event.kind for event in events) == kinds
    assert len({event.id for event in events}) == len(events)
    assert len({event.user for event in events}) == users
    assert quarantine.count == 0


@pytest.mark.real
def test_real_gift_cards(shared: Path) -> None:
    loaded, quarantine = read("amazon", shared / "data" / "amazon-gift-cards-5core")
    events, texts = list(loaded.events), list(loaded.texts)
    assert len({event.item for event in events}) == 148
    assert (len(texts), round(len(texts) / len(events), 3)) == (2966, 0.998)
    assert sum("description" in item.texts for item in loaded.items) == 805
    times = [event.time for event in events if event.time is not None]
    assert (min(times), max(times)) == (1327968000.0, 1534896000.0)  # 2012-01-31 and 2018-08-22
    assert quarantine.notes == {"value dropped": 4}  # prices that are pieces of a page


@pytest.mark.real
def test_real_details(shared: Path) -> None:
    data = shared / "data"
    assert sum(1 for _ in read("hetrec", data / "lastfm-hetrec-2k")[0].ties) == 25_434
    news = list(read("mind", data / "mind-small-sample")[0].items)
    assert len({item.attributes["category"] for item in news}) == 15
    office = list(read("minionerec", data / "amazon-2018-office-products")[0].events)
    assert len({(event.user, event.item) for event in office}) == 21_188
    assert len({event.item for event in office}) == 3317
    videos = list(read("microlens", data / "microlens-items")[0].items)
    assert all({"tag", "likes", "views"} <= set(item.attributes) for item in videos)
