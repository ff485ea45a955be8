"""Arrays on disk, opened by many threads at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPE, _SHAPE = re.compile(rb"'descr': '([^']+)'"), re.compile(rb"'shape': \(([\d, ]*)\)")


def open_array(path: Path) -> NDArray[Any]:
    """Map a ``.npy`` file that :func:`numpy.save` wrote, read-only; an empty one is loaded.

    numpy reads the header by parsing it as Python, which CPython 3.11 cannot do in several threads at once: now and
    then that fails with "AST constructor recursion depth mismatch" (cpython#106905), and bundles are opened while
    other threads answer. The header is read by its two fields instead.
    """
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        length = int.from_bytes(stream.read(2 if version == (1, 0) else 4), "little")
        header, start = stream.read(length), stream.tell()
    dtype, shape = _DTYPE.search(header), _SHAPE.search(header)
    if dtype is None or shape is None or b"'fortran_order': False" not in header:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    lengths = tuple(int(part) for part in shape[1].split(b",") if part.strip())
    kind = np.dtype(dtype[1].decode())
    if 0 in lengths:
        return np.empty(lengths, kind)
    return np.asarray(np.memmap(path, kind, "r", start, lengths))


def load_array(path: Path) -> NDArray[Any]:
    """The same, read into memory: for what is looked up everywhere at once."""
    return np.array(open_array(path))
