"""The words of ``suggest`` and of corrected queries in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

SUGGESTING_ZH: Mapping[str, str] = {
    "What has been typed so far; pinyin too.": "已输入的内容，也可以是拼音。",
    "Search only what was typed, misspelt or not.": "只按输入的文字搜索，不作纠正。",
    "nothing goes on so; for what it may have been meant to be:": "没有这样开头的内容；可能想输入的是：",
    "{n} suggestions": "{n} 条建议",
    "showing results for {corrected}; for {typed} alone add --as-typed": (
        "已显示“{corrected}”的结果；只搜“{typed}”请加 --as-typed"
    ),
    "did you mean {query}?": "您是不是要找：{query}？",
    "brand": "品牌",
    "category": "类目",
    "word": "词",
}

SUGGESTING_HELP_ZH: Mapping[str, str] = {
    "suggest": (
        "补全已输入的内容：他人搜过的查询、类目、品牌、标题和词。\n\n\b\n示例：\n"
        "  soutui suggest shop 保温\n"
        "  soutui suggest shop bwb -k 5"
    ),
}
