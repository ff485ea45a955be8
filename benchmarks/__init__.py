"""Measures everything again and writes docs/results.md: ``python -m benchmarks [NAMES…] [--shared DIR]``.

A section is a module with ``TITLE``, ``keys(work)``, ``measure(work, key)`` and ``tell(facts)``: what it measures is
cut into keys (a data set, a size), each measured alone and kept in ``bench-work``, so that one can be measured again
without the others. The report is always written from everything that is kept.

House rule: a speed is a ratio measured side by side in one run;
a quality is paired, with an interval, on a fixed split.
"""
