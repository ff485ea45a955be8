"""Build: one snapshot of the truth becomes one immutable bundle, measured, sealed and made current in one step.

Everything is written into ``bundles/.building-…``; only a finished folder is renamed and pointed at. A build that
dies leaves nothing but that folder, which the next build removes. One build at a time, across processes.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import soutui
from soutui.arrays import load_array
from soutui.bundle import manifest
from soutui.bundle.columns import Columns
from soutui.bundle.ids import IdMap
from soutui.bundle.parts import Parts
from soutui.bundle.payload import Payload
from soutui.bundle.spelling import Spelling
from soutui.config import Settings
from soutui.encode.base import open_encoder
from soutui.encode.cache import VectorCache
from soutui.encode.onnx import OnnxEncoder
from soutui.engine import Engine
from soutui.errors import DataError, ResourceError
from soutui.evaluate.files import write_qrels, write_run
from soutui.evaluate.slices import Slices
from soutui.index.dense import DenseIndex
from soutui.index.lexical import LexicalIndex
from soutui.lifecycle import assemble
from soutui.lifecycle.figures import figures
from soutui.lifecycle.known_item import judgments_from_clicks
from soutui.lifecycle.log import Log, read_log
from soutui.lifecycle.plan import Before, Plan, make_plan
from soutui.lifecycle.progress import Progress, silent
from soutui.lifecycle.search_quality import Quality, search_quality, search_slices
from soutui.lifecycle.taste_quality import taste_quality, taste_slices
from soutui.lifecycle.tastes import empty_taste
from soutui.locks import exclusive
from soutui.store import Snapshot, Store
from soutui.store.registry import BundleRow
from soutui.text.analyse import Analyser
from soutui.text.synonyms import Synonyms, SynonymTable

KEEP = 3
"""Bundles kept besides the current one."""

BY_CLICKS = "no judgments: queries of the log, judged by what was wanted after them, which favours what stood first"

_BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made. ``seconds`` by stage; ``metrics`` as in the bundle's metrics.json."""

    name: str
    folder: Path
    items: int
    events: int
    encoded: int
    reused: int
    seconds: float
    metrics: Mapping[str, Any]
    notes: tuple[str, ...]


def build(
    bundles: Path,
    settings: Settings,
    store: Store,
    cache: VectorCache,
    progress: Progress = silent,
    announce: Callable[[Plan], None] = lambda plan: None,
) -> Built:
    """Build a bundle from the store's newest snapshot and make it current.

    ``announce`` is told what will be encoded and why, before the long work begins. Raises BusyError when another
    build runs, DataError on an empty catalogue, ResourceError when disk or memory end.
    """
    with _workplace(bundles) as (name, folder):
        built = _build(folder, name, settings, store, cache, progress, announce)
        folder.replace(bundles / name)
        manifest.set_current(bundles, name)
        store.add_bundle(BundleRow(name, time.time(), built[1], "current", dict(built[0].metrics)))
        _prune(bundles, name)
        return replace(built[0], folder=bundles / name)


def plan(bundles: Path, settings: Settings, store: Store, cache: VectorCache, progress: Progress = silent) -> Plan:
    """What :func:`build` would encode now, and why; nothing is built. Raises what :func:`build` raises."""
    with _workplace(bundles) as (_, folder), store.snapshot() as snapshot:
        encoder = _open_encoder(settings, progress)
        ids, _, texts = _write_items(folder, snapshot, progress)
        return make_plan(ids, Payload.open(folder / "items"), texts, encoder, cache, Before.open(bundles))


@contextmanager
def _workplace(bundles: Path) -> Iterator[tuple[str, Path]]:
    """The next bundle's name and a folder to make it in, for one process at a time; what is left there goes."""
    with exclusive(bundles / ".lock", "a build"), _resources(bundles):
        for left in bundles.glob(_BUILDING + "*"):
            shutil.rmtree(left)
        name = _next_name(bundles)
        folder = bundles / f"{_BUILDING}{name}"
        folder.mkdir(parents=True)
        try:
            yield name, folder
        finally:
            if folder.exists():
                shutil.rmtree(folder)


def _open_encoder(settings: Settings, progress: Progress) -> OnnxEncoder | None:
    progress("model", 0, 1)
    encoder = open_encoder(settings.encoder, progress=lambda text: progress(f"model: {text}", 0, 1))
    progress("model", 1, 1)
    return encoder


def _write_items(
    folder: Path, snapshot: Snapshot, progress: Progress
) -> tuple[IdMap, list[tuple[str, str]], list[str]]:
    total = snapshot.count_items()
    if not total:
        raise DataError("the catalogue is empty", "import items first: soutui import SHOP --items FILE")
    with closing(_counted(snapshot, total, progress)) as items:
        return assemble.write_items(folder, items)


def _build(
    folder: Path,
    name: str,
    settings: Settings,
    store: Store,
    cache: VectorCache,
    progress: Progress,
    announce: Callable[[Plan], None],
) -> tuple[Built, int]:
    start = time.perf_counter()
    encoder = _open_encoder(settings, progress)
    # Read first: a file that is missing should say so before the long work.
    synonyms = Synonyms.of(settings.text.synonyms, folder.parent.parent)
    with store.snapshot() as snapshot:
        seq = snapshot.seq
        ids, documents, texts = _write_items(folder, snapshot, progress)
        total = len(ids)
        log = read_log(snapshot.event_columns(), ids, settings.data.positive_rating)
        queries = {query.id: query.text for query in snapshot.queries()}
        judgments = list(snapshot.judgments())
    planned = make_plan(ids, Payload.open(folder / "items"), texts, encoder, cache, Before.open(folder.parent))
    announce(planned)
    analyser = Analyser(settings.text, assemble.write_words(folder, total) if settings.text.catalogue_words else ())
    assemble.write_lexical(folder, documents, analyser, progress)
    assemble.write_forgiving(folder, log, analyser, progress)
    floors: dict[str, tuple[float, float]] = {}
    if encoder is not None:
        assemble.write_dense(folder, texts, encoder, cache, settings, progress)
        floors = assemble.null_floors(DenseIndex.open(folder / "dense", settings.index), encoder)
    del documents, texts
    parts = _parts(folder, name, seq, settings, ids, analyser, encoder, floors)
    parts = replace(parts, synonyms=SynonymTable(synonyms, analyser) if synonyms else None)
    clicked = not judgments
    if clicked:
        queries, judgments = judgments_from_clicks(log, [ids.name(row) for row in range(len(ids))])
    search = search_quality(Engine(parts), queries, judgments, settings, progress)
    if clicked and search.runs:
        search = replace(search, notes=(*search.notes, BY_CLICKS))
    liked, taste = taste_quality(parts, log, settings, progress)
    taste.save(folder / "taste")
    weights = {**search.weights, **liked.weights}
    fusion = {"weights": {kind: one.as_dict() for kind, one in weights.items()}, "floors": floors}
    (folder / "fusion.json").write_text(json.dumps(fusion, indent=1), "utf-8")
    progress("figures", 0, 1)
    notes = (*_notes(log), *synonyms.notes())
    metrics = {
        "search": _keep(folder, "search", search, settings, total, {}, search_slices(search, queries)),
        "recommend": _keep(folder, "recommend", liked, settings, total, liked.popularity, taste_slices(liked)),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=1), "utf-8")
    progress("figures", 1, 1)
    manifest.seal(
        folder,
        {
            "name": name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "soutui": soutui.__version__,
            "seq": seq,
            "items": total,
            "events": len(log),
            "users": len(log.names),
            "positive_rating": log.positive_rating,
            "analyser": analyser.fingerprint,
            "encoder": encoder.fingerprint if encoder is not None else "",
            "settings": settings.as_dict(),
            "notes": notes,
        },
    )
    seconds = round(time.perf_counter() - start, 2)
    return Built(name, folder, total, len(log), planned.encode, planned.reuse, seconds, metrics, notes), seq


def _parts(
    folder: Path,
    name: str,
    seq: int,
    settings: Settings,
    ids: IdMap,
    analyser: Analyser,
    encoder: OnnxEncoder | None,
    floors: Mapping[str, tuple[float, float]],
) -> Parts:
    """The unfinished bundle as an engine needs it, before anything about users is known."""
    return Parts(
        name=name,
        seq=seq,
        settings=settings,
        ids=ids,
        payload=Payload.open(folder / "items"),
        columns=Columns.open(folder / "columns"),
        available=load_array(folder / "items" / "available.npy"),
        analyser=analyser,
        lexical=LexicalIndex.open(folder / "lexical", analyser, settings.text),
        dense=DenseIndex.open(folder / "dense", settings.index) if encoder is not None else None,
        encoder=encoder,
        taste=empty_taste(len(ids)),
        floors=floors,
        spelling=Spelling.open(folder / "spelling"),
    )


def _keep(
    folder: Path,
    kind: str,
    quality: Quality,
    settings: Settings,
    catalogue: int,
    popularity: Mapping[str, int],
    slices: Slices,
) -> dict[str, Any]:
    """Write runs and judgments into the bundle, so that every figure can be computed again; return the figures."""
    if quality.runs:
        place = folder / "runs" / kind
        place.mkdir(parents=True)
        write_qrels(quality.qrels, place / "qrels.tsv.gz")
        for name, run in quality.runs.items():
            write_run(run, place / f"{name}.tsv.gz")
    return figures(quality, settings, catalogue, popularity, slices)


def _counted(snapshot: Snapshot, total: int, progress: Progress) -> Generator[Any]:
    for place, item in enumerate(snapshot.items()):
        if place % 1000 == 0:
            progress("items", place, total)
        yield item
    progress("items", total, total)


def _notes(log: Log) -> tuple[str, ...]:
    return (f"{log.unknown} events name items that are not in the catalogue; left out",) if log.unknown else ()


def _next_name(bundles: Path) -> str:
    taken = [int(path.name) for path in bundles.iterdir() if path.is_dir() and path.name.isdigit()]
    return f"{max(taken, default=0) + 1:06d}"


def _prune(bundles: Path, current: str) -> None:
    """Remove all but the newest few; servers that still map a removed one keep their files until they close."""
    names = sorted(path.name for path in bundles.iterdir() if path.is_dir() and path.name.isdigit())
    for name in [name for name in names if name != current][:-KEEP]:
        shutil.rmtree(bundles / name)


@contextmanager
def _resources(folder: Path) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise ResourceError(
            "the build ran out of memory", 'set index.item_to_item = "cosine", or use a machine with more memory'
        ) from None
    except (OSError, RuntimeError, ValueError) as error:
        if not _is_full(error, folder):
            raise
        named = getattr(error, "filename", None)
        raise ResourceError(f"the disk is full: {named or error}", "free space and build again") from None


_LITTLE = 16 << 20  # bytes
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _is_full(error: Exception, folder: Path) -> bool:
    """Whether a write failed for want of room; tantivy, faiss and numpy hand on words without the number."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    text = str(error)
    if "writer was killed" in text:
        # The word index's thread says no more than that it ended; with room left it was something else.
        return shutil.disk_usage(folder).free < _LITTLE
    return any(os.strerror(code) in text for code in _FULL) or bool(re.search(r"\d+ requested and \d+ written", text))
