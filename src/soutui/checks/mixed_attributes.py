"""A03: attributes that are a number here and a word there."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding
from soutui.checks.columns import NUMBER, TEXT, VALUE_KINDS
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class MixedAttributes(Check):
    """Attributes whose values are of several types."""

    code = "A03"
    name = "mixed-attributes"
    title = Text("Attributes of mixed types", "类型混杂的属性")
    meaning = Text(
        "A filter such as price<=20 leaves out every item whose value is a word, and sorting them has no meaning.",
        "price<=20 这样的筛选会漏掉取值为文字的物品，排序也没有意义。",
    )
    advice = Text(
        "Write one type a column; leave a cell empty instead of “n/a” or “call us”.",
        "每列只写一种类型；没有值就留空，不要写“暂无”“面议”。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning when numbers and words mix; info for any other mix, such as single values beside lists."""
        hit, worst = [], False
        for name, column in data.items.attributes.items():
            counts = np.bincount(column.kinds, minlength=len(VALUE_KINDS))
            if (counts > 0).sum() < 2:
                continue
            worst |= bool(counts[NUMBER] and counts[TEXT])
            rare = int(np.argmin(np.where(counts > 0, counts, len(column) + 1)))
            owner = data.items.ids[int(column.rows[np.flatnonzero(column.kinds == rare)[0]])]
            present = [
                (VALUE_KINDS[kind], percent(counts[kind] / len(column))) for kind in np.argsort(-counts) if counts[kind]
            ]
            told = [", ".join(f"{kind.of(language)} {share}" for kind, share in present) for language in ("en", "zh")]
            hit.append(Example(name, Text(f"{told[0]}; {owner}", f"{told[1]}；{owner}")))
        if not hit:
            return None
        total = len(data.items.attributes)
        summary = Text("{k} of {n} attributes hold values of several types.", "{n} 个属性中有 {k} 个含多种类型的值。")
        said = summary.fill(k=number(len(hit)), n=number(total))
        return self.found("warning" if worst else "info", len(hit), total, said, hit)
