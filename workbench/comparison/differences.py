"""One challenger against the baseline: the interval, the decision, and the words for it."""

import math
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from workbench import stats
from workbench.comparison import sentences
from workbench.comparison.labelled import Labels
from workbench.comparison.result import Difference
from workbench.comparison.scores import Scores, per_example
from workbench.errors import TooFewLabels
from workbench.stats import Interval

NOTHING = Interval(math.nan, math.nan, math.nan)
FEWEST_FOR_NORMAL = 30  # scores from which the asymptotic confidence sequence may be trusted


@dataclass(frozen=True)
class Rules:
    """How a comparison decides: see `compare`."""

    margin: float
    level: float
    coverage: float
    groups: np.ndarray | None  # per example: what belongs together
    sequential: bool = False  # these examples were looked at before: use the confidence sequence

    def each_level(self, variants: int) -> float:
        """The level of one interval so that those of all challengers hold at once (Bonferroni)."""
        return 1 - (1 - self.level) / max(variants - 1, 1)


def paired(a: np.ndarray, b: np.ndarray, level: float, rules: Rules, scale: tuple[float, float]) -> Interval:
    """The mean difference of two variants' scores per example; a NaN estimate where no example has both."""
    width = scale[1] - scale[0]
    if not rules.sequential:
        found = stats.paired_difference(a, b, level=level, clusters=rules.groups, bounds=scale)
        return found.clipped(-width, width)
    known = (a - b)[~np.isnan(a - b)]
    ends = (-width, width) if len(known) < FEWEST_FOR_NORMAL else None  # bounds always hold, and are far wider
    low, high = stats.confidence_sequence(known, alpha=1 - level, bounds=ends)
    return (
        Interval(float(known.mean()), float(low[-1]), float(high[-1])).clipped(-width, width) if len(known) else NOTHING
    )


def mean_score(means: np.ndarray, level: float, groups: np.ndarray | None) -> Interval:
    """The mean of scores per example: a rate where all are 0 or 1; NaN where none is scored."""
    scored = means[~np.isnan(means)]
    if not len(scored):
        return NOTHING
    of = stats.rate_interval if np.isin(scored, (0.0, 1.0)).all() else stats.mean_interval
    return of(means, level=level, clusters=groups)


def difference(scores: Scores, challenger: int, base: int, rules: Rules, labels: Labels, dollars: float) -> Difference:
    """The challenger minus the baseline, decided by `rules`; `dollars` is what one more example costs."""
    level = rules.each_level(len(scores.variants))
    a, b = per_example(scores.score)[[challenger, base]]
    worst_a, worst_b = per_example(scores.bottomed)[[challenger, base]]
    interval, bottom = (paired(*ab, level, rules, scores.scale) for ab in ((a, b), (worst_a, worst_b)))
    pairs, is_corrected = int(np.sum(~np.isnan(a - b))), False
    with suppress(TooFewLabels):
        corrected = labels.difference(challenger, base, level, rules.groups)
        shift = bottom.estimate - interval.estimate
        bottom = Interval(corrected.estimate + shift, corrected.low + shift, corrected.high + shift)
        interval, is_corrected = corrected, True
    if pairs and scores.identities[challenger] == scores.identities[base]:
        interval = bottom = Interval(0.0, 0.0, 0.0)  # the same prompt on the same model: nothing to estimate
    found = Difference(
        challenger=scores.variants[challenger][0], baseline=scores.variants[base][0], interval=interval, bottom=bottom,
        pairs=pairs, decision="", p_value=stats.paired_p_value(a, b, clusters=rules.groups), more_examples=None,
        corrected=is_corrected, extremes=extremes(scores, challenger, base), sentence="",
    )  # fmt: skip
    return decided(found, scores, challenger, base, rules, dollars)


def extremes(scores: Scores, challenger: int, base: int) -> tuple[float, float]:
    """The difference (as a share of the scale, more = better) with every missing score at its worst, at its best."""
    low, high = scores.scale[:: scores.sign]
    a, b = scores.bottomed[challenger], scores.bottomed[base]
    present = (scores.row[challenger] >= 0) & (scores.row[base] >= 0)
    if not present.any():
        return -1.0, 1.0
    ends = [
        float(np.mean((np.where(np.isnan(a), x, a) - np.where(np.isnan(b), y, b))[present]))
        for x, y in ((low, high), (high, low))
    ]
    return tuple(end / (high - low) for end in ends)  # pyright: ignore[reportReturnType]


def missing(scores: Scores, challenger: int, base: int) -> tuple[int, int, Counter[str]]:
    """Examples without a score on either side (own failures aside), of how many, and the causes by status."""
    a, b = per_example(scores.bottomed)[[challenger, base]]
    present = (scores.row[challenger] >= 0).any(axis=-1)
    lost = np.isnan(a - b) & present
    both = scores.status[[challenger, base]]
    status = both[np.isnan(scores.bottomed[[challenger, base]]) & (both != "")]
    return int(lost.sum()), int(present.sum()), Counter("unscored" if s == "ok" else str(s) for s in status)


def decided(found: Difference, scores: Scores, challenger: int, base: int, rules: Rules, dollars: float) -> Difference:
    """`found` with its decision and the words for it."""
    width, sign = scores.scale[1] - scores.scale[0], scores.sign
    by, bottom = (sentences.shares(i, width, sign) for i in (found.interval, found.bottom))
    lost, of, causes = missing(scores, challenger, base)
    name, baseline = found.challenger, found.baseline
    if math.isnan(by[0]) or of - lost < rules.coverage * of:
        said = sentences.inconclusive(name, lost, of, found.extremes, causes)
        return replace(found, decision="inconclusive", sentence=said)
    word = stats.decide(Interval(*by), rules.margin)
    worst = stats.decide(Interval(*bottom), rules.margin)
    if worst == "worse" and word != "worse":
        return replace(found, decision="worse", sentence=sentences.worse(name, baseline, bottom, rules.level) +
                       " Its malformed, truncated and filtered answers count as wrong.")  # fmt: skip
    if word == "better":
        if worst != "better":
            return replace(found, decision="need more", sentence=sentences.failures_decide(name, by, bottom))
        return replace(found, decision=word, sentence=sentences.better(name, baseline, by, rules.level))
    if word == "worse":
        return replace(found, decision=word, sentence=sentences.worse(name, baseline, by, rules.level))
    if word == "tie" and worst == "tie":
        return replace(found, decision=word, sentence=sentences.tie(name, baseline, by, rules.margin))
    if word == "tie":
        return replace(found, decision="need more", sentence=sentences.failures_decide(name, by, bottom))
    more = stats.more_examples(Interval(*by), found.pairs, rules.margin)
    said = sentences.need_more(name, by, rules.margin, more, dollars)
    return replace(found, decision="need more", more_examples=more, sentence=said)


def ignorant(found: Difference, gold: str) -> Difference:
    """`found` by a critic that knows nothing of `gold`: it decides nothing."""
    said = f"{found.challenger}: inconclusive. The critic cannot tell right answers from wrong ones by {gold}."
    return replace(found, decision="inconclusive", more_examples=None, sentence=said)
