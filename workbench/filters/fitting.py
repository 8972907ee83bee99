"""Logistic regression on hashed texts, fitted in seconds: what Injection and Unsafe are made of."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np

from workbench.filters.features import BUCKETS, Numbers, counts
from workbench.filters.spans import MOST_READ, windows

STRENGTH = 10.0  # C: how much a row's loss counts against the size of the weights
MOST_STEPS = 200
MOST_TURNED = 5000  # rows of which a square table is made: 200 MB
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Linear:
    """A weight for each bucket, and a constant; a text's score is a log odds."""

    weights: Numbers
    constant: float

    def score(self, text: str) -> float:
        """The highest score of a text's windows."""
        return max(self.value(*counts(part)) for part in windows(text))

    def value(self, buckets: Numbers, weights: Numbers) -> float:
        """The score of a hashed text."""
        return float(self.weights[buckets] @ weights + self.constant)

    @cached_property
    def fingerprint(self) -> str:
        packed = self.weights.astype(np.float32).tobytes()
        return hashlib.blake2b(packed + repr(self.constant).encode(), digest_size=8).hexdigest()

    def save(self, file: Path | IO[bytes]) -> None:
        """Write the weights as whole numbers from -127 to 127 and what one of them stands for."""
        step = float(np.abs(self.weights).max()) / 127 or 1.0
        whole = np.round(self.weights / step).astype(np.int8)
        np.savez_compressed(file, weights=whole, step=step, constant=self.constant)

    @classmethod
    def load(cls, file: Path | IO[bytes]) -> "Linear":
        """What `save` wrote; plain numbers, and nothing that could run."""
        with np.load(file, allow_pickle=False) as kept:
            weights = kept["weights"].astype(np.float64) * float(kept["step"])
            return cls(weights, float(kept["constant"]))


Hashed = Sequence[tuple[Numbers, Numbers]]


def hashed(texts: Iterable[str]) -> Hashed:
    """Texts as buckets and weights."""
    return [counts(text[:MOST_READ]) for text in texts]


def fit(rows: Hashed, labels: Iterable[bool]) -> Linear:
    """The weights that tell rows labelled true from the others, both counting the same in all.

    Minimises `C sum(weight log(1 + exp(-y f))) + |w|^2 / 2` (L-BFGS), the constant not held down.
    """
    from scipy.optimize import minimize

    table, used = _table(rows)
    seen, back = _turned(table)
    signs = np.where(np.fromiter(labels, bool), 1.0, -1.0)
    begin, given = np.zeros(seen.shape[1] + 1), (seen, signs, _costs(signs))
    options = {"maxiter": MOST_STEPS}
    found = minimize(_loss, begin, given, jac=True, method="L-BFGS-B", options=options).x
    weights = np.zeros(BUCKETS)
    weights[used] = back(found[:-1])
    return Linear(weights, float(found[-1]))


def _costs(signs: Numbers) -> Numbers:
    """What each row's loss counts: rows of either kind the same together."""
    of_its_kind = np.where(signs > 0, (signs > 0).sum(), (signs < 0).sum())
    return STRENGTH * len(signs) / (2 * of_its_kind)


def _loss(point: Numbers, seen: Any, signs: Numbers, costs: Numbers) -> tuple[float, Numbers]:
    """What is minimised, and its slope; the constant is the last of the point."""
    weights, margins = point[:-1], signs * (seen @ point[:-1] + point[-1])
    slope = -costs * signs * np.exp(-np.logaddexp(0, margins))
    total = costs @ np.logaddexp(0, -margins) + weights @ weights / 2
    return total, np.append(seen.T @ slope + weights, slope.sum())


def _turned(table: Any) -> tuple[Any, Callable[[Numbers], Numbers]]:
    """Rows in as many dimensions as there are rows, at the same distances from each other, and the
    way back for weights: far fewer numbers to fit, and the same fit.
    """
    if table.shape[0] > MOST_TURNED:
        return table, lambda weights: weights
    from scipy.linalg import solve_triangular

    likeness = (table @ table.T).toarray()
    likeness[np.diag_indices_from(likeness)] += TINY  # rows may be the same
    lower = np.linalg.cholesky(likeness)
    return lower, lambda weights: table.T @ solve_triangular(lower.T, weights)


def _table(rows: Hashed) -> tuple[Any, Numbers]:
    """A sparse table of rows by the buckets that any of them uses, and these buckets."""
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    used, columns = np.unique(np.concatenate([each for each, _ in rows]), return_inverse=True)
    values = np.concatenate([values for _, values in rows])
    return csr_matrix((values, columns, ends), shape=(len(rows), len(used))), used
