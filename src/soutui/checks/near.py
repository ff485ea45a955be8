"""Texts that are nearly the same: MinHash signatures over character shingles, bands, exact similarity of the rest.

A text is the set of its ``k``-character pieces. Two sets A and B have the similarity J = |A ∩ B| / |A ∪ B|; the share
of equal entries in their MinHash signatures estimates it (Broder, "On the resemblance and containment of documents",
1997). Texts that agree in a whole band of the signature are compared (Leskovec, Rajaraman and Ullman, "Mining of
Massive Datasets", ch. 3): with 12 bands of 5, a pair of J = .85 is met with a chance of .999, one of J = .4 with .12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

BANDS, WIDTH = 12, 5
#: Characters of a text that are looked at.
LONGEST = 2_000
#: Pairs compared exactly; more are left to the estimate.
MOST_COMPARED = 50_000
#: Characters taken in one step: what fits a processor's cache.
_STEP = 200_000

Signatures = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of texts that are nearly the same. ``left`` and ``right`` (p,) are positions, ``similarity`` (p,) is J,
    most alike first. ``groups`` (n,) gives every text the number of its group; a text alone is its own.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]
    groups: NDArray[np.int32]


def find_near(texts: Sequence[str], least: float, shingle: int = 5, seed: int = 7) -> Near:
    """Pairs of ``texts`` (n,) with a similarity of ``least`` or more, below 1 too when texts differ only in order.

    In a crowd of alike texts each is compared with its neighbours in the band, not with all: groups are whole, pairs
    are not. Texts shorter than a shingle are left out.
    """
    n = len(texts)
    kept = np.array([place for place, text in enumerate(texts) if len(text) >= shingle], np.int64)
    cut = [texts[place][:LONGEST] for place in kept.tolist()]
    pairs = _candidates(_signatures(cut, shingle, seed), least)
    similarity = _similarities(cut, pairs, shingle)
    alike = similarity >= least
    pairs, similarity = pairs[alike], similarity[alike]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -similarity))
    left, right = kept[pairs[order, 0]], kept[pairs[order, 1]]
    graph = sparse.coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    return Near(left, right, similarity[order], connected_components(graph, directed=False)[1].astype(np.int32))


def _signatures(texts: Sequence[str], shingle: int, seed: int) -> Signatures:
    """The MinHash signature of each text, (n, BANDS * WIDTH)."""
    draw = np.random.default_rng(seed)
    factors = draw.integers(0, 2**32, BANDS * WIDTH, np.uint64).astype(np.uint32) | np.uint32(1)
    shifts = draw.integers(0, 2**32, BANDS * WIDTH, np.uint64).astype(np.uint32)
    made = np.empty((len(texts), BANDS * WIDTH), np.uint32)
    start = 0
    while start < len(texts):
        end, size = start, 0
        while end < len(texts) and (size + len(texts[end]) <= _STEP or end == start):
            size += len(texts[end])
            end += 1
        hashes, starts = _shingles(texts[start:end], shingle)
        for place in range(BANDS * WIDTH):
            made[start:end, place] = np.minimum.reduceat(hashes * factors[place] + shifts[place], starts)
        start = end
    return made


def _shingles(texts: Sequence[str], shingle: int) -> tuple[Signatures, NDArray[np.int64]]:
    """A hash of every piece of every text, texts one after the other, and where each text starts."""
    lengths = np.array([len(text) for text in texts], np.int64)
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    width = len(points) - shingle + 1
    hashes = np.zeros(width, np.uint32)
    for place in range(shingle):
        hashes = hashes * np.uint32(0x01000193) + points[place : place + width]
    hashes ^= hashes >> np.uint32(16)
    hashes *= np.uint32(0x85EBCA6B)
    hashes ^= hashes >> np.uint32(13)
    ends = np.cumsum(lengths)
    whole = np.ones(width, np.bool_)
    for place in range(1, shingle):
        # The pieces that would run from one text into the next.
        whole[(ends - place)[ends - place < width]] = False
    counts = lengths - shingle + 1
    return hashes[whole], np.cumsum(counts) - counts


def _candidates(signatures: Signatures, least: float) -> NDArray[np.int64]:
    """Pairs (p, 2) that share a band and whose signatures agree nearly as much as wanted, each once."""
    n = len(signatures)
    found = [np.empty((0, 2), np.int64)]
    for band in range(BANDS):
        rows = np.ascontiguousarray(signatures[:, band * WIDTH : (band + 1) * WIDTH])
        keys = rows.view(np.dtype((np.void, rows.itemsize * WIDTH))).ravel()
        codes = np.unique(keys, return_inverse=True)[1] if n else np.empty(0, np.int64)
        order = np.argsort(codes, kind="stable")
        same = np.flatnonzero(codes[order[1:]] == codes[order[:-1]])
        found.append(np.stack((order[same], order[same + 1]), axis=1))
    # Ascending places within a band make left < right.
    pairs = np.unique(np.concatenate(found), axis=0)
    agree = np.array([], np.float64)
    if len(pairs):
        agree = np.concatenate(
            [
                (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1)
                for part in np.array_split(pairs, 1 + len(pairs) // 100_000)
            ]
        )
    # Two and a half standard errors of the estimate below what is wanted.
    enough = least - 2.5 * np.sqrt(least * (1 - least) / (BANDS * WIDTH))
    kept = agree >= enough
    order = np.argsort(-agree[kept], kind="stable")
    return np.asarray(pairs[kept][order], np.int64)


def _similarities(texts: Sequence[str], pairs: NDArray[np.int64], shingle: int) -> NDArray[np.float64]:
    """J of each pair, (p,): exact for the first :data:`MOST_COMPARED`, 0 for the others."""
    made = np.zeros(len(pairs), np.float64)
    last, last_set = -1, frozenset[str]()
    by_left = np.lexsort((pairs[:MOST_COMPARED, 1], pairs[:MOST_COMPARED, 0]))
    for place in by_left.tolist():
        left, right = pairs[place].tolist()
        if left != last:
            last, last_set = left, _pieces(texts[left], shingle)
        other = _pieces(texts[right], shingle)
        both = len(last_set & other)
        made[place] = both / (len(last_set) + len(other) - both)
    return made


def _pieces(text: str, shingle: int) -> frozenset[str]:
    return frozenset(text[start : start + shingle] for start in range(len(text) - shingle + 1))
