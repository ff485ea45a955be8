"""The registry of bundles: which were built, from which number, how good they are and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from soutui.errors import NotFoundError, UsageError
from soutui.store.rows import Row, dump_object, load_object
from soutui.store.tables import bundles


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle in the registry. ``created`` in seconds since 1970; ``seq`` is the snapshot it was built from.

    ``state`` is a word of the lifecycle's choosing (``candidate``, ``current``, ``retired``, ``refused``).
    """

    name: str
    created: float
    seq: int
    state: str
    metrics: Mapping[str, Any] = field(default_factory=dict)


def bundle_row(bundle: BundleRow) -> Row:
    """The row of a bundle."""
    if not bundle.name:
        raise UsageError("a bundle needs a name")
    return {
        "name": bundle.name,
        "created": float(bundle.created),
        "seq": int(bundle.seq),
        "state": bundle.state,
        "metrics": dump_object(bundle.metrics, "bundle", bundle.name),
    }


def add_bundles(connection: Connection, payloads: Sequence[Row]) -> list[None]:
    """Add bundles, or replace those of the same name."""
    for row in payloads:
        connection.execute(delete(bundles).where(bundles.c.name == row["name"]))
        connection.execute(insert(bundles), row)
    return [None] * len(payloads)


def set_states(connection: Connection, payloads: Sequence[tuple[str, str]]) -> list[None]:
    """Set the state of bundles by name."""
    for name, state in payloads:
        if not connection.execute(update(bundles).where(bundles.c.name == name).values(state=state)).rowcount:
            raise NotFoundError(f"there is no bundle {name!r} in the registry", "list the bundles to see their names")
    return [None] * len(payloads)


def list_bundles(connection: Connection) -> list[BundleRow]:
    """All bundles, newest first."""
    c = bundles.c
    rows = connection.execute(
        select(c.name, c.created, c.seq, c.state, c.metrics).order_by(c.created.desc(), c.name.desc())
    )
    return [BundleRow(row[0], row[1], row[2], row[3], load_object(row[4])) for row in rows]
