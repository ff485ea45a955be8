"""The words of the command line in Chinese. English is the key; what is not here is printed in English."""

from __future__ import annotations

import re
from collections.abc import Mapping

LANGUAGES = ("en", "zh")


def translate(text: str, language: str) -> str:
    """``text`` in the language, or as it is: whole, or by its pattern when it carries names and numbers."""
    if language != "zh":
        return text
    if text in ZH:
        return ZH[text]
    for pattern, chinese in PATTERNS_ZH.items():
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return match.expand(chinese)
    return text


#: What the verbs print, the help of their options, and the commonest hints.
ZH: Mapping[str, str] = {
    # labels
    "error": "错误",
    "hint": "提示",
    "note": "说明",
    "next": "下一步",
    "ok": "正常",
    "warn": "注意",
    "damaged": "已损坏",
    # data
    "items": "物品",
    "events": "行为",
    "users": "用户",
    "queries": "查询",
    "judgments": "标注",
    "readme": "说明文件",
    "deleted": "已删除",
    "already gone": "原已删除",
    "unknown": "未知",
    "written": "写入",
    "unchanged": "未变",
    "accepted": "接受",
    "duplicates": "重复",
    "rejected": "拒绝",
    "read": "读入",
    "new or changed": "新增或更改",
    "bundles": "索引包",
    "bytes": "大小",
    # init and import
    "{role} in {path}": "{role}，文件 {path}",
    "meaning": "含义",
    "column": "列",
    "why": "理由",
    "id": "编号",
    "title": "标题",
    "text": "文本",
    "attributes": "属性",
    "image": "图片",
    "available": "是否可售",
    "kind": "行为类型",
    "user": "用户",
    "session": "会话",
    "item": "物品",
    "time": "时间",
    "order": "次序",
    "value": "数值",
    "query": "查询",
    "position": "位置",
    "default_kind": "默认类型",
    "(unused)": "（未用）",
    "nothing was written (--dry-run)": "未写入任何内容（--dry-run）",
    "settings written to {path}; edit them there": "设置已写入 {path}，可在那里修改",
    "{n} rows were set aside:": "有 {n} 行未导入：",
    "{n} values were dropped from rows that were kept:": "保留的行中有 {n} 个值被丢弃：",
    "they lie, with reasons, in {path}": "这些行及原因见 {path}",
    # pages
    "words": "词语",
    "you had": "你看过",
    "had together with": "常一起出现",
    "like": "类似",
    "alike": "相似",
    "popular": "热门",
    "rule": "规则",
    "{n} hits": "{n} 条结果",
    "bundle": "索引包",
    "nothing is known of this user yet: popular items": "还不了解这位用户：显示热门物品",
    "no available item passes the filters": "没有可售物品符合筛选条件",
    "no item is available": "没有可售物品",
    "nothing to show": "没有可显示的内容",
    "{requests} requests, {rows} rows, {empty} without an answer": "{requests} 个请求，{rows} 行，{empty} 个没有结果",
    # build, evaluate
    "bundle {name}": "索引包 {name}",
    "vectors made": "新算向量",
    "vectors reused": "复用向量",
    "seconds": "秒",
    "search": "搜索",
    "recommend": "推荐",
    "not measured": "未测量",
    "best baseline {system} {mean:.4f}: {verdict}": "最好的基线 {system} {mean:.4f}：{verdict}",
    "better": "本系统更好",
    "worse": "本系统更差",
    "no difference shown": "未见差异",
    "search: {n} held-out queries": "搜索：{n} 个留出查询",
    "recommend: {n} held-out users": "推荐：{n} 位留出用户",
    "protocol": "评测方式",
    "no judged queries": "没有带标注的查询",
    "none": "无",
    # status, serve, doctor
    "shop {folder}": "商店 {folder}",
    "no bundle yet": "还没有索引包",
    "created": "创建时间",
    "encoder": "文本模型",
    "changes since": "此后的更改",
    "serving {shop} on http://{host}:{port}": "{shop} 的服务地址：http://{host}:{port}",
    "cores": "处理器核数",
    "memory": "内存",
    "disk": "磁盘",
    "parts": "组件",
    "default model": "默认模型",
    "settings": "设置",
    "database": "数据库",
    "{n} of {m} checks found damage": "{m} 项检查中有 {n} 项发现损坏",
    # progress
    "{stage} {done} of {total}": "{stage} {done}/{total}",
    "{time} left": "剩余 {time}",
    "model": "模型",
    "vectors": "向量",
    "graph": "近邻图",
    "judged queries": "带标注的查询",
    "validation users": "验证用户",
    "test users": "测试用户",
    "inverting": "求逆矩阵",
    "choosing": "选择方法",
    "neighbours": "邻居",
    "figures": "指标",
    "requests": "请求",
    # hints
    "run `soutui build` first": "请先运行 `soutui build`",
    "make one with `soutui init`": "请先用 `soutui init` 建立",
    "choose another name": "请换一个名字",
    "ids are as in the item files": "编号与物品文件中的相同",
    "try --language zh": "例如 --language zh",
    "try k = 10": "例如 k = 10",
    "try ndcg@10": "例如 ndcg@10",
    "check the path": "请检查路径",
    "write field=value, field=a|b, field!=value or field<=number": "写法：字段=值、字段=甲|乙、字段!=值、字段<=数字",
    "import items first: soutui import SHOP --items FILE": "请先导入物品：soutui import SHOP --items FILE",
    # help of options
    "The shop's folder.": "商店的文件夹。",
    "brand=Kibo, colour=red|blue, price<=20, brand!=Kibo; repeatable.": (
        "筛选，如 brand=Kibo、colour=red|blue、price<=20、brand!=Kibo；可多次使用。"
    ),
    "Length of the list.": "结果条数。",
    "Hits to skip.": "跳过的条数。",
    "Item file: CSV, TSV, JSON lines, JSON or Parquet, also .gz; repeatable.": (
        "物品文件：CSV、TSV、JSON Lines、JSON 或 Parquet，也可为 .gz；可多次使用。"
    ),
    "Event file, same formats; repeatable.": "行为文件，格式同上；可多次使用。",
    "User file with attributes; repeatable.": "带属性的用户文件；可多次使用。",
    "Queries to learn and measure on: id, text; repeatable.": "用于学习和评测的查询：编号、文本；可多次使用。",
    "Judgments of those queries: query, item, grade; repeatable.": "这些查询的标注：查询、物品、等级；可多次使用。",
    "Say what an item column means: id=sku, text=a,b; repeatable.": "指定物品列的含义：id=sku、text=a,b；可多次使用。",
    "Say what an event column means: item=asin; repeatable.": "指定行为列的含义：item=asin；可多次使用。",
    "A setting, e.g. encoder.model=none; repeatable.": "一项设置，如 encoder.model=none；可多次使用。",
    "Only show the guess; write nothing.": "只显示推测，不写入。",
    "beir, trec or movielens.": "beir、trec 或 movielens。",
    "Folder of that layout.": "该布局的文件夹。",
    "Where to write the files.": "文件写到哪里。",
    "How many simulated shoppers.": "模拟顾客的人数。",
    "What to look for, in English or Chinese.": "要找什么，中文或英文。",
    "Personalise for this user.": "为这位用户个性化。",
    "Items of this session, most recent first.": "本次会话看过的物品，最近的在前。",
    "Count the values of a field; repeatable.": "统计某字段的取值；可多次使用。",
    "The user's id.": "用户编号。",
    "The item's id.": "物品编号。",
    "Lines of id, tab, text; or JSON lines.": "每行：编号、制表符、文本；或 JSON Lines。",
    "Recommend to the users of this file, one id a line.": "为此文件中的用户推荐，每行一个编号。",
    "Length of each list.": "每个列表的长度。",
    "Write there; .tsv and .gz by the name's end.": "写到该文件；按文件名结尾 .tsv、.gz 决定格式。",
    "Name of the run, the last column.": "结果的名字，即最后一列。",
    "JSON lines, CSV or Parquet; - for stdin.": "JSON Lines、CSV 或 Parquet；- 表示标准输入。",
    "Item ids; - reads them from stdin, one a line.": "物品编号；- 表示从标准输入读取，每行一个。",
    "Only search, or only recommend.": "只看 search 或只看 recommend。",
    "Show where the run files behind the figures lie.": "显示指标背后的结果文件的位置。",
    "Run files; the first is the baseline.": "结果文件；第一个是基线。",
    "Judgments, or held-out interactions.": "标注，或留出的行为。",
    "ndcg@10, recall@100, precision, mrr, map, hit; repeatable.": (
        "ndcg@10、recall@100、precision、mrr、map、hit；可多次使用。"
    ),
    "Judge only these query or user ids, one a line.": "只评这些查询或用户的编号，每行一个。",
    "Cut of a metric without @.": "指标名不带 @ 时的截断深度。",
    "Of intervals and verdicts.": "区间与结论的置信水平。",
    "Print Markdown tables.": "输出 Markdown 表格。",
    "Address to listen on; else serve.host.": "监听地址；默认用设置 serve.host。",
    "Port to listen on; else serve.port.": "监听端口；默认用设置 serve.port。",
    "Also check this shop, every byte of it.": "同时逐字节检查这个商店。",
    "Print the version and exit.": "显示版本后退出。",
    "Print one JSON document on stdout; errors too.": "在标准输出打印一个 JSON 文档，错误也一样。",
    "Language of what is printed; also by SOUTUI_LANGUAGE.": "输出语言；也可用环境变量 SOUTUI_LANGUAGE 指定。",
}

#: Messages that carry names and numbers.
PATTERNS_ZH: Mapping[str, str] = {
    r"nothing in the catalogue is about (.*)": r"没有与 \1 相关的物品",
    r"(.*) is not a workspace: it has no soutui\.toml": r"\1 不是商店：没有 soutui.toml",
    r"(.*) has no bundle yet": r"\1 还没有索引包",
    r"(.*) is a shop already": r"\1 已经是商店",
    r"(.*) exists and is not an empty folder": r"\1 已存在且不是空文件夹",
    r"add to it with `(.*)`, or choose another folder": r"可用 `\1` 添加，或换一个文件夹",
    r"(.*) does not exist": r"\1 不存在",
    r"(.*) is empty": r"\1 是空的",
    r"did you mean (.*)\?": r"是否指 \1？",
    r"unknown item (.*)": r"没有物品 \1",
    r"unknown field (.*); known: (.*)": r"没有字段 \1；已有：\2",
    r"unknown setting (.*); known here: (.*)": r"没有设置 \1；此处可用：\2",
    r"cannot read the filter (.*)": r"看不懂筛选条件 \1",
    r"no column can be (.*); the columns are: (.*)": r"没有列可作为 \1；现有列：\2",
    r"column (.*), given for (\w+), is not in the file; its columns: (.*)": r"文件中没有为 \2 指定的列 \1；现有列：\3",
    r"No such command (.*)\.": r"没有命令 \1。",
    r"No such option: (.*)": r"没有选项：\1",
    r"Missing argument (.*)\.": r"缺少参数 \1。",
    r"Missing option (.*)\.": r"缺少选项 \1。",
    r"the disk is full: (.*)": r"磁盘已满：\1",
    r"(\d+) usable events: too few to hold any out": r"只有 \1 条可用行为，不足以留出评测数据",
    r"(\d+) events name items that are not in the catalogue; left out": r"有 \1 条行为的物品不在目录中，已略去",
    r"global time split: valid from (\d+), test from (\d+) .*": r"按时间切分：验证自 \1，测试自 \2（自 1970 年的秒数）",
    r"each user's last: the future of other users is in train": r"每位用户的最后一次：训练数据中含有其他用户的未来",
    r"only (\d+) queries: .*": r"只有 \1 个查询：区间较粗，差异须较大才能看出",
}

#: The help of every verb; "" is that of the whole command.
HELP_ZH: Mapping[str, str] = {
    "": (
        "用商品目录和行为日志做个性化的搜索与推荐。\n\n\b\n示例（自带的示例商店）：\n"
        "  soutui sample files\n"
        "  soutui init shop --items files/items.jsonl --events files/events.jsonl\n"
        "  soutui build shop\n"
        "  soutui search shop 保温杯 --user u42\n"
        "  soutui recommend shop u42"
    ),
    "init": (
        "用您的文件建立商店：推测各列的含义，告诉您，然后导入全部数据。\n\n\b\n示例：\n"
        "  soutui init shop --items items.csv --events events.parquet\n"
        "  soutui init shop --items items.csv --column id=sku --set encoder.model=none\n"
        "  soutui init shop --items items.csv --dry-run"
    ),
    "import": (
        "导入更多文件或公开数据集，或重新导入 soutui.toml 中的文件。重复导入不会改变任何内容。\n\n\b\n示例：\n"
        "  soutui import shop beir datasets/scifact\n"
        "  soutui import shop --items new.csv --events june.parquet\n"
        "  soutui import shop --queries queries.tsv --judgments judgments.tsv\n"
        "  soutui import shop"
    ),
    "sample": "写出一个小商店的文件，供试用。其中的顾客是模拟的。\n\n\b\n示例：\n  soutui sample files",
    "search": (
        "搜索商店；指定用户时为其个性化。每条结果都说明理由。\n\n\b\n示例：\n"
        "  soutui search shop 保温杯\n"
        '  soutui search shop "steel bottle" --user u42 --filter brand=Kibo --filter "price<=30" -k 20\n'
        "  soutui search shop 保温杯 --facet brand"
    ),
    "recommend": (
        "为用户推荐，或按会话中的物品推荐；都不给时显示热门物品。\n\n\b\n示例：\n"
        "  soutui recommend shop u42\n"
        "  soutui recommend shop --history bottle-03,stove-01 --filter category=outdoor"
    ),
    "similar": "与某物品相配的物品：常一起出现，或文字相似。\n\n\b\n示例：\n  soutui similar shop bottle-03 -k 5",
    "run": (
        "一次回答许多查询或用户，在标准输出写出 TREC 结果文件。\n\n\b\n示例：\n"
        "  soutui run shop --queries queries.tsv -k 100 > our.run\n"
        "  soutui run shop --users users.txt -k 50 --output our.tsv.gz"
    ),
    "put": (
        "添加或替换物品，即时生效：任何进程的下一个请求都能看到。\n\n\b\n"
        'JSON 行可含 {"id", "title", "text", "texts", "attributes", "image", "available"}。\n示例：\n'
        "  soutui put shop items.jsonl\n"
        "  soutui put shop new.csv --column id=sku\n"
        '  echo \'{"id": "mug-9", "title": "钢杯", "price": 12}\' | soutui put shop -'
    ),
    "delete": "删除物品，即时生效。未知编号只计数，不算错误。\n\n\b\n示例：\n  soutui delete shop mug-9 bottle-03",
    "record": (
        "记录行为，即时生效且不丢失：写入磁盘后才确认。同一行为只计一次。\n\n\b\n"
        'JSON 行须有 {"kind", "user" 或 "session", "item"}，可有 "id", "time", "value", "query", "position"。\n示例：\n'
        "  soutui record shop events.jsonl\n"
        '  echo \'{"kind": "click", "user": "u42", "item": "mug-9"}\' | soutui record shop -'
    ),
    "build": (
        "编码、建索引、学习融合权重并评测：得到一个不可变的索引包，并一步切换为当前包。\n\n\b\n"
        "算过的向量会复用。进度和剩余时间写到标准错误。\n示例：\n  soutui build shop"
    ),
    "evaluate": (
        "在留出的数据上，把当前索引包与各基线成对比较，给出区间与切片。\n\n\b\n"
        "由 build 测得；每个数字背后的结果文件都在索引包中。\n示例：\n  soutui evaluate shop --kind search --runs"
    ),
    "compare": (
        "比较任何工具的结果文件：在相同查询上成对比较，给出区间、校正后的 p 值和结论。\n\n\b\n示例：\n"
        "  soutui compare bm25.run ours.run --qrels test.qrels\n"
        "  soutui compare a.run b.run c.run --qrels test.qrels -m ndcg@10 -m recall@100"
    ),
    "serve": "通过 HTTP 提供服务，直到被中断；切换新索引包时不丢请求。\n\n\b\n示例：\n  soutui serve shop --port 8600",
    "status": "商店里有什么，当前是哪个索引包，此后有多少更改。\n\n\b\n示例：\n  soutui status shop",
    "doctor": (
        "检查这台机器；给出商店时也检查商店：每行显示正常或该怎么办。退出码 5 表示有损坏。\n\n\b\n示例：\n"
        "  soutui doctor\n  soutui doctor shop"
    ),
}
