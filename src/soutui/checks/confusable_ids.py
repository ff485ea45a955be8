"""C08: ids that differ only by case, blanks or leading zeros."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from soutui.checks.base import Check, Example, Finding, graded
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent


class ConfusableIds(Check):
    """Ids of items or users that a spreadsheet or a person would take for the same."""

    code = "C08"
    name = "confusable-ids"
    title = Text("Ids that differ only by case, blanks or leading zeros", "只差大小写、空格或前导零的编号")
    meaning = Text(
        "“1”, “01” and “1 ” are three ids here. When files disagree about them, events miss their items and users have "
        "two histories.",
        "“1”“01”“1 ”在这里是三个编号。文件之间写法不一时，行为找不到物品，用户的历史被拆成两份。",
    )
    advice = Text(
        "Write ids the same way in every file: as text, not as numbers in a spreadsheet, with the same padding.",
        "所有文件用同一种写法：按文本保存（不要让表格软件当数字），补零一致。",
    )

    def run(self, data: DataView) -> Finding | None:
        """Among items, among users, and unknown items of events that would be known in another spelling.

        A warning from 0.1 % of the ids up, or when events miss an item for its spelling.
        """
        items = list(_groups(data.items.ids))
        users = list(_groups(data.events.users))
        known = {fold_id(name): name for name in data.items.ids}
        missed = [
            (name, known[folded])
            for name in data.events.item_names
            if name not in data.items.row_of and (folded := fold_id(name)) in known
        ]
        count = sum(map(len, items)) + sum(map(len, users)) + len(missed)
        if not count:
            return None
        total = len(data.items) + len(data.events.users)
        examples = [Example(repr(given), f"→ {meant!r}") for given, meant in missed[:4]]
        examples += [Example(" · ".join(map(repr, group[:4]))) for group in (*items[:4], *users[:4])]
        summary = Text(
            "{items} item ids and {users} user ids are spelled in several ways; events name {missed} items in another "
            "spelling than the catalogue ({share} of all ids).",
            "{items} 个物品编号和 {users} 个用户编号有多种写法；行为中有 {missed} 个物品与目录写法不同（占全部编号的 "
            "{share}）。",
        )
        told = summary.fill(
            items=number(sum(map(len, items))),
            users=number(sum(map(len, users))),
            missed=number(len(missed)),
            share=percent(count / total),
        )
        severity = "warning" if missed else graded(count / total, 0.001)
        return self.found(
            severity,
            count,
            total,
            told,
            examples,
            figures={"items": len(items), "users": len(users), "missed_items": len(missed)},
        )


def fold_id(name: str) -> str:
    """An id without case, width, blanks, invisible characters and leading zeros (of an id that is all digits)."""
    if name.isascii():
        folded = "".join(name.lower().split())
    else:
        folded = unicodedata.normalize("NFKC", name).casefold()
        folded = "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")
    return folded.lstrip("0") or "0" if folded.isdecimal() else folded


def _groups(names: Sequence[str]) -> Iterable[list[str]]:
    """Ids that fold to the same, two or more each."""
    by_form: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for name in names:
        if not name:
            continue
        folded = fold_id(name)
        seen = by_form.setdefault(folded, name)
        if seen is not name:
            several.setdefault(folded, [seen]).append(name)
    return several.values()
