"""Plots as inline SVG. Colours come from the page's style sheet by class: one drawing for light and dark.

Every text goes through :func:`plain`: nothing from the data reaches the page as markup.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from soutui.checks.plots import Bars, Columns, Curve, Plot, Stacks, Timeline
from soutui.checks.wording import Text, number, percent

#: Units of a picture's width; a page scales it.
WIDTH = 420
#: Room for labels on the left of horizontal bars, and for figures on the right.
LABELS, FIGURES = 132, 92
ROW = 22
#: Edges of a plot with axes: left, top, right, bottom.
LEFT, TOP, RIGHT, BOTTOM = 50, 12, 12, 40
HEIGHT = 210


def draw(plot: Plot, language: str = "en") -> str:
    """The SVG element of a plot, with its title for screen readers."""
    body, height = _body(plot, language)
    name = plain(plot.title.of(language))
    return (
        f'<svg viewBox="0 0 {WIDTH} {_at(height)}" role="img" aria-label="{name}" preserveAspectRatio="xMidYMid meet">'
        f"{''.join(body)}</svg>"
    )


def plain(text: str) -> str:
    """Text for HTML and SVG, quotes escaped; characters that hide or turn text are written as ``⟨U+202E⟩``."""
    return html.escape(reveal(text), quote=True)


def reveal(text: str) -> str:
    """Text with control, format, private and unassigned characters written out; joiners inside emoji stay."""
    if text.isprintable():
        return text
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if c not in "\u200c\u200d" and unicodedata.category(c) in _HIDDEN else c for c in text
    )


_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def _bars(plot: Bars, language: str) -> tuple[list[str], float]:
    room = WIDTH - LABELS - FIGURES
    most = 1.0 if plot.share else max(plot.values, default=0.0) or 1.0
    body = []
    for place, (label, value) in enumerate(zip(plot.labels, plot.values, strict=True)):
        top = place * ROW
        said = percent(value) if plot.share else number(value)
        if plot.notes:
            said += f" · {plot.notes[place]}"
        body.append(_text(LABELS - 8, top + 15, _short(_word(label, language), 19), "end"))
        body.append(_rect(LABELS, top + 4, room, ROW - 8, "track"))
        body.append(_rect(LABELS, top + 4, max(room * value / most, 1.5 if value else 0), ROW - 8, "bar"))
        body.append(_text(LABELS + room + 8, top + 15, said, "start", "soft"))
    return body, len(plot.labels) * ROW + 4


def _columns(plot: Columns, language: str) -> tuple[list[str], float]:
    most = max(plot.values, default=0.0) or 1.0
    ticks = _ticks(most)
    body = list(_axes(ticks, ticks[-1], plot.across.of(language), plot.up.of(language), plot.share))
    room = WIDTH - LEFT - RIGHT
    step = room / max(1, len(plot.values))
    skip = -(-len(plot.values) // 10)
    for place, (label, value) in enumerate(zip(plot.labels, plot.values, strict=True)):
        height = (HEIGHT - TOP - BOTTOM) * value / ticks[-1]
        width = min(step * 0.76, 34)
        x = LEFT + step * (place + 0.5)
        body.append(_rect(x - width / 2, HEIGHT - BOTTOM - height, width, height, "bar"))
        if place % skip == 0:
            body.append(_text(x, HEIGHT - BOTTOM + 15, label, "middle", "soft"))
    return body, HEIGHT


def _curve(plot: Curve, language: str) -> tuple[list[str], float]:
    room, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    if plot.log:
        across, up = _decades(max(plot.x)), _decades(max(plot.y))
        places = [math.log10(max(x, 1)) / math.log10(across[-1]) for x in plot.x]
        heights = [math.log10(max(y, 1)) / math.log10(up[-1]) for y in plot.y]
        body = list(_frame(plot.across.of(language), plot.up.of(language)))
        for value in up:
            y = HEIGHT - BOTTOM - tall * math.log10(value) / math.log10(up[-1])
            body += [_line(LEFT, y, WIDTH - RIGHT, y, "grid"), _text(LEFT - 6, y + 4, _tick(value), "end", "soft")]
        for value in across:
            x = LEFT + room * math.log10(value) / math.log10(across[-1])
            body.append(
                _text(x, HEIGHT - BOTTOM + 15, _tick(value), "end" if value == across[-1] else "middle", "soft")
            )
    else:
        ticks = _ticks(max(plot.y, default=0.0) or 1.0)
        body = list(_axes(ticks, ticks[-1], plot.across.of(language), plot.up.of(language), False))
        low, high = min(plot.x), max(plot.x)
        places = [(x - low) / ((high - low) or 1.0) for x in plot.x]
        heights = [y / ticks[-1] for y in plot.y]
    points = " ".join(
        f"{_at(LEFT + room * x)},{_at(HEIGHT - BOTTOM - tall * y)}" for x, y in zip(places, heights, strict=True)
    )
    body.append(f'<polyline class="curve" points="{points}"/>')
    return body, HEIGHT


def _timeline(plot: Timeline) -> tuple[list[str], float]:
    ticks = _ticks(max(plot.counts, default=0) or 1.0)
    body = list(_axes(ticks, ticks[-1], "", "", False))
    room, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = room / max(1, len(plot.counts))
    for place, count in enumerate(plot.counts):
        height = tall * count / ticks[-1]
        body.append(_rect(LEFT + step * place, HEIGHT - BOTTOM - height, max(step * 0.86, 0.6), height, "bar"))
    pattern = "%Y-%m" if len(plot.counts) * plot.step > 400 * 86_400 else "%Y-%m-%d"
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        moment = datetime.fromtimestamp(plot.start + share * len(plot.counts) * plot.step, UTC)
        body.append(_text(LEFT + room * share, HEIGHT - BOTTOM + 15, moment.strftime(pattern), anchor, "soft"))
    return body, HEIGHT - 18


def _stacks(plot: Stacks, language: str) -> tuple[list[str], float]:
    room = WIDTH - LABELS - 12
    body = []
    for place, (label, shares) in enumerate(zip(plot.rows, plot.shares, strict=True)):
        top = place * ROW
        body.append(_text(LABELS - 8, top + 15, _short(_word(label, language), 19), "end"))
        start = float(LABELS)
        for part, share in enumerate(shares):
            if share:
                body.append(_rect(start, top + 4, room * share, ROW - 8, f"part p{part % 10}"))
                start += room * share
    top = len(plot.rows) * ROW + 12
    x = 0.0
    for part, name in enumerate(plot.parts):
        said = name.of(language)
        wide = 18 + 6.6 * _columns_of(said) + 12
        if x + wide > WIDTH:
            x, top = 0.0, top + 18
        body.append(_rect(x, top, 10, 10, f"part p{part % 10}"))
        body.append(_text(x + 15, top + 9, said, "start", "soft"))
        x += wide
    return body, top + 16


def _body(plot: Plot, language: str) -> tuple[list[str], float]:
    """The elements of a plot and the height that they take."""
    if isinstance(plot, Bars):
        return _bars(plot, language)
    if isinstance(plot, Columns):
        return _columns(plot, language)
    if isinstance(plot, Curve):
        return _curve(plot, language)
    return _timeline(plot) if isinstance(plot, Timeline) else _stacks(plot, language)


def _axes(ticks: Sequence[float], most: float, across: str, up: str, share: bool) -> Iterator[str]:
    """Grid lines with their figures, and the names of both axes."""
    yield from _frame(across, up)
    tall = HEIGHT - TOP - BOTTOM
    for value in ticks:
        y = HEIGHT - BOTTOM - tall * value / most
        yield _line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield _text(LEFT - 6, y + 4, f"{100 * value:.3g} %" if share else _tick(value), "end", "soft")


def _frame(across: str, up: str) -> Iterator[str]:
    if across:
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across, "middle", "soft")
    if up:
        y = (TOP + HEIGHT - BOTTOM) / 2
        turned = f'transform="rotate(-90 10 {_at(y)})"'
        yield f'<text class="soft" x="10" y="{_at(y)}" text-anchor="middle" {turned}>{plain(up)}</text>'


def _ticks(most: float) -> list[float]:
    """Round figures from 0 to just above ``most``, about four steps."""
    rough = most / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    return [step * place for place in range(math.ceil(most / step - 1e-9) + 1)]


def _decades(most: float) -> list[float]:
    return [10.0**place for place in range(max(1, math.ceil(math.log10(max(most, 1.0)) - 1e-9)) + 1)]


def _tick(value: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _word(label: str | Text, language: str) -> str:
    return label.of(language) if isinstance(label, Text) else reveal(label)


def _columns_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _short(text: str, columns: int) -> str:
    """``text`` cut to so many columns, a Chinese character taking two."""
    if _columns_of(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += _columns_of(character)
        if used > columns:
            break
        kept += character
    return kept + "…"


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}"/>'


def _line(x: float, y: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_at(x)}" y1="{_at(y)}" x2="{_at(x2)}" y2="{_at(y2)}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "ink") -> str:
    return f'<text class="{kind}" x="{_at(x)}" y="{_at(y)}" text-anchor="{anchor}">{plain(text)}</text>'


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
