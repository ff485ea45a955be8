"""soutui: personalised search and recommendation from a catalogue and an event log.

>>> from soutui import Workspace
>>> page = Workspace.open("shop").search("steel bottle", user="u42")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from soutui.errors import SoutuiError
    from soutui.types import Hit, Page, Reason, Request
    from soutui.workspace import Workspace

__version__ = "0.1.0"

__all__ = ["Hit", "Page", "Reason", "Request", "SoutuiError", "Workspace", "__version__"]

#: Loaded when asked for: the indexes behind a workspace take half a second, and `--help` needs none of it.
_HOMES = {
    "Hit": "types",
    "Page": "types",
    "Reason": "types",
    "Request": "types",
    "SoutuiError": "errors",
    "Workspace": "workspace",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"soutui.{home}"), name)
