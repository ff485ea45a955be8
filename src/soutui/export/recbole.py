"""RecBole's atomic files (Zhao et al. 2021, arXiv:2011.01731): ``NAME.inter``, ``.item``, ``.user``, ``.net``.

Cells are split by tabs, the values of a list by spaces, and RecBole takes a cell that begins with a quotation mark for
a quoted one. What would be torn apart by that is replaced, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from soutui.data.schema import Attribute, Event, Item, Tie, User
from soutui.data.words import ITEM_WORDS
from soutui.export.attributes import Kind, Names, kind_of
from soutui.export.report import Report
from soutui.store import Snapshot

_BREAK = re.compile(r"[\t\r\n]")
_SPACE = re.compile(r"[\s,]+")
_BROKEN = "values with a tab or a line break: a space in its place"
_QUOTED = "values that begin with a quotation mark: ' in its place"
_SPACED = "values of lists with a space or a comma: _ in its place"
_FLAGS = "truth values: written as the words true and false"
_MIXED = "numbers beside texts under one name: written as text"
_SINGLE = "single values beside lists under one name: written as lists of one"
_RENAMED = "names of fields that the format keeps for itself or cannot hold: changed"
_TEXTS = "texts under names that an import takes for attributes"
_AWAY = "items that may not be answered: written like the others"
_QUERY, _PLACE, _ORDER = "queries of events", "positions of events", "orders of events"
_VALUE = "values of events that are no ratings"
_SIDES = "kinds and weights of ties"


def write(snapshot: Snapshot, folder: Path, name: str, report: Report) -> None:
    """Write the files into an empty folder; queries, judgments and labelled texts have no place in them."""
    stem = folder / (re.sub(r"[^\w-]+", "_", name).strip("_") or "shop")
    table = _Table(report)
    head = ["user_id:token", "session_id:token", "item_id:token", "timestamp:float", "rating:float", "kind:token"]
    _file(stem, "inter", head, (table.event(one) for one in report.rows("events", snapshot.events())))
    found = Names(snapshot.items())
    for text, count in found.texts.items():
        if text not in ITEM_WORDS["text"]:
            report.changed[_TEXTS] += count
    texts = _Columns(dict.fromkeys(found.texts, ("text",)), ("item_id", "title", "image"), report)
    columns = _Columns(found.kinds(), ("item_id", "title", "image", *texts.names), report)
    head = ["item_id:token", "title:token_seq", *map(_text_column, texts.names), *columns.head]
    head += ["image:token"] if found.images else []

    def item(one: Item) -> list[str]:
        if not one.available:
            report.changed[_AWAY] += 1
        told = [table.text(one.texts.get(text, "")) for text in found.texts]
        image = [table.text(one.image)] if found.images else []
        return [table.text(one.id), table.text(one.title), *told, *columns.cells(one, table), *image]

    _file(stem, "item", head, map(item, report.rows("items", snapshot.items())))
    people = _Columns(Names(snapshot.users()).kinds(), ("user_id",), report)
    users = ([table.text(one.id), *people.cells(one, table)] for one in report.rows("users", snapshot.users()))
    _file(stem, "user", ["user_id:token", *people.head], users)

    def tie(one: Tie) -> list[str]:
        if one.kind != "friend" or one.weight != 1.0:
            report.left_out[_SIDES] += 1
        return [table.text(one.user), table.text(one.other)]

    _file(stem, "net", ["source_id:token", "target_id:token"], map(tie, report.rows("ties", snapshot.ties())))
    report.absent("queries", snapshot.queries())
    report.absent("judgments", snapshot.judgments())
    report.absent("texts", snapshot.texts())


class _Table:
    """Values to cells."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def text(self, value: str) -> str:
        """A text on one line, without a tab and not beginning like a quoted one."""
        if _BREAK.search(value):
            self._report.changed[_BROKEN] += 1
            value = _BREAK.sub(" ", value)
        if value.startswith('"'):
            self._report.changed[_QUOTED] += 1
            value = "'" + value[1:]
        return value

    def part(self, value: str) -> str:
        """One value of a list."""
        if _SPACE.search(value):
            self._report.changed[_SPACED] += 1
            value = _SPACE.sub("_", value)
        return self.text(value)

    def attribute(self, value: Attribute | None, kind: str) -> str:
        """The cell of an attribute in a column of that type."""
        if value is None:
            return ""
        held = kind_of(value)
        if held == "flag":
            self._report.changed[_FLAGS] += 1
        if held == "number" and kind != "float":
            self._report.changed[_MIXED] += 1
        if kind == "token_seq":
            if not isinstance(value, tuple):
                self._report.changed[_SINGLE] += 1
            parts = value if isinstance(value, tuple) else (_word(value),)
            return " ".join(map(self.part, parts))
        return self.text(_word(value))

    def event(self, event: Event) -> list[str]:
        """The cells of an interaction."""
        left = self._report.left_out
        rated = event.kind == "rating"
        for what, there in (
            (_QUERY, bool(event.query)),
            (_PLACE, event.position is not None),
            (_ORDER, event.order is not None),
            (_VALUE, event.value is not None and not rated),
        ):
            if there:
                left[what] += 1
        time = "" if event.time is None else _number(event.time)
        value = _number(event.value) if rated and event.value is not None else ""
        return [*map(self.text, (event.user, event.session, event.item)), time, value, event.kind]


class _Columns:
    """Attributes as typed columns: ``float`` when all are numbers, ``token_seq`` when one is a list, else ``token``."""

    def __init__(self, kinds: Mapping[str, tuple[Kind, ...]], kept: Iterable[str], report: Report) -> None:
        taken = set(kept)
        self._types: dict[str, str] = {}
        self.names: list[str] = []
        for name, held in kinds.items():
            column = re.sub(r"[:\t\r\n]+", "_", name).strip() or "field"
            while column in taken:
                column += "_2"
            if column != name:
                report.changed[_RENAMED] += 1
            taken.add(column)
            self.names.append(column)
            self._types[name] = "float" if held == ("number",) else "token_seq" if "list" in held else "token"
        self.head = [f"{column}:{kind}" for column, kind in zip(self.names, self._types.values(), strict=True)]

    def cells(self, record: Item | User, table: _Table) -> list[str]:
        """The record's cells, in the order of ``head``."""
        return [table.attribute(record.attributes.get(name), kind) for name, kind in self._types.items()]


def _text_column(name: str) -> str:
    # Words of a text are separate tokens; under a name that is no text's they would come back as a list.
    return f"{name}:token_seq" if name in ITEM_WORDS["text"] else f"{name}:token"


def _word(value: Attribute) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(value) if isinstance(value, int | float) else ", ".join(value) if isinstance(value, tuple) else value


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _file(stem: Path, suffix: str, head: list[str], rows: Iterable[list[str]]) -> None:
    """Write a file, unless there are no rows."""
    path = stem.with_name(f"{stem.name}.{suffix}")
    wrote = False
    with path.open("wb") as out:
        out.write(("\t".join(head) + "\n").encode())
        for row in rows:
            wrote = True
            out.write(("\t".join(row) + "\n").encode())
    if not wrote:
        path.unlink()
