"""``put``, ``delete`` and ``record``: changes that the very next request sees."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from soutui.cli.options import EventColumnWords, ItemColumnWords, Shop, cleaned, console_of, read_pairs
from soutui.cli.output import Console
from soutui.errors import UsageError

if TYPE_CHECKING:
    from soutui.config import EventColumns, ItemColumns
    from soutui.data.quarantine import Quarantine
    from soutui.data.schema import Event, Item

T = TypeVar("T")
File = Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, CSV or Parquet; - for stdin.")]

#: Items encoded and written in one step; events in one transaction.
ITEM_BATCH = 1_000
EVENT_BATCH = 20_000


def put(context: typer.Context, shop: Shop, file: File, column: ItemColumnWords = None) -> None:
    """Add or replace items, live: the next request of any process sees them.

    \b
    JSON lines may say {"id", "title", "text", "texts", "attributes", "image", "available"}.
    Examples:
      soutui put shop items.jsonl
      soutui put shop new.csv --column id=sku
      echo '{"id": "mug-9", "title": "Steel mug", "price": 12}' | soutui put shop -
    """
    from soutui.cli.loading import QUARANTINE, column_map
    from soutui.config import ItemColumns
    from soutui.data.quarantine import Quarantine
    from soutui.workspace import Workspace

    console = console_of(context)
    over = column_map(ItemColumns, read_pairs(column, "--column"), "--column")
    with Workspace.open(shop) as opened, _readable(file) as path, Quarantine(shop / QUARANTINE) as quarantine:
        data = opened.settings.data
        written = unchanged = 0
        with console.progress() as progress:
            for batch in _batches(_items(path, over, data.item_columns, data.max_field_bytes, quarantine), ITEM_BATCH):
                done = opened.put(batch, progress)
                written, unchanged = written + done.written, unchanged + done.unchanged
                progress("items", written + unchanged, 0)
        _acknowledge(console, {"written": written, "unchanged": unchanged}, quarantine)


def delete(
    context: typer.Context,
    shop: Shop,
    items: Annotated[list[str], typer.Argument(metavar="ITEM…", help="Item ids; - reads them from stdin, one a line.")],
) -> None:
    """Delete items, live. Unknown ids are counted, not an error.

    \b
    Example:
      soutui delete shop mug-9 bottle-03
    """
    from soutui.workspace import Workspace

    console = console_of(context)
    names = [line.strip() for line in sys.stdin if line.strip()] if items == ["-"] else cleaned(items)
    with Workspace.open(shop) as opened:
        done = opened.delete(names)
    facts = {"deleted": done.written, "already_gone": done.unchanged, "unknown": done.unknown}
    if console.json:
        console.document(facts)
        return
    console.line(", ".join(f"{console.say(name.replace('_', ' '))} {count}" for name, count in facts.items()))


def record(context: typer.Context, shop: Shop, file: File, event_column: EventColumnWords = None) -> None:
    """Record events, live and durable: acknowledged when they are on disk. The same event twice counts once.

    \b
    JSON lines say {"kind", "user" or "session", "item"} and may say "id", "time", "value", "query", "position".
    Examples:
      soutui record shop events.jsonl
      echo '{"kind": "click", "user": "u42", "item": "mug-9"}' | soutui record shop -
    """
    from soutui.cli.loading import QUARANTINE, column_map
    from soutui.config import EventColumns
    from soutui.data.quarantine import Quarantine
    from soutui.workspace import Workspace

    console = console_of(context)
    over = column_map(EventColumns, read_pairs(event_column, "--event-column"), "--event-column")
    with Workspace.open(shop) as opened, _readable(file) as path, Quarantine(shop / QUARANTINE) as quarantine:
        accepted = duplicates = 0
        with console.progress() as progress:
            for batch in _batches(_events(path, over, opened.settings.data.event_columns, quarantine), EVENT_BATCH):
                done = opened.record(batch)
                accepted, duplicates = accepted + done.accepted, duplicates + done.duplicates
                progress("events", accepted + duplicates, 0)
        _acknowledge(console, {"accepted": accepted, "duplicates": duplicates}, quarantine)


VERBS = (("put", put), ("delete", delete), ("record", record))


def _items(path: Path, over: ItemColumns, known: ItemColumns, most: int, quarantine: Quarantine) -> Iterator[Item]:
    from soutui.cli.loading import SAMPLE_ROWS, Files, make_plan
    from soutui.config import ItemColumns
    from soutui.data.convert import item_from_dict, read_items
    from soutui.data.readers import head

    rows = head(path, SAMPLE_ROWS)
    names = {name for row in rows for name in row}
    nested = any(isinstance(row.get(name), Mapping) for row in rows for name in ("texts", "attributes"))
    mapped = known.id in names and known.id != "id"
    if over == ItemColumns() and "id" in names and (nested or not (mapped or known.id == "id")):
        yield from _plain(path, lambda values: item_from_dict(values, most), quarantine)
        return
    chosen = known if over == ItemColumns() else over
    plan = make_plan(Files(items=(path,)), chosen, _no_events(), strict=over != ItemColumns())
    yield from read_items(path, plan.items[0][1], quarantine, most)


def _events(path: Path, over: EventColumns, known: EventColumns, quarantine: Quarantine) -> Iterator[Event]:
    from soutui.cli.loading import SAMPLE_ROWS, Files, make_plan
    from soutui.config import EventColumns, ItemColumns
    from soutui.data.convert import event_from_dict, read_events
    from soutui.data.readers import file_suffix, head

    now = time.time()
    names = {name for row in head(path, SAMPLE_ROWS) for name in row}
    json = file_suffix(path) in (".jsonl", ".ndjson", ".json")
    if over == EventColumns() and json and {"kind", "item"} <= names:
        yield from _plain(path, lambda values: event_from_dict(values, now), quarantine)
        return
    chosen = known if over == EventColumns() else over
    plan = make_plan(Files(events=(path,)), ItemColumns(), chosen, strict=over != EventColumns())
    yield from read_events(path, plan.events[0][1], quarantine)


def _plain(path: Path, convert: Callable[[Mapping[str, Any]], T], quarantine: Quarantine) -> Iterator[T]:
    """Rows whose keys are soutui's own words."""
    from soutui.data.convert import RowError
    from soutui.data.readers import read_rows

    for line, values in read_rows(path, quarantine):
        try:
            yield convert(values)
        except RowError as error:
            quarantine.reject(str(path), line, error.column, error.reason, values)


def _no_events() -> EventColumns:
    from soutui.config import EventColumns

    return EventColumns()


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


@contextmanager
def _readable(file: Path) -> Iterator[Path]:
    """The file; for ``-`` a copy of stdin, because columns are guessed from a first look before the reading."""
    if str(file) != "-":
        yield file
        return
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise UsageError("nothing came on stdin", "pipe JSON lines into it, or name a file")
    kind = "jsonl" if content.lstrip()[:1] in b"{[" else "csv"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"stdin.{kind}"
        path.write_bytes(content)
        yield path


def _acknowledge(console: Console, counts: Mapping[str, int], quarantine: Quarantine) -> None:
    if console.json:
        paths = [str(path) for path in quarantine.paths]
        reasons = dict(quarantine.reasons.most_common())
        console.document({**counts, "rejected": quarantine.count, "reasons": reasons, "quarantine": paths})
        return
    told = [f"{console.say(name)} {count}" for name, count in counts.items()]
    console.line(", ".join([*told, f"{console.say('rejected')} {quarantine.count}"]))
    for reason, count in quarantine.reasons.most_common():
        console.line(f"  {count} × {reason}")
    for path in quarantine.paths:
        console.line(console.say("they lie, with reasons, in {path}", path=path))
