"""C05: HTML in texts."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import around, matching
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

TAGS = (
    r"(?i)</?(?:p|br|div|span|a|b|i|u|ul|ol|li|table|tr|td|img|h[1-6]|font|strong|em|script|style|iframe)"
    r"(?:\s[^<>]*)?/?>"
)
ENTITIES = r"&(?:amp|nbsp|lt|gt|quot|apos|#[0-9]{2,6}|#x[0-9a-fA-F]{2,5});"
PATTERN = f"{TAGS}|{ENTITIES}"


class Markup(Check):
    """Items whose texts hold HTML tags or entities."""

    code = "C05"
    name = "markup-in-texts"
    title = Text("HTML in texts", "文本里有 HTML")
    meaning = Text(
        "Tags and entities are searched and encoded as if they were words, and people see them in titles.",
        "标签和转义符会被当作词语搜索和编码，用户还会在标题里看到它们。",
    )
    advice = Text(
        "Strip the tags and decode the entities where the file is written.", "在导出文件时去掉标签并还原转义符。"
    )

    def run(self, data: DataView) -> Finding | None:
        """A tag or an entity in any text. A warning from 1 % of the catalogue up."""
        n = len(data.items)
        marked = np.zeros(n, np.bool_)
        examples = []
        for name, strings in data.items.texts():
            here = matching(strings, PATTERN)
            for row in np.flatnonzero(here & ~marked)[:4].tolist():
                examples.append(Example(data.items.ids[row], f"{name}: {around(strings[row].as_py(), PATTERN)}"))
            marked |= here
        count = int(marked.sum())
        if not count:
            return None
        summary = Text("{count} of {n} items ({share}) hold HTML.", "{n} 个物品中有 {count} 个（{share}）含 HTML。")
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found(graded(count / n, 0.01), count, n, told, examples)
