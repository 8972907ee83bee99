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
from workbench.comparison.differences import difference, top_set, undecided
from workbench.comparison.gold import judge_by_gold
from workbench.comparison.intervals import Rules, mean_score
from workbench.comparison.labelled import Labels, read_labels
from workbench.comparison.notes import notes
from workbench.comparison.result import Comparison, Difference, Gold, Variant
from workbench.comparison.scores import Scores, per_example, read_scores, tag_values
from workbench.comparison.slices import compare_slices
from workbench.errors import TooFewLabels
from workbench.runs import Run


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

    `margin` is a share of the critic's scale: a difference surely inside it is a tie. `level` holds
    for all challengers at once (each at 1 - (1 - level)/(K - 1)). With less than the share
    `coverage` of examples scored, a challenger is inconclusive. `cluster` names a tag whose values
    group examples that belong together. `gold` names a check of the run that knows the right
    answer: a critic that knows nothing of it decides nothing. Labels that people gave for the
    question `critic` correct its scores.
    """
    if not 0 <= margin < 1:
        raise ValueError("margin is a share of the critic's scale, from 0 to below 1")
    scores = read_scores(run, critic)
    base = scores.index(baseline)
    labels = read_labels(run, critic, scores)
    looks = run.store.look(run, critic) if run.store else 1
    groups = None if cluster is None else tag_values(run, scores, cluster)
    rules = Rules(margin, level, coverage, groups, looks)
    variants = _ranked(
        [describe(run, scores, v, rules, labels) for v in range(len(scores.variants))], scores.sign
    )
    known = judge_by_gold(run, gold, scores, rules, base) if gold else None
    differences = _differences(scores, base, rules, labels, variants, known)
    name = scores.variants[base][0]
    top = _top(scores, base, rules, labels, variants, known)
    winner = _winner(differences, name, top)
    choice = Comparison(
        run=run,
        critic=critic,
        baseline=name,
        margin=margin,
        level=level,
        scale=scores.scale,
        variants=tuple(variants),
        differences=tuple(differences),
        slices=compare_slices(run, scores, base, rules),
        top_set=top,
        winner=winner,
        looks=looks,
        gold=known,
        notes=(),
        sentence=sentences.overall(
            name, [(each.decision, each.sentence) for each in _first(winner, differences)]
        ),
    )
    return replace(choice, notes=tuple(notes(choice, scores, labels, rules)))


def _ranked(variants: Sequence[Variant], sign: int) -> list[Variant]:
    """Best first; those without a score last."""
    return sorted(
        variants,
        key=lambda v: math.inf if math.isnan(v.score.estimate) else -sign * v.score.estimate,
    )


def _differences(
    scores: Scores,
    base: int,
    rules: Rules,
    labels: Labels,
    variants: Sequence[Variant],
    known: Gold | None,
) -> list[Difference]:
    """Every challenger against the baseline, best challenger first; by a critic that knows nothing,
    undecided.
    """
    place = {name: v for v, (name, _, _) in enumerate(scores.variants)}
    found = [
        difference(scores, place[variant.name], base, rules, labels, variant.cost_per_1000 / 1000)
        for variant in variants
        if place[variant.name] != base
    ]
    if known and known.ignorant:
        return [undecided(each, sentences.ignorant(each.challenger, known.check)) for each in found]
    return found


def describe(run: Run, scores: Scores, v: int, rules: Rules, labels: Labels) -> Variant:
    """One variant's own figures."""
    name, prompt, model = scores.variants[v]
    rows = scores.row[v][scores.row[v] >= 0]
    seconds = np.array([run.columns["seconds"][row] for row in rows], dtype=float)
    seconds = seconds[~np.isnan(seconds)]
    cost = np.array(
        [run.columns["cost"][row] for row in rows if run.columns["status"][row] != "unsent"],
        dtype=float,
    )
    own = mean_score(per_example(scores.score[v]), rules.level, rules.groups)
    corrected = None
    with suppress(TooFewLabels):
        corrected = labels.mean(v, rules.level, rules.groups)
    return Variant(
        name=name,
        prompt=prompt,
        model=model,
        n=len(rows),
        scored=int(np.sum(~np.isnan(scores.score[v]))),
        score=corrected or own,
        critic_score=own,
        corrected=corrected is not None,
        labels=labels.count(v),
        statuses=dict(sorted(Counter(run.columns["status"][row] for row in rows).items())),
        cost_per_1000=1000 * float(np.mean(cost)) if len(cost) else math.nan,
        seconds_median=float(np.median(seconds)) if len(seconds) else math.nan,
        seconds_p95=float(np.quantile(seconds, 0.95)) if len(seconds) else math.nan,
    )


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


def _first(winner: str | None, differences: Sequence[Difference]) -> list[Difference]:
    return sorted(differences, key=lambda each: each.challenger != winner)


def _top(
    scores: Scores,
    base: int,
    rules: Rules,
    labels: Labels,
    variants: Sequence[Variant],
    known: Gold | None,
) -> tuple[str, ...]:
    """The variants that may be the best, best first; all of them by a critic that knows nothing."""
    ignorant = known is not None and known.ignorant
    top = (
        {variant.name for variant in variants} if ignorant else top_set(scores, base, rules, labels)
    )
    return tuple(variant.name for variant in variants if variant.name in top)
