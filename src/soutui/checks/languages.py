"""C04: languages of items and of queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from soutui.checks.base import Check, Finding
from soutui.checks.plots import Stacks
from soutui.checks.scripts import LANGUAGES, language_shares
from soutui.checks.view import DataView
from soutui.checks.wording import Text, percent

SAMPLE = 5_000
"""Texts of each field that are looked at, evenly spread."""
COMMON = 0.05
"""Share from which a language counts."""
ABSENT = 0.01
"""Share below which a language is not there."""


class Languages(Check):
    """Queries in a language that the items do not have; texts in several languages."""

    code = "C04"
    name = "languages"
    title = Text("Several languages", "多种语言")
    meaning = Text(
        "A query finds words of its own language only; the default text model knows English, so Chinese is found by "
        "words alone. Queries in a language that no item has find nothing.",
        "查询只能命中同一语言的词；默认文本模型只懂英文，中文只能靠词语匹配。若没有物品使用查询的语言，就什么也搜不到。"
        "",
    )
    advice = Text(
        "Add texts in the languages people search in (one field a language is enough), or set `encoder.model` to a "
        "multilingual model.",
        "补上人们搜索所用语言的文本（每种语言一个字段即可），或把 `encoder.model` 设为多语言模型。",
    )

    def run(self, data: DataView) -> Finding | None:
        """A warning when 5 % of the queries are in a language of less than 1 % of the texts; info for a mix."""
        mix = language_mix(data)
        asked = mix.get("queries", {})
        had: dict[str, float] = {}
        for field, shares in mix.items():
            for name, share in shares.items() if field != "queries" else ():
                had[name] = max(had.get(name, 0.0), share)
        # Text that holds both is found by queries of either.
        both = had.get("mixed", 0.0)
        missing = {
            name: share
            for name, share in asked.items()
            if share >= COMMON
            and name not in ("mixed", "none", "other")
            and had.get(name, 0.0) + (both if name in ("zh", "en") else 0.0) < ABSENT
        }
        several = [name for name, share in had.items() if share >= COMMON and name not in ("none", "mixed")]
        if not missing and len(several) < 2:
            return None
        plot = language_plot(mix)
        if missing:
            named = Text(
                *(
                    ", ".join(f"{LANGUAGES[one].of(zh)} {percent(share)}" for one, share in missing.items())
                    for zh in ("en", "zh")
                )
            )
            summary = Text(
                f"Queries in a language that items hardly have: {named.en}.", f"有物品几乎没有的查询语言：{named.zh}。"
            )
            return self.found("warning", len(missing), 0, summary, plot=plot, figures=missing)
        named = Text(*(", ".join(LANGUAGES[one].of(zh) for one in several) for zh in ("en", "zh")))
        summary = Text(
            f"The texts are in {len(several)} languages: {named.en}.", f"文本有 {len(several)} 种语言：{named.zh}。"
        )
        return self.found("info", len(several), 0, summary, plot=plot, figures={one: had[one] for one in several})


def language_mix(data: DataView) -> dict[str, Mapping[str, float]]:
    """The share of each language by field of the items, and under ``queries`` of the queries."""
    made: dict[str, Mapping[str, float]] = {}
    for name, strings in (*data.items.texts(), ("queries", data.query_texts())):
        shares = language_shares(_sample(strings))
        if shares:
            made[name] = shares
    return made


def language_plot(mix: Mapping[str, Mapping[str, float]]) -> Stacks | None:
    """The mix as stacked bars, at most a dozen fields; None when there are no texts."""
    if not mix:
        return None
    rows = [name for name in mix if name != "queries"][:11] + (["queries"] if "queries" in mix else [])
    parts = [name for name in LANGUAGES if any(name in mix[row] for row in rows)]
    names = {"title": Text("title", "标题"), "queries": Text("queries", "查询")}
    return Stacks(
        Text("Language of each field", "各字段的语言"),
        tuple(names.get(row, row) for row in rows),
        tuple(LANGUAGES[part] for part in parts),
        tuple(tuple(mix[row].get(part, 0.0) for part in parts) for row in rows),
    )


def _sample(strings: Any) -> list[str]:
    """At most :data:`SAMPLE` of the strings that are not empty."""
    filled = np.flatnonzero(pc.not_equal(strings, "").to_numpy(zero_copy_only=False))
    chosen = filled[:: max(1, len(filled) // SAMPLE)][:SAMPLE]
    return [strings[place].as_py() for place in chosen.tolist()]
