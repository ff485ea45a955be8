"""Encoding: our encoder beside sentence-transformers in fp32, batch by batch in one process."""

from __future__ import annotations

import gzip
import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import child
from benchmarks.catalogue import Catalogue
from benchmarks.tables import asked, table
from benchmarks.work import Facts, Work
from soutui.bundle.payload import embedding_text
from soutui.config import EncoderSettings
from soutui.encode.base import find_model, open_encoder

TITLE = "Encoding"

TEXTS = 2_000
BATCH = 200
QUERIES = 200
CORPUS = "crowdflower-search-relevance"


def keys(work: Work) -> list[str]:
    """One set of texts."""
    return [str(min(TEXTS, work.size(TEXTS)))]


def measure(work: Work, key: str) -> Facts:
    """Both encoders in a process of their own, on all cores."""
    folder = work.set_folder("search", CORPUS) if work.shared else None
    return child.run("benchmarks.encoding", key, folder or "", cores=2)


def main() -> None:
    """In the child: alternate, compare, tell."""
    child.pin()
    count, folder = int(sys.argv[1]), sys.argv[2]
    texts = _corpus(Path(folder), count) if folder else _made(count)
    queries = _queries(Path(folder)) if folder else Catalogue(1000).queries(QUERIES)
    threads = 2
    encoder = open_encoder(EncoderSettings(threads=threads))
    assert encoder is not None
    other = _other(threads, encoder.card.max_tokens)
    seconds = {"ours": 0.0, "theirs": 0.0}
    made: dict[str, list[Any]] = {"ours": [], "theirs": []}
    calls = {
        "ours": lambda batch: encoder.encode(batch, "item"),
        "theirs": lambda batch: other.encode(batch, batch_size=32, normalize_embeddings=True, show_progress_bar=False),
    }
    for call in calls.values():
        call(texts[:32])
    for number, start in enumerate(range(0, len(texts), BATCH)):
        for name in ("ours", "theirs") if number % 2 else ("theirs", "ours"):
            begun = time.perf_counter()
            made[name].append(calls[name](texts[start : start + BATCH]))
            seconds[name] += time.perf_counter() - begun
    single: dict[str, list[float]] = {"ours": [], "theirs": []}
    for query in queries:
        for name, call in calls.items():
            begun = time.perf_counter()
            call([query])
            single[name].append(time.perf_counter() - begun)
    cosines = (np.concatenate(made["ours"]) * np.concatenate(made["theirs"])).sum(axis=1)
    child.tell(
        {
            "texts": len(texts),
            "real": bool(folder),
            "characters": float(np.mean([len(text) for text in texts])),
            "seconds": seconds,
            "single": {name: child.spread(values) for name, values in single.items()},
            "cosine": {"mean": cosines.mean(), "min": cosines.min(), "p1": np.percentile(cosines, 1)},
            "precision": encoder.card.precision,
            "max_tokens": encoder.card.max_tokens,
        }
    )


def _other(threads: int, max_tokens: int) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SentenceTransformer(str(find_model("default")), device="cpu")
    model.max_seq_length = max_tokens
    return model


def _corpus(folder: Path, count: int) -> list[str]:
    """The first texts of the corpus, as the encoder gets them."""
    texts = []
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            texts.append(f"{row['title']}. {row['text']}" if row["text"] else row["title"])
            if len(texts) == count:
                break
    return texts


def _queries(folder: Path) -> list[str]:
    lines = (folder / "queries.tsv").read_text("utf-8").splitlines()
    return [line.split("\t", 1)[1] for line in lines[:QUERIES]]


def _made(count: int) -> list[str]:
    return [embedding_text(item) for item in Catalogue(count).items()]


def tell(facts: dict[str, Facts]) -> str:
    """The section of the report."""
    parts = []
    for one in facts.values():
        ratio = one["seconds"]["theirs"] / one["seconds"]["ours"]
        cosine, single = one["cosine"], one["single"]
        checks = [
            asked("beside sentence-transformers fp32", "≥ 2.5 ×", f"{ratio:.2f} ×", ratio >= 2.5),
            asked("cosine to it, mean", "≥ .99", f"{cosine['mean']:.4f}", cosine["mean"] >= 0.99),
        ]
        rows = [
            (
                title,
                f"{one['texts'] / one['seconds'][name]:.0f}",
                f"{single[name]['p50']:.2f}",
                f"{single[name]['p95']:.2f}",
            )
            for title, name in ((f"soutui ({one['precision']})", "ours"), ("sentence-transformers (fp32)", "theirs"))
        ]
        parts += [
            f"{one['texts']} {'product' if one['real'] else 'made-up'} texts of {one['characters']:.0f} characters on "
            f"average, at most {one['max_tokens']} tokens; both with two threads, taking turns in batches of {BATCH}. "
            f"Cosine of the vectors: mean {cosine['mean']:.4f}, lowest 1 % below {cosine['p1']:.4f}, "
            f"least {cosine['min']:.4f}.",
            table(("what", "asked", "measured", "met"), checks),
            table(("encoder", "texts/s", "one query p50 ms", "p95 ms"), rows),
        ]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
