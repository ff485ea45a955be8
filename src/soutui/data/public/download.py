"""One file from the network, whole or not at all: bounded, resumed where it broke off, retried, never over plain HTTP.

The only file of soutui that opens an address of the world outside.
"""

from __future__ import annotations

import errno
import http.client
import ipaddress
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from soutui.errors import DataError, NotFoundError, ResourceError, UsageError

Progress = Callable[[str, int, int], None]

_CHUNK = 1 << 16
_GONE = (400, 401, 403, 404, 405, 410, 451)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds for an answer, seconds in which something must come, tries, seconds between them."""

    answer: float = 30.0
    stall: float = 60.0
    tries: int = 5
    backoff: float = 1.0


class _Again(Exception):
    """Something that may go better at the next try."""


def check_url(url: str) -> None:
    """Raises UsageError unless the address is HTTPS without a password in it; plain HTTP only to this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.scheme not in ("https", "http") or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise UsageError(f"{url[:200]!r} is not an address to download from", "write https://host/path/file.zip")
    if parts.username or parts.password:
        raise UsageError(f"the address of {host} holds a user name or password", "leave them out")
    if parts.scheme == "http" and not _is_here(host):
        raise UsageError(f"{url[:200]} is not encrypted", "use https://")


def download(url: str, target: Path, most: int, progress: Progress, patience: Patience, *, resume: bool = True) -> None:
    """Write what is at ``url`` into ``target``, at most ``most`` bytes; a part of an earlier try is gone on with.

    The part lies beside it as ``.part``. ``resume`` false: a part is only used when the server can say that the file is
    the same. Raises UsageError on an address that is not allowed, NotFoundError and DataError on what the server says,
    ResourceError when it cannot be reached or the disk is full.
    """
    check_url(url)
    part = target.with_name(target.name + ".part")
    told = ""
    for attempt in range(patience.tries):
        if attempt:
            time.sleep(patience.backoff * 2 ** (attempt - 1))
        try:
            _try(url, part, most, progress, patience, resume)
            part.replace(target)
            _sidecar(part).unlink(missing_ok=True)
            return
        except _Again as error:
            told = str(error)
        except OSError as error:
            raise _disk(error, target) from error
    raise ResourceError(f"{url} cannot be downloaded: {told}", "check the network and try again: it goes on there")


def _try(url: str, part: Path, most: int, progress: Progress, patience: Patience, resume: bool) -> None:
    have, validator = _kept(url, part, resume)
    request = urllib.request.Request(url, headers={"User-Agent": "soutui", "Accept-Encoding": "identity"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        if validator:
            request.add_header("If-Range", validator)
    try:
        response = urllib.request.build_opener(_Redirects(url)).open(request, timeout=patience.answer)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:
                part.unlink(missing_ok=True)  # it is whole, or another file: start anew
                raise _Again("the server has no such part of the file") from None
            if error.code in _GONE or error.code < 400:  # below: redirects in a circle, or to another protocol
                kind = NotFoundError if error.code in (404, 410) else DataError
                raise kind(f"{url}: the server says {error.code} {error.reason}", "") from None
            raise _Again(f"the server says {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise ResourceError(f"{url}: its certificate is not to be trusted: {error.reason}", "") from None
        raise _Again(str(error.reason)) from None
    except (TimeoutError, http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
        raise _Again(str(error) or type(error).__name__) from None
    with response:
        start, total = _span(response, have)
        if total > most:
            raise DataError(f"{url} has {total} bytes; at most {most} are expected", "is it the right file?")
        free = shutil.disk_usage(part.parent).free
        if total - start > free:
            raise ResourceError(f"{url} has {total} bytes, {part.parent} has room for {free}", "free some space")
        found = response.headers.get("ETag", "")
        strong = "" if found.startswith("W/") else found
        keep = {"url": url, "validator": strong or response.headers.get("Last-Modified", "")}
        _sidecar(part).write_bytes(orjson.dumps(keep))
        with part.open("r+b" if start and part.exists() else "wb") as out:
            out.seek(start)
            out.truncate()
            _copy(response, out, url, start, total, most, progress, patience)


def _copy(
    response: Any, out: IO[bytes], url: str, done: int, total: int, most: int, progress: Progress, patience: Patience
) -> None:
    mark, marked = time.monotonic(), done
    while True:
        try:
            chunk = response.read1(_CHUNK)
        except (TimeoutError, http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
            raise _Again(str(error) or type(error).__name__) from None
        if not chunk:
            break
        done += len(chunk)
        if done > (total or most):
            raise DataError(f"{url} goes on past {total or most} bytes", "is it the right file?")
        out.write(chunk)
        progress("download", done, total)
        now = time.monotonic()
        if now - mark > patience.stall:
            if done - marked < 1024:
                raise _Again(f"fewer than 1 kB in {patience.stall:.0f} seconds")
            mark, marked = now, done
    if done < total:
        raise _Again(f"it broke off after {done} of {total} bytes")


def _span(response: Any, have: int) -> tuple[int, int]:
    """Where the body starts in the file, and how long the file is (0: not said)."""
    length = response.headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() else 0
    if response.status != 206:
        return 0, size
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
    if match is None or int(match[1]) != have:
        raise DataError("the server answered with another part of the file than was asked for", "try again later")
    return have, have + size if match[2] == "*" else int(match[2])


def _kept(url: str, part: Path, resume: bool) -> tuple[int, str]:
    """How much of the file is here, and by what the server may know that it is still the same one."""
    side = _sidecar(part)
    if not part.is_file() or not side.is_file():
        return 0, ""
    try:
        held = orjson.loads(side.read_bytes())
    except orjson.JSONDecodeError:
        return 0, ""
    validator = str(held.get("validator", ""))
    same = held.get("url") == url and (validator or resume)
    return (part.stat().st_size, validator) if same else (0, "")


def _sidecar(part: Path) -> Path:
    return part.with_name(part.name + ".json")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to addresses that are allowed, and never from the world outside to this machine."""

    def __init__(self, url: str) -> None:
        self._here = _is_here(urlsplit(url).hostname or "")

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        check_url(newurl)
        if _is_here(urlsplit(newurl).hostname or "") and not self._here:
            raise DataError(f"{req.full_url} leads to this machine", "such an address is not to be trusted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _disk(error: OSError, target: Path) -> DataError | ResourceError:
    told = f"cannot write {target}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ResourceError(told, "free some space, then try again: it goes on where it stopped")
    return DataError(told, "check who may write there")
