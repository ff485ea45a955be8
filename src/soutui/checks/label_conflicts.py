"""T03: equal texts with different labels."""

from __future__ import annotations

from collections import defaultdict

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import spelled
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class LabelConflicts(Check):
    """Texts of one source that say the same and are labelled differently."""

    code = "T03"
    name = "label-conflicts"
    title = Text("Equal texts with different labels", "相同文本却有不同标签")
    meaning = Text(
        "No model can be right on both: their share is a limit to what can be reached.",
        "任何模型都不可能两次都对：它们的比例就是可达到水平的上限。",
    )
    advice = Text(
        "Decide the examples anew; if both labels are right, allow several labels.",
        "重新判定示例；若两个标签都对，应允许多标签。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning from 1 % of the texts up."""
        seen: dict[tuple[str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        n = 0
        for text in data.texts:
            if not text.labels:
                continue
            n += 1
            whole = f"{spelled(text.text)}\t{spelled(text.other)}"
            for field, label in text.labels.items():
                if whole != "\t":
                    seen[text.source, field, whole][label].append(text.id)
        odd = [labels for labels in seen.values() if len(labels) > 1]
        if not odd:
            return None
        hit = {name for labels in odd for names in labels.values() for name in names}
        examples = [
            Example(" / ".join(names[0] for names in labels.values()), " / ".join(labels)) for labels in odd[:10]
        ]
        summary = Text(
            "{count} of {n} labelled texts ({share}) have the words of one labelled otherwise.",
            "{n} 段带标签文本中有 {count} 段（{share}）与标签不同的另一段用词相同。",
        )
        told = summary.fill(count=number(len(hit)), n=number(n), share=percent(len(hit) / n))
        return self.found(graded(len(hit) / n, 0.01), len(hit), n, told, examples)
