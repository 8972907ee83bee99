"""One variant against another: the interval, the decision and its cause; on all examples, and on
those of a tag.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from workbench.comparison import sentences
from workbench.comparison.result import Cause, Difference, Slice
from workbench.comparison.scores import NOTHING, Groups, Labels, Scores, per_example, tag_values
from workbench.comparison.sentences import Missing
from workbench.runs import Run
from workbench.stats.intervals import Floats, Interval
from workbench.stats.paired import (
    Decision,
    decide,
    each_level,
    missing_bounds,
    more_examples,
    paired_difference,
    paired_p_value,
)
from workbench.stats.scale import ROUNDING, Scale
from workbench.stats.sequential import confidence_sequence

# examples or clusters from which the asymptotic confidence sequence may be trusted
FEWEST_FOR_NORMAL = 30
FEWEST = 10  # examples of a slice; below, its interval says nothing
SAME = Interval(0.0, 0.0, 0.0)
_BY_INTERVAL: dict[Decision, Cause] = {
    Decision.BETTER: "interval above zero",
    Decision.WORSE: "interval below zero",
    Decision.TIE: "inside the margin",
    Decision.NEED_MORE: "wide interval",
}


@dataclass(frozen=True)
class Rules:
    """How a comparison decides: see `compare`."""

    margin: float
    level: float
    coverage: float
    groups: Groups | None
    look: int | None = 1  # which look at these examples as they grow; None: one of any number

    @property
    def sequential(self) -> bool:
        return self.look != 1

    def each_level(self, variants: int) -> float:
        """The level of one interval so that those of all challengers hold at once."""
        return each_level(self.level, variants - 1)

    def spent(self, level: float) -> float:
        """The level of an interval that knows nothing of looks: from the second look on, 1 - (1 -
        level) 6/(pi² k²).

        All later looks together add at most .39 of the first one's error to it, however many there
        are (union bound).
        """
        return 1 - (1 - level) * self.share

    @property
    def share(self) -> float:
        """The share of the error that an interval which knows nothing of looks may spend at this
        one.
        """
        return 6 / (math.pi * self.look) ** 2 if self.look and self.look > 1 else 1.0

    @property
    def few_groups(self) -> bool:
        return self.groups is not None and len(set(self.groups.tolist())) < FEWEST_FOR_NORMAL


def paired(a: Floats, b: Floats, level: float, rules: Rules, scale: Scale) -> Interval:
    """The mean difference of two variants' scores per example; a NaN estimate where no example has
    both.

    At a later look: the asymptotic confidence sequence over examples, or over clusters in order of
    arrival. With fewer than 30 of them, or where all are equal: clustered t at the level this look
    may spend; without clusters the empirical Bernstein sequence, whose bounds always hold. That one
    is not used throughout, though the scale is known: at 50, 100, 200 and 400 examples it is 1.3 to
    2.5, 1.1 to 2.0, 1.05 to 1.5 and 1.04 to 1.2 times as wide (0/1, P(yes), ratings), while at the
    second to fourth look the asymptotic one misses .001 to .005, and .01 to .04 for differences of
    -4 in 2 % and +1 in 8 % of examples, where the first look's t misses .08 to .12.
    """
    width, groups, spent = scale.width, rules.groups, rules.spent(level)
    values = in_order(a - b, groups)
    short = len(values) < FEWEST_FOR_NORMAL or np.ptp(values) <= ROUNDING * width
    if not rules.sequential or (short and groups is not None):
        found = paired_difference(a, b, level=spent, clusters=groups, bounds=scale.ends)
    elif len(values):
        bounds = (-width, width) if short else None
        low, high = confidence_sequence(values, alpha=1 - level, bounds=bounds)
        found = Interval(float(values.mean()), float(low[-1]), float(high[-1]))
    else:
        return NOTHING
    return found.clipped(-width, width)


def in_order(difference: Floats, groups: Groups | None) -> Floats:
    """One value per example that has a difference, or per cluster, in order of arrival; their mean
    is the mean.

    A cluster's value is the mean + G/n times the sum of its differences from it: these spread as
    the clustered mean.
    """
    known = ~np.isnan(difference)
    values = difference[known]
    if groups is None or not len(values):
        return values
    _, first, codes = np.unique(groups[known], return_index=True, return_inverse=True)
    sums = np.bincount(codes, values - values.mean())[np.argsort(first)]
    return values.mean() + sums * len(sums) / len(values)


@dataclass(frozen=True)
class Evidence:
    """What a comparison decides from: a critic's scores, people's labels, baseline and rules."""

    scores: Scores
    labels: Labels
    rules: Rules
    base: int

    @property
    def challengers(self) -> list[int]:
        return [v for v in range(len(self.scores.variants)) if v != self.base]


@dataclass(frozen=True)
class Pair:
    """What is known of one variant minus another, on the critic's scale, and the word for it."""

    interval: Interval
    bottom: Interval  # with the variants' own failures at the bad end of the scale
    corrected: bool  # by labels
    word: Decision
    cause: Cause


def compare_two(evidence: Evidence, a: int, b: int) -> Pair:
    """Variant `a` minus variant `b`, corrected by labels where there are enough."""
    scores, rules = evidence.scores, evidence.rules
    interval, bottom, corrected = _intervals(evidence, a, b)
    lost, of = missing(scores, a, b)
    word, cause = Decision.INCONCLUSIVE, "too few scored"
    if of - lost >= rules.coverage * of:
        by, whole = scores.scale.turned(interval), scores.scale.turned(bottom)
        word, cause = conclude(by, whole, rules.margin, any_missing=lost > 0)
    tells = corrected or scores.same(a, b) or word in (Decision.WORSE, Decision.INCONCLUSIVE)
    if scores.constant_critic and not tells:
        word, cause = Decision.INCONCLUSIVE, "constant critic"
    return Pair(interval, bottom, corrected, word, cause)


def _pairs(scores: Scores, a: int, b: int) -> int:
    """Examples that both have a score on."""
    first, second = per_example(scores.score[[a, b]])
    return int(np.sum(~np.isnan(first - second)))


def _intervals(evidence: Evidence, a: int, b: int) -> tuple[Interval, Interval, bool]:
    """The difference, the same with own failures as the worst, and whether labels correct both."""
    scores, rules = evidence.scores, evidence.rules
    if scores.same(a, b) and _pairs(scores, a, b):  # nothing to estimate
        return SAME, SAME, False
    level = rules.each_level(len(scores.variants))
    interval, bottom = (
        paired(*per_example(each[[a, b]]), level=level, rules=rules, scale=scores.scale)
        for each in (scores.score, scores.failures_as_worst)
    )
    corrected = evidence.labels.difference(a, b, rules.spent(level), rules.groups)
    if corrected is None:
        return interval, bottom, False
    return corrected, corrected - (interval.estimate - bottom.estimate), True


def conclude(
    by: Interval, whole: Interval, margin: float, *, any_missing: bool
) -> tuple[Decision, Cause]:
    """The word for a difference: `by` on the answers that could be judged, `whole` with own
    failures as wrong; shares of the scale, more = better.

    Worse is who is worse as a whole; better and tie must hold both ways. Where no answer of one
    side could be judged, `whole` alone decides, or nothing.
    """
    judged, of_all = (decide(each, margin) for each in (by, whole))
    if math.isnan(by.estimate):
        if of_all in (Decision.BETTER, Decision.WORSE):
            return of_all, "failures decide"
        return Decision.INCONCLUSIVE, "too few scored" if any_missing else "no common score"
    if of_all == judged:
        return judged, _BY_INTERVAL[judged]
    if of_all == Decision.WORSE:
        return of_all, "failures decide"
    wide = judged == Decision.NEED_MORE
    return Decision.NEED_MORE, "wide interval" if wide else "failures disagree"


def difference(evidence: Evidence, challenger: int, dollars: float) -> Difference:
    """The challenger minus the baseline; `dollars` is what one more example costs."""
    scores, rules, base = evidence.scores, evidence.rules, evidence.base
    pair = compare_two(evidence, challenger, base)
    found = Difference(
        challenger=scores.name(challenger),
        baseline=scores.name(base),
        interval=pair.interval,
        bottom=pair.bottom,
        pairs=_pairs(scores, challenger, base),
        decision=pair.word.value,
        cause=pair.cause,
        corrected=pair.corrected,
        more_examples=_further(evidence, challenger, pair),
        p_value=_p_value(evidence, challenger, pair.corrected),
        extremes=extremes(scores, challenger, base),
        sentence="",
    )
    why = first_missing(scores, challenger, base)
    text = sentences.difference(found, scores.scale, rules.level, rules.margin, dollars, why)
    return replace(found, sentence=text)


def _p_value(evidence: Evidence, challenger: int, corrected: bool) -> float:
    """That of the critic's scores, where this is the one look at them."""
    if corrected or evidence.rules.sequential:
        return math.nan
    a, b = per_example(evidence.scores.score[[challenger, evidence.base]])
    return paired_p_value(a, b, clusters=evidence.rules.groups)


def _further(evidence: Evidence, challenger: int, pair: Pair) -> int | None:
    """How many more (labelled) examples would narrow the interval to the margin; None for no
    margin, for another cause than width, and where the limits know nothing.
    """
    scores, margin, base = evidence.scores, evidence.rules.margin, evidence.base
    by = scores.scale.turned(pair.interval)
    if pair.cause != "wide interval" or not margin or by.high - by.low >= 2 * (1 - ROUNDING):
        return None
    labelled = evidence.labels.shared(challenger, base, evidence.rules.groups)
    count = labelled if pair.corrected else _pairs(scores, challenger, base)
    return more_examples(by, count, margin) if count else None


def top_set(evidence: Evidence) -> set[str]:
    """The variants that may be the best: those not worse than another, by the rule and level of the
    differences.

    A challenger that is inconclusive stays, and the baseline leaves only for one that is better, so
    that no word about a challenger contradicts the set.
    """
    scores, base = evidence.scores, evidence.base
    everyone = range(len(scores.variants))
    words = {(a, b): compare_two(evidence, a, b).word for a, b in permutations(everyone, 2)}
    unknown = {a for (a, b), word in words.items() if b == base and word == Decision.INCONCLUSIVE}
    left = {a for (a, _), word in words.items() if word == Decision.WORSE and a not in unknown}
    ahead = any(words[c, base] == Decision.BETTER for c in evidence.challengers)
    left = left | {base} if ahead else left - {base}
    return {scores.name(v) for v in everyone if v not in left}


def extremes(scores: Scores, challenger: int, base: int) -> tuple[float, float]:
    """The difference (as a share of the scale, more = better) with every missing score at its
    worst, at its best.
    """
    a, b = scores.failures_as_worst[challenger], scores.failures_as_worst[base]
    present = (scores.row[challenger] >= 0) & (scores.row[base] >= 0)
    bounds = scores.scale.turned(missing_bounds(a[present], b[present], scores.scale.ends))
    return bounds.low, bounds.high


def missing(scores: Scores, challenger: int, base: int) -> tuple[int, int]:
    """Examples without a score on either side, own failures aside, and of how many."""
    a, b = per_example(scores.failures_as_worst[[challenger, base]])
    present = (scores.row[challenger] >= 0).any(axis=-1)
    return int((np.isnan(a - b) & present).sum()), int(present.sum())


def first_missing(scores: Scores, challenger: int, base: int) -> Missing:
    """How many examples lack a score, and why most rows of them do, own failures aside."""
    lost = missing(scores, challenger, base)
    both, status, why = (
        each[[challenger, base]] for each in (scores.failures_as_worst, scores.status, scores.why)
    )
    lacking = np.isnan(both) & (status != "")
    causes = Counter("unscored" if each == "ok" else str(each) for each in status[lacking])
    if not causes:
        return Missing(*lost)
    (cause, count), *_ = causes.most_common()
    texts = Counter(why[lacking & (status == ("ok" if cause == "unscored" else cause))])
    return Missing(*lost, cause, count, texts.most_common(1)[0][0])


def compare_slices(run: Run, evidence: Evidence) -> tuple[Slice, ...]:
    """Every challenger on every tag value with enough examples, as the critic scores them.

    An alarm is a slice whose interval, holding for all slices at once (Bonferroni), lies on the
    worse side of zero while the challenger's mean is no worse.
    """
    parts = list(_parts(run, evidence.scores))
    means = per_example(evidence.scores.score)
    at_once = each_level(evidence.rules.level, len(parts) * len(evidence.challengers))
    return tuple(
        _slice(evidence, means, c, part, at_once)
        for c in evidence.challengers
        for part in parts
        if (part.examples & ~np.isnan(means[c] - means[evidence.base])).sum() >= FEWEST
    )


@dataclass(frozen=True)
class _Part:
    """The examples with one value of a tag."""

    tag: str
    value: str
    examples: NDArray[np.bool_]


def _slice(evidence: Evidence, means: Floats, c: int, part: _Part, at_once: float) -> Slice:
    """Challenger `c` on a part of the examples."""
    scores, rules, base = evidence.scores, evidence.rules, evidence.base
    each, every = (_on_part(evidence, means, c, part, level) for level in (rules.level, at_once))
    difference = means[c] - means[base]
    both = part.examples & ~np.isnan(difference)
    rose = scores.scale.turned(float(np.nanmean(difference))) >= 0
    return Slice(
        tag=part.tag,
        value=part.value,
        challenger=scores.name(c),
        n=int(both.sum()),
        each=each,
        interval=every,
        alarm=bool(rose and scores.scale.turned(every).high < 0),
        score=float(means[c][both].mean()),
        baseline_score=float(means[base][both].mean()),
    )


def _on_part(evidence: Evidence, means: Floats, c: int, part: _Part, level: float) -> Interval:
    rules, chosen = evidence.rules, part.examples
    own = replace(rules, groups=None if rules.groups is None else rules.groups[chosen])
    a, b = means[c][chosen], means[evidence.base][chosen]
    return paired(a, b, level, own, evidence.scores.scale)


def _parts(run: Run, scores: Scores) -> Iterator[_Part]:
    """The values of every tag that parts the examples."""
    for tag in run.columns:
        if not tag.startswith("tag."):
            continue
        values = tag_values(run, scores, tag.removeprefix("tag."))
        present = sorted(set(values.tolist()) - {""})
        if len(present) > 1:
            for value in present:
                yield _Part(tag.removeprefix("tag."), value, values == value)
