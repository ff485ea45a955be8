"""C07: the same sentence in many items."""

from __future__ import annotations

import re
from collections import Counter

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

SAMPLE = 20_000
"""Items looked at, evenly spread."""
SHORTEST = 15
"""Characters of a sentence worth counting."""
COMMON = 0.05
"""Share of the items from which a sentence is boilerplate, and at least :data:`FEWEST` items."""
FEWEST = 20

_SENTENCE = re.compile(r"(?<=[.!?])\s+|[。！？；\n\r|•]+")


class Boilerplate(Check):
    """A sentence that 5 % of the items or more have word for word."""

    code = "C07"
    name = "boilerplate"
    title = Text("Boilerplate in texts", "文本里有套话")
    meaning = Text(
        "Shop notices and template sentences make all items alike to a text model and are found by words that say "
        "nothing about the item.",
        "店铺公告和模板句会让文本模型觉得所有物品都相似，还会让无关的词命中它们。",
    )
    advice = Text("Cut these sentences out of the text column.", "从文本列中删去这些句子。")

    def run(self, data: DataView) -> Finding | None:
        """Sentences of 15 characters in 5 % (and 20) of the items. A warning when 20 % of the items have one."""
        n = len(data.items)
        rows = range(0, n, max(1, -(-n // SAMPLE)))
        counts: Counter[str] = Counter()
        sentences: list[list[str]] = []
        for row in rows:
            texts = (strings[row].as_py() for _, strings in data.items.texts())
            found = {part.strip() for text in texts for part in _SENTENCE.split(text[:5_000])}
            # A sentence that is the whole item is a copy of it: that is for another check.
            here = [part for part in found if len(part) >= SHORTEST]
            counts.update(here)
            sentences.append(here)
        least = max(FEWEST, COMMON * len(rows))
        common = {part: count for part, count in counts.most_common(1_000) if count >= least}
        if not common:
            return None
        hit = sum(any(part in common for part in here) for here in sentences)
        examples = [Example(part, percent(count / len(rows))) for part, count in common.items()]
        summary = Text(
            "{hit} of {n} items looked at ({share}) hold one of {k} repeated sentences.",
            "抽查的 {n} 个物品中有 {hit} 个（{share}）含有 {k} 个重复句子之一。",
        )
        share = hit / len(rows)
        told = summary.fill(hit=number(hit), n=number(len(rows)), share=percent(share), k=number(len(common)))
        return self.found(graded(share, 0.2), hit, len(rows), told, examples, figures={"sentences": len(common)})
