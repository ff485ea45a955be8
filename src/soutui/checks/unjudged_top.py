"""Q06: results that nobody judged."""

from __future__ import annotations

from soutui.checks.base import Check, Example, Finding
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent
from soutui.evaluate.files import read_qrels, read_run

DEPTH = 10
SHARE = 0.3
"""Share of the first ten that must be unjudged to be named."""


class UnjudgedTop(Check):
    """The share of the first ten results of the bundle that serves, on its test queries, that have no judgment."""

    code = "Q06"
    name = "unjudged-top"
    title = Text("Results that nobody judged", "未经标注的结果")
    meaning = Text(
        "An unjudged item counts as not relevant. Where judgments came from one system, another that finds other good "
        "items looks worse than it is.",
        "没有标注的物品按不相关计。若标注来自某个系统，能找到其他好物品的系统会被低估。",
    )
    advice = Text(
        "Judge the first ten of the systems you compare for the queries with the most unjudged results (the examples), "
        "and read differences below the unjudged share with care.",
        "对未标注最多的查询（见示例），标注各系统的前十个结果；小于未标注比例的差异要谨慎看待。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Info only, from 30 % up; silent before the first build and without measured queries."""
        folder = data.bundle / "runs" / "search" if data.bundle is not None else None
        if folder is None or not (folder / "soutui.tsv.gz").is_file() or not (folder / "qrels.tsv.gz").is_file():
            return None
        qrels = read_qrels(folder / "qrels.tsv.gz")
        judged = {query: set(grades) for query, grades in qrels.items()}
        answers = read_run(folder / "soutui.tsv.gz")
        missing: list[tuple[int, str]] = []
        shown = 0
        for query, (items, _) in answers.items():
            if query not in judged:
                continue
            top = items[:DEPTH]
            shown += len(top)
            missing.append((sum(item not in judged[query] for item in top), query))
        count = sum(lost for lost, _ in missing)
        if not shown or count < SHARE * shown:
            return None
        missing.sort(key=lambda pair: (-pair[0], pair[1]))
        examples = [
            Example(query, f"{lost} / {DEPTH} {data.queries.get(query, '')}".strip()) for lost, query in missing[:10]
        ]
        summary = Text(
            "{count} of {n} results in the first ten ({share}) have no judgment.",
            "前十的 {n} 个结果中有 {count} 个（{share}）没有标注。",
        )
        return self.found(
            "info",
            count,
            shown,
            summary.fill(count=number(count), n=number(shown), share=percent(count / shown)),
            examples,
        )
