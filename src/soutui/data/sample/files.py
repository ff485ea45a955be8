"""The sample shop as files such as a shop owner would have, of any size, with the truth beside them when wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from soutui.data.sample.growth import grow
from soutui.data.sample.shop import items as written_items
from soutui.data.sample.shop import judgments, parts, queries, raw
from soutui.data.sample.shoppers import PERSONA, SEED, SHOPPERS, Simulation
from soutui.data.sample.truth import TruthFiles
from soutui.data.sample.visits import Log
from soutui.data.schema import Event, Item
from soutui.errors import UsageError

#: From about how many events on they are written as Parquet, user by user, instead of JSON lines by time.
LARGE = 400_000
_PER_USER = 32  # events with impressions, about
_BATCH = 100_000

_README = """\
Sample shop of soutui
=====================

{items_file:<16} {items} items in English and Chinese; prices in EUR; brands, books and news are invented.{grown_en}
{events_file:<16} {events} events of {users} SIMULATED shoppers over {days} days (seed {seed}). No real person is
                 behind them: figures measured on them show that the machinery works, not how real people would
                 behave. An "impression" is a result that was shown, looked at or not. How they are drawn:
                 soutui/data/sample/shoppers.py and docs/guide/sample.md.{try_en}
users.jsonl      the simulated shoppers: language, and the day on which they came.
ties.csv         {ties} SIMULATED ties: friends (both directions) and groups joined.
queries.tsv      {queries} queries as people type them, with a header line: qid, text.
judgments.tsv    {judgments} graded pairs, with a header line: qid, item, grade. 3 exactly what was asked,
                 2 a good substitute, 1 related, 0 not relevant. Pairs that are missing count as 0.
faq.jsonl        questions to customer service and their answers, with other ways to ask them.
headlines.tsv    business headlines with topic and sentiment.
reviews.tsv      reviews of items with stars, opinion and aspects. Nobody bought anything to write them.{truth_en}

soutui 示例商店
===============

{items_file:<16} {items} 件商品，中英文；价格单位为欧元；品牌、书和新闻都是虚构的。{grown_zh}
{events_file:<16} {users} 位模拟顾客 {days} 天内（随机种子 {seed}）的 {events} 条行为。全部由程序模拟，
                 背后没有真实的人：在这些数据上测得的数字只说明程序能用，不代表真实顾客的行为。
                 “impression”表示展示过的结果，不论顾客是否看到。
                 生成方法见 soutui/data/sample/shoppers.py 和 docs/guide/sample.md。{try_zh}
users.jsonl      模拟顾客：语言，以及首次到店的日期。
ties.csv         {ties} 条模拟的关系：好友（双向）和加入的小组。
queries.tsv      {queries} 条查询，按人们平时输入的写法；第一行是表头：qid, text。
judgments.tsv    {judgments} 条分级标注；第一行是表头：qid, item, grade。3 正是所要，2 很好的替代，
                 1 相关，0 不相关；没有列出的组合按 0 计。
faq.jsonl        客服问题与回答，附其他问法。
headlines.tsv    财经标题，附主题和情感。
reviews.tsv      商品评论，附星级、观点和方面；并非真实买家所写。{truth_zh}
"""


def write(
    folder: Path,
    users: int = SHOPPERS,
    seed: int = SEED,
    *,
    items: int | None = None,
    days: int = 90,
    truth: bool = False,
) -> dict[str, Path]:
    """Writes the shop and says where each file lies.

    ``items`` above the number of the written ones grows the catalogue; ``truth`` adds the folder ``truth``. The folder
    is created when it is missing; files of the same names are overwritten. The keys of the answer are the names of the
    files without ending: ``items``, ``events``, ``users``, ``ties``, ``queries``, ``judgments``, ``faq``,
    ``headlines``, ``reviews``, ``readme``, and ``truth``. Raises UsageError for numbers that are too small.
    """
    written = written_items()
    wanted = len(written) if items is None else items
    if wanted < len(written):
        raise UsageError(f"items = {wanted}; the shop has {len(written)} written ones", "ask for as many or more")
    large = users * _PER_USER > LARGE
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = _catalogue(folder / "items.jsonl", written, wanted, seed)
    simulation = Simulation.of(catalogue, users=users, seed=seed, days=days)
    events = folder / ("events.parquet" if large else "events.jsonl")
    (folder / ("events.jsonl" if large else "events.parquet")).unlink(missing_ok=True)
    with ExitStack() as stack:
        people = stack.enter_context(_People(folder))
        beside = stack.enter_context(TruthFiles(folder / "truth", simulation)) if truth else None
        told = _told(simulation, people, beside)
        count = _write_parquet(events, told) if large else _write_lines(events, told)
    asked, judged = queries(), judgments()
    readme = _README.format(
        items_file="items.jsonl",
        events_file=events.name,
        items=wanted,
        events=count,
        users=users,
        days=days,
        seed=seed,
        ties=people.ties,
        queries=len(asked),
        judgments=len(judged),
        try_en=f" Try user {PERSONA}, who likes the outdoors." if users >= int(PERSONA[1:]) else "",
        try_zh=f"可以试试用户 {PERSONA}，他喜欢户外。" if users >= int(PERSONA[1:]) else "",
        grown_en=f"\n                 All after the first {len(written)} are recombined from those by a program."
        if wanted > len(written)
        else "",
        grown_zh=f"前 {len(written)} 件之后的由程序重组而成。" if wanted > len(written) else "",
        truth_en="\ntruth/           what was planted: tastes, propensities, who is a bot, each impression's chances."
        if truth
        else "",
        truth_zh="\ntruth/           模拟时埋下的真值：偏好、位置曝光概率、机器人、每次展示的点击概率。"
        if truth
        else "",
    )
    contents = {
        "queries.tsv": ("qid\ttext\n" + "".join(f"{q.id}\t{q.text}\n" for q in asked)).encode(),
        "judgments.tsv": (
            "qid\titem\tgrade\n" + "".join(f"{j.query}\t{j.item}\t{j.grade:g}\n" for j in judged)
        ).encode(),
        "faq.jsonl": raw("faq.jsonl"),
        "headlines.tsv": raw("headlines.tsv"),
        "reviews.tsv": raw("reviews.tsv"),
        "README.txt": readme.encode(),
    }
    paths = {"items": folder / "items.jsonl", "events": events}
    paths |= {"users": folder / "users.jsonl", "ties": folder / "ties.csv"}
    for name, content in contents.items():
        paths[Path(name).stem.lower()] = folder / name
        (folder / name).write_bytes(content)
    return paths | ({"truth": folder / "truth"} if truth else {})


def item_row(item: Item) -> dict[str, Any]:
    """An item as one JSON object: texts and attributes beside the title, as in the written files."""
    return {"id": item.id, "title": item.title, **item.texts, **item.attributes, "available": item.available}


def _catalogue(path: Path, written: list[Item], wanted: int, seed: int) -> Iterator[Item]:
    """The items, while they are written into the file as they go by."""
    with path.open("wb") as stream:
        stream.writelines(parts("items", ".jsonl"))
        for number, item in enumerate(grow(written, wanted, seed)):
            if number >= len(written):
                stream.write(orjson.dumps(item_row(item)) + b"\n")
            yield item


class _People:
    """Writes users and ties while the users come by."""

    def __init__(self, folder: Path) -> None:
        self.ties = 0
        self._users = (folder / "users.jsonl").open("wb")
        self._ties = (folder / "ties.csv").open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> _People:
        self._ties.write("user,other,kind,weight\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._users.close()
        self._ties.close()

    def add(self, log: Log) -> None:
        user = log.as_user()
        self._users.write(orjson.dumps({"id": user.id, **user.attributes}) + b"\n")
        for tie in log.member.ties():
            self.ties += 1
            self._ties.write(f"{tie.user},{tie.other},{tie.kind},{tie.weight:g}\n")


def _told(simulation: Simulation, people: _People, beside: TruthFiles | None) -> Iterator[Event]:
    for log in simulation.logs():
        people.add(log)
        if beside is not None:
            beside.add(log)
        yield from simulation.events_of(log)


def _write_lines(path: Path, events: Iterable[Event]) -> int:
    rows = sorted(events, key=lambda event: event.time or 0.0)
    with path.open("wb") as stream:
        for event in rows:
            row = {name: value for name, value in _row(event).items() if value not in (None, "")}
            stream.write(orjson.dumps(row) + b"\n")
    return len(rows)


def _write_parquet(path: Path, events: Iterable[Event]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("id", "kind", "user", "session", "item", "query")
    schema = pa.schema([("time", pa.float64()), ("position", pa.int32()), *((name, pa.string()) for name in names)])
    rows: list[dict[str, Any]] = []
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for event in events:
            rows.append(_row(event))
            count += 1
            if len(rows) == _BATCH:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows.clear()
        writer.write_table(pa.Table.from_pylist(rows, schema))
    return count


def _row(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "time": event.time,
        "kind": event.kind,
        "user": event.user,
        "session": event.session,
        "item": event.item,
        "query": event.query,
        "position": event.position,
    }
