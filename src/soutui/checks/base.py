"""What a check is and what it finds. The data it looks at are in :mod:`soutui.checks.view`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from soutui.checks.plots import Plot
from soutui.checks.wording import Text

if TYPE_CHECKING:
    from soutui.checks.view import DataView

Severity = Literal["info", "warning", "error"]

#: From harmless to harmful.
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
#: Examples kept of each finding.
EXAMPLES = 10
#: Characters of an example that are kept.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that shows the finding: what it is (an id, a masked text) and, beside it, a figure or the other one.

    A note in words has both languages.
    """

    what: str
    note: str | Text = ""

    def noted(self, language: str = "en") -> str:
        """The note in one language."""
        return self.note if isinstance(self.note, str) else self.note.of(language)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``count`` of ``total`` are affected; ``summary`` says it in a sentence with figures.

    ``total`` is 0 where a share would say nothing.

    ``figures`` are for machines, names in English. ``meaning`` and ``advice`` are those of the check.
    """

    code: str
    name: str
    severity: Severity
    title: Text
    summary: Text
    count: int
    total: int
    meaning: Text
    advice: Text
    examples: tuple[Example, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    plot: Plot | None = None

    @property
    def share(self) -> float:
        """``count`` as a share of ``total``; 0 of nothing."""
        return self.count / self.total if self.total else 0.0

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """Plain values for JSON, sentences in one language."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "title": self.title.of(language),
            "summary": self.summary.of(language),
            "count": self.count,
            "total": self.total,
            "share": round(self.share, 6),
            "figures": dict(self.figures),
            "examples": [{"what": one.what, "note": one.noted(language)} for one in self.examples],
            "meaning": self.meaning.of(language),
            "advice": self.advice.of(language),
        }


class Check(ABC):
    """Looks for one thing. Stateless, so one instance serves any data from any thread.

    ``code`` is stable: a letter for the subject and two digits. ``meaning`` says what a finding does to results and
    ``advice`` what to do about it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    title: ClassVar[Text]
    meaning: ClassVar[Text]
    advice: ClassVar[Text]

    @abstractmethod
    def run(self, data: DataView) -> Finding | None:
        """What was found; None when there is nothing to say, also when the data lack what the check looks at."""

    def found(
        self,
        severity: Severity,
        count: int,
        total: int,
        summary: Text,
        examples: Iterable[Example] = (),
        plot: Plot | None = None,
        figures: Mapping[str, float] | None = None,
    ) -> Finding:
        """A finding of this check; keeps the first :data:`EXAMPLES` examples, each cut to :data:`LONGEST`."""
        kept = []
        for one in examples:
            note = one.note[:LONGEST] if isinstance(one.note, str) else one.note
            kept.append(Example(one.what[:LONGEST], note))
            if len(kept) == EXAMPLES:
                break
        plain = {
            name: int(value) if float(value).is_integer() else float(value) for name, value in (figures or {}).items()
        }
        return Finding(
            self.code,
            self.name,
            severity,
            self.title,
            summary,
            int(count),
            int(total),
            self.meaning,
            self.advice,
            tuple(kept),
            plain,
            plot,
        )


def graded(share: float, warning: float, error: float = 2.0) -> Severity:
    """The severity of a share: ``error`` from there up, ``warning`` from there up, else ``info``."""
    return "error" if share >= error else "warning" if share >= warning else "info"
