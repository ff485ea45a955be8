"""The public sets that soutui knows by name: facts in ``datasets.toml``, nothing of the sets themselves."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from soutui.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class File:
    """One file of a set. ``bytes`` 0 and empty digests: its publisher states none. ``called`` keeps its name when
    another address is used.
    """

    url: str
    bytes: int = 0
    sha256: str = ""
    md5: str = ""
    called: str = ""

    @property
    def name(self) -> str:
        """The name it is kept under: the last part of its address."""
        return self.called or PurePosixPath(urlsplit(self.url).path).name


@dataclass(frozen=True, slots=True)
class Dataset:
    """A public set. ``size`` is that of the download, in words. ``layout`` reads it; ``parts`` are pieces to choose
    from, as in ``name/part``. Without ``files`` it must be fetched by hand from ``page``, where its terms are accepted.
    """

    name: str
    about: str
    size: str
    licence: str
    layout: str
    page: str
    files: tuple[File, ...] = ()
    parts: tuple[str, ...] = ()


def catalogue() -> tuple[Dataset, ...]:
    """Every set, in the order of the file."""
    held = tomllib.loads(files("soutui.data.public").joinpath("datasets.toml").read_text("utf-8"))
    return tuple(_made(name, facts) for name, facts in held.items())


def find(name: str) -> Dataset:
    """The set of that name, with its part filled in (``amazon-reviews-2023/Gift_Cards``). Raises NotFoundError."""
    known = {one.name: one for one in catalogue()}
    base, _, part = name.partition("/")
    if base not in known:
        near = difflib.get_close_matches(base, known, 1, 0.4)
        raise NotFoundError(
            f"no data set is called {name!r}", f"did you mean {near[0]}?" if near else "soutui datasets list"
        )
    found = known[base]
    if not found.parts:
        if part:
            raise NotFoundError(f"{base} has no parts; {part!r} came", f"soutui datasets get {base}")
        return found
    if part not in found.parts:
        near = difflib.get_close_matches(part, found.parts, 1, 0.4)
        raise NotFoundError(
            f"{base} has no part {part!r}; it has {', '.join(found.parts)}",
            f"try soutui datasets get {base}/{near[0] if near else found.parts[0]}",
        )
    chosen = tuple(replace(one, url=one.url.replace("{part}", part)) for one in found.files)
    return replace(found, name=name, files=chosen, parts=())


def _made(name: str, facts: Mapping[str, Any]) -> Dataset:
    values = {key: value for key, value in facts.items() if key not in ("files", "parts")}
    held = tuple(File(**one) for one in facts.get("files", ()))
    return Dataset(name, files=held, parts=tuple(facts.get("parts", ())), **values)
