"""Files that changed their columns: which are new, which are gone, and which only have another name.

A renamed column is recognised by its values, never by its name alone: the items that are known already hold the same
values under the old name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from soutui.config import ItemColumns
from soutui.data.columns import guess_items
from soutui.data.convert import ItemConverter, RowError
from soutui.data.profile import column_names
from soutui.data.schema import Item

#: Share of known items whose value must be the same under the new name.
SAME = 0.9
_SINGLE = ("id", "title", "image", "available")


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """A column that came (``added`` as ``role``), went (``removed``) or is called otherwise (``renamed``)."""

    kind: str
    name: str
    role: str
    before: str = ""


def evolve(
    rows: Sequence[Mapping[str, Any]], given: ItemColumns, known: Callable[[str], Item | None]
) -> tuple[ItemColumns, list[ColumnChange]]:
    """The map for a file that begins with ``rows``, from the map of before, and what changed.

    ``known`` gives the stored item of an id. A gone column that no other one replaces leaves the map. Raises DataError
    when no column can be the id any more.
    """
    names = column_names(rows)
    roles = {column: role for role, columns in _columns(given) for column in columns}
    gone = [column for column in roles if column not in names]
    fresh = [name for name in names if name not in roles]
    changes: list[ColumnChange] = []
    for column in list(gone):
        found = _renamed(column, roles[column], rows, fresh, given, known)
        if found:
            changes.append(ColumnChange("renamed", found, roles[column], column))
            given = _replace(given, roles[column], column, found)
            gone.remove(column)
            fresh.remove(found)
    for column in gone:
        changes.append(ColumnChange("removed", column, roles[column]))
        given = _replace(given, roles[column], column, "")
    if fresh:
        guessed = guess_items(rows, replace(given, text=(), attributes=()))[0]
        for role in ("text", "attributes"):
            more = tuple(name for name in getattr(guessed, role) if name in fresh)
            changes += [ColumnChange("added", name, role) for name in more]
            joined: dict[str, Any] = {role: (*getattr(given, role), *more)}
            given = replace(given, **joined)
    return given, changes


def _columns(given: ItemColumns) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for one in fields(given):
        value = getattr(given, one.name)
        found.append((one.name, ((value,) if value else ()) if isinstance(value, str) else value))
    return found


def _replace(given: ItemColumns, role: str, column: str, name: str) -> ItemColumns:
    value: Any = name
    if role not in _SINGLE:
        kept = [name if one == column else one for one in getattr(given, role)]
        value = tuple(one for one in kept if one)
    changed: dict[str, Any] = {role: value}
    return replace(given, **changed)


def _renamed(
    column: str,
    role: str,
    rows: Sequence[Mapping[str, Any]],
    fresh: Sequence[str],
    given: ItemColumns,
    known: Callable[[str], Item | None],
) -> str:
    """The new column with the values that ``column`` had; ``""`` when there is none."""
    if role == "id":
        counts = {name: sum(known(str(row.get(name, ""))) is not None for row in rows) for name in fresh}
        best = max(counts, key=lambda name: counts[name], default="")
        return best if best and counts[best] >= SAME * len(rows) else ""
    reader = ItemConverter.of(rows, ItemColumns(given.id, "", (), tuple(fresh)))
    compared = 0
    same: Counter[str] = Counter()
    for row in rows:
        try:
            item = reader.convert(row)
        except RowError:
            continue
        stored = known(item.id)
        value = None if stored is None else _value(stored, column, role)
        if value is None:
            continue
        compared += 1
        same.update(name for name in fresh if _plain(item.attributes.get(name)) == _plain(value))
    best, count = same.most_common(1)[0] if same else ("", 0)
    return best if count >= SAME * compared else ""


def _value(item: Item, column: str, role: str) -> Any:
    if role == "title":
        return item.title or None
    if role == "image":
        return item.image or None
    return item.texts.get(column) if role == "text" else item.attributes.get(column)


def _plain(value: Any) -> str:
    """A value as its column may spell it: 9 and 9.0 and "9" are the same."""
    if isinstance(value, tuple):
        return "\x1f".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
