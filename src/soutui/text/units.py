"""Amounts with their units: ``1 litre`` is ``1000 ml``, ``½ inch`` is ``12.7 mm``, ``3斤`` is ``1500克``.

One unit a dimension is the one that amounts are compared in. Which pieces of a text are looked at is
:mod:`soutui.text.analyse`; which terms an amount becomes is said by :func:`measured`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Unit, its spellings, what it is compared in and how many of those it is. Inches, pounds and their kind are
# rounded to three digits: as people write them in millimetres and grams (27 inch is 68.6 cm).
_UNITS: tuple[tuple[str, str, str, float, bool], ...] = (
    ("ml", "ml millilitre millilitres milliliter milliliters cc 毫升", "ml", 1, False),
    ("cl", "cl centilitre centilitres centiliter centiliters 厘升", "ml", 10, False),
    ("dl", "dl decilitre decilitres deciliter deciliters 分升", "ml", 100, False),
    ("l", "l ltr litre litres liter liters 公升 升", "ml", 1000, False),
    ("floz", "floz fl_oz fl._oz fluid_ounce fluid_ounces 液盎司", "ml", 29.5735, True),
    ("gallon", "gal gallon gallons 加仑", "ml", 3785.41, True),
    ("mg", "mg milligram milligrams 毫克", "g", 0.001, False),
    ("g", "g gr gram grams gramme grammes 克", "g", 1, False),
    ("kg", "kg kgs kilo kilos kilogram kilograms 公斤 千克", "g", 1000, False),
    ("jin", "斤 市斤", "g", 500, False),
    ("liang", "两", "g", 50, False),
    ("tonne", "tonne tonnes 吨", "g", 1e6, False),
    ("lb", "lb lbs pound pounds 磅", "g", 453.592, True),
    ("oz", "oz ounce ounces 盎司", "g", 28.3495, True),
    ("mm", "mm millimetre millimetres millimeter millimeters 毫米", "mm", 1, False),
    ("cm", "cm centimetre centimetres centimeter centimeters 厘米 公分", "mm", 10, False),
    ("m", "m metre metres meter meters 米 公尺", "mm", 1000, False),
    ("km", "km kilometre kilometres kilometer kilometers 公里 千米", "mm", 1e6, False),
    ("inch", "inch inches in \" '' 英寸 吋 寸", "mm", 25.4, True),
    ("ft", "ft foot feet 英尺 呎", "mm", 304.8, True),
    ("yd", "yd yds yard yards", "mm", 914.4, True),
    ("mile", "mile miles 英里", "mm", 1609344, True),
    ("mb", "mb", "gb", 0.001, False),
    ("gb", "gb", "gb", 1, False),
    ("tb", "tb", "gb", 1000, False),
    ("hz", "hz hertz 赫兹", "hz", 1, False),
    ("khz", "khz 千赫", "hz", 1e3, False),
    ("mhz", "mhz 兆赫", "hz", 1e6, False),
    ("ghz", "ghz", "hz", 1e9, False),
    ("w", "w watt watts 瓦特 瓦", "w", 1, False),
    ("kw", "kw kilowatt kilowatts 千瓦", "w", 1000, False),
    ("wh", "wh", "wh", 1, False),
    ("kwh", "kwh 千瓦时", "wh", 1000, False),
    ("v", "v volt volts 伏特 伏", "v", 1, False),
    ("kv", "kv 千伏", "v", 1000, False),
    ("mah", "mah 毫安时 毫安", "mah", 1, False),
    ("ah", "ah 安时", "mah", 1000, False),
    ("lm", "lm lumen lumens 流明", "lm", 1, False),
    ("mp", "mp megapixel megapixels 万像素", "", 1, False),
    ("pc", "pc pcs piece pieces", "", 1, False),
    ("ct", "ct", "", 1, False),
    ("percent", "% percent", "", 1, False),
)

#: Spelling of a unit -> the one spelling that is indexed. Only after a number.
UNITS: dict[str, str] = {
    spelling.replace("_", " "): unit for unit, spellings, *_ in _UNITS for spelling in spellings.split()
}
_COMPARED = {unit: (base, factor, rounded) for unit, _, base, factor, rounded in _UNITS if base}

#: What makes another word of a unit's character: 3升级 is no volume, 5克拉 no mass.
_OTHER_WORDS = {
    "升": "级降温学",
    "克": "拉隆",
    "米": "其饭粉",
    "瓦": "片砖",
    "伏": "击",
    "两": "个件天年次只位种人款面用",
}

_NUMBER = r"(?:\d++(?:[.,]\d++)*+|\.\d++)"
_HALVES = r"/(?:2|3|4|5|8|16|32|64)(?!\d)"
_FRACTION = rf"(?:\d{{1,3}}[ -])?\d{{1,2}}{_HALVES}"
_ONE = rf"(?>{_FRACTION}|{_NUMBER})"
# The same, its first digit by itself: a pattern that begins with a set of characters is skipped at once elsewhere.
_FIRST = rf"\d(?>(?:\d{{0,2}}[ -]\d{{1,2}}|\d?){_HALVES}|\d*+(?:[.,]\d++)*+)"
# Ranges and sizes: 10-20 cm, 10 x 20 x 30 cm.
_BETWEEN = r"(?: ?[-~x×*/] ?| to | by |[至到])"
_MORE = rf"(?:{_BETWEEN}{_ONE}){{0,3}}"


def _unit() -> str:
    """Matches a unit where a number has just ended. ``in`` touches its number or follows decimals: not "2 in 1"."""
    latin = "|".join(sorted((re.escape(unit) for unit in UNITS if unit.isascii() and unit != "in"), key=len)[::-1])
    long = "|".join(sorted((unit for unit in UNITS if not unit.isascii() and len(unit) > 1), key=len)[::-1])
    short = "|".join(
        f"{unit}(?![{_OTHER_WORDS[unit]}])" if unit in _OTHER_WORDS else unit
        for unit in UNITS
        if not unit.isascii() and len(unit) == 1
    )
    inch = r"(?:-?|(?<=[./]\d) |(?<=[./]\d\d) )in(?![0-9a-z]|[- ]?\d|-[a-z])"
    return rf"[ -]?(?:{latin})(?![0-9a-z])|{inch}|[ ]?(?:{long}|{short})"


#: Finds amounts in normalised text.
AMOUNT = rf"{_FIRST}{_MORE}(?:{_unit()})|\.\d++(?:{_unit()})"

_AMOUNT = re.compile(rf"({_ONE}{_MORE})[ -]?([^\d].*)")
_PARTS = re.compile(rf"({_ONE})({_BETWEEN})?")
# The mobile networks. Written apart it is a mass.
_NETWORK = re.compile(r"[2-6]g")


class Amount(NamedTuple):
    """One amount: ``typed`` is the number with its unit as written, ``number`` alone, ``same`` what all equal amounts
    share, and ``more`` what else it is found by (the spelling of a fraction). ``typed`` is empty where no unit is.
    """

    typed: str
    number: str
    same: str
    more: str = ""


def measured(word: str) -> list[Amount]:
    """The amounts that a match of :data:`AMOUNT` says, in order; nothing for any other text."""
    found = _AMOUNT.fullmatch(word) if word[:1].isdigit() or word[:1] == "." else None
    unit = UNITS.get(found[2]) if found is not None else None
    if found is None or unit is None or _NETWORK.fullmatch(word):
        return []
    numbers = list(_numbers(found[1]))
    # 2 x 500 ml is two bottles, 10 x 20 cm two lengths.
    sizes = _COMPARED.get(unit, ("",))[0] == "mm"
    amounts = []
    for place, (written, between) in enumerate(numbers):
        if between in {"x", "×", "*", "by"} and not sizes and place < len(numbers) - 1:
            amounts.append(Amount("", _plain(written), ""))
            continue
        number = _plain(written)
        amounts.append(Amount(number + unit, number, _same(number, unit), _fraction(written)))
    return amounts


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """The numbers of a range, each with what stands between it and the next."""
    for match in _PARTS.finditer(text):
        yield match[1], (match[2] or "").strip()


def _plain(written: str) -> str:
    """A number with a point for the decimals and nothing else: 1,000 is 1000, 1,5 is 1.5, 1 1/2 is 1.5."""
    if "/" in written:
        whole, _, part = written.replace("-", " ").rpartition(" ")
        above, below = part.split("/")
        return _short((int(whole) if whole else 0) + int(above) / int(below))
    head, comma, tail = written.rpartition(",")
    if comma and "." not in tail and (len(tail) != 3 or head == "0"):
        # A comma that does not set three digits apart begins the decimals.
        written = head.replace(".", "").replace(",", "") + "." + tail
    written = written.replace(",", "")
    return "0" + written if written[0] == "." else written


def _fraction(written: str) -> str:
    return re.split("[ -]", written)[-1] if "/" in written else ""


def _same(number: str, unit: str) -> str:
    """The term that equal amounts share; empty when the unit is compared with no other."""
    base, factor, rounded = _COMPARED.get(unit, ("", 1.0, False))
    if not base or len(number) > 15 or number.count(".") > 1:
        return ""
    value = float(number)
    if unit == "mb" and value % 1024 == 0:
        factor = 1 / 1024
    elif unit == "gb" and value >= 1024 and value % 1024 == 0:
        factor = 1000 / 1024
    value *= factor
    told = _short(float(f"{value:.3g}") if rounded else value)
    # Spelled out, so that five grams and the mobile network differ.
    return told + ("gram" if base == "g" and told in {"2", "3", "4", "5", "6"} else base)


def _short(value: float) -> str:
    """A number of at most six digits, without an exponent or trailing zeros."""
    return f"{float(f'{value:.6g}'):.9f}".rstrip("0").rstrip(".")
