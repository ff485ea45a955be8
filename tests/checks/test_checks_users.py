"""U: users."""

from __future__ import annotations

import numpy as np
from check_data import DAY, act, find, found, goods, whats

from soutui.data.schema import Event


def people(n: int = 60) -> list[Event]:
    """A few events each, at odd moments of several days."""
    draw = np.random.default_rng(3)
    return [
        act(f"p{u}", f"i{draw.integers(20)}", 1.4e9 + DAY * draw.integers(30) + float(draw.integers(DAY)))
        for u in range(n)
        for _ in range(int(draw.integers(3, 12)))
    ]


def test_robots_by_rate_and_rhythm() -> None:
    crawler = [act("crawler", f"i{n % 20}", 1.4e9 + 10 * n, "view") for n in range(1000)]
    hit = found("U01", goods(20), [*people(), *crawler])
    assert whats(hit) == ["crawler"]
    assert (hit.figures["busy"], hit.figures["regular"], hit.severity) == (1, 1, "warning")
    assert find("U01", goods(20), people()) is None


def test_a_keen_reader_is_no_robot() -> None:
    draw = np.random.default_rng(1)
    keen = [act("keen", f"i{n % 20}", 1.4e9 + t) for n, t in enumerate(draw.exponential(300, 200).cumsum())]
    assert find("U01", goods(20), [*people(), *keen]) is None


def test_who_never_clicks() -> None:
    draw = np.random.default_rng(2)
    times = draw.exponential(4000, 600).cumsum()
    looker = [act("looker", f"i{n % 20}", 1.4e9 + t, "view") for n, t in enumerate(times)]
    hit = found("U01", goods(20), [*people(), *looker])
    assert (hit.figures["never_clicks"], hit.examples[0].noted().split(": ")[1]) == (1, "never clicks")
    assert find("U01", goods(20), looker) is None  # nobody clicks here: the log has views only


def test_who_has_seen_everything() -> None:
    draw = np.random.default_rng(2)
    times = draw.exponential(40_000, 600).cumsum()
    broad = [act("all", f"i{n}", 1.4e9 + t) for n, t in enumerate(times)]
    assert found("U01", goods(700), [*people(), *broad]).figures["broad"] == 1


def test_one_event_users() -> None:
    singles = [act(f"u{n}", "i0", 1.4e9 + n) for n in range(5)]
    regulars = [act(f"r{n}", f"i{i}", 1.4e9 + i) for n in range(5) for i in range(3)]
    hit = found("U02", goods(3), [*singles, *regulars])
    assert (hit.count, hit.total, hit.severity) == (5, 10, "info")
    assert hit.plot is not None
    assert find("U02", goods(3), [*singles[:1], *regulars]) is None
    assert find("U02", goods(3), []) is None


def test_endless_sessions() -> None:
    def visit(session: str, user: str, *times: float) -> list[Event]:
        return [act(user, "i0", 1.4e9 + t, session=session) for t in times]

    fine = [one for n in range(20) for one in visit(f"s{n}", f"u{n}", 0, 600, 1200)]
    hit = found(
        "U03", goods(1), [*fine, *visit("long", "a", 0, 2 * DAY), *visit("shared", "b", 0), *visit("shared", "c", 9)]
    )
    assert (hit.figures["long"], hit.figures["shared"], hit.total) == (1, 1, 22)
    assert hit.examples[0].what == "long"
    assert hit.examples[0].note == "48 h"
    assert find("U03", goods(1), fine) is None
    assert find("U03", goods(1), [act("a", "i0")]) is None  # no sessions
