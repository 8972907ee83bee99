"""What happened around a comparison: rows that are left out of it, and answers of two sides that
lie apart.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from workbench.comparison.evidence import Evidence
from workbench.runs import Run
from workbench.stats.intervals import Interval
from workbench.stats.paired import Decision
from workbench.store.ledger import HASH_BYTES, Around

ASKED = 20  # rows of either side whose answers' times are looked up
DAYS_APART = 7.0  # from which answers are said to lie apart, as in the gate
DAY = 86_400.0


def left_out(run: Run, evidence: Evidence, around: Around) -> dict[int, int]:
    """For each challenger how many rows were answered before and are left out, where its own
    answers or the baseline's were there to be read when the rows of now were chosen.
    """
    count = max(len(around.left_out) // HASH_BYTES, _left_elsewhere(run))
    if not count or run.store is None:
        return {}
    cells = list(run.store.cells(run.id))
    old = [each["row"] for each in cells if each["at"] is not None and each["at"] < around.seen]
    rows = evidence.deciding.row
    known = {v for v, each in enumerate(rows) if not cells or np.isin(each, old).any()}
    return {c: count for c in evidence.challengers if known & {c, evidence.base}}


def _left_elsewhere(run: Run) -> int:
    """How many examples were answered before under other columns and are left out: of another run
    that has answers to half of these or more.
    """
    if run.store is None or not any(run.columns.get("cached", ())):
        return 0
    names, most = run.columns["example"], 0
    for count, rows in run.store.read_before(run.id):
        mine = len({names[row] for row in rows})
        most = max(most, count - mine) if 2 * mine >= len(run.examples) else most
    return most


def stands_on_all(said: Decision, shown: Interval, rows: int, left: int, margin: float) -> bool:
    """Whether a word of differences on some rows would stand with the worst that the rows left out
    could be: shares of the scale, from -1 to 1.
    """
    low = (rows * shown.low - left) / (rows + left)
    high = (rows * shown.high + left) / (rows + left)
    stands = {
        Decision.BETTER: low > 0,
        Decision.WORSE: high < 0,
        Decision.TIE: max(-low, high) <= margin,
    }
    return stands.get(said, True)


@dataclass(frozen=True)
class Apart:
    """A challenger whose answers lie `days` from the baseline's (0: hardly), or come of another
    version of the same model.
    """

    challenger: int
    days: float
    renamed: bool


def answers_apart(run: Run, evidence: Evidence) -> Iterator[Apart]:
    """Challengers whose answers a changed model could part from the baseline's; only where some
    came from the store: what one run asks, it asks side by side.
    """
    if run.store is None or not any(run.columns.get("cached", ())):
        return
    variants, base = evidence.scores.variants, _asked(run, evidence, evidence.base)
    for c in evidence.challengers:
        side = _asked(run, evidence, c)
        if base.known and side.known:
            days = abs(side.at - base.at) / DAY
            is_one = variants[c].model == variants[evidence.base].model
            renamed = is_one and "" not in (side.model, base.model) and side.model != base.model
            if days >= DAYS_APART or renamed:
                yield Apart(c, days if days >= DAYS_APART else 0.0, renamed)


@dataclass(frozen=True)
class _Asked:
    """When some of a variant's answers came, and what their endpoint called the model."""

    known: int
    at: float = 0.0
    model: str = ""


def _asked(run: Run, evidence: Evidence, variant: int) -> _Asked:
    rows = evidence.deciding.row[variant].ravel()
    rows = rows[rows >= 0]
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), ASKED)).astype(int)]
    store = run.needed_store("the age of answers")
    found = store.cells(run.id, some.tolist())
    answers = [each for each in found if each["completion"] is not None]
    if not answers:
        return _Asked(0)
    names = Counter(each["completion"].model for each in answers)
    commonest = max(names, key=lambda name: (names[name], name))
    return _Asked(len(answers), median(each["at"] for each in answers), commonest)
