"""C06: texts that were read in the wrong encoding."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import around, matching
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

#: UTF-8 read as Latin-1 or Windows-1252, the replacement mark, UTF-8 read as GBK.
PATTERN = "[ÃÂ][\u0080-\u00bf]|â€[\u0080-\u2122]|\ufffd|ï»¿|锟斤拷|烫烫烫|鈥[檚淺]"


class Encoding(Check):
    """Items with texts such as ``cafÃ©``."""

    code = "C06"
    name = "broken-encoding"
    title = Text("Texts in a broken encoding", "文本编码损坏（乱码）")
    meaning = Text(
        "Words such as “cafÃ©” or “锟斤拷” are not found by anybody, and the characters that were lost do not come "
        "back by themselves.",
        "像“cafÃ©”“锟斤拷”这样的词谁也搜不到，丢失的字符不会自己恢复。",
    )
    advice = Text(
        "Export the file again as UTF-8. If only some rows are hit, they were damaged before: repair them at the "
        "source.",
        "重新以 UTF-8 导出文件。若只有部分行受影响，说明更早就已损坏，请在源头修复。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A typical trace of it in any text. A warning from 0.5 % of the catalogue up, an error from 20 %."""
        n = len(data.items)
        broken = np.zeros(n, np.bool_)
        examples = []
        for name, strings in data.items.texts():
            here = matching(strings, PATTERN)
            for row in np.flatnonzero(here & ~broken)[:4].tolist():
                examples.append(Example(data.items.ids[row], f"{name}: {around(strings[row].as_py(), PATTERN)}"))
            broken |= here
        count = int(broken.sum())
        if not count:
            return None
        summary = Text(
            "{count} of {n} items ({share}) hold such texts.", "{n} 个物品中有 {count} 个（{share}）含乱码。"
        )
        told = summary.fill(count=number(count), n=number(n), share=percent(count / n))
        return self.found(graded(count / n, 0.005, 0.2), count, n, told, examples)
