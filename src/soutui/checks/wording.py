"""Words in English and Chinese, and figures as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same thing said in English and in Chinese."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The Chinese for ``zh``, the English for anything else."""
        return self.zh if language == "zh" else self.en

    def fill(self, **values: object) -> Text:
        """Both with ``{name}`` filled in."""
        return Text(self.en.format(**values), self.zh.format(**values))


def number(count: float) -> str:
    """``12,345``, and at most three significant digits of what is not whole."""
    if float(count).is_integer():
        return f"{int(count):,}"
    return f"{count:,.0f}" if abs(count) >= 1000 else f"{count:.3g}"


def percent(share: float) -> str:
    """``12 %``, ``0.3 %``; never 0 % of something and never 100 % of less than all."""
    value = 100 * share
    if value in (0.0, 100.0):
        return f"{value:.0f} %"
    if value < 0.1:
        return "< 0.1 %"
    if value > 99.9:
        return "> 99.9 %"
    return f"{value:.1f} %" if value < 10 or value > 99 else f"{value:.0f} %"
