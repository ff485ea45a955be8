"""Words of the catalogue that Chinese segmentation keeps whole: its brands, its categories, what repeats in its fields.

jieba knows the language, not the shop: without these words 良品铺子 is cut into 良品 and 铺子. A word gets just the
frequency at which it is cut out by itself, so that longer words which jieba knows stay whole too.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from soutui.errors import DamagedError
from soutui.text.normalise import HAN, normalise
from soutui.text.words import CHINESE_STOP_WORDS

FILE = "words.json"

_SHORTEST, _LONGEST = 2, 8  # characters
_MOST = 20_000
_MOST_VALUES = 5_000  # different values of a field; one that has more holds texts or codes
_LONGEST_VALUE = 40  # characters
_RUN = re.compile(f"[{HAN}]+")


def catalogue_words(fields: Iterable[Mapping[str, int]]) -> tuple[str, ...]:
    """The words of some fields, most frequent first: each field gives its values and how many items have them.

    A value counts when at least two items have it and the field repeats itself (half as many values as cells, or
    fewer); of it, each run of 2 to 8 Chinese characters is a word.
    """
    found: Counter[str] = Counter()
    for values in fields:
        if not 0 < len(values) <= _MOST_VALUES or 2 * len(values) > sum(values.values()):
            continue
        for value, count in values.items():
            if count > 1 and len(value) <= _LONGEST_VALUE and not value.isascii():
                runs = _RUN.findall(normalise(value))
                found.update({run: count for run in runs if _SHORTEST <= len(run) <= _LONGEST})
    kept = sorted((word for word in found if word not in CHINESE_STOP_WORDS), key=lambda word: (-found[word], word))
    return tuple(kept[:_MOST])


def write_words(folder: Path, words: Iterable[str]) -> None:
    """Write the words into a bundle's ``folder``."""
    (folder / FILE).write_text(json.dumps(list(words), ensure_ascii=False), "utf-8")


def read_words(folder: Path) -> tuple[str, ...]:
    """The words of a bundle; none when it was built without. Raises DamagedError when the file is no list of words."""
    path = folder / FILE
    try:
        words = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path} cannot be read: {error}", "roll back to another bundle or build again") from None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise DamagedError(f"{path} is not a list of words", "roll back to another bundle or build again")
    return tuple(words)
