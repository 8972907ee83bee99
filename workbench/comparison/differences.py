"""One challenger against the baseline: the interval, the decision, and the words for it."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from workbench import stats
from workbench.comparison import sentences
from workbench.comparison.intervals import EQUAL, Rules, paired
from workbench.comparison.labelled import Labels
from workbench.comparison.result import Difference
from workbench.comparison.scores import Scores, per_example
from workbench.stats import Decision, Interval


@dataclass(frozen=True)
class Pair:
    """What is known of one variant minus another, on the critic's scale, and the word for it."""

    interval: Interval
    bottom: Interval  # with the variants' own failures at the bottom of the scale
    pairs: int  # examples that both have a score on
    corrected: bool  # by labels
    word: Decision
    dead: bool  # the word is inconclusive since the critic tells nothing apart


def compare_two(scores: Scores, a: int, b: int, rules: Rules, labels: Labels) -> Pair:
    """Variant `a` minus variant `b`, corrected by labels where there are enough."""
    first, second = per_example(scores.score[[a, b]])
    pairs, same = (
        int(np.sum(~np.isnan(first - second))),
        scores.identities[a] == scores.identities[b],
    )
    if pairs and same:  # one prompt on one model under two names: nothing to estimate
        interval, bottom, corrected = Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0), False
    else:
        interval, bottom, corrected = _intervals(scores, a, b, rules, labels)
    lost, of = missing(scores, a, b)
    word = Decision.INCONCLUSIVE
    if of - lost >= rules.coverage * of:
        word = decide(_shares(interval, scores), _shares(bottom, scores), rules.margin)
    dead = (
        scores.dead
        and not same
        and not corrected
        and word not in (Decision.WORSE, Decision.INCONCLUSIVE)
    )
    return Pair(interval, bottom, pairs, corrected, Decision.INCONCLUSIVE if dead else word, dead)


def _intervals(
    scores: Scores, a: int, b: int, rules: Rules, labels: Labels
) -> tuple[Interval, Interval, bool]:
    """The difference, the same with own failures at the bottom, and whether labels correct both."""
    level = rules.each_level(len(scores.variants))
    interval, bottom = (
        paired(*per_example(each[[a, b]]), level=level, rules=rules, scale=scores.scale)
        for each in (scores.score, scores.bottomed)
    )
    corrected = labels.difference(a, b, rules.spent(level), rules.groups)
    if corrected is None:
        return interval, bottom, False
    shift = bottom.estimate - interval.estimate
    return corrected, Interval(*(end + shift for end in corrected)), True


def _shares(interval: Interval, scores: Scores) -> sentences.Shares:
    return sentences.shares(interval, scores.scale[1] - scores.scale[0], scores.sign)


def decide(by: sentences.Shares, whole: sentences.Shares, margin: float) -> Decision:
    """The word for a difference: `by` on the answers that could be judged, `whole` with own
    failures as wrong.

    Worse is who is worse as a whole; better and tie must hold both ways. Where no answer of one
    side could be judged, `whole` alone decides, or nothing.
    """
    judged, of_all = (stats.decide(Interval(*each), margin) for each in (by, whole))
    if math.isnan(by[0]):
        return of_all if of_all in (Decision.BETTER, Decision.WORSE) else Decision.INCONCLUSIVE
    return of_all if of_all in (judged, Decision.WORSE) else Decision.NEED_MORE


def difference(
    scores: Scores, challenger: int, base: int, rules: Rules, labels: Labels, dollars: float
) -> Difference:
    """The challenger minus the baseline, decided by `rules`; `dollars` is what one more example
    costs.
    """
    pair = compare_two(scores, challenger, base, rules, labels)
    a, b = per_example(scores.score[[challenger, base]])
    one_look = not (pair.corrected or rules.sequential)
    found = Difference(
        challenger=scores.variants[challenger][0],
        baseline=scores.variants[base][0],
        interval=pair.interval,
        bottom=pair.bottom,
        pairs=pair.pairs,
        decision=pair.word.value,
        corrected=pair.corrected,
        more_examples=None,
        p_value=stats.paired_p_value(a, b, clusters=rules.groups) if one_look else math.nan,
        extremes=extremes(scores, challenger, base),
        sentence="",
    )
    if pair.dead:
        return replace(found, sentence=sentences.dead(found.challenger))
    if pair.word == Decision.INCONCLUSIVE:
        lost, of = missing(scores, challenger, base)
        why = first_cause(scores, challenger, base)
        return replace(
            found, sentence=sentences.inconclusive(found.challenger, lost, of, found.extremes, *why)
        )
    by, whole = (_shares(each, scores) for each in (pair.interval, pair.bottom))
    grounds = labels.shared(challenger, base, rules.groups) if pair.corrected else pair.pairs
    return in_words(found, pair.word, by, whole, rules, grounds, dollars)


def top_set(scores: Scores, base: int, rules: Rules, labels: Labels) -> set[str]:
    """The variants that may be the best: those not worse than another, by the rule and level of the
    differences.

    A challenger that is inconclusive stays, and the baseline leaves only for one that is better, so
    that no word about a challenger contradicts the set.
    """
    everyone = range(len(scores.variants))
    words = {
        (a, b): compare_two(scores, a, b, rules, labels).word for a, b in permutations(everyone, 2)
    }
    unknown = {a for (a, b), word in words.items() if b == base and word == Decision.INCONCLUSIVE}
    left = {a for (a, _), word in words.items() if word == Decision.WORSE and a not in unknown}
    ahead = any(words[c, base] == Decision.BETTER for c in everyone if c != base)
    left = left | {base} if ahead else left - {base}
    return {scores.variants[v][0] for v in everyone if v not in left}


def extremes(scores: Scores, challenger: int, base: int) -> tuple[float, float]:
    """The difference (as a share of the scale, more = better) with every missing score at its
    worst, at its best.
    """
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


def missing(scores: Scores, challenger: int, base: int) -> tuple[int, int]:
    """Examples without a score on either side, own failures aside, and of how many."""
    a, b = per_example(scores.bottomed[[challenger, base]])
    present = (scores.row[challenger] >= 0).any(axis=-1)
    return int((np.isnan(a - b) & present).sum()), int(present.sum())


def first_cause(scores: Scores, challenger: int, base: int) -> tuple[str, int, str]:
    """Why most rows of either side have no score, own failures aside: status, how many, the
    commonest words for it.
    """
    both, status, why = (
        each[[challenger, base]] for each in (scores.bottomed, scores.status, scores.why)
    )
    missing = np.isnan(both) & (status != "")
    causes = Counter("unscored" if each == "ok" else str(each) for each in status[missing])
    if not causes:
        return "", 0, ""
    (cause, count), *_ = causes.most_common()
    words = Counter(why[missing & (status == ("ok" if cause == "unscored" else cause))])
    return cause, count, words.most_common(1)[0][0]


def in_words(
    found: Difference,
    word: Decision,
    by: sentences.Shares,
    whole: sentences.Shares,
    rules: Rules,
    grounds: int,
    dollars: float,
) -> Difference:
    """`found` with its decision and the sentence for it; its width rests on so many (labelled)
    examples.
    """
    name, baseline, more = found.challenger, found.baseline, None
    judged = stats.decide(Interval(*by), rules.margin)
    failed = (
        judged != word and word != Decision.NEED_MORE
    )  # failures decided, and not the answers that could be judged
    shown = whole if failed else by
    if word == Decision.BETTER:
        said = sentences.better(name, baseline, shown, rules.level)
    elif word == Decision.WORSE:
        said = sentences.worse(name, baseline, shown, rules.level)
    elif word == Decision.TIE:
        said = sentences.tie(name, baseline, by, rules.margin)
    elif judged != word:
        said = sentences.failures_decide(name, by, whole)
    else:
        more = further(by, grounds, rules.margin)
        said = sentences.need_more(name, by, rules.margin, more, dollars, corrected=found.corrected)
    if failed:
        said += sentences.failures_count(name if word == Decision.WORSE else baseline)
    return replace(found, decision=word.value, more_examples=more, sentence=said)


def further(by: sentences.Shares, pairs: int, margin: float) -> int | None:
    """How many more examples would narrow `by` to the margin; None for no margin, and where the
    limits know nothing.
    """
    knows = by[2] - by[1] < 2 * (1 - EQUAL)
    return stats.more_examples(Interval(*by), pairs, margin) if margin and knows and pairs else None


def undecided(found: Difference, sentence: str) -> Difference:
    """`found` by a critic that may decide nothing."""
    return replace(found, decision="inconclusive", more_examples=None, sentence=sentence)
