"""Whole histories from windows of them: ``history so far → next item`` rows, each cut to its last items.

A row repeats most of the row before it, and its history may begin in the middle. Windows of one user are laid over
each other where the end of what is known equals the beginning of the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from sys import intern

from soutui.config import EventColumns
from soutui.data.events import EventConverter
from soutui.data.schema import Event
from soutui.data.values import RowError, read_id

#: How many of a user's last items a window is laid over; more when the window is longer.
_RECENT = 1000
_LONGEST_ID = 1024  # characters, as in event files
_CLICKS = EventColumns(user="user", item="item", order="order", default_kind="click")


class Histories:
    """Users' histories, in the order in which users came. Holds one reference for each interaction in memory."""

    def __init__(self) -> None:
        self._known: dict[str, list[str]] = {}

    def add(self, user: str, window: Iterable[str]) -> None:
        """Lay a chronological window of items over what is known of the user; raises RowError as :func:`checked`."""
        name, fresh = checked(user, window)
        known = self._known.setdefault(name, [])
        # Only so far back, or a user with a million rows would take a million squared steps.
        recent = max(_RECENT, len(fresh))
        known[-recent:] = join(tuple(known[-recent:]), fresh)

    def __iter__(self) -> Iterator[tuple[str, Sequence[str]]]:
        return iter(self._known.items())


def checked(user: str, items: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The user's id and the items' ids, blank ones left out; raises RowError when none is left or one is too long."""
    name = read_id(user)
    listed = tuple(intern(item) for raw in items if (item := read_id(raw)))
    if not name:
        raise RowError("user", "nobody: every history needs a user")
    if not listed:
        raise RowError("item", "empty item: a history needs one")
    if len(name) > _LONGEST_ID or max(map(len, listed)) > _LONGEST_ID:
        raise RowError("", f"id too long: more than {_LONGEST_ID} characters")
    return name, listed


def history_events(histories: Iterable[tuple[str, Sequence[str]]]) -> Iterator[Event]:
    """A click for every item of every history, with its place as ``order`` (from 0) and without a time."""
    convert = EventConverter(_CLICKS).convert
    for user, items in histories:
        for order, item in enumerate(items):
            yield convert({"user": user, "item": item, "order": float(order)})


def join(known: tuple[str, ...], window: tuple[str, ...]) -> tuple[str, ...]:
    """The shortest history that holds both; where nothing overlaps ``window`` comes after ``known``.

    A window inside ``known`` adds nothing, and one that holds ``known`` replaces it. Linear in both lengths.
    """
    after, inside = _overlap(known, window)
    if inside:
        return known
    before, inside = _overlap(window, known)
    if inside:
        return window
    return known + window[after:] if after >= before else window + known[before:]


def _overlap(text: tuple[str, ...], pattern: tuple[str, ...]) -> tuple[int, bool]:
    """The length of the longest end of ``text`` that begins ``pattern``, and whether ``pattern`` lies inside ``text``.

    The failure function of Knuth, Morris and Pratt (SIAM J. Comput. 1977).
    """
    if not pattern:
        return 0, True
    failure, size = [0], 0
    for item in pattern[1:]:
        while size and pattern[size] != item:
            size = failure[size - 1]
        size += pattern[size] == item
        failure.append(size)
    size = 0
    for item in text:
        while size and pattern[size] != item:
            size = failure[size - 1]
        size += pattern[size] == item
        if size == len(pattern):
            return size, True
    return size, False
