"""HTML in catalogue texts to plain text, in linear time whatever comes."""

from __future__ import annotations

import html
import re

from soutui.data.values import clean_text

# A tag begins with a letter, so that "5 < 6" stays; it ends before the next "<", so that none is searched twice.
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_SPACES = re.compile(r"\s+")
_BLOCKS = (("<!--", "-->"), ("<style", "</style>"), ("<script", "</script>"))


def plain(value: object) -> str:
    """A cell as text without tags, comments, styles and scripts, entities decoded, white space made one space."""
    text = clean_text(value)
    if "<" in text:
        for opening, closing in _BLOCKS:
            text = _without(text, opening, closing)
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return clean_text(_SPACES.sub(" ", text))


def _without(text: str, opening: str, closing: str) -> str:
    # Lower-casing may change the length of a text (İ), and then positions would not fit.
    low = text.lower() if text.isascii() else text
    start = low.find(opening)
    if start < 0:
        return text
    kept, position = [], 0
    while start >= 0:
        kept.append(text[position:start])
        end = low.find(closing, start)
        position = len(text) if end < 0 else end + len(closing)
        start = low.find(opening, position)
    return " ".join((*kept, text[position:]))
