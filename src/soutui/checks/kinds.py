"""E09: kinds of events that are missing or swamp the others."""

from __future__ import annotations

import numpy as np

from soutui.checks.base import Check, Finding, Severity
from soutui.checks.plots import Bars
from soutui.checks.view import IMPRESSION, KINDS, DataView
from soutui.checks.wording import Text, number, percent

NEARLY_ALL = 0.99
VIEW = KINDS.index("view")
HIDE = KINDS.index("hide")


class Kinds(Check):
    """Logs of looks only, or with one kind that is nearly all."""

    code = "E09"
    name = "kinds-of-events"
    title = Text("One kind of event is nearly all there is", "几乎只有一种行为")
    meaning = Text(
        "Views say little about wanting. A log of impressions or of hidden items alone teaches nothing; one in which a "
        "stronger kind is rare teaches mostly about views.",
        "浏览说明不了多少喜好。只有曝光或只有“不感兴趣”的日志学不到东西；强行为极少的日志学到的主要是浏览。",
    )
    advice = Text(
        "Export clicks, carts and purchases too, each with its kind. Check that the kind column was found "
        "(`soutui init … --dry-run`).",
        "把点击、加购、购买也导出，各带类型。确认类型列已被识别（`soutui init … --dry-run`）。",
    )

    def run(self, data: DataView) -> Finding | None:
        """An error when nothing says "wanted", info when only views do or one of several kinds has 99 %."""
        n = len(data.events)
        counts = np.bincount(data.events.kind, minlength=len(KINDS))
        if not n:
            return None
        met = np.flatnonzero(counts)
        top = int(counts.argmax())
        severity: Severity
        if set(met.tolist()) <= {IMPRESSION, HIDE}:
            severity = "error"
        elif set(met.tolist()) <= {IMPRESSION, HIDE, VIEW} or (len(met) > 1 and counts[top] >= NEARLY_ALL * n):
            severity = "info"
        else:
            return None
        summary = Text("{share} of {n} events are of the kind “{kind}”.", "{n} 条行为中 {share} 是“{kind}”。")
        told = summary.fill(share=percent(counts[top] / n), n=number(n), kind=KINDS[top])
        return self.found(severity, int(counts[top]), n, told, (), kind_plot(data))


def kind_plot(data: DataView) -> Bars | None:
    """How many events of each kind there are; None when there is one kind at most."""
    counts = np.bincount(data.events.kind, minlength=len(KINDS))
    order = [kind for kind in np.argsort(-counts, kind="stable").tolist() if counts[kind]]
    if len(order) < 2:
        return None
    return Bars(
        Text("Events by kind", "各类行为"),
        tuple(KINDS[kind] for kind in order),
        tuple(float(counts[kind]) for kind in order),
    )
