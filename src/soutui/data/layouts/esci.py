"""ESCI, Amazon's shopping queries in English, Spanish and Japanese (Reddy et al. 2022, arXiv:2206.06588).

``shopping_queries_dataset_examples`` and ``shopping_queries_dataset_products``, each .parquet or .csv. Exact,
Substitute, Complement, Irrelevant are the grades 3, 2, 1, 0 (the paper's gains 1, 0.1, 0.01, 0 keep the same order;
grades let every measure choose its own gains). Both versions of the set are read, the small one being part of the
large one. An item's id is the ``product_id``; one that several countries share is ``product_id@locale``, since title
and text differ there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, find, need, split_of
from soutui.data.layouts.markup import plain
from soutui.data.layouts.tables import id_of, read_table
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Attribute, Item, Judgment, Query
from soutui.data.values import clean_id

GRADES: Mapping[str, float] = {
    "e": 3.0,
    "s": 2.0,
    "c": 1.0,
    "i": 0.0,
    "exact": 3.0,
    "substitute": 2.0,
    "complement": 1.0,
    "irrelevant": 0.0,
}
_EXAMPLES = [
    f"{name}{end}" for name in ("shopping_queries_dataset_examples", "examples") for end in (".parquet", ".csv")
]
_PRODUCTS = [
    f"{name}{end}" for name in ("shopping_queries_dataset_products", "products") for end in (".parquet", ".csv")
]
_WANTED = (
    "shopping_queries_dataset_examples.parquet (or .csv)",
    "shopping_queries_dataset_products.parquet (or .csv)",
)
_TEXTS = {"description": "product_description", "bullet_points": "product_bullet_point"}
_ATTRIBUTES = {"brand": "product_brand", "color": "product_color", "locale": "product_locale"}

Shared = Callable[[], frozenset[str]]


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    examples = need(find(path, *_EXAMPLES), path, "esci", _WANTED)
    products = need(find(path, *_PRODUCTS), path, "esci", _WANTED)

    @cache
    def shared() -> frozenset[str]:
        """Ids that stand for products of several countries."""
        seen, found = Seen(), set()
        for _, row in read_table(products, Quarantine(None)):
            name = clean_id(row.get("product_id"))
            locale = digest(clean_id(row.get("product_locale")).encode("utf-8"))
            if seen.put(digest(name.encode("utf-8")), locale) not in (None, locale):
                found.add(name)
        return frozenset(found)

    return Loaded(
        items=Records(lambda: _items(products, shared, quarantine)),
        queries=Records(lambda: _queries(examples, shared, quarantine)),
        judgments=Records(lambda: (judgment for _, judgment in _examples(examples, shared, quarantine))),
    )


def _name(row: Mapping[str, Any], shared: Shared) -> str:
    name, locale = id_of(row.get("product_id")), clean_id(row.get("product_locale"))
    return f"{name}@{locale}" if name in shared() and locale else name


def _items(path: Path, shared: Shared, quarantine: Quarantine) -> Iterator[Item]:
    seen, file = Seen(), str(path)
    for line, row in read_table(path, quarantine):
        name, title = _name(row, shared), plain(row.get("product_title"))
        if not name or not title:
            column = "product_title" if name else "product_id"
            quarantine.reject(file, line, column, "empty product: product_id and product_title are needed", row)
        elif seen.put(digest(name.encode("utf-8"))) is not None:
            quarantine.reject(file, line, "product_id", f"duplicate id: {name[:80]}", row)
        else:
            texts = {field: text for field, column in _TEXTS.items() if (text := plain(row.get(column)))}
            attributes: dict[str, Attribute] = {
                field: text for field, column in _ATTRIBUTES.items() if (text := clean_id(row.get(column)))
            }
            yield Item(name, title, texts, attributes)


def _queries(path: Path, shared: Shared, quarantine: Quarantine) -> Iterator[Query]:
    seen = Seen()
    for query, _ in _examples(path, shared, quarantine):
        if seen.put(digest(query.id.encode("utf-8"))) is None:
            yield query


def _examples(path: Path, shared: Shared, quarantine: Quarantine) -> Iterator[tuple[Query, Judgment]]:
    file = str(path)
    for line, row in read_table(path, quarantine):
        query, text, item = id_of(row.get("query_id")), clean_id(row.get("query")), _name(row, shared)
        label = clean_id(row.get("esci_label"))
        if not query or not text or not item:
            quarantine.reject(file, line, "", "empty example: query_id, query and product_id are needed", row)
        elif label.lower() not in GRADES:
            reason = f"unknown label: {label[:80]!r}; allowed are E, S, C and I"
            quarantine.reject(file, line, "esci_label", reason, row)
        else:
            split = split_of(clean_id(row.get("split")))
            yield Query(query, text), Judgment(query, item, GRADES[label.lower()], split)
