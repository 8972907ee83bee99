"""What an improvement spends, and whether its budget pays for the next step."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from workbench import words
from workbench.errors import BudgetError
from workbench.improving.improved import Purse
from workbench.runs import Run
from workbench.store import Store

ROOM = 1.1  # times what rows cost so far: what is put aside for rows to come
Whose = Literal["actor", "proposer"]


@dataclass
class Purses:
    """The runs that were paid, by whom; what the store knows of their cost outlives an
    interruption.
    """

    store: Store
    budget: float | None
    runs: dict[Whose, dict[str, Run]] = field(default_factory=lambda: {"actor": {}, "proposer": {}})

    def note(self, whose: Whose, run: Run) -> None:
        """A run was made."""
        self.runs[whose][run.id] = run

    def of(self, whose: Whose) -> Purse:
        """What one purse paid for; its dollars NaN where a price is not known."""
        runs = self.runs[whose].values()
        return Purse(sum(map(self._paid, runs)), sum(map(_sent, runs)))

    @property
    def left(self) -> float | None:
        """What may still be spent; None where there is no budget."""
        if self.budget is None:
            return None
        return max(0.0, self.budget - self.of("actor").dollars - self.of("proposer").dollars)

    def pays(self, rows: int) -> bool:
        """Whether the budget pays for a proposal more and so many rows, at what they cost so far;
        the limit itself is kept by each run.
        """
        left = self.left
        return left is None or left >= ROOM * (rows * self._dearest("actor") + self._proposal)

    def _dearest(self, whose: Whose) -> float:
        """The most that a row cost on average in any run so far."""
        return max(self._paid(run) / max(1, _sent(run)) for run in self.runs[whose].values())

    @property
    def _proposal(self) -> float:
        return self._dearest("proposer") if self.runs["proposer"] else 0.0

    def _paid(self, run: Run) -> float:
        kept = self.store.kept(run.id)
        unpriced = run.unpriced or (kept.unpriced if kept else 0)
        return math.nan if unpriced else self.store.spent(run.id)


def check_budget(budget: float | None, likely: Iterable[float]) -> None:
    """BudgetError where a budget does not pay for one honest step: the baseline and one new prompt
    on all parts, and one proposal. `likely` are their dollars, NaN where a price is not known.
    """
    needed = ROOM * sum(likely)
    if budget is not None and budget < needed:
        raise BudgetError(
            f"a budget of {words.money(budget)} does not pay for one step of an improvement: the "
            "prompt and one new one on rows to search, to select and to confirm on, and one "
            f"proposal, are about {words.money(_up(needed))}: give that much or more, or fewer "
            "examples"
        )


def _up(dollars: float) -> float:
    """Not less than it is once it is said with two digits, or in cents."""
    step = 0.01 if dollars >= 0.01 else 10 ** (math.floor(math.log10(dollars)) - 1)
    return math.ceil(dollars / step) * step


def _sent(run: Run) -> int:
    return sum(status != "unsent" for status in run.columns["status"])
