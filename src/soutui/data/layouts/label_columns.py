"""Which column of a labelled table is the text, which the second text of a pair, which the labels: a guess.

By name where the first row is a header, by content otherwise. The rules are told in :mod:`soutui.data.layouts.labels`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from soutui.data.layouts.base import split_of
from soutui.data.layouts.tables import words
from soutui.data.values import clean_id, parse_number, parse_time
from soutui.data.words import plain_name

_LABEL = words(
    "label labels class category cat sentiment polarity intent topic emotion tag target domain rating stars "
    "label_text label_name class_name gold is_duplicate similarity score 标签 类别 分类 类目 情感 情绪 极性 正负面 "
    "意图 主题 话题 领域 标注 標籤 類別 分類 情緒 意圖 主題 領域"
)
#: Last words of longer names that say label: ``airline_sentiment``, but not ``confidence_score``.
_LABEL_ENDS = words("label sentiment category topic intent emotion polarity class")
_TEXT = words(
    "text texts sentence review reviews content comment comments utterance query question title headline description "
    "body summary abstract message tweet news document 正文 标题 文本 内容 评论 句子 评价 问题 新闻 摘要 语料 標題 "
    "內容 評論 問題 新聞"
)
_SPLIT = words("split subset fold partition set 划分 数据集 集合")
_PAIR = re.compile(r"(sentence|sent|text|question|query|q|s|句子|句|问题|文本|问句)_?([12ab])")
_PAIRS = {"premise": "hypothesis", "sent0": "sent1", "zh": "en", "source_text": "target_text"}
_WIDE = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
_MOST_LABELS = 10
_LONGEST_LABEL = 40
_HANDFUL = 5
_WORD = re.compile(r"[\w/&-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shape:
    """Columns by number. ``texts`` are joined by line ends; ``labels``: column -> name of the label."""

    width: int
    header: bool
    texts: tuple[int, ...]
    other: int | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    split: int | None = None


def guess_shape(names: Sequence[str], sample: Sequence[Sequence[str]], header: bool) -> Shape | None:
    """The shape of a table; ``names`` is its first row when ``header``. None when there is no text in it."""
    if not sample or not sample[0]:
        return None
    width = len(names) if header else max(map(len, sample), key=[len(row) for row in sample].count)
    rows = [row for row in sample if len(row) == width]
    columns = [[row[number] for row in rows] for number in range(width)]
    return _by_name([plain_name(name) for name in names], columns) if header else _by_content(columns)


def is_header(row: Sequence[str]) -> bool:
    """Whether a first row names columns: short different cells, one of them a usual name."""
    plain = [plain_name(cell) for cell in row]
    known = any(
        name in _LABEL or _last(name) in _LABEL_ENDS or _last(name) in _TEXT or _PAIR.fullmatch(name) for name in plain
    )
    return known and len(set(plain)) == len(plain) and all(len(cell) <= 64 for cell in row)


def _last(name: str) -> str:
    return name.rpartition("_")[2]


def _by_name(plain: Sequence[str], columns: Sequence[Sequence[str]]) -> Shape | None:
    numbers = range(len(plain))
    first, second = _pair(plain)
    split = next((n for n in numbers if plain[n] in _SPLIT and _are_splits(columns[n])), None)
    left = [n for n in numbers if n not in (first, second, split)]
    labels = [n for n in left if plain[n] in _LABEL or _last(plain[n]) in _LABEL_ENDS]
    left = [n for n in left if n not in labels]
    if first is not None:
        texts = [first]
    else:
        texts = [n for n in left if plain[n] in _TEXT] or [n for n in left if _last(plain[n]) in _TEXT]
        texts = texts or sorted(left, key=lambda n: -_length(columns[n]))[:1]
    left = [n for n in left if n not in texts]
    if not labels:
        labels = sorted((n for n in left if _is_label(columns[n])), key=lambda n: len(set(columns[n])))[:1]
    if not texts or not (labels or second is not None):
        return None
    kept = {n: plain[n] for n in labels[:_MOST_LABELS]}
    return Shape(len(plain), True, tuple(texts), second, kept, split)


def _pair(plain: Sequence[str]) -> tuple[int | None, int | None]:
    places = {name: n for n, name in enumerate(plain)}
    for name, n in places.items():
        match = _PAIR.fullmatch(name)
        other = _PAIRS.get(name) or (match and name[:-1] + {"1": "2", "a": "b"}.get(match[2], "-"))
        if other and other in places:
            return n, places[other]
    return None, None


def _by_content(columns: Sequence[Sequence[str]]) -> Shape | None:
    left = [n for n, cells in enumerate(columns) if not _is_counter(cells)]
    if len(left) > 1:
        labels = [n for n in left if _is_label(columns[n])]
        labels = labels if len(labels) < len(left) else sorted(labels, key=lambda n: _length(columns[n]))[:-1]
    else:
        labels = []
    texts = [n for n in left if n not in labels and _is_text(columns[n])]
    if not texts or len(left) < 2:
        return None
    other = None
    if len(texts) == 2:
        before, after = texts
        wide = [_share_wide(columns[n]) for n in texts]
        if (max(wide) > 0.8 and min(wide) < 0.2) or not any(n < before for n in labels):
            texts, other = [before], after
    named = {n: "label" if at == 1 else f"label_{at}" for at, n in enumerate(labels[:_MOST_LABELS], 1)}
    if not named and other is None:
        return None
    return Shape(len(columns), False, tuple(texts), other, named)


def _length(cells: Sequence[str]) -> float:
    return sum(map(len, cells)) / len(cells) if cells else 0.0


def _share_wide(cells: Sequence[str]) -> float:
    return sum(_WIDE.search(cell) is not None for cell in cells) / len(cells) if cells else 0.0


def _is_label(cells: Sequence[str]) -> bool:
    """Few different short values. In a handful of rows all may differ: then numbers and single words are labels."""
    filled = [clean_id(cell) for cell in cells if clean_id(cell)]
    if not filled or max(map(len, filled)) > _LONGEST_LABEL:
        return False
    different = len(set(filled))
    if different == len(filled):
        return different <= _HANDFUL and all(_WORD.fullmatch(cell) for cell in filled)
    return different <= max(2, 0.2 * len(filled))


def _is_text(cells: Sequence[str]) -> bool:
    """Whether most values are neither numbers nor times."""
    plain = sum(parse_number(cell) is None and parse_time(cell) is None for cell in cells)
    return plain > 0.5 * len(cells)


def _is_counter(cells: Sequence[str]) -> bool:
    """Whether a column only numbers the rows."""
    numbers = [parse_number(cell) for cell in cells]
    return len(cells) > 1 and None not in numbers and len(set(numbers)) == len(numbers)


def _are_splits(cells: Sequence[str]) -> bool:
    return bool(cells) and all(split_of(cell) for cell in cells)
