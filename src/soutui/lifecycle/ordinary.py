"""Ordinary English words: what a person may well type though the catalogue does not have it.

There is no word list among what soutui installs, but the default text model brings one: the whole words of its
WordPiece vocabulary are the commonest of English.
"""

from __future__ import annotations

import json

from soutui.encode.base import find_model
from soutui.errors import NotFoundError

_SHORTEST = 3  # letters


def ordinary_words() -> list[str]:
    """About 20,000 words in lower case, sorted; none where the default model is not installed."""
    try:
        path = find_model("default") / "tokenizer.json"
    except NotFoundError:
        return []
    if not path.is_file():
        return []
    pieces = json.loads(path.read_text("utf-8")).get("model", {}).get("vocab", {})
    return sorted(one for one in pieces if len(one) >= _SHORTEST and one.isascii() and one.isalpha() and one.islower())
