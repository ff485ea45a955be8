"""All checks in the order of their codes, and how they are run."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from soutui.checks.base import SEVERITIES, Check, Finding, Severity
from soutui.checks.boilerplate import Boilerplate
from soutui.checks.category_balance import CategoryBalance
from soutui.checks.conflicting_judgments import ConflictingJudgments
from soutui.checks.confusable_ids import ConfusableIds
from soutui.checks.constant_attributes import ConstantAttributes
from soutui.checks.duplicate_texts import DuplicateTexts
from soutui.checks.empty_texts import EmptyTexts
from soutui.checks.encoding import Encoding
from soutui.checks.endless_sessions import EndlessSessions
from soutui.checks.few_events import FewEvents
from soutui.checks.future_attributes import FutureAttributes
from soutui.checks.grades import Grades
from soutui.checks.hostile_text import HostileText
from soutui.checks.impossible_times import ImpossibleTimes
from soutui.checks.impressions import Impressions
from soutui.checks.judged_unknown import JudgedUnknown
from soutui.checks.kinds import Kinds
from soutui.checks.label_balance import LabelBalance
from soutui.checks.label_conflicts import LabelConflicts
from soutui.checks.languages import Languages
from soutui.checks.markup import Markup
from soutui.checks.missing_values import MissingValues
from soutui.checks.mixed_attributes import MixedAttributes
from soutui.checks.near_duplicates import NearDuplicates
from soutui.checks.never_seen import NeverSeen
from soutui.checks.no_clock import NoClock
from soutui.checks.no_relevant import NoRelevant
from soutui.checks.one_event_users import OneEventUsers
from soutui.checks.pair_leakage import PairLeakage
from soutui.checks.personal_data import PersonalData
from soutui.checks.popularity_skew import PopularitySkew
from soutui.checks.position_bias import PositionBias
from soutui.checks.prices import Prices
from soutui.checks.query_is_title import QueryIsTitle
from soutui.checks.query_leakage import QueryLeakage
from soutui.checks.repeated_events import RepeatedEvents
from soutui.checks.robots import Robots
from soutui.checks.text_leakage import TextLeakage
from soutui.checks.time_ties import TimeTies
from soutui.checks.uneven_days import UnevenDays
from soutui.checks.unique_attributes import UniqueAttributes
from soutui.checks.unjudged_queries import UnjudgedQueries
from soutui.checks.unjudged_top import UnjudgedTop
from soutui.checks.unknown_items import UnknownItems
from soutui.checks.view import DataView
from soutui.errors import UsageError

CHECKS: tuple[Check, ...] = (
    *(EmptyTexts(), DuplicateTexts(), NearDuplicates(), Languages(), Markup(), Encoding(), Boilerplate()),
    *(ConfusableIds(), NeverSeen()),
    *(ConstantAttributes(), UniqueAttributes(), MixedAttributes(), MissingValues(), Prices(), CategoryBalance()),
    FutureAttributes(),
    *(UnknownItems(), TimeTies(), NoClock(), ImpossibleTimes(), PopularitySkew(), FewEvents(), Impressions()),
    *(PositionBias(), Kinds(), UnevenDays(), RepeatedEvents()),
    *(Robots(), OneEventUsers(), EndlessSessions()),
    *(QueryLeakage(), PairLeakage(), NoRelevant(), JudgedUnknown(), ConflictingJudgments(), UnjudgedTop()),
    *(Grades(), QueryIsTitle(), UnjudgedQueries()),
    *(TextLeakage(), LabelBalance(), LabelConflicts()),
    *(HostileText(), PersonalData()),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run of checks found: ``findings`` worst first, then by code; ``codes`` are those that were run."""

    findings: tuple[Finding, ...]
    codes: tuple[str, ...]

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(one.severity == severity for one in self.findings)

    @property
    def worst(self) -> Severity | None:
        """The highest severity found; None without findings."""
        return self.findings[0].severity if self.findings else None

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "counts": {severity: self.count(severity) for severity in reversed(SEVERITIES)},
            "findings": [one.as_dict(language) for one in self.findings],
            "checked": list(self.codes),
        }


def run_checks(
    data: DataView, checks: Sequence[Check] = CHECKS, progress: Callable[[str, int, int], None] = lambda *_: None
) -> Checked:
    """Run checks one after the other."""
    found = []
    for done, check in enumerate(checks):
        progress("checks", done, len(checks))
        finding = check.run(data)
        if finding is not None:
            found.append(finding)
    progress("checks", len(checks), len(checks))
    found.sort(key=lambda one: (-SEVERITIES.index(one.severity), one.code))
    return Checked(tuple(found), tuple(check.code for check in checks))


def choose(only: Sequence[str]) -> tuple[Check, ...]:
    """The checks with these codes or names, or a whole subject by its letter; all of them for none.

    Raises UsageError for one that there is not.
    """
    if not only:
        return CHECKS
    known = {word.lower() for check in CHECKS for word in (check.code, check.name, check.code[0])}
    wanted = [word.strip().lower() for words in only for word in words.split(",") if word.strip()]
    for word in wanted:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1)
            raise UsageError(
                f"unknown check {word!r}; known: {', '.join(check.code for check in CHECKS)}",
                f"did you mean {near[0]}?" if near else "docs/guide/checks.md lists them all",
            )
    return tuple(check for check in CHECKS if {check.code.lower(), check.name, check.code[0].lower()} & set(wanted))
