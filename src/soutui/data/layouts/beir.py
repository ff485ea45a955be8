"""The BEIR layout for retrieval: a corpus, queries and judgments by split (Thakur et al. 2021, arXiv:2104.08663).

Two shapes are read. Standard: ``corpus.jsonl`` (``_id, title, text, metadata``), ``queries.jsonl`` (``_id, text``)
and ``qrels/{train,dev,test}.tsv`` with a header. Flat: ``corpus.jsonl`` with ``id``, ``queries.tsv`` and
``qrels.{train,valid,test}.tsv`` without headers. Every file may be gzipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from soutui.data.convert import item_from_dict
from soutui.data.hashes import Seen, digest
from soutui.data.layouts.base import Loaded, Records, find, need, read_fields, read_qrels, read_queries, split_of
from soutui.data.quarantine import Quarantine
from soutui.data.readers import read_rows
from soutui.data.schema import Item, Judgment, Query
from soutui.data.values import RowError, clean_id

_WANTED = ("corpus.jsonl", "queries.jsonl or queries.tsv", "qrels/*.tsv or qrels.*.tsv")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set in a folder; raises DataError that says what is missing."""
    corpus = need(find(path, "corpus.jsonl"), path, "beir", _WANTED)
    queries = need(find(path, "queries.jsonl", "queries.tsv"), path, "beir", _WANTED)
    places = [path / "qrels"] if (path / "qrels").is_dir() else [path]
    pattern = "*.tsv*" if (path / "qrels").is_dir() else "qrels*.tsv*"
    qrels = [f for place in places for f in sorted(place.glob(pattern)) if f.name.endswith((".tsv", ".tsv.gz"))]
    if not qrels:
        need(None, path, "beir", _WANTED)

    def read_judgments() -> Iterator[Judgment]:
        for file in qrels:
            yield from read_qrels(file, quarantine, split_of(file.name.removeprefix("qrels")))

    def read_texts() -> Iterator[Query]:
        if ".jsonl" in queries.name:
            return _read_queries(queries, quarantine)
        return read_queries(queries, quarantine)

    return Loaded(
        items=Records(lambda: read_corpus(corpus, quarantine)),
        queries=Records(read_texts),
        judgments=Records(read_judgments),
    )


def read_folds(path: Path, quarantine: Quarantine) -> Mapping[str, int]:
    """Query id -> fold, from the ``folds.tsv`` that flat folders without training queries may hold; else empty."""
    file = find(path, "folds.tsv")
    folds: dict[str, int] = {}
    for number, cells in read_fields(file, None, quarantine) if file else ():
        if len(cells) == 2 and cells[1].isdecimal():
            folds[clean_id(cells[0])] = int(cells[1])
        else:
            quarantine.reject(str(file), number, "", "ragged row: a query id and a fold are needed", cells)
    return folds


def read_corpus(path: Path, quarantine: Quarantine) -> Iterator[Item]:
    """Items of a ``corpus.jsonl``: ``_id`` or ``id``, ``title``, ``text``; ``metadata`` becomes attributes."""
    seen = Seen()
    for number, values in read_rows(path, quarantine):
        known = dict(values)
        if "_id" in known:
            known["id"] = known.pop("_id")
        if "metadata" in known and isinstance(known["metadata"], Mapping):
            known["attributes"] = {**known.pop("metadata"), **(known.get("attributes") or {})}
        try:
            item = item_from_dict(known)
        except RowError as error:
            quarantine.reject(str(path), number, error.column, error.reason, values)
            continue
        if seen.put(digest(item.id.encode("utf-8"))) is not None:
            quarantine.reject(str(path), number, "_id", f"duplicate id: {item.id[:80]}", values)
        else:
            yield item


def _read_queries(path: Path, quarantine: Quarantine) -> Iterator[Query]:
    for number, values in read_rows(path, quarantine):
        name, text = clean_id(values.get("_id", values.get("id"))), clean_id(values.get("text", values.get("query")))
        if name and text:
            yield Query(name, text)
        else:
            quarantine.reject(
                str(path), number, "_id" if not name else "text", "empty query: id and text needed", values
            )
