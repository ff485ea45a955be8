"""The guide names every check in both languages, and is what the checks themselves say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from soutui.checks.base import Check
from soutui.checks.guide import SUBJECTS, guide
from soutui.checks.suite import CHECKS
from soutui.text.normalise import has_cjk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "checks.md"


def test_the_page_is_what_the_checks_say() -> None:
    assert PAGE.read_text("utf-8") == guide(), "run: python -m soutui.checks.guide > docs/guide/checks.md"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_every_check_is_documented_in_both_languages(check: Check) -> None:
    page = PAGE.read_text("utf-8")
    assert f"### {check.code} {check.name}\n" in page
    for text in (check.title, check.meaning, check.advice):
        assert text.en in page
        assert text.zh in page
        assert has_cjk(text.zh)
        assert text.en
    assert check.run.__doc__


def test_codes_are_distinct_and_in_order() -> None:
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len({check.name for check in CHECKS}) == len(codes)
    assert all(re.fullmatch(f"[{''.join(SUBJECTS)}]\\d\\d", code) for code in codes)
    for letter in SUBJECTS:
        assert [code for code in codes if code[0] == letter] == sorted(code for code in codes if code[0] == letter)
    assert not any(re.fullmatch(r"[a-z]\d\d|[a-z]", check.name) for check in CHECKS)


def test_one_check_a_file() -> None:
    files = [type(check).__module__ for check in CHECKS]
    assert len(set(files)) == len(CHECKS)
