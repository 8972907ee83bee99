"""The word for every challenger: who decides, what the rows show, and what speaks against it.

METHODS 4.1, 4.2, 4.6 and 4.8. Differences are shares of the deciding scale, turned so that above 0
is better, until they are shown.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import replace

import numpy as np

from workbench.comparison.around import stands_on_all
from workbench.comparison.evidence import Evidence
from workbench.comparison.further import further
from workbench.comparison.lacking import denied, undermined
from workbench.comparison.result import Cause, Difference
from workbench.comparison.schedule import MOST_CRITICS
from workbench.comparison.scores import Scores, per_example
from workbench.comparison.sentences import Missing
from workbench.errors import TooFewLabels
from workbench.stats.claiming import Claim, Reading, claims_from, pair_intervals, reading
from workbench.stats.contradicting import canary_blocks, contradiction
from workbench.stats.correction import CorrectedShare, corrected_share
from workbench.stats.intervals import Floats, Interval
from workbench.stats.paired import Decision, missing_bounds

_NO_LOOK: dict[str, Cause] = {
    "not due": "not due",
    "ended": "looks ended",
    "opened": "held rows opened",
}
SAME = Interval(0.0, 0.0, 0.0)  # of one prompt on one model under two names
_DIFFERS = (Decision.BETTER, Decision.WORSE)
_SAYS: dict[Decision, Cause] = {
    Decision.BETTER: "interval above zero",
    Decision.WORSE: "interval below zero",
    Decision.TIE: "inside the margin",
    Decision.NEED_MORE: "wide interval",
}


def decide_all(evidence: Evidence) -> dict[int, Difference]:
    """Every challenger against the baseline, all words holding at once; no sentence yet."""
    chosen = evidence.challengers
    if not chosen:
        return {}
    found, rules = _readings(evidence, chosen), evidence.rules
    covered = [_coverage(evidence.deciding, c, evidence.base) for c in chosen]
    given = {"margin": rules.margin, "tail": rules.tail, "others": rules.look.open_before}
    enough = np.where(np.array(covered) >= rules.coverage, 1.0, 0.0)
    claims = claims_from(*found, coverage=enough, **given)
    judged = claims_from(found[1], found[1], coverage=enough, **given)
    readings = zip(chosen, claims, judged, *map(_rows, found), strict=True)
    return further(evidence, {c: _difference(evidence, c, *each) for c, *each in readings})


def _readings(evidence: Evidence, chosen: list[int]) -> tuple[Reading, Reading]:
    """With the variants' own failures as the worst, and on what could be judged."""
    groups, rules = evidence.rules.groups, evidence.rules
    both = tuple(
        reading(rows[chosen], rules.tail, groups, evidence.among)
        for rows in (evidence.with_failures, _judged_or_failed(evidence))
    )
    labelled = {i: c for i, c in enumerate(chosen) if evidence.decider(c) == "labels"}
    for i, c in labelled.items():
        row = _by_people(evidence, c)
        both = tuple(Reading(*_placed(each, i, row)) for each in both)
    return both[0], both[1]


def _judged_or_failed(evidence: Evidence) -> Floats:
    """What could be judged; where nothing of one side could, its failures alone say something."""
    nothing = np.isnan(evidence.judged).all(axis=1, keepdims=True)
    return np.where(nothing, evidence.with_failures, evidence.judged)


def _placed(found: Reading, index: int, row: Reading) -> list[Floats]:
    """A reading with one challenger's row replaced."""
    columns = [np.array(column, dtype=float) for column in found]
    for column, value in zip(columns, row, strict=True):
        column[index] = value
    return columns


def _by_people(evidence: Evidence, challenger: int) -> Reading:
    found = corrected_by_people(evidence, challenger)
    low, high = found.limits(evidence.rules.tail / evidence.among)
    limits = (max(low, -1.0), min(high, 1.0))
    return Reading(found.estimate, *limits, found.p_at_most(0), found.p_at_least(0))  # pyright: ignore[reportArgumentType]


def corrected_by_people(evidence: Evidence, challenger: int) -> CorrectedShare:
    """The corrected difference, the variants' failures among what is corrected."""
    labels, pair = evidence.labels, (challenger, evidence.base)
    people, critic = (
        evidence.scores.scale.turned(first - second)
        for first, second in (labels.pair(*pair), labels.scores_with_failures[[*pair]])
    )
    known = ~np.isnan(people)
    groups = evidence.rules.groups
    return corrected_share(
        people[known],
        critic[known],
        critic[~known & ~np.isnan(critic)],
        clusters=None if groups is None else groups[known],
    )


def peoples_line(evidence: Evidence, challenger: int) -> Interval | None:
    """What labels say of a challenger, as shares of the scale; None where too few groups do."""
    with suppress(TooFewLabels):
        found = _by_people(evidence, challenger)
        return Interval(*(float(each) for each in found[:3]))
    return None


def critics_line(evidence: Evidence, challenger: int) -> Interval:
    """What the critic alone says of a challenger, as shares of the scale."""
    rows = evidence.judged[[challenger]]
    found = reading(rows, evidence.rules.tail, evidence.rules.groups, evidence.among)
    return _rows(found)[0]


def _rows(found: Reading) -> list[Interval]:
    limits = zip(found.estimate, found.low, found.high, strict=True)
    return [Interval(*map(float, each)) for each in limits]


def _difference(
    evidence: Evidence,
    challenger: int,
    claim: Claim,
    judged: Claim,
    whole: Interval,
    part: Interval,
) -> Difference:
    scores, base = evidence.deciding, evidence.base
    word, cause = _said(evidence, challenger, claim, judged)
    decider = evidence.decider(challenger)
    shown = (SAME,) * 3 if _is_same(evidence, challenger) else (claim.interval, whole, part)
    interval, bottom, on_judged = map(scores.scale.of_turned, shown)
    return Difference(
        challenger=scores.name(challenger),
        baseline=scores.name(base),
        interval=interval,
        bottom=bottom,
        judged=on_judged,
        pairs=int((~np.isnan(evidence.judged[challenger])).sum()),
        decision=word.value,
        cause=cause,
        decided_by=decider,
        corrected=decider == "labels",
        inside_margin=claim.inside_margin,
        claimed_on=_claimed_on(evidence, challenger),
        p_value=claim.p_value,
        extremes=extremes(scores, challenger, base),
        left_out=evidence.left_out.get(challenger, 0),
        together=evidence.tag_of_groups(challenger) if cause == "rows together" else "",
    )


def _said(
    evidence: Evidence, challenger: int, claim: Claim, judged: Claim
) -> tuple[Decision, Cause]:
    """The word, and why; two runs claim none."""
    word, cause = _word(evidence, challenger, claim, judged)
    explores = evidence.rules.look.kind == "two runs" and word is not Decision.INCONCLUSIVE
    return (Decision.NEED_MORE, "two runs") if explores else (word, cause)


def _word(
    evidence: Evidence, challenger: int, claim: Claim, judged: Claim
) -> tuple[Decision, Cause]:
    """What may be said, and why: the first that holds."""
    scores, said = evidence.deciding, claim.decision
    if _is_same(evidence, challenger):
        return Decision.TIE, "inside the margin"
    unjudged = bool(np.isnan(evidence.judged[challenger]).all())
    if said is Decision.INCONCLUSIVE or (unjudged and said not in _DIFFERS):
        lost, _ = missing(scores, challenger, evidence.base)
        return Decision.INCONCLUSIVE, "too few scored" if lost else "no common score"
    if evidence.rules.look.kind == "too few":
        return Decision.NEED_MORE, "too few rows"
    if unproven := _unproven(evidence, challenger):
        return Decision.NEED_MORE, unproven
    cause = _cause(said, judged.decision, unjudged=unjudged)
    word, cause = _at_this_look(evidence, challenger, claim, cause)
    blocked = _blocked(evidence, challenger, word)
    return (Decision.INCONCLUSIVE, blocked) if blocked else (word, cause)


def _unproven(evidence: Evidence, challenger: int) -> Cause | None:
    """Why labels prove nothing, where they decide."""
    if evidence.decider(challenger) != "labels":
        return None
    if evidence.echoes:
        return "labels lean"
    return "labels outdated" if evidence.outdated[challenger] else None


def _is_same(evidence: Evidence, challenger: int) -> bool:
    """Whether a challenger is the baseline under another name, and fared no otherwise."""
    rows = evidence.with_failures[challenger]
    same = evidence.deciding.same(challenger, evidence.base)
    return same and not np.isnan(rows).all() and float(np.nanmean(rows)) == 0


def _claimed_on(evidence: Evidence, challenger: int) -> int | None:
    earlier = evidence.rules.look.claims.get(evidence.identities[challenger].asked)
    return int(earlier["examples"]) if earlier else None


def _at_this_look(
    evidence: Evidence, challenger: int, claim: Claim, cause: Cause
) -> tuple[Decision, Cause]:
    """The word of a claim, where these rows and this look may claim it."""
    look, said = evidence.rules.look, claim.decision
    new = said is not Decision.NEED_MORE
    if new and (forbidden := _forbidden(evidence, challenger, claim)):
        return Decision.NEED_MORE, forbidden
    earlier = look.claims.get(evidence.identities[challenger].asked)
    fell = earlier is not None and not _stands(Decision(earlier["word"]), claim, evidence)
    if earlier is not None and not fell:
        return Decision(earlier["word"]), "claimed before"
    if new and look.kind not in _NO_LOOK:
        return said, cause
    return Decision.NEED_MORE, "claim fell" if fell else _NO_LOOK[look.kind] if new else cause


def _forbidden(evidence: Evidence, challenger: int, claim: Claim) -> Cause | None:
    """What forbids that these rows claim a word."""
    if challenger in evidence.written:
        return "written on these rows"
    if evidence.base in evidence.written:
        return "baseline written on these rows"
    by_critic = evidence.decider(challenger) == "critic"
    if by_critic and evidence.rules.look.judges_before >= MOST_CRITICS:
        return "critic written on these rows"
    if not _stands_on_all(evidence, challenger, claim):
        return "rows picked"
    if undermined(evidence, challenger, claim.decision):
        return "missing on one side"
    return "rows together" if _less_in_groups(evidence, challenger, claim.decision) else None


def _less_in_groups(evidence: Evidence, challenger: int, word: Decision) -> bool:
    """Whether rows go together by a tag, and taken in its groups they would not show the word."""
    if (found := evidence.grouping(challenger)) is None:
        return False
    groups = found.groups(evidence.deciding.examples)
    grouped = replace(evidence, rules=replace(evidence.rules, groups=groups))
    whole, judged = _readings(grouped, [challenger])
    margin = evidence.rules.margin
    return denied(word, whole, margin) or (
        word is not Decision.WORSE and denied(word, judged, margin)
    )


def _stands_on_all(evidence: Evidence, challenger: int, claim: Claim) -> bool:
    """Whether the word would stand with the worst of what was answered and is left out."""
    left = evidence.left_out.get(challenger, 0)
    rows = int((~np.isnan(evidence.with_failures[challenger])).sum())
    said, margin = claim.decision, evidence.rules.margin
    return not left or stands_on_all(said, claim.interval, rows, left, margin)


def _cause(said: Decision, judged: Decision, *, unjudged: bool) -> Cause:
    if said is Decision.NEED_MORE and judged is not Decision.NEED_MORE:
        return "failures disagree"
    if said in _DIFFERS and (judged is not said or unjudged):
        return "failures decide"
    return _SAYS[said]


def _stands(earlier: Decision, claim: Claim, evidence: Evidence) -> bool:
    """Whether a word that was claimed stands: while the estimate keeps its side."""
    by = claim.interval.estimate
    keeps = {
        Decision.BETTER: by > 0,
        Decision.WORSE: by < 0,
        Decision.TIE: abs(by) <= evidence.rules.margin,
    }
    return keeps.get(earlier, False)


def _blocked(evidence: Evidence, challenger: int, said: Decision) -> Cause | None:
    """What forbids that a critic decides; right answers and people are not asked."""
    scores = evidence.scores
    if evidence.decider(challenger) in ("gold", "labels"):
        return None
    if canary_blocks(*evidence.canary):
        return "canary passed"
    if evidence.ignorant:
        return "ignorant critic"
    if scores.constant_critic and said not in (Decision.WORSE, Decision.INCONCLUSIVE):
        return "constant critic"
    critic = evidence.judged[challenger]
    people = evidence.labels.pair(challenger, evidence.base)
    if _contradicts(evidence, said, critic, people, scores):
        return "labels contradict"
    if evidence.known is not None:
        right = per_example(evidence.known.score)[[challenger, evidence.base]]
        if _contradicts(evidence, said, critic, right, evidence.known):
            return "gold contradicts"
    return None


def _contradicts(
    evidence: Evidence, said: Decision, critic: Floats, truth: Floats, by: Scores
) -> bool:
    """Whether what is known `(2, examples)` of challenger and baseline speaks against it."""
    people = by.scale.turned(truth[0] - truth[1])
    return contradiction(said, critic, people, margin=evidence.rules.margin).blocks


def _coverage(scores: Scores, challenger: int, base: int) -> float:
    lost, of = missing(scores, challenger, base)
    return (of - lost) / of if of else 0.0


def pairs_of(evidence: Evidence) -> dict[tuple[int, int], Interval]:
    """Every pair of variants, second minus first, all holding at once; they decide no export."""
    scores = evidence.deciding
    shares = scores.scale.turned(per_example(scores.failures_as_worst) - scores.scale.worst)
    return pair_intervals(shares, evidence.rules.tail, evidence.rules.groups)


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
    present = (scores.row[[challenger, base]] >= 0).any(axis=(0, -1))
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
