"""T and S: labelled texts, and what texts should not hold."""

from __future__ import annotations

import pytest
from check_data import act, find, found, goods, whats

from soutui.checks.personal_data import mask
from soutui.data.schema import Item, LabelledText, Query

LONG = "The service was friendly and the room was clean but breakfast came late on both days"


def text(name: str, words: str, split: str = "", label: str = "good", source: str = "s") -> LabelledText:
    return LabelledText(name, words, {"opinion": label}, source=source, split=split)  # type: ignore[arg-type]


def test_text_leakage() -> None:
    train = [text("a", "Very good!", "train"), text("b", LONG, "train")]
    tested = [text("c", "very GOOD", "test"), text("d", LONG + " again", "test"), text("e", "so so", "test")]
    hit = found("T01", texts=[*train, *tested])
    assert (hit.figures, hit.total, hit.severity) == ({"same": 1, "near": 1}, 3, "error")
    assert whats(hit) == ["c = a", "d ≈ b"]
    elsewhere = [text(f"x{one.id}", one.text, "test", source="other") for one in train]
    assert find("T01", texts=[*train, *elsewhere]) is None
    assert find("T01", texts=train) is None


def test_label_balance() -> None:
    uneven = [text(f"a{i}", f"text {i}", label="good") for i in range(90)]
    uneven += [text(f"b{i}", f"other {i}", label="bad") for i in range(10)]
    hit = found("T02", texts=uneven)
    assert (hit.severity, hit.examples[0].note) == ("warning", "good 90 %")
    assert hit.plot is not None
    rare = [text(f"a{i}", f"text {i}", label="odd" if i < 3 else ("good", "bad")[i % 2]) for i in range(100)]
    assert (found("T02", texts=rare).severity, found("T02", texts=rare).figures["rare_labels"]) == ("info", 1)
    assert find("T02", texts=[text(f"a{i}", f"text {i}", label=("good", "bad")[i % 2]) for i in range(40)]) is None
    assert find("T02", texts=[text(f"a{i}", f"t {i}", label=f"title {i}") for i in range(40)]) is None  # free text


def test_label_conflicts() -> None:
    hit = found("T03", texts=[text("a", "Fine."), text("b", "fine", label="bad"), text("c", "fine", source="other")])
    assert (hit.count, hit.total) == (2, 3)
    assert (hit.examples[0].what, hit.examples[0].note) == ("a / b", "good / bad")
    assert find("T03", texts=[text("a", "fine"), text("b", "fine")]) is None


def test_hostile_characters() -> None:
    items = [Item("bell", "a\x07b"), Item("turn", "\u202egpj.exe"), Item("hidden", "ca\u200bfe")]
    hit = found("S01", [*goods(5), *items], [act("u", "i0", query="x\u2066y")])
    assert hit.figures == {"control": 1, "direction": 2, "invisible": 1, "private_use": 0}
    assert (hit.count, hit.severity) == (4, "warning")
    assert "'x\\u2066y'" in whats(hit)
    assert found("S01", [Item("hidden", "ca\u200bfe")]).severity == "info"
    assert find("S01", [Item("a", "family 👨‍👩‍👧"), Item("b", "two\nlines\tand a tab"), Item("c", "می‌خواهم")]) is None


def test_personal_data() -> None:
    queries = [Query("q1", "call 13812345678"), Query("q2", "tent")]
    items = [Item("a", "Write to ann.lee@example.com"), Item("b", "Tel. (415) 555-2671")]
    hit = found("S02", [*goods(3), *items], (), queries, texts=[text("t", "身份证 110101199003074258")])
    assert hit.severity == "warning"
    assert (hit.figures["queries"], hit.figures["items"], hit.figures["texts"]) == (1, 2, 1)
    assert (hit.figures["email"], hit.figures["phone"], hit.figures["identity_number"]) == (1, 2, 1)
    shown = " ".join(one.what + one.noted() for one in hit.examples)
    for secret in ("13812345678", "ann.lee", "555-2671", "199003"):
        assert secret not in shown
    assert found("S02", items).severity == "info"


@pytest.mark.parametrize(
    "words",
    [
        "model WH-1000XM4",
        "ISBN 9780306406157",
        "order 20240105123456",
        "1 299.00",
        "2013-10-11 12:30",
        "v1.3812345678",
        "@home",
    ],
)
def test_numbers_that_are_no_persons(words: str) -> None:
    assert find("S02", [Item("a", words)]) is None


def test_masks() -> None:
    assert mask("ann.lee@example.com") == "a…m (19)"
