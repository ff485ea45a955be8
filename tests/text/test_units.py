from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.text.analyse import Analyser
from soutui.text.normalise import normalise
from soutui.text.units import UNITS, measured

ANALYSER = Analyser()


def terms(text: str) -> set[str]:
    return set(ANALYSER.split(text).content)


@pytest.mark.parametrize(
    ("same", "spellings"),
    [
        (
            "1000ml",
            ["1l", "1 l", "1 litre", "1 Liter", "1000 ml", "1,000ml", "1升", "1000毫升", "１Ｌ", "100 cl", "1-litre"],
        ),
        ("750ml", ["0.75 l", ".75 l", "0,75 l", "750 ml", "75cl", "750毫升装", "750cc"]),
        ("1500g", ["1,5 kg", "1.5kg", "1500 g", "1500克", "3斤", "1.5公斤", "1.50 kg", "30两", "1½ kg", "1 1/2 kg"]),
        ("12.7mm", ["½ inch", "0.5 in", '1/2"', "12.7 mm", "1.27 cm", "0.5吋", "1/2-inch"]),
        ("610mm", ["2ft", "2 feet", "61 cm", "24 inches", "0.61米"]),
        ("454g", ["1 lb", "16 oz", "454 g", "1磅"]),
        ("10000000mm", ["10 km", "10公里", "10000 m"]),
        ("500gb", ["500 GB", "500GB", "0.5 TB", "500000 MB"]),
        ("1000gb", ["1 TB", "1024 GB", "1000gb"]),
        ("5v", ["5 V", "5伏", "5 volts"]),
        ("1500w", ["1.5 kW", "1500 W", "1500瓦"]),
        ("20000mah", ["20000 mAh", "20 Ah", "20000毫安时"]),
        ("2400000000hz", ["2.4 GHz", "2400 MHz"]),
        ("5gram", ["5 g", "5克", "5000 mg", "0.005 kg"]),
    ],
)
def test_equal_amounts_share_a_term(same: str, spellings: list[str]) -> None:
    for spelling in spellings:
        assert same in terms(spelling), spelling
        assert same in ANALYSER.query_terms(spelling), spelling


@pytest.mark.parametrize(
    ("text", "typed"), [("1 litre", "1l"), ("0,5 kg", "0.5kg"), ("½ inch", "0.5inch"), ("3斤", "3jin"), ("2 TB", "2tb")]
)
def test_the_typed_amount_stays(text: str, typed: str) -> None:
    assert typed in terms(text)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("10-20 cm", {"100mm", "200mm"}),
        ("10–20 cm", {"100mm", "200mm"}),
        ("10 to 20 cm", {"100mm", "200mm"}),
        ("10到20厘米", {"100mm", "200mm"}),
        ("10 x 20 x 30 cm", {"100mm", "200mm", "300mm"}),
        ("10×20cm", {"100mm", "200mm"}),
        ("100/200 ml", {"100ml", "200ml"}),
    ],
)
def test_ranges_and_sizes(text: str, amounts: set[str]) -> None:
    assert amounts <= terms(text)


def test_two_bottles_are_no_amount() -> None:
    assert {"2", "500ml"} <= terms("2 x 500 ml")
    assert "2ml" not in terms("2 x 500 ml")


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("WH-900", {"900wh"}),
        ("X1L", {"1000ml"}),
        ("A5 100X", {"100v"}),
        ("5G phone", {"5gram", "5克"}),
        ("2 in 1 laptop", {"2inch", "50.8mm"}),
        ("2-in-1 laptop", {"2inch", "50.8mm"}),
        ("3-in-one oil", {"3inch", "76.2mm"}),
        ("4.5 in 7 reviews", {"4.5inch"}),
        ("2.0升级版", {"2.0l", "2000ml"}),
        ("5克拉钻石", {"5g", "5gram"}),
        ("20°C", {"20c"}),
        ("M3L2 M500GB2", {"500gb"}),
        ("iphone 14 pro", {"14pro"}),
    ],
)
def test_what_is_no_amount(text: str, never: set[str]) -> None:
    assert not never & terms(text)


def test_five_grams_and_the_mobile_network_differ() -> None:
    assert "5gram" in terms("5 g yeast")
    assert "5gram" not in terms("5G router")
    assert "5g" in terms("5G router")


@given(st.text(alphabet="ABXYZWH", min_size=1, max_size=4), st.integers(1, 9999), st.sampled_from(sorted(UNITS)))
def test_a_model_number_is_never_an_amount(letters: str, number: int, unit: str) -> None:
    if not (unit.isascii() and unit.isalpha()):
        unit = "ml"
    for text in (f"{letters}{number}{unit}", f"{letters}-{number}{unit}"):
        found = ANALYSER.tokens(text)
        assert len(found) == 1
        assert not measured(found[0].word)


# unit -> (dimension, exactly how many of the smallest)
EXACT = {
    "ml": ("volume", Fraction(1)),
    "cl": ("volume", Fraction(10)),
    "l": ("volume", Fraction(1000)),
    "mg": ("mass", Fraction(1, 1000)),
    "g": ("mass", Fraction(1)),
    "kg": ("mass", Fraction(1000)),
    "mm": ("length", Fraction(1)),
    "cm": ("length", Fraction(10)),
    "m": ("length", Fraction(1000)),
}


@given(st.integers(1, 99_999), st.integers(0, 2), st.sampled_from(sorted(EXACT)), st.sampled_from(sorted(EXACT)))
def test_equal_quantities_share_one_term_and_others_none(digits: int, shift: int, one: str, other: str) -> None:
    first = Fraction(digits, 10**shift)
    if EXACT[one][0] != EXACT[other][0]:
        return
    second = first * EXACT[one][1] / EXACT[other][1]
    written = f"{float(second):.10f}".rstrip("0").rstrip(".")
    if Fraction(written) != second or len(written) > 15:
        return
    a = measured(f"{float(first):.10f}".rstrip("0").rstrip(".") + " " + one)[0].same
    b = measured(f"{written} {other}")[0].same
    assert a == b
    twice = measured(f"{float(2 * first):.10f}".rstrip("0").rstrip(".") + " " + one)[0].same
    assert twice != a


@given(st.text(alphabet="0123456789.,/-x×~ ½¼⅞⁄mlcgkinft\"'升斤克两寸到至", max_size=40) | st.text(max_size=60))
@settings(deadline=None)  # the first Chinese text loads the dictionary
def test_any_text_gives_terms_without_spaces_and_queries_agree(text: str) -> None:
    content, aside = ANALYSER.split(text)
    assert all(term and not any(c.isspace() for c in term) for term in content + aside)
    assert set(ANALYSER.query_terms(text)) <= {*content, *aside}
    assert normalise(normalise(text)) == normalise(text)


def test_a_wall_of_digits_is_no_trouble() -> None:
    start = time.process_time()
    for hostile in (
        "9" * 100_000 + "kg",
        "1/" * 50_000 + "2 l",
        "1-" * 50_000 + "2 cm",
        "1.1" * 50_000,
        "1 1/2" * 20_000,
    ):
        content, aside = ANALYSER.split(hostile)
        assert content or aside
    # A second or so; anything quadratic takes minutes.
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("colour", "color"),
        ("grey", "gray"),
        ("organised", "organized"),
        ("organisers", "organizers"),
        ("aluminium", "aluminum"),
        ("jewellery", "jewelry"),
        ("moisturiser", "moisturizer"),
        ("favourites", "favorites"),
        ("centre", "center"),
        ("fibre-optic", "fiber-optic"),
        ("tyres", "tires"),
        ("analysing", "analyzing"),
    ],
)
def test_british_is_american(british: str, american: str) -> None:
    assert ANALYSER.terms(british) == ANALYSER.terms(american)


@pytest.mark.parametrize("word", ["exercise", "promise", "rise", "wise", "surprise", "four", "hour"])
def test_words_that_only_look_british_stay(word: str) -> None:
    assert ANALYSER.terms(word) != ANALYSER.terms(word.replace("ise", "ize").replace("our", "or"))


def test_typed_tokens_are_the_query_terms() -> None:
    for query in ("1,5 kg flour", "蓝牙耳机 降噪", "什么", "茶", "wh-900 的 电池", "手机壳iphone15"):
        tokens = ANALYSER.tokens(query)
        content = [term for token in tokens for term in (token.bridge, *token.content) if term]
        assert sorted(content or [t for token in tokens for t in token.aside]) == sorted(ANALYSER.query_terms(query))
