"""In which language a text is, as far as its letters and commonest words tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from soutui.checks.wording import Text

#: Code of a language to its name, in the order in which plots show them.
LANGUAGES = {
    "en": Text("English (or too short to tell)", "英文（或过短）"),
    "zh": Text("Chinese", "中文"),
    "mixed": Text("Chinese and Latin letters", "中外文混写"),
    "latin": Text("other Latin script", "其他拉丁文字"),
    "ja": Text("Japanese", "日文"),
    "ko": Text("Korean", "韩文"),
    "cyrillic": Text("Cyrillic", "西里尔文字"),
    "arabic": Text("Arabic script", "阿拉伯文字"),
    "other": Text("another script", "其他文字"),
    "none": Text("no letters", "无文字"),
}

_SCRIPTS = {
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "kana": re.compile("[\u3041-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]"),
}
_ENGLISH_WORDS = "the and of to in is for with on this that are from it by as be you your was an or at"
_OTHER_WORDS = """
der die und das ist nicht mit für ein eine den von zu auf le la les des et un une est dans pour que qui avec du el los
las y en por con para una del il di che per non sono della o os as do da em um uma não het een van voor niet
"""
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[a-z\u00df-\u024f]+")
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())
#: Words that a text in a Latin script needs before its commonest words say anything; a shorter one counts as English.
_FEW = 8


def language_of(text: str) -> str:
    """A key of :data:`LANGUAGES`. A Han character weighs as two letters; "mixed" holds a quarter or more of both."""
    if text.isascii():
        counts = {"latin": len(_SCRIPTS["latin"].findall(text))}
    else:
        counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    han, kana, latin = counts.get("han", 0), counts.get("kana", 0), counts["latin"]
    if kana and 10 * kana >= han:
        return "ja"
    weights = {"zh": 2 * han, "latin": latin, "ko": 2 * counts.get("hangul", 0)}
    weights |= {name: counts.get(name, 0) for name in ("cyrillic", "arabic")}
    best = max(weights, key=weights.__getitem__)
    total = sum(weights.values())
    if not total:
        return "other" if _LETTER.search(text) else "none"
    if han and latin and min(2 * han, latin) >= total / 4:
        return "mixed"
    return _latin(text) if best == "latin" else best


def _latin(text: str) -> str:
    words = _WORD.findall(text.lower())
    if len(words) < _FEW:
        return "en"
    english, others = sum(word in _ENGLISH for word in words), sum(word in _OTHERS for word in words)
    return "latin" if others > english and others >= len(words) / 20 else "en"


def language_shares(texts: Iterable[str]) -> dict[str, float]:
    """The share of each language among the texts that are not empty, the commonest first."""
    counts = Counter(language_of(text[:500]) for text in texts if text)
    total = counts.total()
    return {name: count / total for name, count in counts.most_common()}
