"""What it cost to know: the runs that stages stand on, each once, over all of their askings."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.page import words
from workbench.runs import Run


@dataclass(frozen=True)
class Paid:
    """Calls that were made, and what they cost: US dollars, NaN where nothing of it is known;
    `unpriced` rows are not in it.
    """

    calls: int
    dollars: float
    unpriced: int = 0

    @classmethod
    def together(cls, runs: Iterable[Run], dollars: Iterable[float]) -> "Paid":
        """What runs took, each counted once, and what else was paid."""
        each = [_of(run) for run in {run.id: run for run in runs}.values()]
        known = [one for one in (*(paid.dollars for paid in each), *dollars) if one >= 0]
        total = sum(known) if known or not each else math.nan
        return cls(sum(one.calls for one in each), total, sum(one.unpriced for one in each))

    @property
    def sentence(self) -> str:
        """$0.24 for 1,046 calls. Empty where nobody was asked."""
        calls = f"{words.count(self.calls, 'call')}." if self.calls else ""
        if math.isnan(self.dollars):
            return f"{calls} What they cost is not known." if calls else ""
        if not self.dollars:
            return f"No money: {calls}" if calls else ""
        money = words.spending(self.dollars, self.unpriced)
        return f"{money} for {calls}" if calls else f"{money}."


def _of(run: Run) -> Paid:
    """Of all askings where the store knows them; else of this one."""
    kept = run.store.kept(run.id) if run.store else None
    if kept:
        return Paid(kept.calls, kept.cost, kept.unpriced)
    return Paid(run.counts["calls"], run.cost, run.unpriced)
