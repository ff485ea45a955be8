"""What a text may have meant: stretches of it, each with what was meant and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["slip", "split", "join", "alike", "pinyin"]

SURE = 0.5
"""Confidence from which a correction is searched; below it is only suggested."""

WORTH_ASKING = 0.3
"""Confidence from which a person is asked whether it was meant."""

LIKELY = 0.15
"""Confidence from which a reading that is not the best is searched too, weighted by it."""


@dataclass(frozen=True, slots=True)
class Fix:
    """One stretch ``start .. end`` of the text that was probably meant otherwise. ``confidence`` is 0 to 1.

    ``others`` are the next likeliest readings with their confidences, best first.
    """

    start: int
    end: int
    typed: str
    meant: str
    kind: Kind
    confidence: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a text may have meant. ``fixes`` are in text order and apart; those at :data:`SURE` and above are sure.

    ``loose`` are Chinese characters where something is wrong that no sure fix explains: they are searched one by one.
    """

    text: str
    fixes: tuple[Fix, ...] = ()
    loose: tuple[str, ...] = ()

    @property
    def searched(self) -> str:
        """The text with the sure fixes; the text itself when there are none."""
        return self._with(fix for fix in self.fixes if fix.confidence >= SURE)

    @property
    def suggested(self) -> str:
        """The text with the fixes that are worth a question."""
        return self._with(fix for fix in self.fixes if fix.confidence >= WORTH_ASKING)

    @property
    def guessed(self) -> str:
        """The text with all fixes, however unlikely: for a query that finds nothing."""
        return self._with(iter(self.fixes))

    def rivals(self) -> dict[str, float]:
        """Words that are likely enough to be searched beside :attr:`searched`, with their confidences."""
        told = [(word, p) for fix in self.fixes for word, p in (*fix.others, (fix.meant, fix.confidence))]
        sure = {fix.meant for fix in self.fixes if fix.confidence >= SURE}
        return {word: p for word, p in sorted(told, key=lambda one: one[1]) if p >= LIKELY and word not in sure}

    def _with(self, fixes: Iterator[Fix]) -> str:
        pieces, at = [], 0
        for fix in fixes:
            pieces += [self.text[at : fix.start], fix.meant]
            at = fix.end
        return "".join(pieces) + self.text[at:]
