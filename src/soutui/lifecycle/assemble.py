"""The part of a bundle that needs no users: ids, cards, columns, words, vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from soutui.bundle.columns import Columns
from soutui.bundle.ids import IdMap
from soutui.bundle.payload import Payload, body, embedding_text
from soutui.bundle.spelling import write_spelling
from soutui.config import Settings
from soutui.data.schema import Item
from soutui.encode.cache import VectorCache, encode_items
from soutui.encode.onnx import OnnxEncoder, copy_encoder
from soutui.index.dense import DenseIndex
from soutui.index.lexical import LexicalIndex
from soutui.lifecycle.asked import asked_queries, title_weights
from soutui.lifecycle.log import Log
from soutui.lifecycle.ordinary import ordinary_words
from soutui.lifecycle.progress import Progress, within
from soutui.text.analyse import Analyser
from soutui.text.dictionary import catalogue_words
from soutui.text.dictionary import write_words as write_dictionary

#: Made-up words: a query of these is about nothing in any catalogue.
_NOTHING = {
    "en": (
        "blorvat|quimble fendrix|zorpta|mivlen grask toob|yarnick|pluvet sornak|drimbo|kestrav oolin|fropple"
        "|wexil nadder grop|jusk|tromvil|opkeen barsty|glimvor|snaddle quor|vintrep|hoskem|laffrin dweel|cuzbat"
    ),
    "zh": "曌咥|龘靐齉|魃魈|鑋龞|爨夔 齾|黁黐|鬱黌|麤黀鼊|彧赟|劖劚|囅囋|夒巏|孏屭|巘幰|戄攍|曮欃|灊爩|犩玃|癵皭",
}


def write_items(folder: Path, items: Iterable[Item]) -> tuple[IdMap, list[tuple[str, str]], list[str]]:
    """Write ids, cards, columns and availability; return the ids, (title, body) and the text to encode, by row."""
    names: list[str] = []
    documents: list[tuple[str, str]] = []
    texts: list[str] = []
    available: list[bool] = []
    attributes = []

    def seen() -> Iterator[Item]:
        for item in items:
            names.append(item.id)
            documents.append((item.title, body(item)))
            texts.append(embedding_text(item))
            available.append(item.available)
            attributes.append(item.attributes)
            yield item

    Payload.write(folder / "items", seen())
    ids = IdMap.of(names)
    ids.save(folder / "items")
    np.save(folder / "items" / "available.npy", np.array(available, np.bool_))
    Columns.write(folder / "columns", attributes)
    return ids, documents, texts


def write_words(folder: Path, n: int) -> tuple[str, ...]:
    """Write the Chinese words that the ``n`` items' own fields say, and return them."""
    columns = Columns.open(folder / "columns")
    rows = np.arange(n, dtype=np.int32)
    words = catalogue_words(columns.count(name, rows) for name in columns.fields)
    write_dictionary(folder, words)
    return words


def write_lexical(folder: Path, documents: list[tuple[str, str]], analyser: Analyser, progress: Progress) -> None:
    """Index the words."""
    total = len(documents)
    LexicalIndex.build(folder / "lexical", documents, analyser, lambda done: progress("words", done, total))


def write_forgiving(folder: Path, log: Log, analyser: Analyser, progress: Progress) -> None:
    """Words as they are written and phrases to complete; the items are read back from their cards."""
    payload = Payload.open(folder / "items")
    total = len(payload)
    progress("spelling", 0, total)
    cards = map(payload.card, range(total))
    asked, weights = asked_queries(log), title_weights(log, total)
    write_spelling(folder / "spelling", cards, total, asked, weights, ordinary_words(), analyser)
    progress("spelling", total, total)


def write_dense(
    folder: Path, texts: list[str], encoder: OnnxEncoder, cache: VectorCache, settings: Settings, progress: Progress
) -> None:
    """Encode what changed, index all vectors, copy the encoder in."""
    vectors, _, _ = encode_items(encoder, texts, cache, within(progress, "vectors"))
    DenseIndex.build(folder / "dense", vectors, settings.index, within(progress, "graph"))
    copy_encoder(encoder.folder, folder / "encoder")


def null_floors(dense: DenseIndex, encoder: OnnxEncoder) -> dict[str, tuple[float, float]]:
    """By language: the first decile and the largest of the best cosines that queries about nothing reach.

    The largest cosine grows with the catalogue and depends on the model, so it is measured on both.
    """
    floors = {}
    for language, queries in _NOTHING.items():
        # One at a time, as they are asked: int8 takes its scale from the batch, which moves these cosines by .01.
        vectors = [encoder.encode([query], "query")[0] for query in queries.split("|")]
        tops = [float(dense.search(vector, 1)[1][:1].sum()) for vector in vectors]
        low, high = np.quantile(tops, [0.1, 1.0]).tolist() if len(dense) else (0.0, 0.0)
        floors[language] = (round(low, 4), round(high, 4))
    return floors
