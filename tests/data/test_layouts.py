from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from soutui.data.columns import guess_events, guess_items
from soutui.data.convert import read_events, read_items
from soutui.data.layouts import load
from soutui.data.layouts.beir import read_folds
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.data.schema import Item, Judgment, Query
from soutui.errors import DataError, UsageError


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def test_beir_standard(tmp_path: Path) -> None:
    rows = [
        {"_id": "d1", "title": "T", "text": "words", "metadata": {"year": 1999}},
        {"_id": "", "text": "lost"},
        {"_id": "d2", "title": "", "text": "more", "metadata": {}},
    ]
    write(tmp_path / "corpus.jsonl", "\n".join(map(json.dumps, rows)))
    write(tmp_path / "queries.jsonl.gz", json.dumps({"_id": "q1", "text": "what?", "metadata": {}}))
    header = "query-id\tcorpus-id\tscore\n"
    write(tmp_path / "qrels" / "dev.tsv", header + "q1\td1\t2\n")
    write(tmp_path / "qrels" / "test.tsv", header + "q1\td2\t1\nq1\td1\tmany\n")
    quarantine = Quarantine(None)
    loaded = load("beir", tmp_path, quarantine)
    for _ in range(2):  # everything may be iterated again
        assert list(loaded.items) == [
            Item("d1", "T", {"text": "words"}, {"year": 1999.0}),
            Item("d2", "", {"text": "more"}),
        ]
        assert list(loaded.queries) == [Query("q1", "what?")]
        assert list(loaded.judgments) == [Judgment("q1", "d1", 2.0, "valid"), Judgment("q1", "d2", 1.0, "test")]
    assert list(loaded.events) == list(loaded.users) == []
    assert quarantine.reasons == {"empty id": 1, "not a finite number": 1}


def test_beir_flat(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl.gz", '{"id": 1, "title": "一", "text": "二"}\n')
    write(tmp_path / "queries.tsv", '1\t"what\n2\twhere\n')
    write(tmp_path / "qrels.train.tsv", "1\t1\t1\n")
    write(tmp_path / "qrels.valid.tsv", "2\t1\t0\n")
    write(tmp_path / "folds.tsv", "1\t0\n2\t1\n")
    loaded = load("beir", tmp_path, Quarantine(None))
    assert list(loaded.items) == [Item("1", "一", {"text": "二"})]
    assert list(loaded.queries) == [Query("1", '"what'), Query("2", "where")]
    assert list(loaded.judgments) == [Judgment("1", "1", 1.0, "train"), Judgment("2", "1", 0.0, "valid")]
    assert read_folds(tmp_path, Quarantine(None)) == {"1": 0, "2": 1}


def test_trec(tmp_path: Path) -> None:
    documents = (
        "<DOC>\n<DOCNO> FT-1 </DOCNO>\n<HEADLINE>Cats &amp; dogs</HEADLINE>\n"
        "<TEXT>\n<P>They\nlive.</P></TEXT>\n</DOC>\n"
        "<DOC><DOCNO>FT-2</DOCNO>\n<TEXT>Second</TEXT></DOC>\n<DOC>\n<TEXT>no name</TEXT>\n</DOC>\n<DOC>\nopen"
    )
    write(tmp_path / "documents" / "part1.sgml.gz", documents)
    write(
        tmp_path / "topics.txt",
        "<top>\n<num> Number: 301\n<title> cats\n<desc> Description:\nAll about cats.\n</top>\n"
        "<top>\n<num>302</num><title>dogs</title>\n</top>\n",
    )
    write(tmp_path / "qrels.test.txt", "301 0 FT-1 1\n302 0 FT-2 0\n303 0\n304\n")
    quarantine = Quarantine(None)
    loaded = load("trec", tmp_path, quarantine)
    assert list(loaded.items) == [
        Item("FT-1", "Cats & dogs", {"text": "They live."}),
        Item("FT-2", "", {"text": "Second"}),
    ]
    assert list(loaded.queries) == [Query("301", "cats"), Query("302", "dogs")]
    assert list(loaded.judgments)[:2] == [Judgment("301", "FT-1", 1.0, "test"), Judgment("302", "FT-2", 0.0, "test")]
    assert quarantine.reasons == {"empty id": 1, "no end": 1, "ragged row": 1}


def test_trec_with_plain_files(tmp_path: Path) -> None:
    write(tmp_path / "docs.jsonl", '{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}\n')
    write(tmp_path / "queries.tsv", "1\tone\n1\tagain\n2\n")
    write(tmp_path / "qrels", "1\t0\ta\t1\n")
    quarantine = Quarantine(None)
    loaded = load("trec", tmp_path, quarantine)
    assert list(loaded.items) == [Item("a", "", {"text": "x"})]
    assert list(loaded.queries) == [Query("1", "one")]
    assert list(loaded.judgments) == [Judgment("1", "a", 1.0)]
    assert quarantine.reasons == {"duplicate id": 2, "ragged row": 1}


def test_movielens_csv(tmp_path: Path) -> None:
    write(
        tmp_path / "movies.csv",
        'movieId,title,genres\n1,Toy Story (1995),Comedy|Fantasy\n2,"Heat, The",(no genres listed)\n2,twice,x\n',
    )
    write(tmp_path / "ratings.csv.gz", "userId,movieId,rating,timestamp\n7,1,4.5,964982703\n7,2,bad,964982703\n")
    write(tmp_path / "tags.csv", "userId,movieId,tag,timestamp\n1,1,Pixar,5\n2,1,fun,5\n3,1,fun,5\n")
    quarantine = Quarantine(None)
    loaded = load("movielens", tmp_path, quarantine)
    assert list(loaded.items) == [
        Item("1", "Toy Story (1995)", {"tags": "fun, pixar"}, {"genres": ("Comedy", "Fantasy"), "year": 1995.0}),
        Item("2", "Heat, The"),
    ]
    (event,) = loaded.events
    assert (event.kind, event.user, event.item, event.value, event.time) == ("rating", "7", "1", 4.5, 964982703.0)
    assert quarantine.reasons == {"duplicate id": 1, "not a finite number": 1}


def test_movielens_dat_and_100k(tmp_path: Path) -> None:
    write(tmp_path / "1m" / "movies.dat", "1::Café Society (1995)::Drama|Comedy\nbroken\n", "latin-1")
    write(tmp_path / "1m" / "ratings.dat", "7::1::5::978300760\n")
    write(tmp_path / "1m" / "users.dat", "7::F::25::10::48067\n")
    quarantine = Quarantine(None)
    loaded = load("movielens", tmp_path / "1m", quarantine)
    assert list(loaded.items) == [Item("1", "Café Society (1995)", {}, {"genres": ("Drama", "Comedy"), "year": 1995.0})]
    assert [(event.user, event.value) for event in loaded.events] == [("7", 5.0)]
    (user,) = loaded.users
    assert user.attributes == {"age": 25.0, "gender": "F", "occupation": "10", "zip": "48067"}
    assert quarantine.reasons == {"ragged row": 1}
    flags = "|".join(["0", "1"] + ["0"] * 16 + ["1"])
    write(tmp_path / "100k" / "u.item", f"1|Toy Story (1995)|01-Jan-1995||http://x|{flags}\n", "latin-1")
    write(tmp_path / "100k" / "u.data", "7\t1\t3\t881250949\n")
    write(tmp_path / "100k" / "u.user", "7|24|M|technician|85711\n")
    small = load("movielens", tmp_path / "100k", Quarantine(None))
    assert [item.attributes["genres"] for item in small.items] == [("Action", "Western")]
    assert [(event.item, event.value) for event in small.events] == [("1", 3.0)]
    assert [user.attributes["age"] for user in small.users] == [24.0]


@pytest.mark.parametrize("layout", ["beir", "trec", "movielens"])
def test_missing_files_are_named(tmp_path: Path, layout: str) -> None:
    write(tmp_path / "readme.txt", "hello")
    with pytest.raises(DataError, match=f"not in the {layout} layout: it needs .*found: readme.txt"):
        load(layout, tmp_path, Quarantine(None))
    with pytest.raises(DataError, match="does not exist"):
        load(layout, tmp_path / "nowhere", Quarantine(None))


def test_unknown_layout(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"known: .*beir, .*movielens, .*trec"):
        load("bier", tmp_path, Quarantine(None))


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "items", "queries", "empty"),
    [("scifact", 5183, 966, 0), ("cmrc2018-zh", 1104, 4219, 2), ("cisi", 1460, 76, 0)],
)
def test_real_search_sets(shared: Path, name: str, items: int, queries: int, empty: int) -> None:
    quarantine = Quarantine(None)
    loaded = load("beir", shared / "benchmarks" / "search" / name, quarantine)
    ids = {item.id for item in loaded.items}
    asked = {query.id for query in loaded.queries}
    judged = list(loaded.judgments)
    assert (len(ids), len(asked)) == (items, queries)
    assert {judgment.item for judgment in judged} <= ids
    assert len({judgment.query for judgment in judged} - asked) == empty  # queries without a text
    assert "test" in {judgment.split for judgment in judged}
    assert quarantine.count == empty


@pytest.mark.real
def test_real_movielens(shared: Path) -> None:
    quarantine = Quarantine(None)
    loaded = load("movielens", shared / "data" / "movielens-latest-small", quarantine)
    items = {item.id: item for item in loaded.items}
    assert len(items) == 9742
    assert items["1"].attributes["year"] == 1995.0
    assert items["1"].texts["tags"] == "pixar, fun"
    assert len({event.id for event in loaded.events}) == 100_836
    assert quarantine.count == 0


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "items", "events", "kind"),
    [
        ("movielens-latest-small", 9742, 80_728, "rating"),
        ("amazon-gift-cards-5core", 148, 2_372, "rating"),
        ("lastfm-hetrec-2k", 17_632, 74_297, "click"),
    ],
)
def test_real_recommendation_sets(shared: Path, name: str, items: int, events: int, kind: str) -> None:
    folder, quarantine = shared / "benchmarks" / "rec" / name, Quarantine(None)
    columns, _ = guess_items(head(folder / "items.jsonl.gz"))
    known = {item.id for item in read_items(folder / "items.jsonl.gz", columns, quarantine)}
    log = folder / "interactions.train.tsv.gz"
    meaning, _ = guess_events(head(log))
    count = 0
    for event in read_events(log, meaning, quarantine):
        count += 1
        assert event.kind == kind
        assert event.item in known
    assert (len(known), count, quarantine.count) == (items, events, 0)


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "id_column", "title"),
    [
        ("goodbooks-10k-items/books.csv.gz", None, "title"),
        ("fashion-product-images-sample/styles.csv", "id", "productDisplayName"),
        ("movielens-latest-small/movies.csv", "movieId", "title"),
    ],
)
def test_real_catalogues(shared: Path, file: str, id_column: str | None, title: str) -> None:
    path, quarantine = shared / "data" / file, Quarantine(None)
    columns, _ = guess_items(head(path))
    assert columns.title == title
    assert id_column is None or columns.id == id_column
    rows = sum(1 for _ in read_rows(path, Quarantine(None)))
    found = list(read_items(path, columns, quarantine))
    assert len(found) + quarantine.count == rows
    assert quarantine.count <= 0.01 * rows
