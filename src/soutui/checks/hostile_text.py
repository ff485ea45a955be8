"""S01: characters that hide or turn text round."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import matching
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

PATTERNS = {
    "control": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\x{0080}-\x{009f}]",
    "direction": r"[\x{202A}-\x{202E}\x{2066}-\x{2069}]",
    "invisible": r"[\x{200B}\x{2060}-\x{2064}\x{FEFF}\x{00AD}\x{180E}]",
    "private use": r"[\x{E000}-\x{F8FF}]",
}

_KINDS = {
    "control": Text("control", "控制字符"),
    "direction": Text("direction", "书写方向"),
    "invisible": Text("invisible", "看不见的字符"),
    "private use": Text("private use", "私用区字符"),
}


class HostileText(Check):
    """Control characters, overrides of the writing direction, characters without width."""

    code = "S01"
    name = "hostile-characters"
    title = Text("Characters that hide or turn text round", "隐藏或翻转文字的字符")
    meaning = Text(
        "They make a title look like another one, break lines of files and logs, and keep words from being found. The "
        "zero-width joiner of emoji and of some scripts does not count.",
        "它们会让标题看起来像别的内容、弄乱文件与日志的行，还会让词搜不到。表情符号和某些文字用的零宽连接符不计在内。",
    )
    advice = Text(
        "Delete them where the data are written. soutui shows them as text and never runs them, but other programs may "
        "not be so careful.",
        "在写入数据处删除它们。soutui 只把它们当文本显示、绝不执行，但别的程序未必如此小心。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Counts items, queries and labelled texts. A warning for control or direction characters, else info."""
        counts = dict.fromkeys(PATTERNS, 0)
        examples = []
        odd = np.zeros(len(data.items), np.bool_)
        for kind, pattern in PATTERNS.items():
            hit = np.zeros(len(data.items), np.bool_)
            for _, strings in data.items.texts():
                hit |= matching(strings, pattern)
            counts[kind] += int(hit.sum())
            odd |= hit
            examples += [Example(data.items.ids[row], _KINDS[kind]) for row in np.flatnonzero(hit)[:3].tolist()]
        queries = data.query_texts()
        asked = np.zeros(len(queries), np.bool_)
        for kind, pattern in PATTERNS.items():
            hit = matching(queries, pattern)
            counts[kind] += int(hit.sum())
            asked |= hit
            examples += [
                Example(ascii(queries[place].as_py()), _KINDS[kind]) for place in np.flatnonzero(hit)[:2].tolist()
            ]
        count, total = int(odd.sum() + asked.sum()), len(odd) + len(asked)
        if not count:
            return None
        summary = Text(
            "{count} of {n} items and queries ({share}): {control} with control characters, {direction} that turn the "
            "direction, {invisible} with characters nobody sees, {private} of private use.",
            "{n} 个物品和查询中有 {count} 个（{share}）：{control} 个含控制字符，{direction} 个改变书写方向，"
            "{invisible} 个含看不见的字符，{private} 个含私用区字符。",
        )
        told = summary.fill(
            count=number(count),
            n=number(total),
            share=percent(count / total),
            control=number(counts["control"]),
            direction=number(counts["direction"]),
            invisible=number(counts["invisible"]),
            private=number(counts["private use"]),
        )
        severity = graded(float(counts["control"] + counts["direction"] > 0), 1.0)
        figures = {kind.replace(" ", "_"): found for kind, found in counts.items()}
        return self.found(severity, count, total, told, examples, figures=figures)
