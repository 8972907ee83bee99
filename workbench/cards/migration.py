"""Another critic on the same answers: would the decisions be the same, and what would it cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench import stats, words
from workbench.cards.card import price_of_verdicts
from workbench.comparison import compare
from workbench.errors import WorkbenchError
from workbench.labels.joined import finite
from workbench.runs import Run


@dataclass(frozen=True)
class Migration:
    """Two critics on one run: how far they agree, which verdicts flip, and what each decides."""

    run: Run = field(repr=False)
    old: str
    new: str
    agreement: Any  # stats.Agreement of the new critic's pass or fail with the old one's
    flips: tuple[int, ...]  # rows that pass by one and fail by the other
    decisions: Mapping[str, tuple[str, str]]  # challenger -> by the old critic, by the new
    dollars_per_1000: tuple[float, float]  # verdicts, old and new; NaN when unknown
    sentence: str

    def __repr__(self) -> str:
        return f"Migration: {self.sentence}"


def compare_critics(
    run: Run, old: str, new: str, *, baseline: str, margin: float = 0.02
) -> Migration:
    """Compare the decisions of two critics that judged the same run; a pass is the upper half of a
    critic's scale.
    """
    by = {critic: compare(run, critic, baseline=baseline, margin=margin) for critic in (old, new)}
    passes = {critic: _passes(run, critic) for critic in (old, new)}
    both = ~np.isnan(passes[old]) & ~np.isnan(passes[new])
    if not both.any():
        raise WorkbenchError(
            f"no row of this run has a score of both {old!r} and {new!r}: run it with both as critics"
        )
    flips = tuple(int(row) for row in np.flatnonzero(both & (passes[old] != passes[new])))
    decided = {
        critic: {d.challenger: d.decision for d in choice.differences}
        for critic, choice in by.items()
    }
    decisions = {
        challenger: (word, decided[new][challenger]) for challenger, word in decided[old].items()
    }
    changed = [challenger for challenger, (was, now) in decisions.items() if was != now]
    costs = (price_of_verdicts(run, old), price_of_verdicts(run, new))
    said = f"{len(flips):,} of {int(both.sum()):,} verdicts flip ({words.percent(len(flips) / both.sum(), 1)})"
    verdict = (
        f"the decision changes for {words.listed(changed)}"
        if changed
        else "every decision stays the same"
    )
    price = (
        ""
        if any(map(math.isnan, costs))
        else f"; 1,000 verdicts cost {words.money(costs[1])} instead of {words.money(costs[0])}"
    )
    return Migration(
        run=run,
        old=old,
        new=new,
        agreement=stats.agreement(passes[old][both], passes[new][both]),
        flips=flips,
        decisions=decisions,
        dollars_per_1000=costs,
        sentence=f"From {old} to {new}: {said}; {verdict}{price}.",
    )


def _passes(run: Run, critic: str) -> np.ndarray:
    """1 = pass, 0 = fail, NaN = unscored, per row."""
    scale = run.meta.critics[critic].scale
    scores = finite(run.columns[critic])
    passed = scale.passes(scores)
    return np.where(np.isnan(scores), math.nan, passed.astype(float))
