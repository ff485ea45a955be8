"""S02: addresses and numbers of people in queries and texts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa

from soutui.checks.base import Check, Example, Finding, Severity
from soutui.checks.common import matching
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number

EMAIL = r"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})"
#: The area codes of North America without those of toll-free service numbers (800, 833, 844 …).
_AREA = r"(?:[2-79][0-9]{2}|8(?:0[1-9]|[129][0-9]|3[0-24-9]|4[0-35-9]|5[0-46-9]|6[0-57-9]|7[0-689]|8[0-79]))"
#: Chinese mobile numbers, and international or North American ones with their marks.
PHONE = (
    r"(?:^|[^0-9A-Za-z.-])((?:\+?86[- ]?)?1[3-9][0-9]{9}"
    r"|\+[1-9][0-9]{0,2}[ -][0-9]{2,4}[ -][0-9]{3,4}(?:[ -][0-9]{2,4})?"
    rf"|(?:1-)?{_AREA}-[2-9][0-9]{{2}}-[0-9]{{4}}|\({_AREA}\) ?[0-9]{{3}}-[0-9]{{4}})(?:$|[^0-9A-Za-z])"
)
#: Mainland Chinese identity numbers: region, date of birth, sequence, check digit.
IDENTITY = (
    r"(?:^|[^0-9])([1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx])(?:$|[^0-9A-Za-z])"
)
PATTERNS = {"email": EMAIL, "phone": PHONE, "identity number": IDENTITY}

_ZH = {
    "email": "邮箱",
    "phone": "电话",
    "identity number": "身份证号",
    "queries": "查询",
    "items": "物品",
    "texts": "带标签的文本",
}


class PersonalData(Check):
    """E-mail addresses, phone and identity numbers. Examples are masked; the report never shows one whole."""

    code = "S02"
    name = "personal-data"
    title = Text("Personal data in queries and texts", "查询和文本里的个人信息")
    meaning = Text(
        "They would be indexed, encoded, shown in results and kept in every bundle and backup. In queries they are "
        "customers' secrets; in items often a seller's contact.",
        "它们会被索引、编码、展示，并留在每个索引包和备份里。查询中的是顾客隐私；物品中的常是卖家联系方式。",
    )
    advice = Text(
        "Mask them before importing; keep no queries longer than you need. Public contact lines of a shop are fine.",
        "导入前打码；查询不要保存得比需要的更久。商店公开的客服电话没有问题。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning for any in queries; info for those in items and labelled texts only."""
        labelled = pa.array([f"{text.text} {text.other}" for text in data.texts], pa.large_string())
        places = {"queries": [data.query_texts()], "items": [one for _, one in data.items.texts()], "texts": [labelled]}
        counts: dict[str, int] = {}
        kinds = dict.fromkeys(PATTERNS, 0)
        examples: list[Example] = []
        for place, columns in places.items():
            hit = np.zeros(len(columns[0]), np.bool_)
            for strings in columns:
                for kind, pattern in PATTERNS.items():
                    here = matching(strings, pattern)
                    kinds[kind] += int(here.sum())
                    examples += _masked(strings, here, kind, pattern, place)
                    hit |= here
            counts[place] = int(hit.sum())
        count, total = sum(counts.values()), sum(len(columns[0]) for columns in places.values())
        if not count:
            return None
        severity: Severity = "warning" if counts["queries"] else "info"
        summary = Text(
            "{queries} queries, {items} items and {texts} labelled texts hold any: {email} e-mail addresses, {phone} "
            "phone numbers, {identity} identity numbers.",
            "{queries} 个查询、{items} 个物品、{texts} 段带标签文本含有：{email} 处邮箱，{phone} 处电话，{identity} "
            "处身份证号。",
        )
        told = summary.fill(
            **{place: number(found) for place, found in counts.items()},
            email=number(kinds["email"]),
            phone=number(kinds["phone"]),
            identity=number(kinds["identity number"]),
        )
        figures = {kind.replace(" ", "_"): found for kind, found in kinds.items()}
        return self.found(severity, count, total, told, examples, figures={**counts, **figures})


def mask(text: str) -> str:
    """A secret with only its first and last character left: ``a…m``."""
    kept = text.strip()
    return f"{kept[:1]}…{kept[-1:]} ({len(kept)})"


def _masked(
    strings: Any, here: np.ndarray[Any, np.dtype[np.bool_]], kind: str, pattern: str, place: str
) -> list[Example]:
    found = []
    for row in np.flatnonzero(here)[:2].tolist():
        match = re.search(pattern, strings[row].as_py())
        if match:
            found.append(Example(mask(match.group(1)), Text(f"{kind}, {place}", f"{_ZH[kind]}，{_ZH[place]}")))
    return found
