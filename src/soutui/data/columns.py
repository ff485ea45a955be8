"""Which column means what: guessed by name and by content, told to a person, overridden by settings."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from soutui.config import EventColumns, ItemColumns
from soutui.data.profile import Column, column_names, guess_lists, guess_types
from soutui.data.words import AMOUNT_WORDS, EVENT_WORDS, ITEM_WORDS, RATING_WORDS, without_language
from soutui.errors import DataError

__all__ = ["Guess", "guess_events", "guess_items", "guess_lists", "guess_types", "guess_users", "merge"]

Rows = Sequence[Mapping[str, Any]]
Columns = TypeVar("Columns", ItemColumns, EventColumns)

_LONG = 60.0  # characters; longer on average is text rather than an attribute
_WEAK_KINDS = frozenset({"type", "event", "action", "interaction", "类型", "操作", "动作", "事件"})


@dataclass(frozen=True, slots=True)
class Guess:
    """One decision: what the column was taken for, and why. ``str()`` is the line to print."""

    field: str
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.field} ← {self.column}: {self.why}"


def guess_items(rows: Rows, given: ItemColumns | None = None) -> tuple[ItemColumns, list[Guess]]:
    """What the columns of an item file mean. ``given`` fields are kept; the others are guessed from what is left.

    Raises DataError when no column can be the id, or a given column does not exist.
    """
    sheet = _Sheet(rows, given or ItemColumns(), ItemColumns())
    id_column = sheet.single("id", ITEM_WORDS["id"], prefer=lambda c: c.unique, suffix=True, test=_is_name)
    if not id_column:
        id_column = sheet.content("id", lambda c: c.unique and _is_name(c) and not _no_id(c), "every value distinct")
    if not id_column:
        raise _missing("the item's id", sheet, "item_columns.id")
    available = sheet.single("available", ITEM_WORDS["available"], test=lambda c: c.answers)
    image = sheet.single("image", ITEM_WORDS["image"], test=lambda c: c.links or c.pictures or not c.values)
    image = image or sheet.content("image", lambda c: c.pictures, "names of picture files")
    title = sheet.single("title", ITEM_WORDS["title"], test=_can_title, language=True)
    title = title or sheet.content("title", _is_title, "short and distinct text")
    text = sheet.several("text", _text_reason)
    if not title and text:
        sheet.guesses.append(Guess("title", "(none)", "no column looks like a title; texts are searched all the same"))
    attributes = sheet.several("attributes", lambda c: f"the rest; {c.looks}")
    found = ItemColumns(id_column, title, tuple(text), tuple(attributes), image, available)
    return merge(found, sheet.given, sheet.names), sheet.guesses


def guess_events(rows: Rows, given: EventColumns | None = None) -> tuple[EventColumns, list[Guess]]:
    """What the columns of an event file mean. ``given`` fields are kept; the others are guessed from what is left.

    Without a column for the kind, ``default_kind`` is ``rating`` when the value looks like a rating, otherwise
    ``click``. Raises DataError when there is no item, neither user nor session, or a given column does not exist.
    """
    sheet = _Sheet(rows, given or EventColumns(), EventColumns())
    words = EVENT_WORDS
    user = sheet.single("user", words["user"], test=_is_name)
    session = sheet.single("session", words["session"], test=_is_name)
    item = sheet.single("item", words["item"], test=_is_name)
    time = sheet.single("time", words["time"], test=lambda c: c.clock)
    time = time or sheet.single("time", words["order"], test=lambda c: c.clock, why="holds times")
    time = time or sheet.content("time", lambda c: c.clock, "holds times")
    kind = sheet.single("kind", words["kind"], test=lambda c: c.kinds >= 0.5 or c.plain not in _WEAK_KINDS)
    kind = kind or sheet.content("kind", lambda c: c.kinds == 1 and c.distinct <= 12, "holds kinds of events")
    order = "" if time else sheet.single("order", (*words["order"], *words["time"]), test=_is_order)
    value = sheet.single("value", words["value"], test=lambda c: c.countable)
    query = sheet.single("query", words["query"], test=lambda c: not c.numeric)
    position = sheet.single("position", words["position"], test=lambda c: c.countable)
    item = item or sheet.single("item", (), suffix=True, test=_is_name) or _plain_id(sheet)
    if not item:
        raise _missing("the item", sheet, "event_columns.item")
    event = sheet.single("id", words["id"], test=lambda c: c.unique and _is_name(c))
    user = user or ("" if session else sheet.single("user", (), suffix=True, test=_is_name))
    if not user and not session:
        raise _missing("the user or the session", sheet, "event_columns.user")
    default = sheet.given.default_kind
    if not kind and not default:
        default, why = _default_kind(sheet.columns.get(value))
        sheet.guesses.append(Guess("default_kind", default, why))
    for column in sheet.left():
        sheet.guesses.append(Guess("(unused)", column.name, column.looks))
    found = EventColumns(event, kind, user, session, item, time, order, value, query, position, default)
    return merge(found, sheet.given, sheet.names), sheet.guesses


def guess_users(rows: Rows) -> tuple[str, list[str], list[Guess]]:
    """The id column of a user file, and its attribute columns. Raises DataError when no column can be the id."""
    sheet = _Sheet(rows, EventColumns(), EventColumns())
    words = (*EVENT_WORDS["user"], "id", "_id", "编号")
    column = sheet.single("user", words, prefer=lambda c: c.unique, suffix=True, test=_is_name)
    column = column or sheet.content("user", lambda c: c.unique and _is_name(c) and not _no_id(c), "all distinct")
    if not column:
        raise _missing("the user's id", sheet, "")
    return column, sheet.several("attributes", lambda c: f"the rest; {c.looks}"), sheet.guesses


def merge(guess: Columns, given: Columns, known: Iterable[str]) -> Columns:
    """The guess with every given field put over it; ``known`` are the file's columns.

    Raises DataError, naming the known columns and the nearest, for a given column that does not exist.
    """
    names = list(known)
    fixed = {f.name: getattr(given, f.name) for f in dataclasses.fields(given) if getattr(given, f.name)}
    for field, value in fixed.items():
        if field != "default_kind":
            _check(field, (value,) if isinstance(value, str) else value, names)
    claimed = {part for value in fixed.values() for part in ((value,) if isinstance(value, str) else value)}
    merged: dict[str, Any] = {}
    for f in dataclasses.fields(guess):
        value = getattr(guess, f.name)
        if f.name in fixed:
            value = fixed[f.name]
        elif isinstance(value, tuple):
            value = tuple(part for part in value if part not in claimed)
        elif value in claimed and f.name != "default_kind":
            value = ""
        merged[f.name] = value
    return dataclasses.replace(guess, **merged)


class _Sheet:
    """The columns not yet taken, and the decisions so far."""

    def __init__(self, rows: Rows, given: Any, nothing: Any) -> None:
        self.names = column_names(rows)
        if not self.names:
            raise DataError("there are no rows to guess the columns from", "check that the file is not empty")
        self.given = given
        self.columns = {name: Column(name, rows) for name in self.names}
        self.guesses: list[Guess] = []
        merge(nothing, given, self.names)  # raises on unknown columns before anything is guessed
        self._taken: set[str] = set()
        for f in dataclasses.fields(given):
            value = getattr(given, f.name)
            if value and f.name != "default_kind":
                self._taken.update((value,) if isinstance(value, str) else value)

    def left(self) -> list[Column]:
        """The columns without a meaning yet."""
        return [column for column in self.columns.values() if column.name not in self._taken]

    def single(
        self,
        field: str,
        words: Sequence[str],
        *,
        test: Callable[[Column], bool] = lambda column: True,
        prefer: Callable[[Column], bool] = lambda column: True,
        suffix: bool = False,
        language: bool = False,
        why: str = "",
    ) -> str:
        """The column with the best name among those that pass the test; ``""`` when there is none."""
        given: str = getattr(self.given, field, "")
        if given:
            return self._fixed(field, given)
        ranked: list[tuple[bool, int, int, Column]] = []
        for at, column in enumerate(self.left()):
            rank = _rank(column.plain, words, suffix, language)
            if rank is not None and test(column):
                ranked.append((not prefer(column), rank, at, column))
        if not ranked:
            return ""
        ranked.sort(key=lambda entry: entry[:3])
        best = ranked[0][3]
        rivals = [entry[3].name for entry in ranked[1:] if entry[0] == ranked[0][0]]
        reasons = ["name", why, best.looks, f"{', '.join(rivals[:3])} would also fit" if rivals else ""]
        return self._take(field, best, "; ".join(filter(None, reasons)))

    def content(self, field: str, test: Callable[[Column], bool], why: str) -> str:
        """The first column left whose values pass the test."""
        for column in self.left():
            if column.values and test(column):
                return self._take(field, column, f"content: {why}; {column.looks}")
        return ""

    def several(self, field: str, reason: Callable[[Column], str]) -> list[str]:
        """Every column left with a reason, in file order."""
        given: tuple[str, ...] = getattr(self.given, field, ())
        if given:
            return [self._fixed(field, name) for name in given]
        found = [(column, why) for column in self.left() if (why := reason(column))]
        return [self._take(field, column, why) for column, why in found]

    def _fixed(self, field: str, name: str) -> str:
        if not any(guess.field == field and guess.column == name for guess in self.guesses):
            self.guesses.append(Guess(field, name, "given in the settings"))
        return name

    def _take(self, field: str, column: Column, why: str) -> str:
        self._taken.add(column.name)
        self.guesses.append(Guess(field, column.name, why))
        return column.name


def _rank(plain: str, words: Sequence[str], suffix: bool, language: bool) -> int | None:
    if plain in words:
        return words.index(plain)
    if language and without_language(plain) in words:
        return len(words) + words.index(without_language(plain))
    if suffix and (plain.endswith(("_id", "_no", "编号", "编码")) or re.search(r"[^\x00-\x7f]id$", plain)):
        return 2 * len(words)
    return None


def _is_name(column: Column) -> bool:
    """Whether the values can be ids: short, and no mappings."""
    return not column.nested and sum(len(text) <= 512 for text in column.texts) >= 0.9 * len(column.texts)


def _no_id(column: Column) -> bool:
    """Whether the values cannot name things: fractions, sentences, lists."""
    spaced = column.share(lambda value: " " in str(value).strip()) > 0.1
    return (
        spaced
        or column.wide
        or column.lists
        or column.length > 48
        or any(not number.is_integer() for number in column.numbers)
    )


def _is_order(column: Column) -> bool:
    return column.countable and (column.distinct > 1 or len(column.values) < 10)  # one value everywhere orders nothing


def _can_title(column: Column) -> bool:
    """Whether a column with a title's name is one. A book may be called 1984; a ``label`` of 0 and 1 is no title."""
    return not column.nested and (
        column.wordy or column.plain in ("title", "标题", "name", "名称") or not column.values
    )


def _is_title(column: Column) -> bool:
    enough = column.distinct >= 0.5 * len(column.values)
    return (
        column.wordy and not column.lists and enough and 3 <= column.length <= 250 and not column.plain.endswith("_id")
    )


def _text_reason(column: Column) -> str:
    stem = without_language(column.plain)
    if column.nested:
        return "holds texts by name" if column.plain == "texts" else ""
    if not column.values:
        return "name; empty in the sample" if column.plain in ITEM_WORDS["text"] else ""
    if not column.wordy:
        return ""
    several = column.distinct > 0.5 * len(column.values) or column.length > _LONG
    if stem in ITEM_WORDS["text"]:
        return f"name; {column.looks}"
    if stem in ITEM_WORDS["title"] and several:
        return f"a further title; {column.looks}"
    if column.length > _LONG and several and not column.lists:
        return f"content: long text, {column.length:.0f} characters on average"
    return ""


def _plain_id(sheet: _Sheet) -> str:
    """A column called just ``id`` is the item when nothing else can be: user, id."""
    return sheet.single("item", ("id", "编号", "_id"), test=_is_name, why="no better column for the item")


def _default_kind(value: Column | None) -> tuple[str, str]:
    if value is None or not value.numbers:
        return "click", "no column for the kind and no value"
    low, high, distinct = min(value.numbers), max(value.numbers), len(set(value.numbers))
    span = f"{value.name} runs from {low:g} to {high:g}"
    halves = sum((2 * number).is_integer() for number in value.numbers) >= 0.9 * len(value.numbers)
    scale = low >= 0 and high <= 10 and halves
    named = value.plain in RATING_WORDS
    if scale and (named or (distinct > 2 and value.plain not in AMOUNT_WORDS)):
        return "rating", f"no column for the kind; {span}, a rating scale"
    return "click", f"no column for the kind; {span}, not a rating scale"


def _check(field: str, columns: Iterable[str], names: Sequence[str]) -> None:
    for column in columns:
        if column not in names:
            near = difflib.get_close_matches(column, names, 1, 0.5)
            raise DataError(
                f"column {column!r}, given for {field}, is not in the file; its columns: {_listing(names)}",
                f"did you mean {near[0]!r}?" if near else "correct the column map in soutui.toml",
            )


def _missing(what: str, sheet: _Sheet, setting: str) -> DataError:
    hint = f"set data.{setting} in soutui.toml" if setting else "name it user_id or 用户编号"
    message = f"no column can be {what}; the columns are: {_listing(sheet.names)}"
    return DataError(message, f"{hint}; or the file has no header line")


def _listing(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] for name in names[:40])
    return shown if len(names) <= 40 else f"{shown} and {len(names) - 40} more"
