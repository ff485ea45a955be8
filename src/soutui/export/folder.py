"""A folder that appears whole: written beside its place under another name, then renamed."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from soutui.errors import DataError, ResourceError, UsageError

#: The file that says what an export holds, and by which an earlier one is known.
MARK = "export.json"


@contextmanager
def replacing(folder: Path, force: bool) -> Iterator[Path]:
    """An empty folder to write into, which becomes ``folder`` when the block ends well; else nothing is left of it.

    Only its owner can read it. Raises UsageError when ``folder`` is a file or is not empty; with ``force`` an earlier
    export there is replaced. A full disk is a ResourceError.
    """
    folder = folder.resolve()
    _check(folder, force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise _known(error, folder) from error
    try:
        yield place
        _swap(place, folder)
    except OSError as error:
        raise _known(error, folder) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _check(folder: Path, force: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file", "name a folder")
    if not any(folder.iterdir()):
        return
    if not (folder / MARK).is_file():
        raise UsageError(f"{folder} is not empty, and no earlier export", "choose another folder")
    if not force:
        raise UsageError(f"{folder} holds an earlier export", "replace it with --force, or choose another folder")


def _swap(place: Path, folder: Path) -> None:
    if not folder.exists():
        place.rename(folder)
    elif not any(folder.iterdir()):
        place.replace(folder)
    else:
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        folder.replace(old)
        place.rename(folder)
        shutil.rmtree(old)


def _known(error: OSError, folder: Path) -> DataError | ResourceError:
    told = f"cannot write {folder}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ResourceError(told, "free some space, or choose a folder on another disk")
    return DataError(told, "check who may write there")
