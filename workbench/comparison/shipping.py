"""Who wins, who may be the best, which prompt ships on the words of a comparison, and what else it
must hold (METHODS 4.2).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench import words
from workbench.comparison.evidence import Evidence
from workbench.comparison.latency import Seconds
from workbench.comparison.result import (
    Comparison,
    Difference,
    Guardrail,
    PairDifference,
    Ship,
    ShipKind,
    Variant,
)
from workbench.comparison.scores import Grid, Groups, Scores, per_example, read_scores
from workbench.comparison.sentences import whose
from workbench.errors import WorkbenchError
from workbench.meant import instead
from workbench.runs import Run
from workbench.stats.claiming import not_worse, reading
from workbench.stats.clustered import clustered_mean
from workbench.stats.intervals import Floats, Interval
from workbench.stats.scale import Scale

Prefer = Literal["best", "cheapest"]
COVERAGE = 0.8  # of the examples, that a guardrail must be known on
MOST_BARRED = 3  # prompts that may not ship, named in the text
RELATIVE = {
    "cost": ("cost",),
    "tokens": ("prompt_tokens", "completion_tokens"),
    "seconds": ("seconds",),
}


def winner(differences: Sequence[Difference], baseline: str) -> str | None:
    """The best challenger that is better; the baseline where all are worse; else nobody yet."""
    better = [each.challenger for each in differences if each.decision == "better"]
    all_worse = differences and all(each.decision == "worse" for each in differences)
    return better[0] if better else baseline if all_worse else None


def at_the_top(
    evidence: Evidence,
    variants: Sequence[Variant],
    differences: Sequence[Difference],
    pairs: Sequence[PairDifference],
) -> tuple[str, ...]:
    """The variants that may be the best, best first: nobody leaves but by a word or a sure pair.

    The baseline leaves only for one that is better, and a challenger that is inconclusive stays, so
    that no word contradicts the set.
    """
    word = {each.challenger: each.decision for each in differences}
    baseline = {evidence.deciding.name(evidence.base)}
    ahead = "better" in word.values()
    left = {name for name, said in word.items() if said == "worse"}
    if {each.decided_by for each in differences} != {"labels"}:
        left |= _beaten(evidence.deciding.scale, pairs)
    stays = {name for name, said in word.items() if said == "inconclusive"}
    left, stays = (left | baseline, stays) if ahead else (left, stays | baseline)
    return tuple(v.name for v in variants if v.name not in left or v.name in stays)


def _beaten(scale: Scale, pairs: Sequence[PairDifference]) -> set[str]:
    """The variants that another one surely beats."""
    by = [(pair, scale.turned(pair.interval)) for pair in pairs]
    worse = {pair.second for pair, interval in by if interval.high < 0}
    return worse | {pair.first for pair, interval in by if interval.low > 0}


def to_ship(
    choice: Comparison, evidence: Evidence, prefer: Prefer, guardrails: Mapping[str, float]
) -> Ship:
    """The prompt to ship, with its reason: of those that the word lets ship, the first that meets
    every guardrail.

    The look's tail is shared by the prompts that are asked, since any of them might ship.
    """
    reason, eager = _eager(choice)
    if not eager:
        return _staying(choice)
    guard = _Guard(choice, evidence, guardrails, evidence.rules.tail / len(eager))
    asked = tuple(each for name in eager for each in guard.all_of(name))
    failed = {each.variant for each in asked if not each.holds}
    barred = _barred(asked)
    if failed == set(eager):
        text = f"{choice.baseline} stays: {barred}"
        return Ship(choice.baseline, "guardrail", text, asked, barred)
    fit = [name for name in eager if name not in failed]
    name = _preferred(choice, fit, prefer) if reason == "better" else fit[0]
    return Ship(name, reason, f"{_says(choice, reason, name)} {barred}".rstrip(), asked, barred)


def _eager(choice: Comparison) -> tuple[ShipKind, list[str]]:
    """The challengers that may ship on the words, best (of ties: cheapest) first."""
    word = {each.challenger: each.decision for each in choice.differences}
    if better := [name for name, said in word.items() if said == "better"]:
        return "better", better
    if not set(word.values()) <= {"tie", "worse"}:
        return "need more", []
    cost = {variant.name: _cost(variant) for variant in choice.variants}
    tied = [name for name, said in word.items() if said == "tie"]
    known = not math.isinf(cost[choice.baseline])  # never cheaper than one that is not known
    cheaper = [name for name in tied if known and cost[name] < cost[choice.baseline]]
    return "tie, cheaper", sorted(cheaper, key=lambda name: cost[name])


def _staying(choice: Comparison) -> Ship:
    """The baseline, for want of a challenger that may ship."""
    base, said = choice.baseline, {each.decision for each in choice.differences}
    if any(each.cause == "two runs" for each in choice.differences):
        return Ship(base, "two runs", "Nothing ships on two runs: they explore.")
    if not said:
        return Ship(base, "only variant", f"{base} is the only variant.")
    if said <= {"tie", "worse"} and "tie" in said:
        tied = [each.challenger for each in choice.differences if each.decision == "tie"]
        return Ship(base, "tie", f"{base} stays: {words.listed(tied)} cost no less.")
    return _as_before(choice)


def _preferred(choice: Comparison, fit: Sequence[str], prefer: Prefer) -> str:
    """The best of those that are better, or the cheapest of those that none of them beats."""
    names = _candidates(choice, fit)
    if prefer == "best":
        return names[0]
    return min((v for v in choice.variants if v.name in names), key=_cost).name


def _says(choice: Comparison, reason: ShipKind, name: str) -> str:
    found = next(each for each in choice.differences if each.challenger == name)
    if reason == "better":
        return f"{name} is better than {choice.baseline}{whose(found)}."
    cost = {variant.name: variant.cost_per_1000 for variant in choice.variants}
    share = cost[name] / cost[choice.baseline]
    return f"{name} is a tie with {choice.baseline}, at {share:.2g} of its cost{whose(found)}."


def _barred(asked: Sequence[Guardrail]) -> str:
    """Which prompts may not ship, and what each does not meet."""
    failed: dict[str, list[str]] = {}
    for each in asked:
        if not each.holds:
            failed.setdefault(each.variant, []).append(each.text)
    said = [f"{name} {' '.join(texts)}" for name, texts in failed.items()]
    rest = len(said) - MOST_BARRED
    more = [f"{words.count(rest, 'other')} may not ship either."] if rest > 0 else []
    return " ".join([*said[:MOST_BARRED], *more])


def _candidates(choice: Comparison, better: Sequence[str]) -> list[str]:
    """Those of some better challengers that no other of them surely beats, best first."""
    among = [pair for pair in choice.pairs if {pair.first, pair.second} <= set(better)]
    beaten = _beaten(choice.scale, among)
    return [name for name in better if name not in beaten]


def _cost(variant: Variant) -> float:
    """Infinite where too little of it is known."""
    is_known = variant.unpriced <= (1 - COVERAGE) * variant.asked
    return variant.cost_per_1000 if is_known and variant.cost_per_1000 >= 0 else math.inf


def _as_before(choice: Comparison) -> Ship:
    """The baseline, with what the others could cost and gain."""
    said = {each.decision for each in choice.differences}
    if said == {"worse"}:
        return Ship(choice.baseline, "worse", f"{choice.baseline} stays: the others are worse.")
    reason = "need more" if "need more" in said else "inconclusive"
    open_words = ("need more", "inconclusive")
    parts = []
    for each in choice.differences:
        by = choice.scale.turned(each.interval)
        if each.decision in open_words and not math.isnan(by.low):
            parts.append(f"{each.challenger} could {_stakes(by)}")
    text = f"{choice.baseline} stays for now: {'; '.join(parts) or 'nothing is shown yet'}."
    return Ship(choice.baseline, reason, text)


def _stakes(by: Interval) -> str:
    if by.low >= 0:
        return f"gain {words.between(by.low, by.high)} points"
    if by.high <= 0:
        return f"cost {words.between(-by.high, -by.low)} points"
    return f"cost {words.points(-by.low)} points or gain {words.points(by.high)}"


@dataclass(frozen=True)
class _Guard:
    """What a prompt must not be worse in, against the baseline, by how much, and how surely."""

    choice: Comparison
    evidence: Evidence
    wanted: Mapping[str, float]
    tail: float

    def all_of(self, name: str) -> Iterator[Guardrail]:
        """What is found of one prompt."""
        for criterion, margin in self.wanted.items():
            found = self._relative if criterion in RELATIVE else self._by_critic
            yield found(name, criterion, margin)

    def _by_critic(self, name: str, critic: str, margin: float) -> Guardrail:
        """By another critic of the run: not worse by a share of its scale."""
        rows = _difference(read_scores(self.choice.run, critic), name, self.choice.baseline)
        enough, groups = (~np.isnan(rows)).mean() >= COVERAGE, self.evidence.rules.groups
        holds = not_worse(rows, margin, self.tail, groups) if enough else None
        by = Interval(*(float(each[0]) for each in reading(rows, self.tail, groups)[:3]))
        shown = words.difference(by)
        shown = "not known" if math.isnan(by.estimate) else shown
        text = _said(holds, critic, shown, words.points(margin))
        return Guardrail(name, critic, margin, by, holds, text)

    def _relative(self, name: str, what: str, margin: float) -> Guardrail:
        """Cost, tokens or seconds: the mean of new - (1 + margin) old is below 0 (Student's t, CR2
        in clusters); of seconds only what was measured side by side.
        """
        new, old = self._amounts(name, what)
        known = ~np.isnan(new - old)
        count = int(known.sum())
        groups = self.evidence.rules.groups
        groups = None if groups is None else groups[known]
        by, holds = _more(new[known], old[known], margin, self.tail, groups)
        holds = holds if count >= COVERAGE * len(known) else None
        shown = _change(by) if count else self._unknown(name, what)
        text = _said(holds, what, shown, words.percent(margin))
        return Guardrail(name, what, margin, by, holds, text + _unseen(count, holds))

    def _unknown(self, name: str, what: str) -> str:
        """Why nothing is known of it."""
        measured = Seconds.of(self.choice.run).answered(name, self.choice.baseline)
        return "not measured side by side" if what == "seconds" and measured else "not known"

    def _amounts(self, name: str, what: str) -> tuple[Floats, Floats]:
        """Means per example of a prompt and of the baseline; NaN where nothing is known."""
        run, base = self.choice.run, self.choice.baseline
        if what == "seconds":
            first, second = Seconds.of(run).side_by_side(name, base)
            return per_example(first), per_example(second)
        grid, scores = Grid.of(run), self.evidence.scores
        columns = [np.array(run.columns[column], dtype=float) for column in RELATIVE[what]]
        amounts = sum(np.where(column >= 0, column, math.nan) for column in columns)
        means = per_example(grid.filled(amounts, math.nan, float))
        return means[scores.index(name)], means[scores.index(base)]


def _difference(scores: Scores, name: str, baseline: str) -> Floats:
    """One variant minus another per example, as shares of the scale, failures at its bad end."""
    a, b = (scores.index(each) for each in (name, baseline))
    means = per_example(scores.failures_as_worst)
    return scores.scale.turned(means[a] - means[b])


def _change(by: Interval) -> str:
    """How much more, with its limits, as shares of what the baseline has."""
    if math.isnan(by.estimate):
        return "the baseline's is 0"
    return f"{_signed(by.estimate)} ({_signed(by.low)} to {_signed(by.high)})"


def _signed(share: float) -> str:
    if not math.isfinite(share):
        return "not known"
    sign = "+" if share > 0 else words.MINUS if share < 0 else ""
    return f"{sign}{words.percent(abs(share))}"


def _more(
    new: Floats, old: Floats, margin: float, tail: float, groups: Groups | None
) -> tuple[Interval, bool | None]:
    """How much more, as a share of the old mean, and whether surely by less than the margin."""
    if len(new) < 2:
        return Interval(math.nan, -math.inf, math.inf), None
    if not old.mean() > 0:  # free, as on one's own machine: so must the new one be
        return Interval(math.nan, -math.inf, math.inf), not new.any()
    excess = _t_interval(new - (1 + margin) * old, tail, groups)
    return _t_interval(new - old, tail, groups) / float(old.mean()), _below_zero(excess)


def _below_zero(excess: Interval) -> bool | None:
    return True if excess.high < 0 else False if excess.low > 0 else None


def _t_interval(values: Floats, tail: float, groups: Groups | None) -> Interval:
    found = clustered_mean(values, groups)
    return Interval(found.estimate, *found.limits(tail, tail))


def _said(holds: bool | None, what: str, shown: str, margin: str) -> str:
    word = "holds" if holds else "is not shown to hold" if holds is None else "fails"
    return f"{word} the guardrail {what} (margin {margin}): {shown}."


def _unseen(rows: int, holds: bool | None) -> str:
    """What rows need not show of an amount that has no known end, where a guardrail holds: by the
    rule of three, what no row does is done by 3 in n or fewer (at 95 %).
    """
    seldom = f"fewer than one answer in {rows // 3}" if rows >= 6 else "an answer now and then"
    does = f"what {seldom} does to it, such as one that runs on"
    return f" These {rows:,} rows need not show {does}." if holds else ""


def check_wishes(run: Run, guardrails: Mapping[str, float], prefer: str) -> None:
    """Refuse what nobody measures or offers, before anything is decided."""
    if prefer not in ("best", "cheapest"):
        raise ValueError(f"prefer is best or cheapest, not {prefer!r}")
    for name, margin in guardrails.items():
        if name not in RELATIVE and name not in run.meta.critics:
            known = instead(name, [*run.meta.critics, *RELATIVE], "use one of")
            raise WorkbenchError(f"no criterion {name!r} for a guardrail: {known}")
        if not 0 <= margin < 1:
            raise ValueError(f"the margin of guardrail {name!r} is a share from 0 to below 1")
