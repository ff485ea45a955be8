"""C03: items that say nearly the same."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.columns import code_strings
from soutui.checks.common import surplus
from soutui.checks.near import find_near
from soutui.checks.plots import Columns
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent
from soutui.text.normalise import has_cjk

LEAST = 0.85
"""Similarity from which two texts count as nearly the same: about one word in twenty differs."""
SHORTEST = 40
"""Characters of a text worth comparing, half as many in Chinese: short names are alike by nature."""


class NearDuplicates(Check):
    """Items whose texts differ in a few words only."""

    code = "C03"
    name = "near-duplicates"
    title = Text("Items nearly the same as another", "与另一物品几乎相同的物品")
    meaning = Text(
        "Variants of one thing (sizes, colours, reposts) crowd a result page, and a text model cannot tell them apart. "
        "Similarity is the share of five-character pieces that two texts have in common.",
        "同一事物的变体（尺寸、颜色、转载）会挤满结果页，文本模型也分不开它们。相似度指两段文本共有的五字片段所占比例。"
        "",
    )
    advice = Text(
        "Give variants an attribute they share (a product family) and cap it with `policy.caps`, raise "
        "`policy.diversity`, or keep one item a family.",
        "给变体一个共有属性（如同款编号），用 `policy.caps` 限量，或调高 `policy.diversity`，或每款只留一个物品。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A similarity of .85 between texts of 40 characters or more (20 in Chinese). A warning from 10 % up."""
        codes, texts = code_strings(data.items.whole)
        firsts = np.unique(codes, return_index=True)[1] if len(codes) else np.empty(0, np.int64)
        rows, kept = [], []
        for code, row in enumerate(firsts.tolist()):
            text = texts[code]
            if len(text) >= SHORTEST or (len(text) >= SHORTEST // 2 and has_cjk(text)):
                rows.append(row)
                kept.append(text)
        near = find_near(kept, LEAST)
        copies, groups = surplus(near.groups)
        if not copies:
            return None
        ids = data.items.ids
        examples = [
            Example(f"{ids[rows[left]]} ≈ {ids[rows[right]]}", f"{similarity:.2f}")
            for left, right, similarity in zip(
                near.left[:10].tolist(), near.right[:10].tolist(), near.similarity[:10].tolist(), strict=True
            )
        ]
        counts, edges = np.histogram(near.similarity, bins=15, range=(LEAST, 1.0))
        plot = Columns(
            Text("How alike the pairs are", "各对的相似度"),
            tuple(f"{edge:.2f}" for edge in edges[:-1]),
            tuple(counts.tolist()),
            Text("similarity", "相似度"),
            Text("pairs", "对数"),
        )
        summary = Text(
            "{count} of {n} items with enough text ({share}) are nearly the same as another, in {groups} groups.",
            "{n} 个文本足够长的物品中有 {count} 个（{share}）与另一个几乎相同，共 {groups} 组。",
        )
        share = copies / len(kept)
        told = summary.fill(count=number(copies), n=number(len(kept)), share=percent(share), groups=number(groups))
        return self.found(
            graded(share, 0.1),
            copies,
            len(kept),
            told,
            examples,
            plot,
            {"groups": groups, "pairs": len(near.left)},
        )
