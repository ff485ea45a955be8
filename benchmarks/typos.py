"""Typed errors made by chance: the same errors for the same query, kind and seed.

English: letters swapped, left out, doubled, hit beside (QWERTY) or replaced by any letter, a space lost or added.
Chinese: a character that sounds the same (toneless, from the common characters), one that looks alike, one left out,
a word typed in pinyin. One error for every four words of a query (Chinese: for every twelve characters), at
least one; never in a function word or a number, at any letter, also the first.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable
from functools import cache

import numpy as np

from soutui.text.words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS

ENGLISH = ("transpose", "drop", "double", "neighbour", "letter", "space lost", "space added")
CHINESE = ("homophone", "look-alike", "missing", "pinyin")

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[A-Za-z]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
#: Written for this test from lists of common misprints; the product has families of its own.
_ALIKE = """
己已 未末 土士 日曰 人入 天夫 大太 干千 贝见 兔免 鸟乌 侯候 拔拨 徽微 戊戌 辩辨 睛晴 粟栗 崇祟 幕慕 析折 冶治
竟竞 券卷 历厉 哀衷 茶荼 侍待 提堤 第弟 酒洒 鸣呜 今令 住往 杯怀 仑仓 抬拾 设没 休体 刀力 本木 间问 几九 由田
牛午 自白 师帅 温湿 包抱 背肖 领邻 清请 情倩 波坡 被披 般股 班斑 板版 暴爆 常党 场扬 村材 代伐 但担 低抵 电申
段断 防妨 纺仿 奋备 各名 管官 广厂 归旧 呼乎 欢饮 换唤 货贷 极级 纪记 技枝 检捡 健建 脚却 较校 界介 进近 精清
决快 科料 苦若 快块 拉垃 篮蓝 类娄 梨犁 里重 连莲 良食 列例 令冷 留溜 轮论 满蒲 每海 密蜜 免晚 明朋 模摸 目且
内肉 牛生 农衣 怕拍 跑泡 配酷 批比 票漂 平半 期欺 其具 气汽 洽恰 钱线 桥轿 亲新 轻经 求球 区匹 群裙 热势 任仕
容客 色邑 少步 社杜 伸神 生主 省看 石右 史吏 使便 市巾 式试 收牧 手毛 刷制 税悦 思恩 孙孩 特持 题颖 田甲 跳挑
厅厂 停亭 通诵 徒徙 外处 玩完 晚挽 位拉 味昧 物牧 西四 洗冼 喜善 系糸 下卞 先光 险验 限根 乡幺 香番 相想 箱霜
向响 消削 校胶 鞋鞍 心必 信倍 形刑 兴光 性姓 休林 雪雷 压庄 盐监 眼眠 阳阴 养美 样洋 要耍 业亚 医匡 音章 引弘
影彰 永水 油袖 友反 有右 鱼渔 语话 元无 园圆 原源 远还 院完 月用 运远 再冉 在左 早旱 怎作 增赠 站粘 张帐 照昭
者着 真直 整警 正止 政攻 支技 知短 直真 值植 职识 只兄 纸低 指脂 中申 钟种 周同 主王 注住 转传 装袋 准淮 资贷
字学 组细 作诈 做故
"""


def mistype(query: str, kind: str, seed: int = 7, units: Callable[[str], list[str]] | None = None) -> str:
    """The query with errors of one kind; as it was where it holds nothing to mistype so.

    ``units`` cuts a Chinese run into words, which ``pinyin`` needs: an input method takes words.
    """
    digest = hashlib.blake2b(f"{seed}/{kind}/{query}".encode(), digest_size=8).digest()
    draw = np.random.default_rng(int.from_bytes(digest, "little"))
    if kind in ENGLISH:
        count = -(-len(_content(query)) // 4)
        for _ in range(count):
            query = _english(query, kind, draw)
        return query
    count = max(1, round(sum(map(len, _HAN.findall(query))) / 12))
    for _ in range(count):
        query = _pinyin(query, draw, units or list) if kind == "pinyin" else _chinese(query, kind, draw)
    return query


def _content(query: str) -> list[re.Match[str]]:
    """Words of four letters and more that say what, not how."""
    found = [match for match in _WORD.finditer(query) if match.group().lower() not in ENGLISH_STOP_WORDS]
    alone = [match for match in found if not any(one.isdigit() for one in _around(query, match))]
    return [match for match in alone if len(match.group()) >= 4]


def _around(query: str, match: re.Match[str]) -> str:
    return query[max(match.start() - 1, 0) : match.start()] + query[match.end() : match.end() + 1]


def _english(query: str, kind: str, draw: np.random.Generator) -> str:
    words = _content(query)
    if kind == "space lost":
        pairs = [
            match
            for match in re.finditer(r"(?<=[a-z]) (?=[a-z])", query, re.IGNORECASE)
            if any(word.end() == match.start() or word.start() == match.end() for word in words)
        ]
        if not pairs:
            return query
        chosen = pairs[int(draw.integers(len(pairs)))]
        return query[: chosen.start()] + query[chosen.end() :]
    if not words:
        return query
    match = words[int(draw.integers(len(words)))]
    word = match.group()
    for _ in range(20):
        made = _slip(word, kind, draw)
        if made.lower() != word.lower():
            return query[: match.start()] + made + query[match.end() :]
    return query


def _slip(word: str, kind: str, draw: np.random.Generator) -> str:
    at = int(draw.integers(len(word)))
    if kind == "transpose":
        at = min(at, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[: at + 1] + word[at:]
    if kind == "space added":
        at = int(draw.integers(2, len(word) - 1))
        return word[:at] + " " + word[at:]
    choices = _beside(word[at].lower()) if kind == "neighbour" else string.ascii_lowercase
    return word[:at] + choices[int(draw.integers(len(choices)))] + word[at + 1 :]


def _beside(key: str) -> str:
    for y, row in enumerate(_KEYS):
        x = row.find(key)
        if x >= 0:
            around = [(y, x - 1), (y, x + 1), (y - 1, x), (y - 1, x + 1), (y + 1, x - 1), (y + 1, x)]
            return "".join(_KEYS[b][a] for b, a in around if 0 <= b < 3 and 0 <= a < len(_KEYS[b]))
    return string.ascii_lowercase


def _places(query: str) -> list[int]:
    """Characters that are part of content: not single function words."""
    return [at for run in _HAN.finditer(query) for at in range(*run.span()) if query[at] not in CHINESE_STOP_WORDS]


def _chinese(query: str, kind: str, draw: np.random.Generator) -> str:
    places = _places(query)
    draw.shuffle(places)
    for at in places:
        if kind == "missing":
            return query[:at] + query[at + 1 :]
        others = _homophones().get(query[at], "") if kind == "homophone" else _look_alikes().get(query[at], "")
        if others:
            return query[:at] + others[int(draw.integers(len(others)))] + query[at + 1 :]
    return query


def _pinyin(query: str, draw: np.random.Generator, units: Callable[[str], list[str]]) -> str:
    from pypinyin import lazy_pinyin

    spans = []
    for run in _HAN.finditer(query):
        at = run.start()
        for word in units(run.group()):
            if len(word) > 1 and word not in CHINESE_STOP_WORDS:
                spans.append((at, at + len(word)))
            at += len(word)
    if not spans:
        return query
    start, end = spans[int(draw.integers(len(spans)))]
    return query[:start] + "".join(lazy_pinyin(query[start:end])) + query[end:]


@cache
def _common() -> str:
    """The 3,755 common characters: the first level of GB 2312."""
    rows = range(0xB0, 0xD8)
    return "".join(bytes((row, cell)).decode("gb2312", "ignore") for row in rows for cell in range(0xA1, 0xFF))


@cache
def _homophones() -> dict[str, str]:
    from pypinyin import lazy_pinyin

    sounds: dict[str, str] = {}
    for character in _common():
        sound = lazy_pinyin(character)[0]
        sounds[sound] = sounds.get(sound, "") + character
    return {one: sounds[lazy_pinyin(one)[0]].replace(one, "") for one in _common()}


@cache
def _look_alikes() -> dict[str, str]:
    found: dict[str, str] = {}
    for one, other in (tuple(pair) for pair in _ALIKE.split()):
        found[one] = found.get(one, "") + other
        found[other] = found.get(other, "") + one
    return found
