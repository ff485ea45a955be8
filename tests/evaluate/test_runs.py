"""Runs, judgments and their files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soutui.errors import DataError, UsageError
from soutui.evaluate.files import read_qrels, read_run, write_qrels, write_run
from soutui.evaluate.runs import Qrels, Run


def put(folder: Path, text: str, name: str = "x.run") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def lists(run: Run) -> dict[str, list[str]]:
    return {query: list(run[query][0]) for query in run}


def test_a_run_is_a_mapping_best_first() -> None:
    run = Run.from_scores({"q": {"a": 1.0, "b": 3.0, "c": 1.0}, "r": {"a": 2.0}})
    assert run["q"][0] == ("b", "a", "c")
    assert run["q"][1].tolist() == [3, 1, 1]
    assert list(run) == ["q", "r"]
    assert len(run) == 2
    assert "r" in run
    assert "s" not in run
    assert run.get("s") is None
    with pytest.raises(KeyError):
        run["s"]


def test_all_ways_to_build_agree() -> None:
    from_lists = Run.from_lists({"q": ["b", "a"], "r": ["c"]})
    from_arrays = Run.from_arrays(["q", "r"], ["a", "b", "c"], [[1, 0], [2, -1]], [[2, 1], [1, 0]])
    assert from_lists == from_arrays == Run.from_scores({"q": {"a": 1, "b": 2}, "r": {"c": 1}})
    assert from_lists != Run.from_lists({"q": ["a", "b"], "r": ["c"]})


def test_an_item_twice_is_refused() -> None:
    with pytest.raises(DataError, match="'a' stands twice for query 'r'"):
        Run.from_lists({"q": ["a", "b"], "r": ["c", "a", "a"]})
    with pytest.raises(DataError, match="twice"):
        Run.from_arrays(["q"], ["a", "b"], [[0, 0]], [[2, 1]])
    with pytest.raises(UsageError, match=r"-1\.\.1"):
        Run.from_arrays(["q"], ["a", "b"], [[0, 2]], [[2, 1]])
    with pytest.raises(UsageError, match="must both be"):
        Run.from_arrays(["q", "r"], ["a", "b"], [[0, 1]], [[2, 1]])


def test_judgments() -> None:
    qrels = Qrels.from_dict({"q": {"a": 2, "b": 0}, "empty": {}, "r": {"a": 1}})
    assert dict(qrels["q"]) == {"a": 2, "b": 0}
    assert list(qrels) == ["q", "r"]
    assert dict(qrels.select(["r", "unknown"])) == {"r": {"a": 1.0}}
    assert dict(Qrels.from_pairs([("u", "a"), ("v", "b"), ("u", "c"), ("u", "a")])["u"]) == {"a": 1, "c": 1}


@pytest.mark.parametrize(
    "text",
    [
        "q Q0 a 1 9.5 tag\nq Q0 b 2 8 tag\nr Q0 中文 1 1 tag\n",
        "q\tQ0\ta\t1\t9.5\ttag\nq\tQ0\tb\t2\t8\ttag\n\nr\tQ0\t中文\t1\t1\ttag",
        "r Q0 中文 1 1 tag\r\nq Q0 b 2 8 tag\r\nq Q0 a 1 9.5 tag\r\n",
        "q 0 a 1 9.5\nq 0 b 2 8\nr 0 中文 1 1\n",
        "q\ta\t1\t9.5\nq\tb\t2\t8\nr\t中文\t1\t1\n",
        "user\titem\trank\tscore\nq\ta\t1\t9.5\nq\tb\t2\t8\nr\t中文\t1\t1\n",
        "score,item_id,user_id\n9.5,a,q\n8,b,q\n1,中文,r\n",
        "q a 1\nq b 2\nr 中文 1\n",
        "q a 0.9\nq b 0.8\nr 中文 1\n",
        '{"q": {"a": 9.5, "b": 8}, "r": {"中文": 1}}',
    ],
)
def test_every_form_of_run_file(tmp_path: Path, text: str) -> None:
    assert lists(read_run(put(tmp_path, text))) == {"q": ["a", "b"], "r": ["中文"]}
    zipped = tmp_path / "my.tsv.gz"
    zipped.write_bytes(gzip.compress(("\ufeff" + text).encode()))
    run = read_run(zipped)
    assert lists(run) == {"q": ["a", "b"], "r": ["中文"]}
    assert run.name == "my"


def test_ranks_beat_rounded_scores(tmp_path: Path) -> None:
    run = read_run(put(tmp_path, "q Q0 b 2 1.0 t\nq Q0 a 1 1.0 t\nq Q0 c 3 0.5 t\n"))
    assert run["q"][0] == ("a", "b", "c")
    assert run.notes == ()


def test_scores_beat_ranks_that_cannot_be_right(tmp_path: Path) -> None:
    repeated = read_run(put(tmp_path, "q Q0 a 1 1 t\nq Q0 b 1 3 t\nq Q0 c 1 2 t\n"))
    assert repeated["q"][0] == ("b", "c", "a")
    assert "ranks repeat" in repeated.notes[0]
    contradicted = read_run(put(tmp_path, "q Q0 a 1 1 t\nq Q0 b 2 3 t\nq Q0 c 3 2 t\n"))
    assert contradicted["q"][0] == ("b", "c", "a")
    assert "contradict" in contradicted.notes[0]


def test_infinite_scores_are_scores(tmp_path: Path) -> None:
    text = "q Q0 a 1 inf t\nq Q0 b 2 1 t\nq Q0 c 3 -inf t\nq Q0 d 4 -inf t\n"
    assert read_run(put(tmp_path, text))["q"][0] == ("a", "b", "c", "d")
    assert read_run(put(tmp_path, "q b 1\nq c -inf\nq d -inf\nq a inf\n"))["q"][0] == ("a", "b", "c", "d")


def test_distances_are_noticed(tmp_path: Path) -> None:
    run = read_run(put(tmp_path, "q Q0 a 1 0.1 t\nq Q0 b 2 0.2 t\nq Q0 c 3 0.9 t\n"))
    assert run["q"][0] == ("a", "b", "c")
    assert "distances" in run.notes[0]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("q Q0 a 1 1 t\nq Q0 b 2\n", 2, "4 columns came, the first line has 6"),
        ("\nq Q0 a 1 1 t\nq Q0 b 2 x t\n", 3, "'x' came where a number"),
        ("q Q0 a 1 nan t\n", 1, "cannot tell"),
        ("q\ta\t1\t3\nq\t\t2\t2\n", 2, "an id is empty"),
        ("q Q0 a 1 3 t\n\nq Q0 b 2 2 t\nq Q0 a 3 1 t\n", 4, "item 'a' came before"),
        ("hello\n", 1, "cannot tell what these 1 columns are"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read_run(put(tmp_path, text))
    assert f"x.run:{line}: " in caught.value.message
    assert says in caught.value.message
    assert caught.value.hint


def test_unreadable_files(tmp_path: Path) -> None:
    for content in (b"", b"\n\n", b"\xff\xfe\x00q", b"\x1f\x8b broken", gzip.compress(b"q Q0 a 1 1 t\n" * 99)[:-9]):
        path = tmp_path / "bad"
        path.write_bytes(content)
        with pytest.raises(DataError, match="bad"):
            read_run(path)
    with pytest.raises(DataError, match="absent"):
        read_run(tmp_path / "absent")
    with pytest.raises(DataError, match="not a mapping"):
        read_run(put(tmp_path, '{"q": ["a"]}'))
    with pytest.raises(DataError, match=r"x\.run"):
        read_run(put(tmp_path, '{"q": {"a": 1}'))


def test_repeated_items_can_be_dropped(tmp_path: Path) -> None:
    run = read_run(put(tmp_path, "q Q0 a 1 3 t\nq Q0 b 2 2 t\nq Q0 a 3 1 t\nr Q0 a 1 1 t\n"), duplicates="first")
    assert lists(run) == {"q": ["a", "b"], "r": ["a"]}
    assert "1 repeated items dropped" in run.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "q 0 a 2\nq 0 b 0\nr 0 a 1\n",
        "q\ta\t2\nr\ta\t1\nq\tb\t0\n",
        "query-id\tcorpus-id\tscore\nq\ta\t2\nq\tb\t0\nr\ta\t1\n",
        "q 0 a 2\nq 0 b 0\nr 0 a 1\nq 0 a 2\n",
        '{"q": {"a": 2, "b": 0}, "r": {"a": 1}}',
    ],
)
def test_every_form_of_judgments(tmp_path: Path, text: str) -> None:
    qrels = read_qrels(put(tmp_path, text))
    assert {query: dict(qrels[query]) for query in qrels} == {"q": {"a": 2, "b": 0}, "r": {"a": 1}}


def test_interactions_are_judgments_of_grade_one(tmp_path: Path) -> None:
    named = read_qrels(put(tmp_path, "user\titem\torder\tvalue\nu\ta\t5\t4.5\nu\tb\t6\t1\nu\ta\t7\t3\n"))
    assert dict(named["u"]) == {"a": 1, "b": 1}
    assert "1 repeated" in named.notes[0]
    bare = read_qrels(put(tmp_path, "u\ta\t5\t4.5\nu\tb\t6\t1\n"), kind="interactions")
    assert dict(bare["u"]) == {"a": 1, "b": 1}


def test_contradicting_grades_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x\.run:3: .*another grade"):
        read_qrels(put(tmp_path, "q 0 a 2\nq 0 b 0\nq 0 a 1\n"))


def test_ids_with_blanks_fit_tsv_only(tmp_path: Path) -> None:
    run, qrels = Run.from_lists({"red shoes": ["a b", "c"]}), Qrels.from_dict({"red shoes": {"a b": 1.5}})
    for write, thing in ((write_run, run), (write_qrels, qrels)):
        with pytest.raises(DataError, match="'red shoes' cannot be written"):
            write(thing, tmp_path / "x.run")
    assert not (tmp_path / "x.run").exists()
    write_run(run, tmp_path / "x.tsv")
    write_qrels(qrels, tmp_path / "q.tsv.gz")
    assert read_run(tmp_path / "x.tsv") == run
    assert read_qrels(tmp_path / "q.tsv.gz") == qrels
    with pytest.raises(DataError, match="cannot be written"):
        write_run(Run.from_lists({"q\t": ["a"]}), tmp_path / "y.tsv")


def test_equal_runs_give_equal_files(tmp_path: Path) -> None:
    run = Run.from_lists({"q": ["a", "b"]}, "mine")
    write_run(run, tmp_path / "a.run.gz")
    write_run(run, tmp_path / "b.run.gz")
    assert (tmp_path / "a.run.gz").read_bytes() == (tmp_path / "b.run.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.run.gz").read_bytes()).decode().splitlines()[0] == "q Q0 a 1 2.0 mine"


ids = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=5)


@given(st.dictionaries(ids, st.dictionaries(ids, st.floats(-1e9, 1e9), min_size=1, max_size=5), min_size=1, max_size=4))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, scores: dict[str, dict[str, float]]) -> None:
    folder = tmp_path_factory.getbasetemp()
    run, qrels = Run.from_scores(scores), Qrels.from_dict(scores)
    for name in ("t.run", "t.tsv.gz"):
        write_run(run, folder / name)
        assert read_run(folder / name) == run
        assert np.array_equal(read_run(folder / name).scores, run.scores)
        write_qrels(qrels, folder / f"q{name}")
        assert read_qrels(folder / f"q{name}") == qrels
