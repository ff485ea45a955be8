"""WANDS, Wayfair's product search with human judgments (Chen et al. 2022, ECIR).

Tab-separated ``product.csv``, ``query.csv`` and ``label.csv``. Exact is grade 2, Partial 1, Irrelevant 0. A product's
features ``name:value|name:value`` become attributes (a name that comes twice, a list), its category
``A / B / C`` the list A, B, C. A query's class, where there is one, makes the query a labelled text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from soutui.data.hashes import Seen
from soutui.data.layouts.base import Loaded, Records, find, need
from soutui.data.layouts.markup import plain
from soutui.data.layouts.tables import id_of, name_of, read_table
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Attribute, Item, Judgment, LabelledText, Query
from soutui.data.values import clean_id, parse_number

GRADES: Mapping[str, float] = {"exact": 2.0, "partial": 1.0, "irrelevant": 0.0}
_WANTED = ("product.csv", "query.csv", "label.csv")
_NUMBERS = ("rating_count", "average_rating", "review_count")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    products, queries, labels = (need(find(path, name), path, "wands", _WANTED) for name in _WANTED)
    return Loaded(
        items=Records(lambda: _items(products, quarantine)),
        queries=Records(lambda: (Query(name, text) for name, text, _ in _queries(queries, quarantine))),
        judgments=Records(lambda: _judgments(labels, quarantine)),
        texts=Records(
            lambda: (
                LabelledText(f"wands-{name_of(name)}", text, {"class": label}, source="wands")
                for name, text, label in _queries(queries, quarantine)
                if label
            )
        ),
    )


def _items(path: Path, quarantine: Quarantine) -> Iterator[Item]:
    seen, file = Seen(), str(path)
    for line, row in read_table(path, quarantine):
        name, title = id_of(row.get("product_id")), plain(row.get("product_name"))
        if not name or not title:
            column = "product_name" if name else "product_id"
            quarantine.reject(file, line, column, "empty product: id and name are needed", row)
        elif seen.put(int(name_of(name), 16)) is not None:
            quarantine.reject(file, line, "product_id", f"duplicate id: {name[:80]}", row)
        else:
            description = plain(row.get("product_description"))
            yield Item(name, title, {"description": description} if description else {}, _attributes(row))


def _attributes(row: Mapping[str, Any]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    if kind := plain(row.get("product_class")):
        found["class"] = kind
    if levels := tuple(level for part in plain(row.get("category hierarchy")).split("/") if (level := part.strip())):
        found["category"] = levels
    for name in _NUMBERS:
        number = parse_number(row.get(name))
        if number is not None and abs(number) < 1e15:
            found[name] = number
    several: dict[str, list[str]] = {}
    for part in plain(row.get("product_features")).split("|"):
        key, _, value = part.partition(":")
        if (key := clean_id(key)) and (value := clean_id(value)) and key not in found:
            several.setdefault(key, []).append(value)
    for key, values in several.items():
        different = tuple(dict.fromkeys(values))
        found[key] = different if len(different) > 1 else different[0]
    return found


def _queries(path: Path, quarantine: Quarantine) -> Iterator[tuple[str, str, str]]:
    for line, row in read_table(path, quarantine):
        name, text = id_of(row.get("query_id")), clean_id(row.get("query"))
        if name and text:
            yield name, text, clean_id(row.get("query_class"))
        else:
            quarantine.reject(str(path), line, "query", "empty query: query_id and query are needed", row)


def _judgments(path: Path, quarantine: Quarantine) -> Iterator[Judgment]:
    for line, row in read_table(path, quarantine):
        query, item = id_of(row.get("query_id")), id_of(row.get("product_id"))
        label = clean_id(row.get("label"))
        if not query or not item:
            quarantine.reject(str(path), line, "", "empty id: query_id and product_id are needed", row)
        elif label.lower() not in GRADES:
            reason = f"unknown label: {label[:80]!r}; allowed are Exact, Partial and Irrelevant"
            quarantine.reject(str(path), line, "label", reason, row)
        else:
            yield Judgment(query, item, GRADES[label.lower()])
