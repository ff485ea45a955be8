"""T02: labels that are rare or swamp the others."""

from __future__ import annotations

from collections import Counter, defaultdict

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.plots import Bars
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

FEWEST = 10
"""Texts of a label below which a model can hardly learn it, or a figure say anything of it."""
LARGE = 0.8
"""Share of one label from which always answering it is nearly right."""


class LabelBalance(Check):
    """Fields of labelled texts with a label that has nearly all, or labels with fewer than ten texts."""

    code = "T02"
    name = "label-balance"
    title = Text("Uneven labels", "标签分布不均")
    meaning = Text(
        "Always answering the commonest label is then nearly right, and accuracy says little. Labels with fewer than "
        "ten texts are hardly learned.",
        "此时总答最常见的标签也差不多对，准确率说明不了什么。少于十条文本的标签几乎学不会。",
    )
    advice = Text(
        "Read macro F1 beside accuracy, collect more of the rare labels, or merge them.",
        "除准确率外看宏平均 F1；多收集少见标签的文本，或合并它们。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning when one label has 80 % of a field, else info for labels with fewer than ten texts."""
        fields = label_counts(data)
        examples, worst, rare, labels = [], 0.0, 0, 0
        for (source, field), counts in fields.items():
            total = counts.total()
            (top, most), few = counts.most_common(1)[0], [name for name, count in counts.items() if count < FEWEST]
            labels += len(counts)
            # A field with a label for nearly every text is free text, not a set of labels.
            if len(counts) > total / 2:
                continue
            name = f"{source}/{field}" if source else field
            if len(counts) > 1 and most >= LARGE * total:
                worst = max(worst, most / total)
                examples.append(Example(name, f"{top} {percent(most / total)}"))
            if few:
                rare += len(few)
                examples.append(Example(name, f"< {FEWEST}: {', '.join(few[:5])}"))
        if not examples:
            return None
        summary = Text(
            "{rare} of {n} labels have fewer than ten texts; the largest label has up to {worst} of its field.",
            "{n} 个标签中有 {rare} 个不足十条文本；最大的标签占其字段的 {worst}。",
        )
        if not worst:
            summary = Text("{rare} of {n} labels have fewer than ten texts.", "{n} 个标签中有 {rare} 个不足十条文本。")
        told = summary.fill(rare=number(rare), n=number(labels), worst=percent(worst))
        uneven = len({example.what for example in examples})
        return self.found(
            graded(worst, LARGE), uneven, len(fields), told, examples, label_plot(data), {"rare_labels": rare}
        )


def label_counts(data: DataView) -> dict[tuple[str, str], Counter[str]]:
    """How often each label comes, by source and field."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for text in data.texts:
        for field, label in text.labels.items():
            counts[text.source, field][label] += 1
    return dict(counts)


def label_plot(data: DataView) -> Bars | None:
    """The 20 commonest labels of the field with most texts; None without labels."""
    fields = label_counts(data)
    if not fields:
        return None
    source, field = max(fields, key=lambda key: fields[key].total())
    counts = fields[source, field].most_common(20)
    name = f"{source}/{field}" if source else field
    return Bars(
        Text(f"Labels of {name}", f"{name} 的标签"),
        tuple(label[:40] for label, _ in counts),
        tuple(float(count) for _, count in counts),
    )
