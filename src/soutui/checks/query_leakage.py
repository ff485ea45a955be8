"""Q01: the same query in train and in test."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.common import canonical
from soutui.checks.near import find_near
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

LEAST = 0.8
"""Similarity of three-character pieces from which two queries count as nearly the same."""
SHORTEST = 12
"""Characters of a query from which near ones are looked for."""


class QueryLeakage(Check):
    """Test queries that are also, word for word or nearly, train or valid queries."""

    code = "Q01"
    name = "query-leakage"
    title = Text("The same query in train and test", "训练与测试含相同查询")
    meaning = Text(
        "What was learned on a query is known when it is asked again: the test then measures memory, and its figures "
        "are too good for new queries.",
        "在某个查询上学到的东西，再问时自然会答：测试变成了背题，指标对新查询来说偏高。",
    )
    advice = Text(
        "Split by query text, not by row: all judgments of one text, and of its near copies, in one part.",
        "按查询文本切分，而不是按行：同一文本及其近似文本的标注应在同一部分。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Over judgments that say a split. A warning from 1 % of the test queries up, an error from 10 % equal ones."""
        judged = data.judgments
        parts: dict[str, set[str]] = {"train": set(), "test": set()}
        for split, names in (("train", ("train", "valid")), ("test", ("test",))):
            codes = np.unique(judged.query[np.isin(judged.split.astype(str), names)]) if len(judged) else ()
            parts[split] = {judged.queries[code] for code in codes}
        if not parts["train"] or not parts["test"]:
            return None
        learned: dict[str, str] = {}
        for name in sorted(parts["train"]):
            learned.setdefault(canonical(data.queries.get(name, name)), name)
        asked = {name: canonical(data.queries.get(name, name)) for name in sorted(parts["test"])}
        same = [(name, learned[text]) for name, text in asked.items() if text in learned]
        close = _near(learned, {name: text for name, text in asked.items() if text not in learned})
        count, n = len(same) + len(close), len(asked)
        if not count:
            return None
        examples = [Example(f"{name} = {other}", data.queries.get(name, "")) for name, other in same[:6]]
        examples += [Example(f"{name} ≈ {other}", data.queries.get(name, "")) for name, other in close[:4]]
        summary = Text(
            "Of {n} test queries {same} have the words of a train or valid query and {close} nearly so ({share}).",
            "{n} 个测试查询中，{same} 个与训练或验证查询用词相同，{close} 个几乎相同（{share}）。",
        )
        told = summary.fill(n=number(n), same=number(len(same)), close=number(len(close)), share=percent(count / n))
        severity = "error" if len(same) >= 0.1 * n else graded(count / n, 0.01)
        return self.found(severity, count, n, told, examples, figures={"same": len(same), "near": len(close)})


def _near(learned: dict[str, str], asked: dict[str, str]) -> list[tuple[str, str]]:
    """Test queries (name, train query's name) nearly the same as one learned, each once, most alike first."""
    old = [text for text in learned if len(text) >= SHORTEST]
    new = [(name, text) for name, text in asked.items() if len(text) >= SHORTEST]
    near = find_near([*old, *(text for _, text in new)], LEAST, 3)
    met: dict[str, str] = {}
    for left, right in zip(near.left.tolist(), near.right.tolist(), strict=True):
        if left < len(old) <= right:
            met.setdefault(new[right - len(old)][0], learned[old[left]])
    return list(met.items())
