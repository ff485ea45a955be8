"""Findings as one HTML file: no scripts, nothing loaded, every text from the data escaped and made visible."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources

import soutui
from soutui.checks.base import SEVERITIES, Check, Example, Finding, Severity
from soutui.checks.drawing import draw, plain, reveal
from soutui.checks.glance import counts, pictures
from soutui.checks.suite import CHECKS, Checked
from soutui.checks.view import DataView
from soutui.checks.wording import Text, number, percent

_SEVERITY = {
    "error": Text("error", "错误"),
    "warning": Text("warning", "警告"),
    "info": Text("note", "说明"),
}
_TILES = {"error": Text("errors", "错误"), "warning": Text("warnings", "警告"), "info": Text("notes", "说明")}
_WORDS = {
    "eyebrow": Text("Data check", "数据检查"),
    "looked": Text("Looked at on {date} UTC", "检查时间 {date} UTC"),
    "found": Text("What was found", "发现"),
    "nothing": Text("Nothing to complain of.", "没有发现问题。"),
    "details": Text("Details", "详情"),
    "meaning": Text("What it means", "含义"),
    "advice": Text("What to do", "怎么办"),
    "examples": Text("Examples", "示例"),
    "glance": Text("The data at a glance", "数据一览"),
    "calm": Text("Nothing found, or no data to look at", "未发现问题，或没有可查的数据"),
    "made": Text("Made by soutui {version}.", "由 soutui {version} 生成。"),
}
#: Characters of an example up to which two stand side by side.
_NARROW = 46
_CODE = re.compile(r"`([^`]+)`")
#: Nothing may run or be loaded, whatever a text manages to become.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def make_report(data: DataView, checked: Checked, shop: str, language: str = "en") -> str:
    """The page about a shop's data in ``en`` or ``zh``."""
    shown = {finding.plot.title.en for finding in checked.findings if finding.plot is not None}
    rest = [plot for plot in pictures(data) if plot.title.en not in shown]
    moment = datetime.fromtimestamp(data.now, UTC).strftime("%Y-%m-%d %H:%M")
    style = (resources.files("soutui.checks") / "style.css").read_text("utf-8")
    parts = [
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{_say('eyebrow', language)}: {plain(shop)}</title><style>\n{style}</style></head>\n<body><main>",
        f'<div class="eyebrow">{_say("eyebrow", language)}</div><h1><bdi>{plain(shop)}</bdi></h1>',
        _facts(data, language),
        _tiles(checked, language),
        f"<h2>{_say('found', language)}</h2>{_index(checked.findings, language)}",
    ]
    if checked.findings:
        parts.append(f"<h2>{_say('details', language)}</h2>")
        parts += [_article(finding, language) for finding in checked.findings]
    if rest:
        figures = "".join(_figure(draw(plot, language), plot.title.of(language)) for plot in rest)
        parts.append(f'<h2>{_say("glance", language)}</h2><div class="gallery">{figures}</div>')
    parts.append(_calm(checked, language))
    looked = _say("looked", language).format(date=moment)
    made = _say("made", language).format(version=soutui.__version__)
    parts.append(f"<footer>{looked}{'。' if language == 'zh' else '. '}{made}</footer></main></body></html>\n")
    return "\n".join(parts)


def _facts(data: DataView, language: str) -> str:
    listed = "".join(f"<li><b>{number(count)}</b> {name.of(language)}</li>" for name, count in counts(data))
    return f'<ul class="facts">{listed}</ul>'


def _tiles(checked: Checked, language: str) -> str:
    made = []
    for severity in reversed(SEVERITIES):
        count = checked.count(severity)
        name = _TILES[severity].of(language)
        if language == "en" and count == 1:
            name = _SEVERITY[severity].en
        kind = severity if count else "none"
        made.append(f'<div class="tile {kind}"><b>{count}</b>{name}</div>')
    return f'<div class="tiles">{"".join(made)}</div>'


def _index(findings: Sequence[Finding], language: str) -> str:
    if not findings:
        return f'<p class="calm">{_say("nothing", language)}</p>'
    rows = "".join(
        f'<tr><td>{_badge(one.severity, language)}</td><td class="code">{one.code}</td>'
        f'<td><a href="#{one.code}">{plain(one.title.of(language))}</a></td><td>{_amount(one)}</td></tr>'
        for one in findings
    )
    return f'<table class="index"><tbody>{rows}</tbody></table>'


def _amount(finding: Finding) -> str:
    whole = number(finding.count)
    return f"{whole} · {percent(finding.share)}" if finding.total else whole


def _article(finding: Finding, language: str) -> str:
    parts = [
        f'<article id="{finding.code}"><header><span class="code">{finding.code}</span>',
        f"<h3>{plain(finding.title.of(language))}</h3>{_badge(finding.severity, language)}</header>",
        f'<p class="summary">{plain(finding.summary.of(language))}</p>',
        f'<div class="split"><div><h4>{_say("meaning", language)}</h4><p>{_prose(finding.meaning, language)}</p></div>',
        f"<div><h4>{_say('advice', language)}</h4><p>{_prose(finding.advice, language)}</p></div></div>",
    ]
    if finding.plot is not None:
        parts.append(_figure(draw(finding.plot, language), finding.plot.title.of(language)))
    if finding.examples:
        listed = "".join(_example(one, language) for one in finding.examples)
        wide = " wide" if any(len(one.what) + len(one.noted(language)) > _NARROW for one in finding.examples) else ""
        parts.append(f'<h4>{_say("examples", language)}</h4><ul class="examples{wide}">{listed}</ul>')
    return "".join(parts) + "</article>"


def _example(one: Example, language: str) -> str:
    note = f'<bdi class="code note">{_visible(one.noted(language))}</bdi>' if one.note else ""
    return f'<li><bdi class="code">{_visible(one.what)}</bdi>{note}</li>'


def _visible(text: str) -> str:
    """Escaped text in which characters that hide or turn are written out and marked."""
    return re.sub(r"⟨U\+[0-9A-F]{4,6}⟩", r'<span class="odd">\g<0></span>', html.escape(reveal(text), quote=True))


def _prose(text: Text, language: str) -> str:
    return _CODE.sub(r"<code>\1</code>", plain(text.of(language)))


def _figure(svg: str, title: str) -> str:
    return f"<figure><figcaption>{plain(title)}</figcaption>{svg}</figure>"


def _badge(severity: Severity, language: str) -> str:
    return f'<span class="badge {severity}">{_SEVERITY[severity].of(language)}</span>'


def _calm(checked: Checked, language: str) -> str:
    loud = {finding.code for finding in checked.findings}
    calm: list[Check] = [check for check in CHECKS if check.code in checked.codes and check.code not in loud]
    if not calm:
        return ""
    listed = "".join(
        f'<li><span class="code soft">{one.code}</span><span>{plain(one.title.of(language))}</span></li>'
        for one in calm
    )
    return f'<h2>{_say("calm", language)}</h2><div class="calm"><ul>{listed}</ul></div>'


def _say(word: str, language: str) -> str:
    return _WORDS[word].of(language)
