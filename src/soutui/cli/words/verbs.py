"""The help of every verb in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

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
        "  soutui import shop amazon datasets/gift-cards\n"
        "  soutui import shop --items new.csv --events june.parquet\n"
        "  soutui import shop --queries queries.tsv --judgments judgments.tsv\n"
        '  soutui import shop --sql sqlite:///shop.db --query "SELECT * FROM orders" --role events --cursor id\n'
        "  soutui import shop\n  soutui import shop --adopt"
    ),
    "sample": (
        "写出一个商店的文件，供试用。其中的顾客是模拟的。\n\n\b\n示例：\n  soutui sample files\n"
        "  soutui sample big --users 20000 --items 100000 --truth"
    ),
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
        "只重新编码变了的文本，先说明要编码什么、为什么。进度和剩余时间写到标准错误。\n"
        "示例：\n  soutui build shop\n  soutui build shop --dry-run"
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
