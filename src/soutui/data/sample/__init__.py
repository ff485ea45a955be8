"""A small sample shop inside the package, for the demo and the docs.

90 items of an invented shop (outdoor, kitchen, audio, books, home) in English and Chinese, 40 queries, and
graded judgments, all written by hand for this project: brands, books and prices (EUR) are made up. The
shoppers are **simulated** (:mod:`soutui.data.sample.shoppers`): no real person is behind any event, so a
figure measured on them says that the machinery works, not how well it would serve real people.

Grades: 3 is exactly what was asked, 2 a good substitute, 1 related (same kind of thing or an accessory, but
it misses something that was asked), 0 not relevant, though it may share words. Unjudged pairs count as 0.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from soutui.data.sample.shop import items, judgments, languages, parts, queries
from soutui.data.sample.shoppers import PERSONA, SEED, SHOPPERS, simulate
from soutui.data.schema import Event

__all__ = ["PERSONA", "items", "judgments", "languages", "queries", "simulate", "write"]

_README = """\
Sample shop of soutui
=====================

items.jsonl      {items} items in English and Chinese; prices in EUR; brands and books are invented.
events.jsonl     {events} events of {users} SIMULATED shoppers (seed {seed}). No real person is behind them:
                 figures measured on them show that the machinery works, not how real people would behave.
                 How they are drawn: soutui/data/sample/shoppers.py.{try_en}
queries.tsv      {queries} queries as people type them, with a header line: qid, text.
judgments.tsv    {judgments} graded pairs, with a header line: qid, item, grade. 3 exactly what was asked,
                 2 a good substitute, 1 related, 0 not relevant. Pairs that are missing count as 0.

soutui 示例商店
===============

items.jsonl      {items} 件商品，中英文；价格单位为欧元；品牌和书都是虚构的。
events.jsonl     {users} 位模拟顾客（随机种子 {seed}）的 {events} 条行为。全部由程序模拟，背后没有真实的人：
                 在这些数据上测得的数字只说明程序能用，不代表真实顾客的行为。
                 生成方法见 soutui/data/sample/shoppers.py。{try_zh}
queries.tsv      {queries} 条查询，按人们平时输入的写法；第一行是表头：qid, text。
judgments.tsv    {judgments} 条分级标注；第一行是表头：qid, item, grade。3 正是所要，2 很好的替代，
                 1 相关，0 不相关；没有列出的组合按 0 计。
"""


def write(folder: Path, users: int = SHOPPERS, seed: int = SEED) -> dict[str, Path]:
    """Writes the shop as files such as a shop owner would have, and says where each lies.

    The folder is created when it is missing; files of the same names are overwritten. The keys of the
    answer are ``items``, ``events``, ``queries``, ``judgments`` and ``readme``.
    """
    events, asked, judged = simulate(items(), users=users, seed=seed), queries(), judgments()
    there = any(event.user == PERSONA for event in events)
    readme = _README.format(
        items=len(items()),
        events=len(events),
        users=users,
        seed=seed,
        queries=len(asked),
        judgments=len(judged),
        try_en=f" Try user {PERSONA}, who likes the outdoors." if there else "",
        try_zh=f"可以试试用户 {PERSONA}，他喜欢户外。" if there else "",
    )
    contents = {
        "items.jsonl": b"".join(parts("items", ".jsonl")),
        "events.jsonl": b"".join(orjson.dumps(_row(event)) + b"\n" for event in events),
        "queries.tsv": ("qid\ttext\n" + "".join(f"{q.id}\t{q.text}\n" for q in asked)).encode(),
        "judgments.tsv": (
            "qid\titem\tgrade\n" + "".join(f"{j.query}\t{j.item}\t{j.grade:g}\n" for j in judged)
        ).encode(),
        "README.txt": readme.encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        paths[path.stem.lower()] = path
    return paths


def _row(event: Event) -> dict[str, Any]:
    row = {
        "id": event.id,
        "time": event.time,
        "kind": event.kind,
        "user": event.user,
        "session": event.session,
        "item": event.item,
        "query": event.query,
        "position": event.position,
    }
    return {name: value for name, value in row.items() if value not in (None, "")}
