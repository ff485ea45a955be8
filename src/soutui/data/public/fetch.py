"""A public set into a folder: downloaded, checked, unpacked, then renamed into its place in one step.

``dataset.json`` in the folder says where it came from and what the files were. A set whose publisher states no digest
is trusted at the first download; the digest is written down and must be the same the next time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from soutui.data.archive import is_zip, unpack
from soutui.data.public.catalogue import Dataset, File
from soutui.data.public.download import Patience, Progress, check_url, download
from soutui.errors import DataError, NotFoundError, ResourceError, SoutuiError, UsageError
from soutui.locks import exclusive

MARK = "dataset.json"
#: Bytes that a file whose size is not stated may have.
MOST_BYTES = 16 << 30
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Got:
    """A set in its folder. ``digests``: file → sha256; ``trusted`` are those that nobody had stated."""

    folder: Path
    digests: dict[str, str]
    trusted: tuple[str, ...] = ()
    already: bool = False


def get(
    wanted: Dataset, folder: Path, urls: Sequence[str], progress: Progress, patience: Patience | None = None
) -> Got:
    """Download a set into ``folder``; nothing is done when it is there and whole.

    ``urls`` replace the set's own addresses, in their order. Raises UsageError when the folder holds other things,
    DataError on a wrong digest (the file stays beside the folder as ``.bad``), ResourceError and NotFoundError when it
    cannot be had; the hint then says how to get it by hand.
    """
    files = _files(wanted, urls)
    folder = folder.resolve()
    held = _held(folder)
    if held and _is_whole(folder, held):
        return Got(folder, dict(held["digests"]), already=True)
    if folder.exists() and not held and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and holds other things", "choose another with --to")
    if not files:
        raise UsageError(
            f"{wanted.name} is not for download: its terms are accepted on its page", by_hand(wanted, folder)
        )
    staging = folder.with_name(folder.name + ".download")
    before = dict(held["digests"]) if held else {}
    digests: dict[str, str] = {}
    trusted = []
    try:
        with exclusive(staging / _LOCK, f"the download of {wanted.name}"):
            for file in files:
                place = staging / file.name
                if not place.is_file():
                    known = bool(file.sha256 or file.md5)
                    download(file.url, place, file.bytes or MOST_BYTES, progress, patience or Patience(), resume=known)
                digests[file.name] = _check(file, place, before.get(file.name, ""))
                if not (file.sha256 or file.md5 or before.get(file.name)):
                    trusted.append(file.name)
            _settle(wanted, files, digests, staging, folder)
    except (ResourceError, NotFoundError, DataError) as error:
        raise _with_hint(error, wanted, folder) from error
    except OSError as error:
        raise ResourceError(f"cannot write {folder}: {error.strerror or error}", "check the disk") from error
    finally:
        if staging.is_dir() and [one.name for one in staging.iterdir()] in ([], [_LOCK]):
            shutil.rmtree(staging)  # nothing came that the next try could go on with
    return Got(folder, digests, tuple(trusted))


def by_hand(wanted: Dataset, folder: Path) -> str:
    """What a person can do without the network, or where terms must be accepted."""
    where = " and ".join(one.url for one in wanted.files) or wanted.page
    return (
        f"by hand: get {where} with a browser, put the files (unpacked) into {folder}, "
        f"then soutui import SHOP {wanted.layout} {folder}"
    )


def _files(wanted: Dataset, urls: Sequence[str]) -> tuple[File, ...]:
    if not urls:
        return wanted.files
    for url in urls:
        check_url(url)
    own = wanted.files or tuple(File(url) for url in urls)
    if len(urls) != len(own):
        raise UsageError(
            f"{wanted.name} has {len(own)} files; {len(urls)} addresses came",
            "give --url once for each: " + ", ".join(one.name for one in own),
        )
    made = tuple(replace(one, url=url, called=one.name) for one, url in zip(own, urls, strict=True))
    if any(one.name in ("", ".", "..", MARK) for one in made) or len({one.name for one in made}) < len(made):
        raise UsageError("an address must end in the name of a file, each another", "write https://host/path/file.zip")
    return made


def _check(file: File, place: Path, before: str) -> str:
    """The file's sha256. A wrong file is put aside as ``.bad``."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with place.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            sha256.update(chunk)
            md5.update(chunk)
    found = sha256.hexdigest()
    size = place.stat().st_size
    wrong = ""
    if file.bytes and size != file.bytes:
        wrong = f"it has {size} bytes, {file.bytes} are stated"
    elif file.sha256 and found != file.sha256:
        wrong = f"its sha256 is {found}, {file.sha256} is stated"
    elif not file.sha256 and file.md5 and md5.hexdigest() != file.md5:
        wrong = f"its md5 is {md5.hexdigest()}, {file.md5} is stated"
    elif not (file.sha256 or file.md5) and before and found != before:
        wrong = f"its sha256 is {found}, at the first download it was {before}"
    if wrong:
        bad = place.with_name(place.name + ".bad")
        place.replace(bad)
        raise DataError(f"{file.url} is not the file that it should be: {wrong}; it lies in {bad}", "")
    return found


def _settle(wanted: Dataset, files: Sequence[File], digests: dict[str, str], staging: Path, folder: Path) -> None:
    """Unpack, write down what came, and put the folder in its place."""
    ready = folder.with_name(f".{folder.name}.ready")
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir()
    for file in files:
        place = staging / file.name
        if is_zip(place):
            unpacked = unpack(place)
            for inner in unpacked.folder.iterdir():
                shutil.move(inner, ready / inner.name)
        else:
            place.rename(ready / file.name)
    sizes = {one.relative_to(ready).as_posix(): one.stat().st_size for one in sorted(ready.rglob("*")) if one.is_file()}
    facts = {"name": wanted.name, "urls": [one.url for one in files], "digests": digests, "files": sizes}
    (ready / MARK).write_bytes(orjson.dumps(facts, option=orjson.OPT_INDENT_2))
    if folder.exists():
        shutil.rmtree(folder)  # empty, or the remains of an earlier download
    ready.rename(folder)
    shutil.rmtree(staging)


def _held(folder: Path) -> dict[str, Any]:
    """What ``dataset.json`` says; empty without one."""
    try:
        found = orjson.loads((folder / MARK).read_bytes())
    except (FileNotFoundError, NotADirectoryError, orjson.JSONDecodeError):
        return {}
    whole = isinstance(found, dict) and all(isinstance(found.get(key), dict) for key in ("digests", "files"))
    return found if whole else {}


def _is_whole(folder: Path, held: dict[str, Any]) -> bool:
    places = ((folder / name, size) for name, size in held["files"].items())
    return bool(held["files"]) and all(place.is_file() and place.stat().st_size == size for place, size in places)


def _with_hint(error: SoutuiError, wanted: Dataset, folder: Path) -> SoutuiError:
    told = f"{error.hint}; or " if error.hint else ""
    return type(error)(error.message, told + by_hand(wanted, folder))
