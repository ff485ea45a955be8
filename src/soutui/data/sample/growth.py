"""The catalogue grown to any size, for tests of load and scale: made items, recombined from the written ones.

A made item takes after two written ones of its type. From the first come the noun and its size (``Steel Bottle 750
ml``), the price level and the plain attributes; from the second the brand and a sentence. It gets a series with a
model number of its own, a colour, and another size: what the title says in millilitres, litres or centimetres is
scaled, and capacity, weight and price with it. Books, news and videos keep the written title and get a name of their
own in it (``Soltara: …``), written in Chinese by syllables.

The name comes from the item's number by mixed radix over syllables that can be told apart again, so all titles are
unique in both languages and no list of those made is kept. Texts are recombined, so sentences do come back: made items
test size and speed, and say nothing about quality. Equal arguments give equal items, and a smaller catalogue is the
beginning of a larger one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from soutui.data.schema import Attribute, Item
from soutui.errors import UsageError

_SYLLABLES = (
    "sol:索 ta:塔 ra:拉 ven:文 mi:米 lo:洛 ka:卡 ri:里 no:诺 bel:贝 du:杜 fa:法 gri:格 ho:霍 "
    "ju:朱 le:莱 mo:莫 ne:内 or:奥 pa:帕 qui:奎 ro:罗 sa:萨 ti:蒂 ul:乌 va:瓦 wen:温 yo:约 "
    "za:扎 bri:布 cor:科 del:德 el:埃 fen:芬 gal:加 hal:哈 is:伊 kel:凯 lun:伦 mar:马"
)
#: Syllables of made names, each with its Chinese.
SYLLABLES = tuple((pair.partition(":")[0], pair.partition(":")[2]) for pair in _SYLLABLES.split())

COLOURS: Mapping[str, str] = {
    "black": "黑色",
    "white": "白色",
    "grey": "灰色",
    "silver": "银色",
    "blue": "蓝色",
    "green": "绿色",
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "brown": "棕色",
    "beige": "米色",
    "pink": "粉色",
    "purple": "紫色",
}

_BLOCK = 4096
_SCALES = (0.5, 0.75, 1.0, 1.0, 1.25, 1.5, 2.0)
_SIZE = re.compile(r"(?<![\w.×–])(\d+(?:\.\d+)?) (ml|L|cm|kg|g|m)\b(?! ×)")
_UNITS_ZH = "毫升厘米公斤克寸张片目号毫"
_ENGLISH, _CHINESE = re.compile(r"(?<=[.!?])\s+"), re.compile(r"(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class _Mould:
    """A written item taken apart. ``size``: the number in both titles that may be scaled, or ""."""

    item: Item
    stem: str
    kind: str
    english: str
    chinese: str
    size: str
    sentences: tuple[tuple[str, str], ...]


def grow(items: Sequence[Item], n: int, seed: int = 7) -> Iterator[Item]:
    """The given items and after them made ones, ``n`` in all; memory does not depend on ``n``.

    Raises UsageError when ``n`` is smaller than the number of items or there are none to take after.
    """
    if not items or n < len(items):
        raise UsageError(f"cannot grow {len(items)} items to {n}", f"ask for {max(1, len(items))} or more")
    yield from items
    moulds = [_mould(item) for item in items]
    kin: dict[str, list[_Mould]] = {}
    for mould in moulds:
        kin.setdefault(mould.kind, []).append(mould)
    number = 0
    for block in range((n - len(items) + _BLOCK - 1) // _BLOCK):
        # Drawn for the whole block even when less is wanted, so that a smaller catalogue begins a larger one.
        dice = np.random.default_rng([seed, block, 2]).integers(0, 1 << 30, (_BLOCK, 6)).tolist()
        for row in dice[: n - len(items) - number]:
            mould = moulds[row[0] % len(moulds)]
            others = kin[mould.kind]
            number += 1
            yield _made(mould, others[row[1] % len(others)], number, row)


def _made(mould: _Mould, other: _Mould, number: int, dice: Sequence[int]) -> Item:
    attributes: dict[str, Attribute] = dict(mould.item.attributes)
    name, name_zh = _name(number)
    rating, price = attributes.get("rating"), attributes.get("price")
    if isinstance(rating, float):
        attributes["rating"] = min(4.9, max(3.4, round(rating + (dice[2] % 7 - 3) / 10, 1)))
    attributes["year"] = float(2019 + dice[2] % 8)
    scale = 1.0
    goods = not _written(mould.item)
    if goods:
        brand = str(other.item.attributes.get("brand", ""))
        attributes["brand"] = brand
        english, chinese = mould.english, mould.chinese
        if mould.size:
            scale = _SCALES[dice[3] % len(_SCALES)]
            size = _rounded(float(mould.size) * scale)
            scale = float(size) / float(mould.size)
            english = english.replace(mould.size, size, 1)
            chinese = chinese.replace(mould.size, size, 1)
            for field in ("capacity_ml", "weight_g"):
                value = attributes.get(field)
                if isinstance(value, float):
                    attributes[field] = float(round(value * scale))
        model = 10 + dice[4] % 90
        title, title_zh = f"{brand} {name} {model} {english}", f"{brand} {name} {model} {chinese}"
        colour = attributes.get("colour")
        if colour in COLOURS:
            names = tuple(COLOURS)
            colour = attributes["colour"] = names[dice[5] % len(names)]
            title, title_zh = f"{title}, {colour}", f"{title_zh}，{COLOURS[colour]}"
    else:
        title, title_zh = _retold(mould, name, name_zh)
        for field in ("author", "brand", "region"):
            if field in other.item.attributes:
                attributes[field] = other.item.attributes[field]
        for field in ("pages", "words", "duration_s", "views"):
            value = attributes.get(field)
            if isinstance(value, float):
                attributes[field] = float(round(value * (0.6 + dice[3] % 90 / 100)))
        if attributes.get("published"):
            day = date.fromisoformat(str(attributes["published"])) + timedelta(days=dice[4] % 29 - 14)
            attributes["published"] = day.isoformat()
    if isinstance(price, float):
        attributes["price"] = max(1.0, round(price * scale**0.6 * (0.8 + dice[1] % 41 / 100), 1))
    one = mould.sentences[dice[3] % len(mould.sentences)]
    two = other.sentences[dice[5] % len(other.sentences)]
    if one == two and len(other.sentences) > 1:
        two = other.sentences[(dice[5] + 1) % len(other.sentences)]
    pair = (one, two) if one != two else (one,)
    texts = {"title_zh": title_zh, "text": " ".join(p[0] for p in pair), "text_zh": "".join(p[1] for p in pair)}
    return Item(f"{mould.stem}-g{number}", title, texts, attributes, available=dice[4] % 64 != 0)


def _written(item: Item) -> bool:
    """Whether it is a text or a video: a title of its own, no brand in it."""
    return not item.title.startswith(str(item.attributes.get("brand", "\0")) + " ")


def _retold(mould: _Mould, name: str, name_zh: str) -> tuple[str, str]:
    title, chinese = mould.item.title, mould.item.texts.get("title_zh", "")
    if chinese.startswith("《") and chinese.endswith("》"):
        return f"{title}: The {name} Book", f"{chinese[:-1]}：{name_zh}卷》"
    return f"{name}: {title}", f"{name_zh}：{chinese}"


def _name(number: int) -> tuple[str, str]:
    """A name of its own for each number from 1, three syllables or more, and its Chinese."""
    base = len(SYLLABLES)
    # The offset makes three syllables the fewest; the factor, prime to the base, keeps neighbours apart.
    left = number
    parts: list[tuple[str, str]] = []
    while left or len(parts) < 3:
        left, digit = divmod(left, base)
        parts.append(SYLLABLES[(digit * 7 + len(parts) * 11) % base])
    return "".join(part[0] for part in parts).capitalize(), "".join(part[1] for part in parts)


def _rounded(value: float) -> str:
    """A size as shops write it: two significant digits, no trailing zero."""
    if value >= 100:
        return f"{round(value / 10) * 10:d}"
    return f"{value:.0f}" if value >= 10 else f"{max(value, 0.1):.1f}".removesuffix(".0")


def _mould(item: Item) -> _Mould:
    brand, kind = str(item.attributes.get("brand", "")), str(item.attributes.get("type", ""))
    category = str(item.attributes.get("category", ""))
    english, chinese = item.title.split(), item.texts.get("title_zh", item.title).split()
    series: list[str] = []
    if brand and not _written(item):
        length = len(brand.split())
        english, chinese = english[length:], chinese[length:] if chinese[:length] == brand.split() else chinese
        while len(english) > 1 and len(chinese) > 1 and english[0] == chinese[0]:
            # A number before its unit is a size, not part of the series.
            if english[0].replace(".", "").isdecimal() and chinese[1][0] in _UNITS_ZH:
                break
            series.append(english.pop(0))
            chinese.pop(0)
    en, zh = " ".join(english), " ".join(chinese)
    found = _SIZE.search(en)
    size = found[1] if found and en.count(found[1]) == 1 and zh.count(found[1]) == 1 else ""
    return _Mould(item, item.id.rpartition("-")[0] or item.id, f"{category}/{kind}", en, zh, size, _pairs(item, series))


def _pairs(item: Item, series: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Sentences of the description in both languages; those that name series or brand are left out if others stay."""
    english = [part for part in _ENGLISH.split(item.texts.get("text", "").strip()) if part]
    chinese = [part for part in _CHINESE.split(item.texts.get("text_zh", "").strip()) if part]
    if not english or not chinese:
        return ((item.texts.get("text", item.title), item.texts.get("text_zh", item.title)),)
    if len(english) != len(chinese):
        return ((" ".join(english), "".join(chinese)),)
    names = [name for name in (*series, str(item.attributes.get("brand", ""))) if len(name) > 2]
    pairs = tuple(zip(english, chinese, strict=True))
    plain = tuple(pair for pair in pairs if not any(name in pair[0] or name in pair[1] for name in names))
    return plain or pairs
