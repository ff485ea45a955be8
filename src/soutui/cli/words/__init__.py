"""The words of the command line in Chinese. English is the key; what is not here is printed in English."""

from __future__ import annotations

import re

from soutui.cli.words.labels import ZH
from soutui.cli.words.patterns import PATTERNS_ZH
from soutui.cli.words.verbs import HELP_ZH

__all__ = ["HELP_ZH", "LANGUAGES", "PATTERNS_ZH", "ZH", "translate"]

LANGUAGES = ("en", "zh")


def translate(text: str, language: str) -> str:
    """``text`` in the language, or as it is: whole, or by its pattern when it carries names and numbers."""
    if language != "zh":
        return text
    if text in ZH:
        return ZH[text]
    for pattern, chinese in PATTERNS_ZH.items():
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return match.expand(chinese)
    return text
