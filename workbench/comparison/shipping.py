"""Which prompt to ship on the words of a comparison, and what else it must hold (METHODS 4.2)."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from workbench import words
from workbench.comparison.result import Comparison, Guardrail, Ship, Variant
from workbench.comparison.scores import Scores, per_example, read_scores, tag_values
from workbench.errors import WorkbenchError
from workbench.runs import Run
from workbench.stats.claiming import not_worse, reading
from workbench.stats.intervals import Floats, Interval

Prefer = Literal["best", "cheapest"]
COVERAGE = 0.8  # of the examples, that a guardrail must be known on
RELATIVE = {
    "cost": ("cost",),
    "tokens": ("prompt_tokens", "completion_tokens"),
    "seconds": ("seconds",),
}


def to_ship(
    choice: Comparison,
    prefer: Prefer,
    guardrails: Mapping[str, float],
    tail: float,
    cluster: str | None,
) -> Ship:
    """The prompt to ship, with its reason; one that fails a guardrail does not."""
    wanted = _wanted(choice, prefer)
    if wanted.name == choice.baseline or not guardrails:
        return wanted
    found = tuple(_guardrails(choice, wanted.name, guardrails, tail, cluster))
    failed = [each for each in found if not each.holds]
    if not failed:
        return Ship(wanted.name, wanted.reason, wanted.text, found)
    text = f"{choice.baseline} stays: {wanted.name} {' '.join(each.text for each in failed)}"
    return Ship(choice.baseline, "guardrail", text, found)


def _wanted(choice: Comparison, prefer: Prefer) -> Ship:
    variants = {variant.name: variant for variant in choice.variants}
    better = [variants[name] for name in _candidates(choice)]
    if better:
        best = min(better, key=_cost) if prefer == "cheapest" else better[0]
        return Ship(best.name, "better", f"{best.name} is better than {choice.baseline}.")
    lead = choice.lead
    if lead is None:
        return Ship(choice.baseline, "only variant", f"{choice.baseline} is the only variant.")
    said = {each.decision for each in choice.differences}
    if said <= {"tie", "worse"} and "tie" in said:
        return _tied(choice, variants)
    return _as_before(choice)


def _candidates(choice: Comparison) -> list[str]:
    """The challengers called better that no other better one surely beats, best first."""
    better = [each.challenger for each in choice.differences if each.decision == "better"]
    beaten = set()
    for pair in choice.pairs:
        by = choice.scale.turned(pair.interval)
        if by.low > 0 and pair.second in better:
            beaten.add(pair.first)
        if by.high < 0 and pair.first in better:
            beaten.add(pair.second)
    return [name for name in better if name not in beaten]


def _cost(variant: Variant) -> float:
    """Infinite where too little of it is known."""
    is_known = variant.unpriced <= (1 - COVERAGE) * variant.asked
    return variant.cost_per_1000 if is_known and variant.cost_per_1000 >= 0 else math.inf


def _tied(choice: Comparison, variants: Mapping[str, Variant]) -> Ship:
    tied = [each.challenger for each in choice.differences if each.decision == "tie"]
    base = variants[choice.baseline]
    cheapest = min((variants[name] for name in tied), key=_cost)
    if _cost(cheapest) < _cost(base) < math.inf:  # never where one is not known
        share = cheapest.cost_per_1000 / base.cost_per_1000
        text = f"{cheapest.name} is a tie with {base.name}, at {share:.2g} of its cost."
        return Ship(cheapest.name, "tie, cheaper", text)
    return Ship(base.name, "tie", f"{base.name} stays: {words.listed(tied)} cost no less.")


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


def _guardrails(
    choice: Comparison, name: str, wanted: Mapping[str, float], tail: float, cluster: str | None
) -> Iterator[Guardrail]:
    for criterion, margin in wanted.items():
        if criterion in RELATIVE:
            yield _relative(choice, name, criterion, margin, tail)
        else:
            yield _by_critic(choice, name, criterion, margin, tail, cluster)


def _by_critic(
    choice: Comparison, name: str, critic: str, margin: float, tail: float, cluster: str | None
) -> Guardrail:
    """By another critic of the run: not worse by a share of its scale."""
    scores = read_scores(choice.run, critic)
    groups = None if cluster is None else tag_values(choice.run, scores, cluster)
    rows = _difference(scores, name, choice.baseline)
    enough = (~np.isnan(rows)).mean() >= COVERAGE
    holds = not_worse(rows, margin, tail, groups) if enough else None
    by = Interval(*(float(each[0]) for each in reading(rows, tail, groups)[:3]))
    shown = f"{words.signed(by.estimate)} points ({words.between(by.low, by.high)})"
    return Guardrail(critic, margin, by, holds, _said(holds, critic, shown, words.points(margin)))


def _difference(scores: Scores, name: str, baseline: str) -> Floats:
    """One variant minus another per example, as shares of the scale, failures at its bad end."""
    a, b = (scores.index(each) for each in (name, baseline))
    means = per_example(scores.failures_as_worst)
    return scores.scale.turned(means[a] - means[b])


def _relative(choice: Comparison, name: str, what: str, margin: float, tail: float) -> Guardrail:
    """Cost, tokens or seconds: the mean of new - (1 + margin) old is below 0 (Student's t)."""
    new, old = (_amounts(choice.run, each, what) for each in (name, choice.baseline))
    known = ~np.isnan(new - old)
    by, holds = _more(new[known], old[known], margin, tail)
    holds = holds if known.sum() >= COVERAGE * len(known) else None
    ends = f"{_signed(by.low)} to {_signed(by.high)}"
    text = f"{_signed(by.estimate)} ({ends})" if known.any() else "not known"
    return Guardrail(what, margin, by, holds, _said(holds, what, text, words.percent(margin)))


def _signed(share: float) -> str:
    if not math.isfinite(share):
        return "not known"
    sign = "+" if share > 0 else words.MINUS if share < 0 else ""
    return f"{sign}{words.percent(abs(share))}"


def _more(new: Floats, old: Floats, margin: float, tail: float) -> tuple[Interval, bool | None]:
    """How much more, as a share of the old mean, and whether surely by less than the margin."""
    if len(new) < 2 or not old.mean() > 0:
        return Interval(math.nan, -math.inf, math.inf), None
    excess = _t_interval(new - (1 + margin) * old, tail)
    return _t_interval(new - old, tail) / float(old.mean()), _below_zero(excess)


def _below_zero(excess: Interval) -> bool | None:
    return True if excess.high < 0 else False if excess.low > 0 else None


def _t_interval(values: Floats, tail: float) -> Interval:
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    half, mean = -float(stdtrit(len(values) - 1, tail)) * error, float(values.mean())
    return Interval(mean, mean - half, mean + half)


def _amounts(run: Run, variant: str, what: str) -> Floats:
    """A variant's mean per example, in the run's order of examples; NaN where nothing is known."""
    by_example: dict[str, list[float]] = {each.id: [] for each in run.examples}
    for row in run.rows(variant):
        values = [float(run.columns[name][row]) for name in RELATIVE[what]]
        if all(value >= 0 for value in values):
            by_example[run.columns["example"][row]].append(sum(values))
    return np.array([np.mean(v) if v else math.nan for v in by_example.values()], dtype=float)


def _said(holds: bool | None, what: str, shown: str, margin: str) -> str:
    word = "holds" if holds else "is not shown to hold" if holds is None else "fails"
    return f"{word} the guardrail {what} (margin {margin}): {shown}."


def check_wishes(run: Run, guardrails: Mapping[str, float], prefer: str) -> None:
    """Refuse what nobody measures or offers, before anything is decided."""
    if prefer not in ("best", "cheapest"):
        raise ValueError(f"prefer is best or cheapest, not {prefer!r}")
    for name, margin in guardrails.items():
        if name not in RELATIVE and name not in run.meta.critics:
            known = ", ".join([*run.meta.critics, *RELATIVE])
            raise WorkbenchError(f"no criterion {name!r} for a guardrail: use one of {known}")
        if not 0 <= margin < 1:
            raise ValueError(f"the margin of guardrail {name!r} is a share from 0 to below 1")
