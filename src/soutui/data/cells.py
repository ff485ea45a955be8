"""Columns of cells to values: a plain column is taken whole after a few checks, any other is read cell by cell.

What comes out is what :mod:`soutui.data.values` makes of each cell. Rows whose cells need a closer look are added to
``odd``: whoever asked reads those one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from soutui.data.blocks import Cells
from soutui.data.values import LONGEST_ID, LONGEST_QUERY, NO_ID, RowError, clean_text, read_id

#: Texts of a column that are remembered before all are forgotten again, and how long they may be.
KNOWN_TEXTS = 20_000
KNOWN_LENGTH = 100
_PLAIN_NUMBERS = re.compile(r"[0-9.\-\n]*")
_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = type(None)


def read_each(
    cells: Cells, read: Callable[[Any], Any], odd: set[int], known: dict[str | None, Any] | None = None
) -> Cells:
    """Every cell read by itself, once per different text; rows at which ``read`` raises RowError are odd.

    ``known`` remembers texts from block to block, up to a bound.
    """
    if known is None:
        known = {}
    elif len(known) > KNOWN_TEXTS:
        known.clear()
    made: list[Any] = []
    for at, cell in enumerate(cells):
        simple = cell is None or (type(cell) is str and len(cell) <= KNOWN_LENGTH)
        if simple and cell in known:
            made.append(known[cell])
            continue
        try:
            value = read(cell)
        except RowError:
            odd.add(at)
            value = None
        else:
            if simple:
                known[cell] = value
        made.append(value)
    return made


def read_ids(cells: Cells, strip: bool, odd: set[int]) -> Cells:
    """:func:`~soutui.data.values.read_id` of every cell; ids that are too long are odd."""
    types = set(map(type, cells))
    if types == {int} and min(cells) > -(1 << 64) and max(cells) < 1 << 64:
        return list(map(str, cells))
    if types <= {str, _NONE} and not strip:
        texts = ["" if cell is None else cell for cell in cells] if _NONE in types else cells
        joined = _joined(texts)
        if joined is not None and not _holds_missing(joined) and len(max(texts, key=len, default="")) <= LONGEST_ID:
            return texts
    made = read_each(cells, lambda cell: read_id(cell, strip), odd)
    odd.update(at for at, name in enumerate(made) if name is None or len(name) > LONGEST_ID)
    return made


def read_texts(cells: Cells) -> Cells | None:
    """:func:`~soutui.data.values.clean_text` of every cell; None when one is neither text nor empty."""
    types = set(map(type, cells))
    if not types <= {str, _NONE}:
        return None
    texts = ["" if cell is None else cell for cell in cells] if _NONE in types else cells
    return list(map(clean_text, texts)) if _joined(texts) is None else texts


def read_queries(cells: Cells, odd: set[int]) -> Cells:
    """The text of every cell; those that are too long are odd."""
    texts = read_texts(cells)
    if texts is None:
        texts = read_each(cells, clean_text, odd)
    if len(max(texts, key=len, default="")) > LONGEST_QUERY:
        odd.update(at for at, text in enumerate(texts) if len(text) > LONGEST_QUERY)
    return texts


def _joined(texts: Cells) -> str | None:
    """The texts a line each, when every one is clean: printable, without outer space; otherwise None."""
    joined = "\n".join(texts)
    if joined.count("\n") != len(texts) - 1 or joined[:1] == " " or joined[-1:] == " ":
        return None
    if "\n " in joined or " \n" in joined or not joined.replace("\n", "").isprintable():
        return None
    return joined


def _holds_missing(joined: str) -> bool:
    lines = f"\n{joined.lower()}\n"
    return any(f"\n{word}\n" in lines for word in NO_ID)


def plain_numbers(cells: Cells) -> Cells | None:
    """Finite numbers by cell, None where empty; None altogether when a cell needs a closer look."""
    types = set(map(type, cells))
    if types <= {float, _NONE}:
        return cells if math.isfinite(sum(filter(None, cells))) else None
    if types == {str} and _PLAIN_NUMBERS.fullmatch("\n".join(cells)):
        try:
            made = [float(cell) if cell else None for cell in cells]
        except ValueError:
            return None
        return made if math.isfinite(sum(filter(None, made))) else None
    return None


def plain_times(cells: Cells) -> Cells | None:
    """Seconds since 1970 by cell, when all are bare numbers of seconds or ISO texts; otherwise None."""
    types = set(map(type, cells))
    if types and types <= {int, float}:
        # Not a number hides from min and max, but not from a sum.
        plain = min(cells) >= 1e8 and max(cells) < 1e11 and math.isfinite(sum(cells))
        return list(map(float, cells)) if plain else None
    if types != {str}:
        return None
    lengths = set(map(len, cells))
    if lengths <= {9, 10} and "".join(cells).isdecimal():
        return list(map(float, cells))
    if min(lengths) >= 10 and {cell[4] for cell in cells} == {"-"}:
        try:
            moments = list(map(datetime.fromisoformat, cells))
            return [(one - (_EPOCH_UTC if one.tzinfo else _EPOCH)).total_seconds() for one in moments]
        except ValueError:
            return None
    return None
