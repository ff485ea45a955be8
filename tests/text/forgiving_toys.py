"""A toy catalogue for spelling tests: the words are known by construction, nothing is indexed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from soutui.text.analyse import Analyser
from soutui.text.hanzi import BuiltSounds
from soutui.text.normalise import has_cjk
from soutui.text.pinyin import Readings, Sounds
from soutui.text.spell import Speller
from soutui.text.vocabulary import Vocabulary

TITLES = (
    "waterproof jacket",
    "waterproof boots",
    "sleeping bag",
    "steel bottle",
    "bluetooth headphones",
    "wireless headphones",
    "running shoes",
    "leather boots",
    "toru wh1000xm4",
    "保温杯",
    "蓝牙耳机",
    "帐篷",
    "登山背包",
    "工作服",
    "减速器链条",
)


class Toy:
    """What the speller asks, answered from :data:`TITLES`; counts are 20 for every word."""

    def __init__(self, folder: Path, *, pinyin: bool = True) -> None:
        self.analyser = Analyser()
        words: Counter[str] = Counter()
        for title in TITLES:
            for part in title.split():
                words.update(self.cut(part) if has_cjk(part) else [part])
        self.counts = {word: 20.0 * count for word, count in words.items()}
        kept = Vocabulary.write(folder, self.counts)
        self.vocabulary, self.readings = Vocabulary.open(folder), Readings.make()
        self.readings.save(folder)
        Sounds.write(folder, kept, self.readings)
        self.sounds = BuiltSounds(Readings.open(folder), Sounds.open(folder), self.vocabulary)
        self.speller = Speller([self.vocabulary], [self.sounds], self, pinyin=pinyin)

    @property
    def size(self) -> int:
        return 100

    def known(self, word: str) -> bool:
        if has_cjk(word):
            return any(word in title for title in TITLES)
        return any(self.analyser.word(word).content == self.analyser.word(other).content for other in self.counts)

    def together(self, first: str, second: str) -> int:
        return sum({first, second} <= set(title.split()) for title in TITLES)

    def cut(self, run: str) -> list[str]:
        return [token.word for token in self.analyser.tokens(run)]

    def is_ordinary(self, word: str) -> bool:
        return word in {"gift", "lover", "pants", "雪山"}

    def is_stop_word(self, word: str) -> bool:
        return self.analyser.is_stop_word(word)
