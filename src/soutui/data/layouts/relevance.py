"""Kaggle's two product search contests: Home Depot (2016) and CrowdFlower's Search Results Relevance (2015).

Home Depot: ``train.csv`` (``product_uid, product_title, search_term, relevance`` 1 to 3), and where they are there
``test.csv``, ``product_descriptions.csv`` and ``attributes.csv``; an item is a ``product_uid``.

CrowdFlower: ``train.csv`` or the folds ``N-test.csv`` (``query, product_title, product_description,
median_relevance`` 1 to 4); products have no id there, so rows whose titles agree in all but case, punctuation and
spaces are one item, with the first title and the longest description.

For both, a grade is the relevance less 1, so that 0 is not relevant. A pair judged several times gets the mean,
rounded half up when all its judgments are whole. Descriptions lose HTML, style sheets and scripts; Western encodings
are read. No split is kept: the public files are all training data. The rows of a contest's ``test.csv``, which have
no judgment, only give their products.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soutui.data.layouts.base import Loaded, Records, find, need
from soutui.data.layouts.markup import plain
from soutui.data.layouts.tables import first_rows, id_of, name_of, read_table, tables
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Attribute, Item, Judgment, Query
from soutui.data.values import RowError, clean_id, parse_number

_WANTED = (
    "a .csv with product_uid, product_title, search_term, relevance (Home Depot)",
    "or with query, product_title, median_relevance (CrowdFlower)",
)
_PUNCTUATION = re.compile(r"[\W_]+")
_BULLET = re.compile(r"bullet\s?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    query: str
    item: str
    title: str
    description: str
    grade: float | None


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder or file; raises DataError that says what is missing."""
    files = [file for file in tables(path, (".csv",)) if _is_pairs(first_rows(file))]
    if not any({"relevance", "median_relevance"} & set(first_rows(file)[0]) for file in files):
        need(None, path, "relevance", _WANTED)
    folder = path if path.is_dir() else path.parent
    described, attributed = find(folder, "product_descriptions.csv"), find(folder, "attributes.csv")

    def rows() -> Iterator[_Row]:
        for file in files:
            yield from _read(file, quarantine)

    return Loaded(
        items=Records(lambda: _items(rows(), described, attributed, quarantine)),
        queries=Records(lambda: (Query(name_of(text), text) for text in dict.fromkeys(_asked(rows())))),
        judgments=Records(lambda: _judgments(rows())),
    )


def _is_pairs(rows: Sequence[Mapping[str, Any]]) -> bool:
    columns = set(rows[0]) if rows else set()
    return "product_title" in columns and bool({"product_uid", "query"} & columns)


def _read(path: Path, quarantine: Quarantine) -> Iterator[_Row]:
    for line, values in read_table(path, quarantine):
        try:
            yield _row(values)
        except RowError as error:
            quarantine.reject(str(path), line, error.column, error.reason, values)


def _row(values: Mapping[str, Any]) -> _Row:
    depot = "product_uid" in values
    title, query = plain(values.get("product_title")), clean_id(values.get("search_term" if depot else "query"))
    if not title:
        raise RowError("product_title", "empty title: every product needs one")
    if not query:
        raise RowError("search_term" if depot else "query", "empty query: every row needs one")
    item = id_of(values.get("product_uid")) if depot else name_of(_PUNCTUATION.sub(" ", title.lower()).strip())
    if not item:
        raise RowError("product_uid", "empty id: every product needs one")
    column, most = ("relevance", 3.0) if depot else ("median_relevance", 4.0)
    grade = None
    if column in values:
        grade = parse_number(values[column])
        if grade is None or not 1 <= grade <= most:
            raise RowError(column, f"bad grade: {clean_id(values[column])[:80]!r}; 1 to {most:g} are allowed")
        grade -= 1
    return _Row(query, item, title, plain(values.get("product_description")), grade)


def _asked(rows: Iterator[_Row]) -> Iterator[str]:
    return (row.query for row in rows if row.grade is not None)


def _items(
    rows: Iterator[_Row], described: Path | None, attributed: Path | None, quarantine: Quarantine
) -> Iterator[Item]:
    titles: dict[str, str] = {}
    texts: dict[str, str] = {}
    for row in rows:
        titles.setdefault(row.item, row.title)
        if len(row.description) > len(texts.get(row.item, "")):
            texts[row.item] = row.description
    attributes, features = _attributes(attributed, quarantine) if attributed else ({}, {})

    def make(name: str, text: str) -> Item:
        fields = {"description": text, "features": " ".join(features.get(name, ()))}
        filled = {field: words for field, words in fields.items() if words}
        return Item(name, titles.pop(name), filled, attributes.get(name, {}))

    # Home Depot's descriptions are the bulk of it: they are streamed, each given to its product.
    for line, values in read_table(described, quarantine) if described else ():
        name = id_of(values.get("product_uid"))
        if name in titles:
            yield make(name, plain(values.get("product_description")))
        elif not name:
            quarantine.reject(str(described), line, "product_uid", "empty id: every product needs one", values)
    for name in list(titles):
        yield make(name, texts.get(name, ""))


def _attributes(path: Path, quarantine: Quarantine) -> tuple[dict[str, dict[str, Attribute]], dict[str, list[str]]]:
    """Attributes and bullet points by product; a name that comes twice becomes a list."""
    attributes: dict[str, dict[str, Attribute]] = {}
    features: dict[str, list[str]] = {}
    for line, values in read_table(path, quarantine):
        item, name = id_of(values.get("product_uid")), plain(values.get("name"))
        value = plain(values.get("value"))
        if not item and not name:
            continue  # the published file has empty lines of commas
        if not item or not name:
            quarantine.reject(str(path), line, "", "empty attribute: product_uid and name are needed", values)
        elif value and _BULLET.fullmatch(name):
            features.setdefault(item, []).append(value)
        elif value:
            known = attributes.setdefault(item, {})
            before = known.get(name)
            if before is None:
                known[name] = value
            elif value not in (several := before if isinstance(before, tuple) else (str(before),)):
                known[name] = (*several, value)
    return attributes, features


def _judgments(rows: Iterator[_Row]) -> Iterator[Judgment]:
    grades: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row.grade is not None:
            grades.setdefault((row.query, row.item), []).append(row.grade)
    for (query, item), given in grades.items():
        mean = sum(given) / len(given)
        whole = all(grade.is_integer() for grade in given)
        yield Judgment(name_of(query), item, float(math.floor(mean + 0.5)) if whole else mean)
