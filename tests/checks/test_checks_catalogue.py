"""C: the catalogue. Each check on a toy where the answer is known, and on one where there is nothing to find."""

from __future__ import annotations

from check_data import act, find, found, goods, whats

from soutui.checks.confusable_ids import fold_id
from soutui.checks.scripts import language_of
from soutui.data.schema import Item, Query

LONG = "A steel bottle that keeps tea warm for twelve hours and water cold for a whole day in the mountains"


def test_empty_texts() -> None:
    hit = found("C01", [*goods(8), Item("bare", " "), Item("bare2", "", {"d": ""})])
    assert (hit.count, hit.total, hit.severity) == (2, 10, "warning")
    assert whats(hit) == ["bare", "bare2"]
    assert find("C01", goods(10)) is None
    assert find("C01", [Item("a", "", {"d": "text"})]) is None
    assert find("C01", []) is None


def test_duplicate_texts() -> None:
    copies = [Item("a", "Steel  Bottle"), Item("b", "steel bottle"), Item("c", "steel", {"d": "bottle"})]
    hit = found("C02", [*goods(7), *copies])
    assert (hit.count, hit.figures["groups"]) == (2, 1)
    assert whats(hit) == ["a, b, c"]
    assert find("C02", [*goods(9), Item("e1"), Item("e2")]) is None  # empty texts are no copies of each other


def test_near_duplicates() -> None:
    items = [*goods(30), Item("a", LONG), Item("b", LONG + "."), Item("c", "A cup")]
    hit = found("C03", items)
    assert (hit.count, hit.total, hit.figures["groups"]) == (1, 32, 1)
    assert whats(hit) == ["a ≈ b"]
    assert 0.85 <= float(hit.examples[0].note) < 1
    assert find("C03", [*goods(30), Item("a", LONG), Item("b", LONG)]) is None  # copies are for C02
    assert find("C03", [Item("a", "red cup 1"), Item("b", "red cup 2")]) is None  # too short to say


def test_languages() -> None:
    english = [Item(f"e{i}", "A warm jacket for the mountains") for i in range(20)]
    chinese = [Item(f"z{i}", "适合登山的保暖外套") for i in range(20)]
    asked = [Query("q1", "jacket"), Query("q2", "保暖外套")]
    hit = found("C04", english, (), asked)
    assert hit.severity == "warning"
    assert set(hit.figures) == {"zh"}
    mixed = found("C04", [*english, *chinese], (), asked)
    assert mixed.severity == "info"
    assert mixed.plot is not None
    assert find("C04", english, (), asked[:1]) is None
    assert find("C04", []) is None


def test_language_of_a_text() -> None:
    wanted = {
        "Steel bottle": "en",
        "保温杯": "zh",
        "あたたかいジャケット": "ja",
        "스테인리스 물병": "ko",
        "Термос из стали": "cyrillic",
        "قارورة": "arabic",
        "Toru WH-900 降噪耳机 头戴式": "mixed",
        "1234 🙂": "none",
        "שלום": "other",
        "Der Rucksack ist für eine lange Reise mit dem Zug": "latin",
        "This jacket is for the mountains and it is warm": "en",
    }
    assert {text: language_of(text) for text in wanted} == wanted


def test_markup() -> None:
    marked = [Item("tag", "x", {"d": "<p>Warm<br/>"}), Item("entity", "Tea &amp; cup"), Item("script", "<script>x")]
    hit = found("C05", [*goods(7), *marked])
    assert hit.count == 3
    assert set(whats(hit)) == {"tag", "entity", "script"}
    assert find("C05", [*goods(5), Item("math", "a < b > c"), Item("and", "Tea & cup"), Item("i", "I <3 tea")]) is None


def test_broken_encoding() -> None:
    hit = found(
        "C06",
        [*goods(6), Item("a", "cafÃ©"), Item("b", "it\u00e2\u20ac\u2122s"), Item("c", "a\ufffdb"), Item("d", "锟斤拷")],
    )
    assert (hit.count, hit.severity) == (4, "error")
    assert find("C06", [Item("a", "Café à São Tomé"), Item("b", "ÂME Â"), Item("c", "保温杯")]) is None


def test_boilerplate() -> None:
    notice = "Free shipping on all orders. "
    items = [Item(f"i{i}", f"Thing {i}", {"d": notice + f"This thing has the number {i}."}) for i in range(40)]
    hit = found("C07", items)
    assert (hit.count, hit.severity) == (40, "warning")
    assert whats(hit) == ["Free shipping on all orders."]
    assert find("C07", goods(60)) is None


def test_confusable_ids() -> None:
    items = [Item("1", "one"), Item("01", "two"), Item("AB", "three"), Item("a b", "four"), Item("7", "five")]
    hit = found("C08", items, [act("Ann", "7"), act("ann", "7"), act("bob", "007")])
    assert (hit.figures["items"], hit.figures["users"], hit.figures["missed_items"]) == (2, 1, 1)
    assert hit.examples[0].what == "'007'"
    assert hit.examples[0].note == "→ '7'"
    assert find("C08", [Item("10"), Item("100"), Item("a-1"), Item("a-01")], [act("ann", "10")]) is None
    assert [fold_id(name) for name in ("0010", "Ａ b", "a\u200bB", "000")] == ["10", "ab", "ab", "0"]


def test_never_seen() -> None:
    hit = found("C09", goods(10), [act("u", "i0"), act("u", "i1"), act("u", "i2", kind="impression")])
    assert (hit.count, hit.severity) == (8, "warning")
    assert whats(hit)[0] == "i2"  # being shown is not being touched
    assert find("C09", goods(3), [act("u", f"i{i}") for i in range(3)]) is None
    assert find("C09", goods(3)) is None
