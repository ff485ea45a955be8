"""Files into a workspace: which column means what, how many rows there are, what was set aside."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from soutui.config import DataSettings, EventColumns, ItemColumns
from soutui.data.columns import Guess, guess_events, guess_items, guess_users
from soutui.data.convert import read_event_batches, read_items, read_users
from soutui.data.decode import require_file
from soutui.data.profile import column_names
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head
from soutui.data.schema import Judgment
from soutui.errors import UsageError

if TYPE_CHECKING:
    from soutui.lifecycle.progress import Progress
    from soutui.workspace import Workspace

T = TypeVar("T")
Columns = TypeVar("Columns", bound=ItemColumns | EventColumns)

#: Rows that columns are guessed from.
SAMPLE_ROWS = 2000
QUARANTINE = "quarantine"
#: What a data set may hold, in the order in which it is written.
ROLES = ("items", "users", "ties", "events", "queries", "judgments", "texts")


@dataclass(frozen=True)
class Files:
    """The files a person named, by role."""

    items: tuple[Path, ...] = ()
    events: tuple[Path, ...] = ()
    users: tuple[Path, ...] = ()
    queries: tuple[Path, ...] = ()
    judgments: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return any((self.items, self.events, self.users, self.queries, self.judgments))


@dataclass(frozen=True)
class Plan:
    """How every file will be read. ``guesses``: role → the lines to show, for the first file of the role."""

    files: Files
    items: tuple[tuple[Path, ItemColumns], ...]
    events: tuple[tuple[Path, EventColumns], ...]
    guesses: Mapping[str, Sequence[Guess]]


@dataclass(frozen=True)
class Loaded:
    """What an import did: rows ``read`` and rows new or changed (``written``) by role; rows set aside by reason."""

    read: Mapping[str, int]
    written: Mapping[str, int]
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    quarantine: tuple[Path, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "read": dict(self.read),
            "written": dict(self.written),
            "rejected": self.rejected,
            "reasons": dict(self.reasons),
            "values_dropped": dict(self.dropped),
            "quarantine": [str(path) for path in self.quarantine],
        }


def make_plan(files: Files, items: ItemColumns, events: EventColumns, *, strict: bool = True) -> Plan:
    """Guess what is not given. ``strict``: a given column that the first file lacks is an error, else it is ignored."""
    guesses: dict[str, Sequence[Guess]] = {}
    planned_items: list[tuple[Path, ItemColumns]] = []
    for path in files.items:
        rows = head(path, SAMPLE_ROWS)
        given = items if strict and not planned_items else _restricted(items, rows)
        made, told = guess_items(rows, given)
        planned_items.append((path, made))
        if len(planned_items) == 1:
            guesses["items"], items = told, made
    planned_events: list[tuple[Path, EventColumns]] = []
    for path in files.events:
        rows = head(path, SAMPLE_ROWS)
        given_events = events if strict and not planned_events else _restricted(events, rows)
        made_events, told = guess_events(rows, given_events)
        planned_events.append((path, made_events))
        if len(planned_events) == 1:
            guesses["events"], events = told, made_events
    for path in files.users[:1]:
        guesses["users"] = guess_users(head(path, SAMPLE_ROWS))[2]
    return Plan(files, tuple(planned_items), tuple(planned_events), guesses)


def remember(plan: Plan, data: DataSettings, folder: Path) -> DataSettings:
    """The settings with the plan's files and columns in them, so that a person can see and change both."""
    parent = folder.resolve().parent
    return replace(
        data,
        items=_names(plan.files.items, parent) or data.items,
        events=_names(plan.files.events, parent) or data.events,
        users=_names(plan.files.users, parent) or data.users,
        queries=_names(plan.files.queries, parent) or data.queries,
        judgments=_names(plan.files.judgments, parent) or data.judgments,
        item_columns=plan.items[0][1] if plan.items else data.item_columns,
        event_columns=plan.events[0][1] if plan.events else data.event_columns,
    )


def remembered(data: DataSettings, folder: Path) -> Files:
    """The files that the settings name."""
    parent = folder.resolve().parent
    named = (data.items, data.events, data.users, data.queries, data.judgments)
    return Files(*(tuple(parent / name for name in names) for names in named))


def load(shop: Workspace, plan: Plan, progress: Progress) -> Loaded:
    """Read every file of the plan into the shop; bad rows go to the quarantine folder."""
    from soutui.cli.queries import read_queries

    files, most = plan.files, shop.settings.data.max_field_bytes
    with Quarantine(shop.folder / QUARANTINE) as quarantine:
        sources: dict[str, Iterable[Any]] = {
            "items": chain.from_iterable(read_items(path, map_, quarantine, most) for path, map_ in plan.items),
            "users": chain.from_iterable(read_users(path, quarantine) for path in files.users),
            "batches": chain.from_iterable(read_event_batches(path, map_, quarantine) for path, map_ in plan.events),
            "queries": chain.from_iterable(map(read_queries, files.queries)),
            "judgments": chain.from_iterable(map(read_judgments, files.judgments)),
        }
        return _fill(shop, sources, quarantine, progress)


def load_layout(shop: Workspace, name: str, path: Path, progress: Progress) -> Loaded:
    """Read a data set of a known layout into the shop."""
    from soutui.data import layouts

    with Quarantine(shop.folder / QUARANTINE) as quarantine:
        found = layouts.load(name, path, quarantine)
        sources = {role: getattr(found, role) for role in ROLES}
        return _fill(shop, sources, quarantine, progress)


def _fill(shop: Workspace, sources: Mapping[str, Iterable[Any]], quarantine: Quarantine, progress: Progress) -> Loaded:
    # Events may also come as batches: the same role, many rows at once.
    read = dict.fromkeys(("events" if role == "batches" else role for role in sources), 0)
    counted = {
        role: _count(rows, "events", read, len) if role == "batches" else _count(rows, role, read)
        for role, rows in sources.items()
    }
    written = shop.load(**counted, progress=progress)
    return Loaded(
        {role: count for role, count in read.items() if count},
        {role: written[role] for role, count in read.items() if count},
        quarantine.count,
        dict(quarantine.reasons.most_common()),
        dict(quarantine.notes.most_common()),
        quarantine.paths,
    )


def read_judgments(path: Path) -> Iterator[Judgment]:
    """The judgments of a file in any of the usual forms; its name may say a split (``qrels.test.tsv``)."""
    from soutui.data.layouts.base import split_of
    from soutui.evaluate.files import read_qrels

    require_file(path)
    split = split_of(path.name)
    for query, grades in read_qrels(path).items():
        for item, grade in grades.items():
            yield Judgment(query, item, grade, split)


def estimate_rows(paths: Iterable[Path]) -> int:
    """About how many rows the files have together, from their sizes and their first lines."""
    return sum(_estimate(path) for path in paths if path.is_file())


def _estimate(path: Path) -> int:
    with path.open("rb") as stream:
        start = stream.read(1 << 18)
    if start.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    packed = start.startswith(b"\x1f\x8b")
    text = zlib.decompressobj(31).decompress(start) if packed else start
    return round(path.stat().st_size * text.count(b"\n") / len(start)) if start else 0


def totals(plan: Plan) -> dict[str, int]:
    """About how many rows each stage of an import has."""
    return {"items": estimate_rows(plan.files.items), "events": estimate_rows(plan.files.events)}


def _restricted(given: Columns, rows: Sequence[Mapping[str, Any]]) -> Columns:
    """The column map without what this file lacks."""
    known = set(column_names(rows))
    kept: dict[str, Any] = {}
    for name in (one.name for one in fields(given)):
        value = getattr(given, name)
        if isinstance(value, tuple):
            kept[name] = tuple(column for column in value if column in known)
        elif name == "default_kind":
            kept[name] = value
        else:
            kept[name] = value if value in known else ""
    return replace(given, **kept)


def _names(paths: Sequence[Path], parent: Path) -> tuple[str, ...]:
    made = []
    for path in paths:
        whole = path.resolve()
        made.append(whole.relative_to(parent).as_posix() if whole.is_relative_to(parent) else str(whole))
    return tuple(made)


def _count(
    rows: Iterable[T], name: str, counts: dict[str, int], size: Callable[[T], int] = lambda row: 1
) -> Iterator[T]:
    for row in rows:
        counts[name] += size(row)
        yield row


def column_map(kind: type[Columns], pairs: Sequence[tuple[str, str]], option: str) -> Columns:
    """A column map from ``field=column`` words; several columns of one field with commas or by repeating."""
    empty = kind()
    known = [one.name for one in fields(empty)]
    values: dict[str, Any] = {}
    for name, column in pairs:
        if name not in known:
            raise UsageError(f"{option} {name}: no such field; known: {', '.join(known)}", f"try {option} id=sku")
        values[name] = column if isinstance(getattr(empty, name), str) else (*values.get(name, ()), *_listed(column))
    return replace(empty, **values)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
