"""The manifest: what a bundle holds, from which snapshot, with a hash of every file.

Writing: everything goes into a temporary folder next to the final one, is flushed to disk, then renamed in one step.
``current`` is a file with the bundle's name, replaced in one step too. A crash leaves the old bundle in place.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from soutui.errors import DamagedError, NotBuiltError, NotFoundError

FORMAT = 1
NAME = "manifest.json"
CURRENT = "current"


def file_hash(path: Path) -> str:
    """blake2b-128 of a file's contents, hex."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def seal(folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Hash and flush every file of ``folder`` and write its manifest; ``facts`` become its other entries."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / NAME):
        files[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "blake2b": file_hash(path)}
        _flush(path)
    manifest = {"format": FORMAT, **facts, "files": files}
    path = folder / NAME
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    _flush(path)
    for inner in sorted(p for p in folder.rglob("*") if p.is_dir()):
        _flush(inner)
    _flush(folder)
    return manifest


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle. Raises DamagedError when it is missing, unreadable or of another format."""
    path = folder / NAME
    try:
        manifest = json.loads(path.read_text("utf-8"))
        version = manifest["format"]
        entries = manifest["files"] if version == FORMAT else {}
        files = {name: (int(entry["bytes"]), str(entry["blake2b"])) for name, entry in entries.items()}
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing", "roll back to another bundle or run `soutui build` again") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DamagedError(f"{path} cannot be read", "roll back to another bundle or build again") from None
    if version != FORMAT:
        raise DamagedError(f"{path} has format {version}; this soutui reads format {FORMAT}", "build the bundle again")
    for name, (size, _) in files.items():
        file = folder / name
        # Sizes are compared at every opening: cheap, and they catch a copy that broke off.
        if not file.is_file() or file.stat().st_size != size:
            raise DamagedError(f"{file} is missing or has another size", "roll back or build the bundle again")
    return dict(manifest)


def verify(folder: Path) -> dict[str, Any]:
    """Like :func:`read`, and every file's contents are compared with its hash."""
    manifest = read(folder)
    for name, entry in manifest["files"].items():
        if file_hash(folder / name) != entry["blake2b"]:
            raise DamagedError(f"{folder / name} is damaged: its contents changed", "roll back or build again")
    return manifest


def set_current(bundles: Path, name: str) -> None:
    """Point ``current`` at a bundle, in one step."""
    temporary = bundles / f".{CURRENT}.{os.getpid()}.{threading.get_ident()}"
    temporary.write_text(name + "\n", "utf-8")
    _flush(temporary)
    temporary.replace(bundles / CURRENT)
    _flush(bundles)


def get_current(bundles: Path) -> Path:
    """The folder that ``current`` points at. Raises NotBuiltError when there is none."""
    try:
        name = (bundles / CURRENT).read_text("utf-8").strip()
    except FileNotFoundError:
        raise NotBuiltError(f"{bundles.parent} has no bundle yet", "run `soutui build` first") from None
    folder = bundles / name
    if not name or not folder.is_dir():
        raise NotFoundError(f"{bundles / CURRENT} names {name!r}, which is not there", "run `soutui build` again")
    return folder


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
