"""Paired comparisons."""

from __future__ import annotations

import numpy as np
import pytest

from soutui.errors import UsageError
from soutui.evaluate.compare import bootstrap, compare, correct_together, holm, randomisation_test


def test_bootstrap_covers_the_truth() -> None:
    generator = np.random.default_rng(0)
    samples = generator.normal(3.0, 2.0, (80, 300))
    low, high = bootstrap(samples, resamples=500)
    covered = ((low <= 3.0) & (high >= 3.0)).mean()
    assert 0.90 <= covered <= 0.98
    # Half the width must be close to 1.96 σ / √n.
    assert (high - low).mean() / 2 == pytest.approx(1.96 * 2 / np.sqrt(80), rel=0.06)


def test_bootstrap_is_seeded_and_paired() -> None:
    values = np.random.default_rng(1).random((50, 2))
    values[:, 1] = values[:, 0] + 0.25
    interval = bootstrap(values)
    assert np.array_equal(interval, bootstrap(values))
    assert not np.array_equal(interval, bootstrap(values, seed=8))
    assert interval[:, 1] - interval[:, 0] == pytest.approx([0.25, 0.25])
    assert bootstrap(values[:, 0]) == pytest.approx(interval[:, 0])
    assert bootstrap(values[:, 1] - values[:, 0]) == pytest.approx([0.25, 0.25])
    assert np.isnan(bootstrap([])).all()


def test_randomisation_exact_on_few_queries() -> None:
    # Of 2^3 sign patterns only +++ and --- reach |6|.
    assert randomisation_test([1, 2, 3]) == 2 / 8
    assert randomisation_test([1, 2, 3, 0, 0]) == 2 / 8
    assert randomisation_test([0.1, 0.2, -0.3]) == 1
    assert randomisation_test([0, 0]) == 1
    assert randomisation_test([]) == 1


def test_sampled_and_exact_agree() -> None:
    differences = np.random.default_rng(3).normal(0.3, 1, 13)
    exact = randomisation_test(differences, rounds=10_000)
    sampled = randomisation_test(differences, rounds=8_000)  # fewer than 2^13
    assert sampled == pytest.approx(exact, abs=0.02)


def test_p_values_are_uniform_when_nothing_differs() -> None:
    generator = np.random.default_rng(5)
    p = np.array([randomisation_test(generator.normal(0, 1, 40), rounds=300, seed=i) for i in range(400)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.03)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.08)


def test_p_value_is_small_for_a_real_difference() -> None:
    assert randomisation_test(np.random.default_rng(6).normal(1, 1, 60)) < 0.001


def test_holm_by_hand() -> None:
    # Sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 .04, then never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
    assert holm([0.2]) == pytest.approx([0.2])
    assert len(holm([])) == 0


def test_compare_says_better_worse_or_nothing() -> None:
    generator = np.random.default_rng(2)
    base = generator.random(100)
    systems = {
        "up": base + 0.1 + generator.normal(0, 0.05, 100),
        "base": base,
        "down": base - 0.1,
        "same": base,
        "noise": base + generator.normal(0, 0.05, 100),
    }
    made = compare(systems, "base", metric="ndcg@10")
    assert [row.system for row in made.rows] == ["base", "up", "down", "same", "noise"]
    verdicts = {row.system: row.verdict for row in made.rows}
    assert verdicts == {
        "base": "no difference shown",
        "up": "better",
        "down": "worse",
        "same": "no difference shown",
        "noise": "no difference shown",
    }
    up, same = made.row("up"), made.row("same")
    assert up.diff == pytest.approx(0.1, abs=0.02)
    assert up.diff_interval[0] < up.diff < up.diff_interval[1]
    assert up.interval[0] < up.mean < up.interval[1]
    assert up.p <= up.p_corrected <= 0.05
    assert up.wins + up.losses + up.ties == up.n == 100
    assert (same.wins, same.losses, same.ties, same.p) == (0, 0, 100, 1)
    assert made.row("down").losses == 100
    assert made.notes == ()
    alone = compare({"base": base, "up": systems["up"]}, "base")
    assert alone.row("up").diff_interval == up.diff_interval
    assert alone.row("up").p == up.p


def test_compare_refuses_what_cannot_be_paired() -> None:
    with pytest.raises(UsageError, match="not among"):
        compare({"a": [1.0]}, "b")
    with pytest.raises(UsageError, match=r"'b' has \(2,\)"):
        compare({"a": [1.0], "b": [1.0, 2.0]}, "a")
    with pytest.raises(UsageError, match="no queries"):
        compare({"a": []}, "a")
    with pytest.raises(UsageError, match="no system 'z'"):
        compare({"a": [1.0]}, "a").row("z")


def test_few_queries_are_said() -> None:
    assert "only 3 queries" in compare({"a": [1, 0, 1], "b": [1, 1, 1]}, "a").notes[0]


def test_one_correction_over_several_metrics() -> None:
    generator = np.random.default_rng(4)
    base = generator.random(60)
    made = [compare({"a": base, "b": base + generator.normal(shift, 0.1, 60)}, "a") for shift in (0.03, 0.05)]
    together = correct_together(made)
    raw = [one.row("b").p for one in made]
    assert [one.row("b").p_corrected for one in together] == pytest.approx(holm(raw).tolist())
    assert together[0].row("a") == made[0].row("a")


def test_a_large_comparison_is_quick_enough() -> None:
    generator = np.random.default_rng(9)
    base = generator.random(20_000)
    made = compare({"a": base, "b": base + generator.normal(0.01, 0.1, 20_000)}, "a", resamples=200, rounds=500)
    assert made.row("b").verdict == "better"
