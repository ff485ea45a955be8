"""The words of the command line in Chinese. English is the key; what is not here is printed in English."""

from __future__ import annotations

import re

from soutui.cli.words.checking import CHECK_HELP_ZH, CHECK_ZH
from soutui.cli.words.labels import ZH as LABELS_ZH
from soutui.cli.words.patterns import PATTERNS_ZH
from soutui.cli.words.sharing import SHARING_HELP_ZH, SHARING_ZH
from soutui.cli.words.suggesting import SUGGESTING_HELP_ZH, SUGGESTING_ZH
from soutui.cli.words.verbs import HELP_ZH as VERBS_ZH

__all__ = ["HELP_ZH", "LANGUAGES", "PATTERNS_ZH", "ZH", "translate"]

LANGUAGES = ("en", "zh")

ZH = {**LABELS_ZH, **CHECK_ZH, **SHARING_ZH, **SUGGESTING_ZH}
HELP_ZH = {**VERBS_ZH, **CHECK_HELP_ZH, **SHARING_HELP_ZH, **SUGGESTING_HELP_ZH}


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
