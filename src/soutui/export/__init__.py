"""A shop's data as files that other tools read: Parquet, BEIR, RecBole. One snapshot, streamed, swapped in whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import orjson

import soutui
from soutui.errors import UsageError
from soutui.export import beir, parquet, recbole
from soutui.export.folder import MARK, replacing
from soutui.export.report import Exported, Progress, Report
from soutui.store import Snapshot, Store

__all__ = ["FORMATS", "Exported", "export"]

#: Format → the function that writes a snapshot into an empty folder; the name is the data set's.
FORMATS: Mapping[str, Callable[[Snapshot, Path, str, Report], None]] = {
    "parquet": parquet.write,
    "beir": beir.write,
    "recbole": recbole.write,
}


def export(store: Store, folder: Path, form: str, *, force: bool = False, progress: Progress) -> Exported:
    """Write everything that the format can hold; says by name and number what it cannot.

    The folder appears when all of it is written, or not at all. Raises UsageError when the format is unknown or the
    folder is not empty (with ``force`` an earlier export may be replaced, and nothing else), ResourceError when the
    disk is full.
    """
    if form not in FORMATS:
        raise UsageError(f"unknown format {form!r}; known: {', '.join(FORMATS)}", "try --format parquet")
    with replacing(folder, force) as place:
        with store.snapshot() as snapshot:
            report = Report(progress)
            FORMATS[form](snapshot, place, folder.resolve().name, report)
            seq = snapshot.seq
        done = report.done()
        facts = {"format": form, "soutui": soutui.__version__, "seq": seq, "written": done.written}
        facts |= {"left_out": done.left_out, "changed": done.changed}
        (place / MARK).write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    return done
