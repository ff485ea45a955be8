"""Workspaces of made-up catalogues, built when they are older than the code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import soutui
from benchmarks.catalogue import CHUNK, Catalogue
from benchmarks.work import Facts, Work, timed
from soutui.bundle.manifest import get_current
from soutui.bundle.payload import embedding_text
from soutui.config import Settings
from soutui.encode.base import open_encoder
from soutui.encode.cache import VectorCache, content_hash
from soutui.errors import SoutuiError


def encoded_shop(work: Work, n: int) -> Path:
    """The folder of a shop of ``n`` items with vectors of the real encoder; built anew only when the code changed."""
    name = f"made-{n}"
    folder = work.folder / "shops" / name
    if not _fresh(folder):
        build_shop(work, name, n)
    return folder


def build_shop(work: Work, name: str, n: int, *, made_vectors: bool = False) -> Facts:
    """Fill and build a shop; what each step took. ``made_vectors``: none of the items goes through the encoder."""
    catalogue = Catalogue(n)
    # Above 20,000 items nobody fits EASE by default; below, it would hide how the rest grows.
    settings = Settings()
    settings = replace(settings, index=replace(settings.index, item_to_item="cosine"))
    with work.workspace(name, settings) as shop:
        clock = timed()
        shop.load(items=catalogue.items(), events=catalogue.events())
        facts: Facts = {"items": n, "load_seconds": clock()}
        if made_vectors:
            _remember(shop.folder / "vectors.db", catalogue, settings)
        stages: dict[str, float] = {}
        clock = timed()
        built = shop.build(lambda stage, done, total: stages.__setitem__(stage, clock()))
        sizes = {path: path.stat().st_size for path in built.folder.rglob("*") if path.is_file()}
        parts: dict[str, int] = {}
        for path, size in sizes.items():
            part = path.relative_to(built.folder).parts[0]
            parts[part] = parts.get(part, 0) + size
    facts |= {
        "events": built.events,
        "encoded": built.encoded,
        "build_seconds": built.seconds,
        "stages_end_at": stages,
        "bytes": sum(sizes.values()),
        "bytes_by_part": parts,
        "database_bytes": (shop.folder / "soutui.db").stat().st_size,
    }
    return facts


def _remember(path: Path, catalogue: Catalogue, settings: Settings) -> None:
    """Put made-up vectors of all items where the build looks for known ones."""
    encoder = open_encoder(settings.encoder)
    assert encoder is not None
    items = catalogue.items()
    with VectorCache(path) as cache:
        for vectors in catalogue.vectors():
            hashes = [content_hash(embedding_text(next(items))) for _ in range(len(vectors))]
            cache.put_many(encoder.fingerprint, hashes, vectors)
    assert next(items, None) is None, f"{CHUNK} does not fit"


def _fresh(folder: Path) -> bool:
    try:
        built = (get_current(folder / "bundles") / "manifest.json").stat().st_mtime
    except (SoutuiError, FileNotFoundError):
        return False
    return all(path.stat().st_mtime < built for path in Path(soutui.__file__).parent.rglob("*.py"))
