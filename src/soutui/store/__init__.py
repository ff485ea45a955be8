"""The truth: catalogue, users, events, judgments and the registry of bundles in one SQL database, with a change log."""

from soutui.store.catalog import Written
from soutui.store.changes import Changes
from soutui.store.events import Recorded
from soutui.store.registry import BundleRow
from soutui.store.snapshot import EventTable, Snapshot
from soutui.store.store import Store

__all__ = ["BundleRow", "Changes", "EventTable", "Recorded", "Snapshot", "Store", "Written"]
