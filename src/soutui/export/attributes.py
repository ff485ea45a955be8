"""Which texts and attributes there are, and of which kinds: what a file with columns must know before its first row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from soutui.data.schema import Attribute, Item, User

Kind = Literal["text", "number", "flag", "list"]


def kind_of(value: Attribute) -> Kind:
    """What kind of value an attribute holds."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "list"


class Names:
    """The names in use, in order of first appearance; for attributes how many values there are of each kind."""

    def __init__(self, records: Iterable[Item | User]) -> None:
        self.texts: dict[str, int] = {}
        self.attributes: dict[str, Counter[Kind]] = {}
        self.images = 0
        for record in records:
            if isinstance(record, Item):
                self.images += bool(record.image)
                for name in record.texts:
                    self.texts[name] = self.texts.get(name, 0) + 1
            for name, value in record.attributes.items():
                self.attributes.setdefault(name, Counter())[kind_of(value)] += 1

    def kinds(self) -> Mapping[str, tuple[Kind, ...]]:
        """Attribute → its kinds, the commonest first."""
        return {name: tuple(kind for kind, _ in counts.most_common()) for name, counts in self.attributes.items()}
