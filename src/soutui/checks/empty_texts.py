"""C01: items that have no text at all."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from soutui.checks.base import Check, Finding, graded
from soutui.checks.common import first
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class EmptyTexts(Check):
    """Items with neither a title nor any further text."""

    code = "C01"
    name = "empty-texts"
    title = Text("Items without any text", "没有任何文本的物品")
    meaning = Text(
        "No search can find these items, and they have no vector: only events can bring them onto a page.",
        "这些物品搜不到，也没有向量：只能靠行为数据出现在结果里。",
    )
    advice = Text(
        "Check which columns were taken as title and text (`soutui init … --dry-run`), or fill the texts at the "
        "source.",
        "核对哪些列被当作标题和文本（`soutui init … --dry-run`），或在源头补齐文本。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 1 % of the catalogue up."""
        n = len(data.items)
        empty = np.flatnonzero(pc.equal(data.items.whole, "").to_numpy(zero_copy_only=False))
        if not len(empty):
            return None
        share = len(empty) / n
        summary = Text("{count} of {n} items ({share}) have no text.", "{n} 个物品中有 {count} 个（{share}）没有文本。")
        return self.found(
            graded(share, 0.01),
            len(empty),
            n,
            summary.fill(count=number(len(empty)), n=number(n), share=percent(share)),
            first(empty.tolist(), data.items.ids),
        )
