"""soutui: personalised search and recommendation from a catalogue and an event log.

>>> from soutui import Workspace
>>> page = Workspace.open("shop").search("steel bottle", user="u42")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from soutui.errors import SoutuiError
from soutui.types import Hit, Page, Reason, Request

if TYPE_CHECKING:
    from soutui.workspace import Workspace

__version__ = "0.1.0"

__all__ = ["Hit", "Page", "Reason", "Request", "SoutuiError", "Workspace", "__version__"]


def __getattr__(name: str) -> Any:
    # The workspace pulls in the indexes; who only wants a type or an error should not wait for them.
    if name == "Workspace":
        return importlib.import_module("soutui.workspace").Workspace
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
