"""The encoder that serves: an ONNX graph and a tokenizer in one self-contained folder. Imports no torch.

The folder holds ``encoder.onnx`` (token ids and mask to unit vectors, pooling included), ``tokenizer.json`` and
``encoder.json``, the card that says what the two are and what they must hash to.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from soutui.encode.folder import content_digest
from soutui.errors import DamagedError, NotFoundError, UsageError
from soutui.types import Role, Vectors

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

CARD = "encoder.json"
GRAPH = "encoder.onnx"
TOKENIZER = "tokenizer.json"
FILES = (GRAPH, TOKENIZER)

# Padded tokens in one run of the graph: small batches stay in the processor's cache (8192 took 1.3 times as long).
_BATCH_TOKENS = 1024
# Texts tokenised and sorted by length together: bounds the memory for token ids, wide enough to pad little.
_WINDOW = 4096
# No vocabulary has tokens that long on average, so text beyond this can not reach the model.
_CHARACTERS_A_TOKEN = 64

Ids = NDArray[np.int64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Card:
    """What ``encoder.json`` says. ``files`` maps each file's name to its size in bytes and its blake2b hash.

    ``precision`` is what serves ("int8", "mixed" or "fp32"); ``parity_mean`` and ``parity_min`` are cosines to torch
    fp32 on the built-in texts; ``note`` says why a precision was not the one that was asked for.
    """

    fingerprint: str
    dim: int
    max_tokens: int
    pooling: tuple[str, ...]
    prefixes: dict[str, str]
    pad_id: int
    lower: bool
    precision: str
    parity_mean: float
    parity_min: float
    note: str
    files: dict[str, tuple[int, str]]

    def write(self, folder: Path) -> None:
        """Write the card into the encoder's folder."""
        text = json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2)
        (folder / CARD).write_text(text + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> Card:
        """The card of an encoder's folder. Raises NotFoundError without one, DamagedError when it cannot be read."""
        path = folder / CARD
        try:
            values = json.loads(path.read_text("utf-8"))
            files = {name: (int(size), str(digest)) for name, (size, digest) in values["files"].items()}
            values |= {"files": files, "pooling": tuple(values["pooling"])}
            return cls(**values)
        except FileNotFoundError:
            raise NotFoundError(f"no encoder in {folder}: {CARD} is not there") from None
        except (UnicodeDecodeError, json.JSONDecodeError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise DamagedError(f"{path} cannot be read: {error}", "build again") from None

    def check(self, folder: Path, hashes: bool = True) -> None:
        """Compare the folder's files with the card: sizes always, contents when ``hashes``. Raises DamagedError."""
        for name in FILES:
            path, (size, digest) = folder / name, self.files.get(name, (-1, ""))
            try:
                found = path.stat().st_size
            except FileNotFoundError:
                raise DamagedError(f"{path} is missing", "build again") from None
            if found != size:
                raise DamagedError(f"{path} has {found} bytes, {size} are expected", "build again")
            if hashes and content_digest(path) != digest:
                raise DamagedError(f"{path} is not the file that was written", "build again")


class OnnxEncoder:
    """Texts to unit vectors with ONNX Runtime. Thread-safe; rows are in the order of the texts.

    One session with one thread serves everything: a single text takes one core, a bulk runs its batches side by side
    on ``threads`` cores. Dynamic int8 takes its scale from the whole batch, so the same text may differ a little
    between batches (cosine about .99); with fp32 it does not.
    """

    def __init__(self, folder: Path, card: Card, threads: int = 0) -> None:
        self.folder = folder
        self.card = card
        self.threads = threads or _cores()
        self._tokenizer = _tokenizer(folder, card)
        self._session = _session(folder)

    @classmethod
    def open(cls, folder: Path, threads: int = 0, verify: bool = True) -> OnnxEncoder:
        """The encoder in this folder. ``threads`` for bulk, 0: all cores; ``verify`` hashes the files first.

        Raises NotFoundError when there is none, DamagedError when its files are not what the card says.
        """
        if threads < 0:
            raise UsageError(f"threads = {threads}; it must be 0 (all cores) or more")
        card = Card.read(folder)
        card.check(folder, hashes=verify)
        return cls(folder, card, threads)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.card.dim

    @property
    def fingerprint(self) -> str:
        """Names model, weights and settings: equal fingerprints give equal vectors."""
        return self.card.fingerprint

    def encode(self, texts: Sequence[str], role: Role) -> Vectors:
        """``(n, dim)`` float32 unit rows. ``role`` picks the model's prefix; a blank text is a zero row."""
        return self.encode_many(texts, role)

    def encode_many(self, texts: Sequence[str], role: Role, progress: Progress | None = None) -> Vectors:
        """Like :meth:`encode`; ``progress(done, total)`` is called from this thread, in texts."""
        if isinstance(texts, str):
            raise UsageError("texts must be a sequence of strings; one string came", "write [text]")
        if role not in self.card.prefixes:
            raise UsageError(f"role = {role!r}; allowed: {', '.join(self.card.prefixes)}")
        made = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), _WINDOW):
            window = texts[start : start + _WINDOW]
            kept = [i for i, text in enumerate(window) if text.strip()]
            ids = self._tokenize([window[i] for i in kept], self.card.prefixes[role])
            done = start + len(window) - len(kept)
            for members, vectors in self._run_all(ids):
                made[[start + kept[i] for i in members]] = vectors
                done += len(members)
                if progress is not None:
                    progress(done, len(texts))
            if progress is not None and not kept:
                progress(done, len(texts))
        return made

    def _tokenize(self, texts: list[str], prefix: str) -> list[Ids]:
        longest = self.card.max_tokens * _CHARACTERS_A_TOKEN
        cut = [prefix + text[:longest] for text in texts]
        if self.card.lower:
            cut = [text.lower() for text in cut]
        try:
            encodings = self._encodings(cut)
        except (TypeError, UnicodeEncodeError):
            # Half a surrogate pair has no UTF-8 form; it becomes the replacement character.
            encodings = self._encodings(
                [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in cut]
            )
        return [np.asarray(encoding.ids, np.int64) for encoding in encodings]

    def _encodings(self, texts: list[str]) -> list[Encoding]:
        if len(texts) == 1:
            return [self._tokenizer.encode(texts[0])]
        return self._tokenizer.encode_batch_fast(texts) if texts else []

    def _run_all(self, ids: list[Ids]) -> Iterator[tuple[list[int], Vectors]]:
        batches = _batches([len(row) for row in ids])
        workers = min(self.threads, len(batches))
        if workers <= 1:
            for members in batches:
                yield members, self._run([ids[i] for i in members])
            return
        pool = ThreadPoolExecutor(workers, "encode")
        try:
            yield from zip(
                batches, pool.map(lambda members: self._run([ids[i] for i in members]), batches), strict=True
            )
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, rows: list[Ids]) -> Vectors:
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(mask.shape, self.card.pad_id, np.int64)
        ids[mask] = np.concatenate(rows)
        made: Vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask.astype(np.int64)})[0]
        return made


def copy_encoder(source: Path, target: Path) -> None:
    """Put the encoder of folder ``source`` into the new folder ``target``: hard links where possible, else copies.

    Raises DamagedError when the source fails its own check of names and sizes, FileExistsError when target holds files
    of these names.
    """
    Card.read(source).check(source, hashes=False)
    target.mkdir(parents=True, exist_ok=True)
    for name in (*FILES, CARD):
        try:
            os.link(source / name, target / name)
        except FileExistsError:
            raise
        except OSError:  # another disk, or one without links
            shutil.copy2(source / name, target / name)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Positions grouped by length, longest first, so that a batch pads little and the last ones are short."""
    made: list[list[int]] = []
    width = 0
    for i in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if not made or (len(made[-1]) + 1) * width > _BATCH_TOKENS:
            made.append([])
            width = lengths[i]
        made[-1].append(i)
    return made


def _tokenizer(folder: Path, card: Card) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # noqa: BLE001 - the library raises bare Exception for a file it cannot read
        raise DamagedError(f"{folder / TOKENIZER} cannot be read: {error}", "build again") from None
    made.enable_truncation(card.max_tokens)
    made.no_padding()
    return made


def _session(folder: Path) -> Any:
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as errors

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # shapes differ from batch to batch
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
    except _load_errors(errors) as error:
        raise DamagedError(
            f"{folder / GRAPH} cannot be loaded: {error}", "build again, or install a newer onnxruntime"
        ) from None


def _load_errors(module: Any) -> tuple[type[Exception], ...]:
    names: Iterable[str] = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented")
    return tuple(getattr(module, name) for name in names)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
