"""One spelling per character: width, case, accents, typographic marks, traditional to simplified.

Two texts that a reader takes for the same word come out equal: ``Ｃａｆé`` and ``CAFE``, ``電腦`` and
``电脑``. Nothing here knows about words; that is :mod:`soutui.text.analyse`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

#: Han ideographs with the two marks that stand for one (々, 〇): the inside of a character class.
HAN = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Hiragana, Katakana, Bopomofo: written without spaces as Han is. The inside of a character class.
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"

_CJK = re.compile(f"[{HAN}{KANA}]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_MARKS = re.compile("[\u0300-\u036f]")
_STRAY_MARKS = re.compile("(?<=[a-z])[\u0300-\u036f]+")

# NFKC would run a fraction into the number before it: 1½ is not 11⁄2.
_FRACTIONS = re.compile("([0-9])? ?([\u00bc-\u00be\u2150-\u215e])")

# Apostrophes, hyphens and double primes that a keyboard does not have, and Latin letters whose
# stroke or ligature is not a combining mark, so that decomposition leaves them alone.
_REPLACED = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    "\u2044": "/",
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    **dict(zip("øđłħŧıðœæþ", ("o", "d", "l", "h", "t", "i", "d", "oe", "ae", "th"), strict=True)),
}


def has_cjk(text: str) -> bool:
    """Whether the text holds a Han, Kana or Bopomofo character."""
    return not text.isascii() and _CJK.search(text) is not None


def normalise(text: str) -> str:
    """The text with NFKC width, folded case, Latin letters without accents, plain apostrophes and hyphens
    and simplified Han characters. Idempotent.
    """
    if text.isascii():
        return text.lower()
    # Before composing: a mark behind a soft hyphen belongs to the letter in front of it.
    text = _INVISIBLE.sub("", text)
    text = text.replace("\u00b4", "'")  # NFKC would make it a space with an accent
    text = _FRACTIONS.sub(_fraction, text)
    text = _fold(text)
    while _MARKS.search(text) is not None:
        # Marks of several scripts on one letter: what one pass lays bare, the next composes or drops.
        before, text = text, _fold(text)
        if text == before:
            break
    return simplify(text) if _CJK.search(text) else text


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _STRAY_MARKS.sub("", text.translate(_FOLDS))


def _fraction(match: re.Match[str]) -> str:
    spelled = unicodedata.normalize("NFKC", match[2]).replace("\u2044", "/")
    return f"{match[1]} {spelled}" if match[1] else match[0][: -len(match[2])] + spelled


def simplify(text: str) -> str:
    """Traditional to simplified characters (OpenCC's ``t2s``); the result is as long as the text.

    Characters that stay as they are in some words (乾 in 乾隆, 徵 in 角徵羽) or become another one
    (瞭解 is 了解) are decided by a short list of phrases, all others one by one.
    """
    phrases, found_in, characters = _traditional()
    pieces: list[str] = []
    end = 0
    for found in found_in.finditer(text):
        pieces.append(text[end : found.start()].translate(characters))
        pieces.append(phrases[found.group()])
        end = found.end()
    pieces.append(text[end:].translate(characters))
    return "".join(pieces)


@cache
def _traditional() -> tuple[dict[str, str], re.Pattern[str], dict[int, str]]:
    """OpenCC's tables: phrases that differ from their characters, a pattern that finds them, the characters."""
    folder = resources.files("opencc") / "dictionary"
    one = _pairs((folder / "TSCharacters.txt").read_text("utf-8-sig"))
    # 薴 -> 苧 -> 苎: follow chains, so that a second pass changes nothing.
    characters = {ord(old): one.get(new, new) for old, new in one.items()}
    phrases: dict[str, str] = {}
    for old, new in _pairs((folder / "TSPhrases.txt").read_text("utf-8-sig")).items():
        if new != old.translate(characters):
            phrases[old] = new
            if new != new.translate(characters):
                phrases[new] = new  # text that was simplified before meets the same spelling
    longest_first = sorted(phrases, key=len, reverse=True)
    return phrases, re.compile("|".join(longest_first)), characters


def _pairs(table: str) -> dict[str, str]:
    """The first choice of every line ``old<TAB>new[ new...]``."""
    lines = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {old: new.split(" ")[0] for old, new in lines}


def shadow(text: str) -> str:
    """The text as :func:`normalise` spells it, but exactly as long: position i of one is position i of the other.

    A character whose normal spelling has several (ß, ﬁ) or none stays as it is; accents that are separate
    characters stay, too.
    """
    if text.isascii():
        return text.lower()
    text = text.translate(_SHADOWS)
    return simplify(text) if _CJK.search(text) else text


class _Shadows(dict[int, str | int]):
    """A translate table of single characters to single characters, worked out as they are met."""

    def __missing__(self, point: int) -> str | int:
        character = normalise(chr(point))
        result: str | int = character if len(character) == 1 and not _CJK.match(chr(point)) else point
        self[point] = result
        return result


class _Folds(dict[int, str | int]):
    """A translate table that works a character out when it is first met: no table of all Unicode at import."""

    def __missing__(self, point: int) -> str | int:
        character = chr(point)
        result: str | int = point
        if character in _REPLACED:
            result = _REPLACED[character]
        elif 0xC0 <= point < 0x250 or 0x1E00 <= point < 0x1F00:
            base = unicodedata.normalize("NFD", character)
            if "a" <= base[0] <= "z":
                result = base[0]
        self[point] = result
        return result


_FOLDS = _Folds()
_SHADOWS = _Shadows()
