"""What an export wrote, what it had to leave out and what it had to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """Rows ``written`` by role; records and fields ``left_out``, values ``changed``: what, in words → how many."""

    written: Mapping[str, int]
    left_out: Mapping[str, int]
    changed: Mapping[str, int]


class Report:
    """Counts while a format writes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._written: dict[str, int] = {}
        #: What the format has no place for, in words.
        self.left_out: Counter[str] = Counter()
        #: What the format holds only in another form, in words.
        self.changed: Counter[str] = Counter()

    def rows(self, role: str, rows: Iterable[T]) -> Iterator[T]:
        """The rows as they are, counted as written."""
        done = 0
        for row in rows:
            done += 1
            if done % 1000 == 0:
                self._progress(role, done, 0)
            yield row
        self._written[role] = done
        self._progress(role, done, done)

    def unwritten(self, role: str, count: int = 1) -> None:
        """Rows that were counted as written and were not, after all."""
        self._written[role] -= count

    def absent(self, role: str, rows: Iterable[object]) -> None:
        """Records of a role that the format does not know."""
        if count := sum(1 for _ in rows):
            self.left_out[role] += count

    def done(self) -> Exported:
        """The counts; what is not there at all is not named."""
        written = {role: count for role, count in self._written.items() if count}
        return Exported(written, dict(self.left_out), dict(self.changed))
