"""T01: labelled texts that are in train and in test."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import spelled
from soutui.checks.near import find_near
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

LEAST = 0.85
SHORTEST = 30
"""Characters of a text from which near ones are looked for."""


class TextLeakage(Check):
    """Test texts that are also, word for word or nearly, train or valid texts of the same source."""

    code = "T01"
    name = "text-leakage"
    title = Text("The same labelled text in train and test", "训练与测试含相同的带标签文本")
    meaning = Text(
        "A model that remembers scores on them without having understood anything; figures are too good for new texts.",
        "只会死记的模型也能在它们上面得分；对新文本来说指标偏高。",
    )
    advice = Text(
        "Leave the copies out of train, and split by text, not by row.",
        "从训练集去掉这些副本，并按文本而不是按行切分。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Within one source. A warning from 1 % of the test texts up, an error from 10 % equal ones."""
        learned: dict[tuple[str, str], str] = {}
        asked: list[tuple[str, str, str]] = []
        for text in data.texts:
            whole = f"{spelled(text.text)}\t{spelled(text.other)}"
            if text.split == "test":
                asked.append((text.source, whole, text.id))
            elif text.split in ("train", "valid"):
                learned.setdefault((text.source, whole), text.id)
        n = len(asked)
        if not n or not learned:
            return None
        same = [(name, learned[source, whole]) for source, whole, name in asked if (source, whole) in learned]
        near = _near(learned, [one for one in asked if (one[0], one[1]) not in learned])
        count = len(same) + len(near)
        if not count:
            return None
        examples = [Example(f"{name} = {other}") for name, other in same[:6]]
        examples += [Example(f"{name} ≈ {other}", f"{alike:.2f}") for name, (other, alike) in list(near.items())[:4]]
        summary = Text(
            "Of {n} test texts {same} are in train or valid too and {near} nearly so ({share}).",
            "{n} 段测试文本中，{same} 段也在训练或验证中，{near} 段几乎相同（{share}）。",
        )
        told = summary.fill(n=number(n), same=number(len(same)), near=number(len(near)), share=percent(count / n))
        severity = "error" if len(same) >= 0.1 * n else graded(count / n, 0.01)
        return self.found(severity, count, n, told, examples, figures={"same": len(same), "near": len(near)})


def _near(learned: dict[tuple[str, str], str], asked: list[tuple[str, str, str]]) -> dict[str, tuple[str, float]]:
    """Test texts by id → the learned text nearly the same, and how alike they are; most alike first."""
    old = [(source, whole, name) for (source, whole), name in learned.items() if len(whole) >= SHORTEST]
    new = [one for one in asked if len(one[1]) >= SHORTEST]
    near = find_near([whole for _, whole, _ in (*old, *new)], LEAST)
    met: dict[str, tuple[str, float]] = {}
    for left, right, alike in zip(near.left.tolist(), near.right.tolist(), near.similarity.tolist(), strict=True):
        if left < len(old) <= right and old[left][0] == new[right - len(old)][0]:
            met.setdefault(new[right - len(old)][2], (old[left][2], alike))
    return met
