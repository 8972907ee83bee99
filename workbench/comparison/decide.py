"""compare: every challenger against the baseline, paired by example, with all intervals holding at
once.
"""

import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from workbench.comparison import sentences
from workbench.comparison.differences import Evidence, Rules, compare_slices, difference, top_set
from workbench.comparison.notes import next_step, notes
from workbench.comparison.result import Comparison, Difference, Gold, Variant
from workbench.comparison.scores import (
    Labels,
    Scores,
    mean_score,
    per_example,
    read_labels,
    read_scores,
    tag_values,
)
from workbench.errors import TooFewLabels
from workbench.runs import Run
from workbench.stats.intervals import Codes, Floats, Interval
from workbench.stats.reliability import agreement, auc


def compare(
    run: Run,
    critic: str,
    *,
    baseline: str,
    margin: float = 0.02,
    level: float = 0.95,
    coverage: float = 0.8,
    cluster: str | None = None,
    gold: str | None = None,
) -> Comparison:
    """Compare all variants of a run with `baseline` by the scores of `critic`.

    Writes to the run's store that these examples were looked at; a later look at more of them pays
    for the earlier ones. A run without a store (`Run.of`) is compared as at a first look, and a
    note says that nobody counts.

    `margin` is a share of the critic's scale: a difference surely inside it is a tie. `level` holds
    for all challengers at once (each at 1 - (1 - level)/(K - 1)). With less than the share
    `coverage` of examples scored, a challenger is inconclusive. `cluster` names a tag whose values
    group examples that belong together. `gold` names a check of the run that knows the right
    answer: a critic that knows nothing of it decides nothing. Labels that people gave for the
    critic correct its scores.
    """
    if not 0 <= margin < 1:
        raise ValueError("margin is a share of the critic's scale, from 0 to below 1")
    scores = read_scores(run, critic)
    base, labels = scores.index(baseline), read_labels(run, critic, scores)
    looks = 0 if run.store is None else run.store.look(run, critic)
    groups = None if cluster is None else tag_values(run, scores, cluster)
    rules = Rules(margin, level, coverage, groups, look=max(looks, 1))
    evidence = Evidence(scores, labels, rules, base)
    known = judge_by_gold(run, gold, evidence) if gold else None
    return _concluded(_compared(run, critic, evidence, known, looks), evidence)


def judge_by_gold(run: Run, check: str, evidence: Evidence) -> Gold:
    """What `check` says of the critic behind the scores, and of the variants themselves."""
    critic, known, rules = evidence.scores, read_scores(run, check), evidence.rules
    right, score, examples = _judged_by_both(known, critic)
    area = auc(right, critic.scale.upward(score), level=rules.level, clusters=examples)
    by_check = Evidence(known, Labels.none(known), rules, evidence.base)
    return Gold(
        check=check,
        agreement=agreement(right, critic.scale.passes(score)),
        auc=area,
        knows=bool(area.low > 0.5),
        rates={
            name: mean_score(per_example(known.score[v]), rules.level, rules.groups)
            for v, (name, _, _) in enumerate(known.variants)
        },
        differences=tuple(difference(by_check, c, math.nan) for c in by_check.challengers),
        sentence=sentences.gold(check, int(right.sum()), len(right), area, rules.level),
    )


def _judged_by_both(known: Scores, critic: Scores) -> tuple[Floats, Floats, Codes]:
    """Of the rows that both judged: right (1) or not, the critic's score, the example."""
    truth, score = known.score.ravel(), critic.score.ravel()
    both = ~np.isnan(truth + score)
    examples = np.broadcast_to(np.arange(known.score.shape[1])[:, None], known.score.shape)
    right = known.scale.passes(truth[both]).astype(float)
    return right, score[both], examples.ravel()[both]


def _compared(
    run: Run, critic: str, evidence: Evidence, known: Gold | None, looks: int
) -> Comparison:
    """Figures and words, before what is said of them."""
    scores, rules = evidence.scores, evidence.rules
    variants = _ranked(run, evidence)
    differences = _differences(evidence, variants, known)
    top, baseline = _top(evidence, variants, known), scores.name(evidence.base)
    return Comparison(
        run=run,
        critic=critic,
        baseline=baseline,
        margin=rules.margin,
        level=rules.level,
        scale=scores.scale,
        variants=variants,
        differences=differences,
        slices=compare_slices(run, evidence),
        top_set=top,
        winner=_winner(differences, baseline, top),
        looks=looks,
        gold=known,
    )


def _concluded(choice: Comparison, evidence: Evidence) -> Comparison:
    """The comparison with its notes, its next step and its one sentence."""
    return replace(
        choice,
        notes=tuple(notes(choice, evidence)),
        next_step=next_step(choice, evidence.labels.examples),
        sentence=sentences.overall(choice.baseline, choice.lead),
    )


def compare_so_far(
    run: Run, critic: str, *, margin: float = 0.02, level: float = 0.95
) -> tuple[tuple[Variant, ...], tuple[Difference, ...]]:
    """The variants of a run that goes on and their differences to the first, by the critic alone.

    The intervals of differences are those of a confidence sequence: they hold however often one
    looks; no look is kept.
    """
    scores = read_scores(run, critic)
    rules = Rules(margin, level, coverage=0.0, groups=None, look=None)
    evidence = Evidence(scores, Labels.none(scores), rules, base=0)
    variants = tuple(describe(run, evidence, v) for v in range(len(scores.variants)))
    return variants, tuple(difference(evidence, c, math.nan) for c in evidence.challengers)


def _ranked(run: Run, evidence: Evidence) -> tuple[Variant, ...]:
    """Best first; those without a score last."""
    scale = evidence.scores.scale
    variants = [describe(run, evidence, v) for v in range(len(evidence.scores.variants))]

    def rank(variant: Variant) -> float:
        score = variant.score.estimate
        return math.inf if math.isnan(score) else -scale.upward(score)

    return tuple(sorted(variants, key=rank))


def _differences(
    evidence: Evidence, variants: Sequence[Variant], known: Gold | None
) -> tuple[Difference, ...]:
    """Every challenger against the baseline, best challenger first; by a critic that knows nothing,
    undecided.
    """
    index = {name: v for v, (name, _, _) in enumerate(evidence.scores.variants)}
    found = tuple(
        difference(evidence, index[variant.name], variant.cost_per_1000 / 1000)
        for variant in variants
        if index[variant.name] != evidence.base
    )
    if known and known.ignorant:
        return tuple(_undecided(each, known.check) for each in found)
    return found


def _undecided(found: Difference, check: str) -> Difference:
    """`found` by a critic that may decide nothing."""
    return replace(
        found,
        decision="inconclusive",
        cause="ignorant critic",
        more_examples=None,
        sentence=sentences.ignorant(found.challenger, check),
    )


def describe(run: Run, evidence: Evidence, v: int) -> Variant:
    """One variant's own figures."""
    scores = evidence.scores
    name, prompt, model = scores.variants[v]
    rows = scores.row[v][scores.row[v] >= 0].tolist()
    own, corrected = _mean_scores(evidence, v)
    median, p95 = _seconds(run, rows)
    return Variant(
        name=name,
        prompt=prompt,
        model=model,
        n=len(rows),
        scored=int(np.sum(~np.isnan(scores.score[v]))),
        score=corrected or own,
        critic_score=own,
        corrected=corrected is not None,
        labels=evidence.labels.count(v),
        statuses=dict(sorted(Counter(run.columns["status"][row] for row in rows).items())),
        cost_per_1000=_cost_per_1000(run, rows),
        seconds_median=median,
        seconds_p95=p95,
    )


def _mean_scores(evidence: Evidence, v: int) -> tuple[Interval, Interval | None]:
    """A variant's score by the critic, and corrected by labels where there are enough."""
    rules = evidence.rules
    own = mean_score(per_example(evidence.scores.score[v]), rules.level, rules.groups)
    with suppress(TooFewLabels):
        return own, evidence.labels.mean(v, rules.level, rules.groups)
    return own, None


def _seconds(run: Run, rows: Sequence[int]) -> tuple[float, float]:
    """Median and 95th percentile of what answers took; NaN where none is known."""
    seconds: Floats = np.array([run.columns["seconds"][row] for row in rows], dtype=float)
    seconds = seconds[~np.isnan(seconds)]
    if not len(seconds):
        return math.nan, math.nan
    return float(np.median(seconds)), float(np.quantile(seconds, 0.95))


def _cost_per_1000(run: Run, rows: Sequence[int]) -> float:
    """Of the rows that were sent; NaN where there is none."""
    columns = run.columns
    cost = [columns["cost"][row] for row in rows if columns["status"][row] != "unsent"]
    return 1000 * float(np.mean(np.array(cost, dtype=float))) if cost else math.nan


def _winner(differences: Sequence[Difference], baseline: str, top: Sequence[str]) -> str | None:
    """The best challenger that is better; the baseline where every challenger is worse; else nobody
    yet.
    """
    ahead = [each.challenger for each in differences if each.decision == "better"]
    if ahead:
        return next((name for name in ahead if name in top), ahead[0])
    return (
        baseline if differences and all(each.decision == "worse" for each in differences) else None
    )


def _top(evidence: Evidence, variants: Sequence[Variant], known: Gold | None) -> tuple[str, ...]:
    """The variants that may be the best, best first; all of them by a critic that knows nothing."""
    if known is not None and known.ignorant:
        return tuple(variant.name for variant in variants)
    top = top_set(evidence)
    return tuple(variant.name for variant in variants if variant.name in top)
