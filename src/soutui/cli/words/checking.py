"""The words of ``check`` in Chinese; those of the findings are with the checks."""

from __future__ import annotations

from collections.abc import Mapping

#: The verb's help.
CHECK_HELP_ZH: Mapping[str, str] = {
    "check": (
        "检查数据中的错误与风险：目录外的物品、重复内容、数据泄漏、机器人、不可能的时间等。\n\n\b\n"
        "每条发现都说明含义和处理办法；全部检查见 docs/guide/checks.md。\n"
        "退出码 0：没有达到 --fail-on 的发现；20：有警告；21：有错误。\n示例：\n"
        "  soutui check shop\n"
        "  soutui check shop --report check.html --fail-on warning\n"
        "  soutui check shop --only E --only Q01"
    ),
}

#: What the verb prints, and the help of its options.
CHECK_ZH: Mapping[str, str] = {
    "code": "代码",
    "severity": "级别",
    "what": "问题",
    "count": "数量",
    "what to do": "怎么办",
    "warning": "警告",
    "checks": "检查",
    "{checks} checks: errors {errors}, warnings {warnings}, notes {notes}": (
        "{checks} 项检查：{errors} 个错误，{warnings} 个警告，{notes} 个说明"
    ),
    "report written to {path}": "报告已写入 {path}",
    "Write everything there, with plots.": "把全部内容连同图表写到该文件。",
    "Only these checks: E01, unknown-items, or E for all of E; repeatable.": (
        "只做这些检查：E01、unknown-items，或用 E 表示所有 E 类；可多次使用。"
    ),
    "Least severity that makes the exit code not 0.": "使退出码不为 0 的最低级别。",
}
