"""Zip archives, unpacked once into a temporary folder, with bounds against archives made to harm.

Names that leave the folder, links and archives inside the archive are refused. What a member unpacks to is counted
while it is read, so a header that lies about sizes changes nothing.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from soutui.data.decode import require_file
from soutui.errors import DataError, ResourceError

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 4 << 30
MAX_TOTAL_BYTES = 8 << 30
#: Bytes out per byte in that real text stays far below; members of less than ``RATIO_FROM`` bytes may be anything.
MAX_RATIO = 200
RATIO_FROM = 16 << 20
_CHUNK = 1 << 20
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".7z", ".rar", ".bz2", ".xz", ".zst", ".jar")
_UNPACK = "unpack it yourself and import the folder"


class Unpacked:
    """An archive's files in ``folder``, which is removed when this object is no longer used, or at exit."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self._finalizer = weakref.finalize(self, shutil.rmtree, root, True)


def is_zip(path: Path) -> bool:
    """Whether the path is a file that starts as a zip archive does; ``.xlsx`` and its kin are no archives here."""
    if path.suffix.lower() in (".xlsx", ".docx", ".pptx", ".ods", ".xlsm") or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def unpack(path: Path) -> Unpacked:
    """The archive's files; a single folder around everything is stepped into.

    Raises DataError on a damaged, encrypted or dangerous archive and on one past the bounds: ``MAX_MEMBERS`` files,
    ``MAX_MEMBER_BYTES`` each, ``MAX_TOTAL_BYTES`` together, ``MAX_RATIO`` bytes out per byte in. Raises
    ResourceError when the disk is full.
    """
    require_file(path)
    root = Path(tempfile.mkdtemp(prefix="soutui-"))
    # The archive's name is part of every path below, so that the quarantine says where a row came from.
    unpacked = Unpacked(root / path.name, root)
    unpacked.folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            _unpack(archive, path, unpacked.folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(f"{path}: damaged zip: {error}", "copy it again, or unpack it yourself") from error
    except OSError as error:
        raise ResourceError(f"{path} cannot be unpacked: {error.strerror or error}", "free disk space") from error
    inside = list(unpacked.folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir():
        unpacked.folder = inside[0]
    return unpacked


def member_name(member: zipfile.ZipInfo) -> str:
    """The member's name: UTF-8 when the archive says so, else UTF-8 or GBK by what its bytes are."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path) -> None:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_MEMBERS:
        raise DataError(f"{path} holds {len(members)} files; at most {MAX_MEMBERS} are unpacked", _UNPACK)
    total = 0
    for member in members:
        name = member_name(member)
        place = _place(member, name, path)
        if place is None:
            continue
        total += _extract(archive, member, folder / place, f"{path}: {name[:200]!r}", MAX_TOTAL_BYTES - total)


def _place(member: zipfile.ZipInfo, name: str, path: Path) -> PurePosixPath | None:
    """Where a member may be written; None when it is a system's own litter. Raises DataError on a dangerous one."""
    place = PurePosixPath(name.replace("\\", "/"))
    shown = f"{path}: {name[:200]!r}"
    if place.is_absolute() or ".." in place.parts or ":" in place.parts[0] or "\0" in name:
        raise DataError(f"{shown} leaves the archive's folder", "such archives are made to harm: get it elsewhere")
    if "__MACOSX" in place.parts or place.name in (".DS_Store", "Thumbs.db"):
        return None
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise DataError(f"{shown} is a link or a device, not a file", _UNPACK)
    if member.flag_bits & 0x1:
        raise DataError(f"{shown} is encrypted", _UNPACK)
    if place.name.lower().endswith(_ARCHIVES):
        raise DataError(f"{shown} is an archive inside the archive", _UNPACK)
    if any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in place.parts) or len(place.parts) > 32:
        raise DataError(f"{shown}: the name is too long or too deep", _UNPACK)
    return place


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, shown: str, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    if target.exists():
        raise DataError(f"{shown} is in the archive twice", _UNPACK)
    with archive.open(member) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > MAX_MEMBER_BYTES or size > left:
                raise DataError(
                    f"{shown} unpacks to more than the {MAX_MEMBER_BYTES >> 30} GB a file may have, or all files "
                    f"together to more than {MAX_TOTAL_BYTES >> 30} GB",
                    _UNPACK,
                )
            if size > RATIO_FROM and size > MAX_RATIO * max(1, member.compress_size):
                raise DataError(f"{shown} unpacks to more than {MAX_RATIO} times its size: a zip bomb", _UNPACK)
            out.write(chunk)
    return size
