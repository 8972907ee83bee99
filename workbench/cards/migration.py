"""Another critic on the same answers: would the decisions be the same, and what would it cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from workbench import stats, words
from workbench.cards.card import price_of_verdicts
from workbench.comparison import compare
from workbench.comparison.scores import critic_scale
from workbench.errors import WorkbenchError
from workbench.labels.joined import finite
from workbench.printing import printed
from workbench.runs import Run
from workbench.stats.intervals import Floats
from workbench.stats.reliability import Agreement


@printed
@dataclass(frozen=True)
class Migration:
    """Two critics on one run: how far they agree, which verdicts flip, and what each decides."""

    run: Run = field(repr=False)
    old: str
    new: str
    agreement: Agreement  # of the new critic's pass or fail with the old one's
    flips: tuple[int, ...]  # rows that pass by one and fail by the other
    decisions: Mapping[str, tuple[str, str]]  # challenger -> by the old critic, by the new
    dollars_per_1000: tuple[float, float]  # verdicts, old and new; NaN when unknown
    sentence: str

    def __repr__(self) -> str:
        return f"Migration: {self.sentence}"


_NOTHING_COMMON = (
    "no row of this run has a score of both {!r} and {!r}: run it with both as critics"
)


def compare_critics(
    run: Run, old: str, new: str, *, baseline: str, margin: float = 0.02
) -> Migration:
    """Compare the decisions of two critics that judged the same run; a pass is the good half of a
    critic's scale.

    Which of them is right it does not know: `trust` of each says that.
    """
    decisions = _decisions(run, old, new, baseline, margin)
    was, now = (_passes(run, critic) for critic in (old, new))
    both = ~np.isnan(was + now)
    if not both.any():
        raise WorkbenchError(_NOTHING_COMMON.format(old, new))
    flips = np.flatnonzero(both & (was != now)).tolist()
    costs = price_of_verdicts(run, old), price_of_verdicts(run, new)
    flipped = _flipped(len(flips), both.sum())
    return Migration(
        run=run,
        old=old,
        new=new,
        agreement=stats.agreement(was[both], now[both]),
        flips=tuple(flips),
        decisions=decisions,
        dollars_per_1000=costs,
        sentence=f"From {old} to {new}: {flipped}; {_decided(decisions)}{_dearer(costs)}.",
    )


def _decisions(
    run: Run, old: str, new: str, baseline: str, margin: float
) -> dict[str, tuple[str, str]]:
    run.needed_open("a comparison of critics")
    was, now = (
        {
            each.challenger: each.decision
            for each in compare(run, critic, baseline=baseline, margin=margin).differences
        }
        for critic in (old, new)
    )
    return {challenger: (word, now[challenger]) for challenger, word in was.items()}


def _flipped(count: int, of: int) -> str:
    return f"{count:,} of {of:,} verdicts flip ({words.percent(count / of, 1)})"


def _decided(decisions: Mapping[str, tuple[str, str]]) -> str:
    changed = [challenger for challenger, (was, now) in decisions.items() if was != now]
    if not changed:
        return "every decision stays the same"
    return f"the decision changes for {words.listed(changed)}"


def _dearer(costs: tuple[float, float]) -> str:
    if any(map(math.isnan, costs)):
        return ""
    return f"; 1,000 verdicts cost {words.money(costs[1])} instead of {words.money(costs[0])}"


def _passes(run: Run, critic: str) -> Floats:
    """1 = pass, 0 = fail, NaN = unscored, per row."""
    run.needed_open("a comparison of critics")
    scores = finite(run.columns[critic])
    passed = critic_scale(run, critic).passes(scores).astype(float)
    return np.where(np.isnan(scores), math.nan, passed)
