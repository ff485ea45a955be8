"""Q: queries and judgments."""

from __future__ import annotations

from pathlib import Path

from check_data import DAY, NOW, act, find, found, goods, whats

from shops import toy_folder
from soutui.bundle import manifest
from soutui.data.schema import Item, Judgment, Query


def test_query_leakage() -> None:
    texts = [
        "warm jacket",
        "Jacket, WARM",
        "cup",
        "a very long question about tents",
        "very long question about a tent",
    ]
    queries = [Query(f"q{i}", text) for i, text in enumerate(texts)]
    splits = ["train", "test", "test", "valid", "test"]
    judged = [Judgment(f"q{i}", "i0", 1.0, split) for i, split in enumerate(splits)]  # type: ignore[arg-type]
    hit = found("Q01", goods(1), (), queries, judged)
    assert (hit.figures, hit.severity) == ({"same": 1, "near": 1}, "error")
    assert whats(hit) == ["q1 = q0", "q4 ≈ q3"]
    assert find("Q01", goods(1), (), queries, [judged[0], judged[2]]) is None
    assert find("Q01", goods(1), (), queries, [Judgment("q0", "i0", 1.0), Judgment("q1", "i0", 1.0)]) is None


def test_a_query_in_both_parts_leaks() -> None:
    both = [Judgment("q", "i0", 1.0, "train"), Judgment("q", "i1", 1.0, "test")]
    assert found("Q01", goods(2), (), [Query("q", "cup")], both).figures["same"] == 1


def test_pair_leakage() -> None:
    early = [act(f"u{n}", "i0", NOW - 100 * DAY + n) for n in range(90)]
    again = [act(f"u{n}", "i0", NOW - DAY + n) for n in range(5)]
    fresh = [act(f"u{n}", "i1", NOW - DAY + n) for n in range(5)]
    hit = found("Q02", goods(2), [*early, *again, *fresh])
    assert (hit.count, hit.total, hit.severity) == (5, 10, "info")
    assert find("Q02", goods(2), [*early, *fresh, *[act(f"v{n}", "i0", NOW - DAY) for n in range(5)]]) is None


def test_no_relevant() -> None:
    judged = [Judgment("good", "i0", 1.0), Judgment("bad", "i0", 0.0), Judgment("lost", "gone", 1.0)]
    hit = found("Q03", goods(1), (), [Query("bad", "cup")], judged)
    assert (hit.count, hit.total) == (2, 3)
    assert [(one.what, one.note) for one in hit.examples] == [("bad", "cup"), ("lost", "")]
    assert find("Q03", goods(1), (), (), judged[:1]) is None
    assert find("Q03", goods(1)) is None


def test_judged_unknown() -> None:
    judged = [Judgment("q", "i0", 1.0), Judgment("q", "gone", 1.0), Judgment("mute", "i0", 1.0)]
    hit = found("Q04", goods(1), (), [Query("q", "cup")], judged)
    assert (hit.count, hit.severity) == (2, "error")
    assert hit.figures == {"unknown_items": 1, "unknown_queries": 1}
    assert [(one.what, one.noted()) for one in hit.examples] == [("gone", "item"), ("mute", "query")]
    assert find("Q04", goods(1), (), [Query("q", "cup")], judged[:1]) is None


def test_conflicting_judgments() -> None:
    items = [Item("a", "Steel cup"), Item("b", "steel cup"), Item("c", "Tent")]
    queries = [Query("q1", "cup"), Query("q2", "CUP"), Query("q3", "tent")]
    hit = found(
        "Q05", items, (), queries, [Judgment("q1", "a", 1.0), Judgment("q2", "b", 0.0), Judgment("q3", "c", 1.0)]
    )
    assert (hit.count, hit.total) == (2, 3)
    assert hit.examples[0].note in ("0 / 1", "1 / 0")
    agreeing = [Judgment("q1", "a", 1.0), Judgment("q2", "b", 1.0), Judgment("q2", "c", 0.0)]
    assert find("Q05", items, (), queries, agreeing) is None


def test_unjudged_top(tmp_path: Path) -> None:
    from soutui.evaluate.files import write_qrels, write_run
    from soutui.evaluate.runs import Qrels, Run

    folder = tmp_path / "runs" / "search"
    folder.mkdir(parents=True)
    write_run(Run.from_scores({"q": {"i0": 3.0, "i1": 2.0, "i2": 1.0, "i3": 0.5}}), folder / "soutui.tsv.gz")
    write_qrels(Qrels.from_dict({"q": {"i0": 1.0, "i9": 0.0}}), folder / "qrels.tsv.gz")
    hit = found("Q06", goods(4), (), [Query("q", "cup")], bundle=tmp_path)
    assert (hit.count, hit.total) == (3, 4)
    write_qrels(Qrels.from_dict({"q": {f"i{i}": 1.0 for i in range(4)}}), folder / "qrels.tsv.gz")
    assert find("Q06", goods(4), bundle=tmp_path) is None
    assert find("Q06", goods(4)) is None
    assert find("Q06", goods(4), bundle=tmp_path / "other") is None


def test_a_bundle_without_judgments_is_fine(tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    folder = toy_folder(tmp_path_factory.mktemp("toy"))
    assert find("Q06", goods(4), bundle=manifest.get_current(folder / "bundles")) is None


def test_uneven_grades() -> None:
    judged = [Judgment(f"q{i}", "i0", float(i < 3)) for i in range(60)]
    hit = found("Q07", goods(1), (), (), judged)
    assert (hit.count, hit.total) == (57, 60)
    assert hit.plot is not None
    assert find("Q07", goods(1), (), (), [Judgment(f"q{i}", "i0", float(i % 2)) for i in range(60)]) is None
    assert find("Q07", goods(1), (), (), [Judgment(f"q{i}", "i0", 1.0) for i in range(60)]) is None


def test_query_is_title() -> None:
    items = [Item("a", "How do I open an account?"), Item("b", "Tent")]
    queries = [Query("q1", "how do i open an account"), Query("q2", "shelter")]
    judged = [Judgment("q1", "a", 1.0), Judgment("q2", "b", 1.0)]
    hit = found("Q08", items, (), queries, judged)
    assert (hit.count, hit.total, hit.severity) == (1, 2, "warning")
    assert whats(hit) == ["q1 = a"]
    assert find("Q08", items, (), queries, judged[1:]) is None
    assert find("Q08", items, (), queries, [Judgment("q1", "a", 0.0)]) is None  # not relevant


def test_unjudged_queries() -> None:
    queries = [Query("q1", "cup"), Query("q2", "tent")]
    hit = found("Q09", goods(1), (), queries, [Judgment("q1", "i0", 1.0)])
    assert (hit.count, hit.total, whats(hit)) == (1, 2, ["q2"])
    assert find("Q09", goods(1), (), queries[:1], [Judgment("q1", "i0", 1.0)]) is None
    assert find("Q09", goods(1), (), queries) is None  # nothing is judged at all
