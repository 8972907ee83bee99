"""A text as counts of its character runs and words, hashed into one table.

Lower case, white space collapsed, one blank at each end; runs of 3 to 5 characters by a rolling
hash over code points, words (`\\w+`) and pairs of them. The numbers of a file of golden texts hold
the hash to what trained weights mean.
"""

import re
import zlib
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
RUNS = (3, 4, 5)  # characters
_WORD = re.compile(r"\w+")
_STEP = np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(48)  # keeps the upper 16 bits

Numbers = NDArray[Any]


def counts(text: str) -> tuple[Numbers, Numbers]:
    """The buckets of a text and how much each weighs: 1 + log(count), of length 1 together."""
    found, times = np.unique(_hashed(text), return_counts=True)
    weights = 1 + np.log(times)
    return found, weights / np.sqrt(weights @ weights)


def _hashed(text: str) -> Numbers:
    """The bucket of each run and word, one after another."""
    plain = f" {' '.join(text.lower().split())} "
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    rolled, parts = codes, []
    for length in range(2, RUNS[-1] + 1):
        rolled = rolled[:-1] * _STEP + codes[length - 1 :]
        if length in RUNS:
            parts.append(rolled + np.uint64(length))
    words = [word.encode("utf-8", "surrogatepass") for word in _WORD.findall(plain)]
    words += [b"%b %b" % pair for pair in pairwise(words)]
    parts.append(np.array([zlib.crc32(word) for word in words], np.uint64))
    return (np.concatenate(parts) * _SPREAD) >> _SHIFT
