"""The guide's page about checks, written from the checks themselves.

``python -m soutui.checks.guide > docs/guide/checks.md`` writes it again; a test compares the two.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from soutui.checks.base import Check
from soutui.checks.suite import CHECKS

SUBJECTS = {
    "C": "Catalogue · 目录",
    "A": "Attributes · 属性",
    "E": "Events · 行为",
    "U": "Users · 用户",
    "Q": "Queries and judgments · 查询与标注",
    "T": "Labelled texts · 带标签的文本",
    "S": "Safety · 安全",
}

_START = """\
# Checks

```
soutui check shop                                   # a table: code, severity, what, how many, what to do
soutui check shop --report check.html               # everything on one page, with examples and plots
soutui check shop --only E --only Q01 --json        # one subject by its letter, one check by code or name
soutui check shop --fail-on warning                 # for a pipeline
```

Checks read one snapshot and change nothing. Run them before a build; after one, Q06 also looks at its results.

| exit code | meaning |
|---|---|
| 0 | nothing as severe as `--fail-on` (default `error`) |
| 20 | warnings, with `--fail-on warning` |
| 21 | errors |

Other exit codes are those of [errors](errors.md): the checks did not run.

An **error** makes figures or results wrong. A **warning** makes them worse, or cannot be told from something that does.
A **note** (`info` in JSON) is worth knowing and may be as it should be. The report is one file without scripts; it
shows at most ten examples of each finding, characters that hide as `⟨U+202E⟩`, and personal data only masked.
Texts are looked at whole, languages and boilerplate on an even sample. `--language zh` says everything in Chinese.

检查只读取一份快照，不改动任何数据。**错误**会使指标或结果出错；**警告**会使它们变差；**说明**值得了解，未必需要处理。
"""


def guide() -> str:
    """The whole page, Markdown."""
    return _START + "".join(_sections())


def _sections() -> Iterator[str]:
    for letter, subject in SUBJECTS.items():
        yield f"\n## {letter}: {subject}\n"
        for check in CHECKS:
            if check.code.startswith(letter):
                yield section(check)


def section(check: Check) -> str:
    """What the page says about one check."""
    when = (inspect.getdoc(type(check).run) or "").replace("\n\n", " ").replace("\n", " ")
    return (
        f"\n### {check.code} {check.name}\n\n"
        f"**{check.title.en}.** {check.meaning.en}\n\n"
        f"*What to do:* {check.advice.en}\n\n"
        f"*When:* {when}\n\n"
        f"**{check.title.zh}。** {check.meaning.zh}\n\n"
        f"*怎么办：* {check.advice.zh}\n"
    )


if __name__ == "__main__":
    print(guide(), end="")
