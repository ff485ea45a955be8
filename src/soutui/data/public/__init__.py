"""Public data sets: what there is, where its publisher keeps it, and how it gets here whole."""

from __future__ import annotations

from soutui.data.public.catalogue import Dataset, File, catalogue, find
from soutui.data.public.fetch import Got, get

__all__ = ["Dataset", "File", "Got", "catalogue", "find", "get"]
