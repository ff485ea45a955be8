"""RecBole's atomic files (Zhao et al. 2021, arXiv:2011.01731): tab-separated, with a header of ``name:type``.

``.inter`` become events, ``.item`` items, ``.user`` users, ``.net`` ties; ``.kg``, ``.link`` and others are left alone.
Interactions come one a row, or as a history and the next item (``item_id_list``, ``item_id``), as in the benchmark
files and in LLMRank; the latter have an order and no time. Types: ``token``, ``float``, ``token_seq``, ``float_seq``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import ItemConverter
from soutui.data.hashes import Occurrences
from soutui.data.layouts.base import Loaded, Records, Rows, mixed_lines, need, table_rows, to_events, to_items
from soutui.data.layouts.histories import Histories, history_events
from soutui.data.profile import AttributeType
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Event, Item, Tie, User
from soutui.data.values import RowError, clean_id, read_id
from soutui.data.words import EVENT_WORDS, ITEM_WORDS
from soutui.errors import DataError

_WANTED = ("NAME.inter, or NAME.train.inter and the like", "optional NAME.item, NAME.user, NAME.net (each also .gz)")
_FILE = re.compile(r"(.+?)(?:\.(train|valid|test|part\d+))?\.(inter|item|user|net)(?:\.gz)?")
_PARTS = ("", "train", "valid", "test")
_PLAYS = ("weight", "count", "plays", "play_count", "watch_time")
_LABELS = {"1": "click", "1.0": "click", "0": "impression", "0.0": "impression"}


@dataclass(frozen=True, slots=True)
class _Header:
    """The columns of an atomic file: name → type, and the raw name that a row is keyed by."""

    types: Mapping[str, str]

    def raw(self, name: str) -> str:
        return f"{name}:{self.types[name]}" if name in self.types else ""

    def first(self, words: Sequence[str]) -> str:
        """The first of these words that is a column; ``""`` when none is."""
        return next((word for word in words if word in self.types), "")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set of a folder, or the one that a file in it belongs to; raises DataError on none and on several."""
    files = _files(path)
    if not files["inter"] and not files["item"]:
        need(None, path, "recbole", _WANTED)

    def read_users() -> Iterator[User]:
        for file in files["user"]:
            for item in _items(file, "user", quarantine):
                yield User(item.id, item.attributes)

    return Loaded(
        items=Records(lambda: (item for file in files["item"] for item in _items(file, "item", quarantine))),
        events=Records(lambda: _events(files["inter"], quarantine)),
        users=Records(read_users),
        ties=Records(lambda: (tie for file in files["net"] for tie in _ties(file, quarantine))),
    )


def _files(path: Path) -> dict[str, list[Path]]:
    """The files by kind; interactions that are whole before parts of them, and parts only without the whole."""
    folder = path.parent if path.is_file() else path
    wanted = match[1] if path.is_file() and (match := _FILE.fullmatch(path.name)) else None
    files: dict[str, list[Path]] = {"inter": [], "item": [], "user": [], "net": []}
    stems, parts = set(), {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = _FILE.fullmatch(file.name)
        if match and file.is_file() and wanted in (None, match[1]):
            stems.add(match[1])
            parts[file] = match[2] or ""
            files[match[3]].append(file)
    if len(stems) > 1:
        raise DataError(
            f"{path} holds several data sets: {', '.join(sorted(stems))[:300]}",
            "name a file of the one that is meant, such as NAME.inter",
        )
    whole = [file for file in files["inter"] if not parts[file]]
    ranks = {part: place for place, part in enumerate(_PARTS)}
    files["inter"] = whole or sorted(files["inter"], key=lambda file: (ranks.get(parts[file], 0), file.name))
    return files


def _header(path: Path) -> _Header:
    _, line = next(mixed_lines(path, Quarantine(None)), (1, ""))
    types: dict[str, str] = {}
    for cell in map(clean_id, line.split("\t")):
        name, _, kind = cell.partition(":")
        if kind not in ("token", "float", "token_seq", "float_seq") or not name or name in types:
            raise DataError(
                f"{path}: bad column {cell[:80]!r}: the first line names columns as name:type, each once",
                "types are token, float, token_seq and float_seq; cells are split by tabs",
            )
        types[name] = kind
    return _Header(types)


def _items(path: Path, role: str, quarantine: Quarantine) -> Iterator[Item]:
    header = _header(path)
    tokens = [name for name, kind in header.types.items() if kind == "token"]
    ids = ("item_id", *ITEM_WORDS["id"], *tokens) if role == "item" else ("user_id", *EVENT_WORDS["user"], *tokens)
    name = header.first(ids)
    if not name:
        raise DataError(f"{path} has no column with ids; it has {', '.join(header.types)[:300]}", "add item_id:token")
    title = header.first([word for word in ("title", *ITEM_WORDS["title"]) if word != name]) if role == "item" else ""
    image = header.first(ITEM_WORDS["image"]) if role == "item" else ""
    texts = tuple(word for word in ITEM_WORDS["text"] if word in header.types and role == "item")
    kept = [one for one in header.types if one not in (name, title, image, *texts)]
    lists = [one for one in kept if header.types[one] == "token_seq"]
    kinds: dict[str, AttributeType] = {one: "number" if header.types[one] == "float" else "text" for one in kept}
    attributes = tuple(one for one in kept if header.types[one] != "float_seq")  # vectors of features
    converter = ItemConverter(ItemColumns(name, title, texts, attributes, image), {}, kinds)

    def rows() -> Rows:
        for number, row in table_rows(path, "\t", quarantine):
            values = {key.partition(":")[0]: cell for key, cell in row.items()}
            for one in lists:
                values[one] = _listed(values[one])
            yield number, values

    yield from to_items(rows(), converter, path, quarantine)


def _listed(cell: str) -> list[str]:
    """Several values of a cell: by spaces as RecBole says, by commas where a converter wrote those."""
    return [part.strip(" '\"[]") for part in (cell.split(",") if "," in cell else cell.split())]


def _events(paths: Sequence[Path], quarantine: Quarantine) -> Iterator[Event]:
    occurrences, histories = Occurrences(), Histories()
    for path in paths:
        header = _header(path)
        item = header.first(("item_id", *EVENT_WORDS["item"])) or ([*header.types, "", ""])[1]
        user, session = header.first(("user_id", *EVENT_WORDS["user"])), header.first(EVENT_WORDS["session"])
        if not item or not (user or session):
            raise DataError(
                f"{path} needs a column of users and one of items; it has {', '.join(header.types)[:300]}",
                "name them user_id:token and item_id:token",
            )
        rows = table_rows(path, "\t", quarantine)
        listed = header.raw(f"{item}_list")
        if listed:
            _gather(rows, header.raw(user or session), listed, header.raw(item), path, quarantine, histories)
            continue
        value = header.first(("rating", "stars", "overall"))
        plays = "" if value else header.first(_PLAYS)
        kind = header.raw("kind")
        label = "" if value or plays or kind else header.raw("label")
        columns = EventColumns(
            user=header.raw(user),
            session=header.raw(session),
            item=header.raw(item),
            time=header.raw(header.first(("timestamp", *EVENT_WORDS["time"]))),
            value=header.raw(value or plays),
            kind=kind or ("kind" if label else ""),
            default_kind="rating" if value else "view" if plays else "click",
        )
        if label:
            rows = ((number, {**row, "kind": _LABELS.get(row[label], row[label])}) for number, row in rows)
        yield from to_events(rows, columns, path, quarantine, occurrences)
    yield from history_events(histories)


def _gather(
    rows: Rows, user: str, listed: str, item: str, path: Path, quarantine: Quarantine, histories: Histories
) -> None:
    for number, row in rows:
        try:
            histories.add(row[user], [*row[listed].split(" "), row.get(item, "")])
        except RowError as error:
            quarantine.reject(str(path), number, error.column, error.reason, row)


def _ties(path: Path, quarantine: Quarantine) -> Iterator[Tie]:
    header = _header(path)
    if len(header.types) < 2:
        raise DataError(f"{path} needs two columns of users", "source_id:token and target_id:token")
    source, target = (header.raw(name) for name in list(header.types)[:2])
    for number, row in table_rows(path, "\t", quarantine):
        user, other = read_id(row[source]), read_id(row[target])
        if user and other:
            yield Tie(user, other)
        else:
            quarantine.reject(str(path), number, source, "nobody: two users are needed", row)
