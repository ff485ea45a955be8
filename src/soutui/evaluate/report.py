"""Reports: comparisons and slices as plain text, Markdown or plain values, in English or Chinese.

Numbers come from :mod:`soutui.evaluate.compare` and :mod:`soutui.evaluate.slices`; nothing is computed here.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from soutui.evaluate.compare import Comparison, Interval, Row
from soutui.evaluate.slices import SliceRow

Language = Literal["en", "zh"]
Table = tuple[tuple[str, ...], ...]

#: English word to Chinese word; a word that is not here is shown as it is.
_ZH: Mapping[str, str] = {
    "system": "系统",
    "mean": "均值",
    "difference": "差值",
    "corrected p": "校正后 p",
    "wins/losses/ties": "胜/负/平",
    "verdict": "结论",
    "baseline": "基线",
    "better": "更好",
    "worse": "更差",
    "no difference shown": "未见差异",
    "slice": "切片",
    "slices": "切片",
    "queries": "数量",
    "too small": "样本太少",
    "notes": "说明",
    "against": "对比基线",
    "n": "数量",
    "head": "热门物品",
    "tail": "长尾物品",
    "warm user": "老用户",
    "cold user": "新用户",
    "warm item": "老物品",
    "cold item": "新物品",
    "en": "英文",
    "zh": "中文",
    "mixed": "中英混合",
    "1 word": "1 个词",
    "2-3 words": "2–3 个词",
    "4+ words": "4 个词以上",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured: one comparison a metric, slices of one metric by system, other figures, notes.

    ``slices`` maps a heading (``"mine, ndcg@10"``) to its rows. ``figures`` maps a name to a number by system, for
    what has no interval: coverage, novelty, Gini.
    """

    title: str
    comparisons: tuple[Comparison, ...] = ()
    slices: Mapping[str, tuple[SliceRow, ...]] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the words stay English."""
        return {
            "title": self.title,
            "comparisons": [made.as_dict() for made in self.comparisons],
            "slices": {name: [row.as_dict() for row in rows] for name, rows in self.slices.items()},
            "figures": {name: dict(by_system) for name, by_system in self.figures.items()},
            "notes": list(self.all_notes()),
        }

    def all_notes(self) -> tuple[str, ...]:
        """The report's notes and those of its comparisons, each once."""
        return tuple(dict.fromkeys((*self.notes, *(note for made in self.comparisons for note in made.notes))))

    def as_text(self, width: int = 100, language: Language = "en") -> str:
        """Plain text for a terminal of ``width`` columns: aligned tables, Chinese characters two columns wide.

        A table that is too wide first loses the intervals of the means, then the counts, then the p-values.
        """
        parts = [self.title, "=" * columns_of(self.title)]
        for heading, tables in self._tables(language):
            fitting = next((table for table in tables if table_width(table) <= width), tables[-1])
            parts += ["", heading, "", *aligned(fitting)]
        if notes := self.all_notes():
            parts += ["", f"{_word('notes', language).capitalize()}:", *(f"- {note}" for note in notes)]
        return "\n".join(parts) + "\n"

    def as_markdown(self, language: Language = "en") -> str:
        """Markdown with pipe tables."""
        parts = [f"# {self.title}"]
        for heading, tables in self._tables(language):
            head, *rows = ([cell.replace("|", "\\|") for cell in row] for row in tables[0])
            rule = ["---", *["---:"] * (len(head) - 1)]
            parts += ["", f"## {heading}", "", *(f"| {' | '.join(row)} |" for row in (head, rule, *rows))]
        if notes := self.all_notes():
            parts += ["", f"## {_word('notes', language).capitalize()}", "", *(f"- {note}" for note in notes)]
        return "\n".join(parts) + "\n"

    def _tables(self, language: Language) -> list[tuple[str, list[Table]]]:
        """Headings, each with the same table from full to narrow."""
        made = []
        for comparison in self.comparisons:
            against = f"{_word('against', language)} {comparison.baseline}"
            heading = f"{comparison.metric}, {against} (n = {comparison.rows[0].n}, {comparison.confidence:.0%})"
            made.append((heading, [_comparison_table(comparison, language, detail) for detail in (3, 2, 1, 0)]))
        for name, rows in self.slices.items():
            made.append((f"{_word('slices', language).capitalize()}: {name}", [_slice_table(rows, language)]))
        if self.figures:
            systems = list(dict.fromkeys(system for by_system in self.figures.values() for system in by_system))
            head = (_word("system", language), *self.figures)
            body = ((one, *(number(by_system.get(one)) for by_system in self.figures.values())) for one in systems)
            made.append((", ".join(self.figures), [(head, *body)]))
        return made


def number(value: float | None, sign: bool = False) -> str:
    """Four digits, with a sign for differences; a dash for nothing."""
    if value is None or value != value:
        return "-"
    return f"{value:+.4f}" if sign else f"{value:.4f}"


def spread(interval: Interval | None, sign: bool = False) -> str:
    """``[low, high]`` with four digits."""
    return f"[{number(interval[0], sign)}, {number(interval[1], sign)}]" if interval else "-"


def columns_of(text: str) -> int:
    """How many terminal columns a text takes: wide and full-width characters two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table_width(table: Table) -> int:
    """The columns that :func:`aligned` needs."""
    return sum(_widths(table)) + 2 * (len(table[0]) - 1)


def aligned(table: Table) -> list[str]:
    """The lines of a table: first column left, the others right, a rule under the head."""
    widths = _widths(table)
    lines = []
    for row in table:
        cells = [
            " " * (width - columns_of(cell)) + cell if at else cell + " " * (width - columns_of(cell))
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * table_width(table))
    return lines


def _widths(table: Table) -> list[int]:
    return [max(columns_of(row[at]) for row in table) for at in range(len(table[0]))]


def _comparison_table(made: Comparison, language: Language, detail: int) -> Table:
    """All columns at ``detail`` 3; 2: no intervals of means; 1: no counts; 0: no p-values."""
    interval = f"{made.confidence:.0%}"
    head = ["system", "mean", interval, "difference", interval, "corrected p", "wins/losses/ties", "verdict"]
    keep = [0, 1, *([2] if detail > 2 else []), 3, 4, *([5] if detail > 0 else []), *([6] if detail > 1 else []), 7]
    rows = [[_word(name, language) for name in head]]
    rows += [_comparison_row(row, row.system == made.baseline, language) for row in made.rows]
    return tuple(tuple(row[at] for at in keep) for row in rows)


def _comparison_row(row: Row, is_baseline: bool, language: Language) -> list[str]:
    first = [row.system, number(row.mean), spread(row.interval)]
    if is_baseline:
        return [*first, "-", "-", "-", "-", _word("baseline", language)]
    return [
        *first,
        number(row.diff, sign=True),
        spread(row.diff_interval, sign=True),
        f"{row.p_corrected:.4f}",
        f"{row.wins}/{row.losses}/{row.ties}",
        _word(row.verdict, language),
    ]


def _slice_table(rows: Sequence[SliceRow], language: Language) -> Table:
    paired = any(row.diff is not None for row in rows)
    head = ["slice", "n", "mean", "95%", *(["difference", "95%"] if paired else []), ""]
    made = [tuple(_word(name, language) for name in head)]
    for row in rows:
        cells = [_word(row.slice, language), str(row.n), number(row.mean), spread(row.interval)]
        if paired:
            cells += [number(row.diff, sign=True), spread(row.diff_interval, sign=True)]
        made.append((*cells, _word("too small", language) if row.too_small else ""))
    return tuple(made)


def _word(word: str, language: Language) -> str:
    return _ZH.get(word, word) if language == "zh" else word


def from_dict(values: Mapping[str, Any]) -> Report:
    """The report that :meth:`Report.as_dict` gave, for instance out of a bundle's JSON."""
    comparisons = tuple(
        Comparison(
            **{
                **made,
                "rows": tuple(_restored(Row, row) for row in made["rows"]),
                "notes": tuple(made["notes"]),
            }
        )
        for made in values["comparisons"]
    )
    slices = {name: tuple(_restored(SliceRow, row) for row in rows) for name, rows in values["slices"].items()}
    return Report(values["title"], comparisons, slices, values["figures"], tuple(values["notes"]))


def _restored(kind: type[Any], values: Mapping[str, Any]) -> Any:
    known = {one.name for one in dataclasses.fields(kind)}
    return kind(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name in known}
    )
