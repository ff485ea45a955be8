"""Words that mean the same, from a file that people write by hand.

::

    # one group a line; every entry finds all others
    sofa, couch, settee
    手机, 电话, mobile phone
    # one way: tv finds television too, television does not find tv
    tv => television, 电视

Entries are words or phrases, in any language and across languages. Groups do not chain: an entry that stands in two
groups finds both, the two do not find each other. What is done with what was found is :mod:`soutui.text.query`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from soutui.errors import DataError
from soutui.text.analyse import ASIDE, Analyser, Token
from soutui.text.normalise import HAN, normalise

MOST_BYTES = 4_000_000
"""Largest file."""

_MOST_GROUPS = 50_000
_MOST_PAIRS = 1_000_000  # an entry and another one that it finds, over the whole file
_MOST_ENTRIES = 64  # of a group, and others that one entry finds over all groups
_LONGEST = 100  # characters of an entry
_MOST_WORDS = 8
_TOLD = 20  # problems kept
_COMMENT = re.compile(r"(?:^|\s)#(?:\s.*)?$|^#.*")
_HAN = re.compile(f"[{HAN}]")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What a file says: ``rules`` are (entries, what each of them finds too); ``problems`` lines that were left out."""

    rules: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, setting: str, workspace: Path) -> Synonyms:
        """What the setting ``text.synonyms`` of a workspace's folder names; none when it is empty."""
        return cls.read(synonyms_file(setting, workspace)) if setting else cls()

    @classmethod
    def read(cls, path: Path) -> Synonyms:
        """The synonyms of a file. A bad line is left out and told; DataError when the file cannot be read at all."""
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= MOST_BYTES else b""
        except OSError as error:
            raise DataError(
                f"the synonyms {path} cannot be read: {error.strerror}",
                "text.synonyms is relative to the folder that the workspace lies in; empty: none",
            ) from None
        if size > MOST_BYTES:
            raise DataError(
                f"the synonyms {path} have {size} bytes; at most {MOST_BYTES} are read", "keep what matters"
            )
        return cls.parse(data)

    @classmethod
    def parse(cls, data: bytes) -> Synonyms:
        """The synonyms that these bytes say, line by line."""
        rules: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
        problems: list[str] = []
        pairs = 0
        for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
            try:
                rule = _rule(_COMMENT.sub("", raw.decode("utf-8")).strip())
            except UnicodeDecodeError:
                problems.append(f"line {number}: not UTF-8; save the file as UTF-8")
            except _BadLineError as error:
                problems.append(f"line {number}: {error}")
            else:
                if rule is not None:
                    rules.append(rule)
                    pairs += len(rule[0]) * len(rule[1])
            if len(rules) >= _MOST_GROUPS or pairs > _MOST_PAIRS:
                problems.append(f"line {number}: the rest is not read; the file says more than search can heed")
                break
        if len(problems) > _TOLD:
            problems[_TOLD:] = [f"and {len(problems) - _TOLD} more lines"]
        return cls(tuple(rules), tuple(problems))

    def __len__(self) -> int:
        """Number of groups."""
        return len(self.rules)

    def notes(self) -> tuple[str, ...]:
        """What was read and what was not, for people; nothing when there is no file."""
        told = (f"groups of synonyms: {len(self)}",) if self.rules or self.problems else ()
        return (*told, *(f"synonyms, {problem}" for problem in self.problems))


def synonyms_file(setting: str, workspace: Path) -> Path:
    """The file that ``text.synonyms`` names: relative to the folder that the workspace lies in, or absolute."""
    return workspace.absolute().parent / setting


class _BadLineError(Exception):
    """A line that says no synonyms; the text says why."""


def _rule(line: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if not line:
        return None
    left, *right = re.split("=>|＝＞|⇒", line)
    if len(right) > 1:
        raise _BadLineError("more than one =>")
    entries = _entries(left)
    others = _entries(right[0]) if right else entries
    if not entries or not others:
        raise _BadLineError("nothing on one side of =>")
    if len({*entries, *others}) < 2:
        raise _BadLineError("one entry alone means the same as nothing else")
    return entries, others


def _entries(text: str) -> tuple[str, ...]:
    """Entries by commas, those of Chinese keyboards too, in normal spelling."""
    found = [" ".join(normalise(entry).split()) for entry in re.split("[,，、;；]", text)]
    found = list(dict.fromkeys(entry for entry in found if entry))
    if len(found) > _MOST_ENTRIES:
        raise _BadLineError(f"{len(found)} entries; at most {_MOST_ENTRIES}")
    for entry in found:
        if len(entry) > _LONGEST or entry.count(" ") >= _MOST_WORDS:
            raise _BadLineError(f"an entry is longer than {_MOST_WORDS} words or {_LONGEST} characters")
        if not any(character.isalnum() for character in entry):
            raise _BadLineError("an entry without a letter or digit")
    return tuple(found)


class SynonymTable:
    """Synonyms in an analyser's terms: which words of a query have others that mean the same. Never changed.

    Words are compared as terms, so ``sofas`` finds what ``sofa`` does; Chinese ones as they are cut in the query.
    """

    def __init__(self, synonyms: Synonyms, analyser: Analyser) -> None:
        found: dict[Key, dict[Key, None]] = {}
        for entries, others in synonyms.rules:
            keys = {entry: _key(analyser, entry) for entry in dict.fromkeys((*entries, *others))}
            for entry in entries:
                mine = keys[entry]
                further = {_needed(analyser, other): None for other in others if keys[other] != mine}
                further.pop((), None)
                if mine and further:
                    found.setdefault(mine, {}).update(further)
        self._found = {key: tuple(others)[:_MOST_ENTRIES] for key, others in found.items()}
        self._words = frozenset(word for key in self._found for part in key for word in _spelled(part))
        self._starts = frozenset(key[0][0] for key in self._found)
        self._longest = max((sum(map(len, key)) for key in self._found), default=0)

    def __len__(self) -> int:
        """Number of entries that have others."""
        return len(self._found)

    def knows(self, word: str) -> bool:
        """Whether an entry that has others holds this term, or this pair of Chinese characters."""
        return word in self._words

    def find(self, tokens: Sequence[Token], start: int) -> tuple[int, tuple[Key, ...]] | None:
        """The longest entry that begins with token ``start``: where it ends, and the terms of each alternative.

        All terms of an alternative are needed.
        """
        best: tuple[int, tuple[Key, ...]] | None = None
        key: list[str] = []
        length, chinese = 0, False
        for place in range(start, len(tokens)):
            token = tokens[place]
            part, before = _part(token), chinese
            chinese = _HAN.match(token.word) is not None
            if not key and part[0] not in self._starts:
                return None
            length += len(part)
            if length > self._longest:
                break
            if chinese and before:
                key[-1] += part
            else:
                key.append(part)
            others = self._found.get(tuple(key))
            if others is not None:
                best = place + 1, others
        return best


def _spelled(part: str) -> Iterator[str]:
    yield part
    if _HAN.match(part):
        yield from (part[i : i + 2] for i in range(len(part) - 1))


def _part(token: Token) -> str:
    """What a word is compared by."""
    if _HAN.match(token.word):
        return token.word
    return (token.content or token.aside or (token.word,))[0]


def _key(analyser: Analyser, entry: str) -> Key:
    """What an entry is compared by; Chinese characters whole, so that no dictionary is needed."""
    return tuple(word if _HAN.match(word) else _part(_token(analyser, word)) for word in analyser.words(entry))


def _token(analyser: Analyser, word: str) -> Token:
    content, aside = analyser.word(word)
    return Token(word, tuple(content), tuple(aside))


def _needed(analyser: Analyser, entry: str) -> Key:
    """The terms that an item must have to say this entry."""
    return tuple(term for word in analyser.words(entry) for term in _terms(analyser, word))


def _terms(analyser: Analyser, word: str) -> Iterator[str]:
    if _HAN.match(word):
        if len(word) == 1:
            yield ASIDE + word
        yield from (word[i : i + 2] for i in range(len(word) - 1))
        # Words of two characters count twice in items: as words and as pairs.
        yield from (word[i : i + 2] for i in range(0, len(word) - 1, 2))
        return
    content, aside = analyser.word(word)
    # The first one is the whole: a model number, an amount, a joined word.
    yield from content[:1] if content and analyser.is_whole(word) else content
    # Function words of a phrase are nearly everywhere: not asked for.
    if not content:
        yield from aside
