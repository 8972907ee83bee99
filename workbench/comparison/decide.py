"""compare: every challenger against the baseline, paired by example, with all intervals holding at once."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from workbench import _words as words
from workbench import stats
from workbench.comparison import sentences
from workbench.comparison.differences import Rules, difference, ignorant, mean_score
from workbench.comparison.gold import judge_by_gold
from workbench.comparison.labelled import FEWEST_LABELS, Labels, read_labels
from workbench.comparison.result import Comparison, Difference, Gold, Slice, Variant
from workbench.comparison.scores import Scores, per_example, read_scores, tag_values
from workbench.comparison.slices import compare_slices
from workbench.runs import Run

ENOUGH_LABELS = 20  # per finalist; fewer make a corrected score shaky


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

    `margin` is a share of the critic's scale: a difference surely inside it is a tie. `level` holds for all challengers
    at once (each at 1 - (1 - level)/(K - 1)). With less than the share `coverage` of examples scored, a challenger is
    inconclusive. `cluster` names a tag whose values group examples that belong together. `gold` names a check of the
    run that knows the right answer: a critic that knows nothing of it decides nothing. Labels that people gave for
    the question `critic` correct its scores.
    """
    if not 0 <= margin < 1:
        raise ValueError("margin is a share of the critic's scale, from 0 to below 1")
    scores = read_scores(run, critic)
    base = scores.index(baseline)
    labels = read_labels(run, critic, scores)
    looks = run.store.look(run, critic)
    groups = None if cluster is None else tag_values(run, scores, cluster)
    rules = Rules(margin, level, coverage, groups, sequential=looks > 1)
    variants = [describe(run, scores, v, rules, labels) for v in range(len(scores.variants))]
    known = judge_by_gold(run, gold, scores, rules, base) if gold else None
    differences = _differences(scores, base, rules, labels, variants, known)
    slices = compare_slices(run, scores, base, rules)
    name = scores.variants[base][0]
    return Comparison(
        run=run, critic=critic, baseline=name, margin=margin, level=level, scale=scores.scale,
        variants=tuple(_ranked(variants, scores.sign)), differences=tuple(differences), slices=slices,
        top_set=_top_set(scores, level), winner=_winner(differences, name), looks=looks, gold=known,
        notes=tuple(_notes(labels, scores, known, slices, looks)),
        sentence=sentences.overall(name, [(each.decision, each.sentence) for each in differences]),
    )  # fmt: skip


def _ranked(variants: Sequence[Variant], sign: int) -> list[Variant]:
    """Best first; those without a score last."""
    return sorted(variants, key=lambda v: math.inf if math.isnan(v.score.estimate) else -sign * v.score.estimate)


def _differences(
    scores: Scores, base: int, rules: Rules, labels: Labels, variants: Sequence[Variant], known: Gold | None
) -> list[Difference]:
    """Every challenger against the baseline, best challenger first; by a critic that knows nothing, undecided."""
    found = {
        variants[c].name: difference(scores, c, base, rules, labels, variants[c].cost_per_1000 / 1000)
        for c in range(len(variants))
        if c != base
    }
    ranked = [found[variant.name] for variant in _ranked(variants, scores.sign) if variant.name in found]
    return [ignorant(each, known.check) for each in ranked] if known and not known.knows else ranked


def describe(run: Run, scores: Scores, v: int, rules: Rules, labels: Labels) -> Variant:
    """One variant's own figures."""
    name, prompt, model = scores.variants[v]
    rows = scores.row[v][scores.row[v] >= 0]
    seconds = np.array([run.columns["seconds"][row] for row in rows], dtype=float)
    seconds = seconds[~np.isnan(seconds)]
    cost = np.array([run.columns["cost"][row] for row in rows], dtype=float)
    means = per_example(scores.score[v])
    own = mean_score(means, rules.level, rules.groups)
    corrected = labels.count(v) >= FEWEST_LABELS
    return Variant(
        name=name, prompt=prompt, model=model, n=len(rows), scored=int(np.sum(~np.isnan(scores.score[v]))),
        score=labels.mean(v, rules.level, rules.groups) if corrected else own, critic_score=own, corrected=corrected,
        labels=labels.count(v), statuses=dict(sorted(Counter(run.columns["status"][row] for row in rows).items())),
        cost_per_1000=1000 * float(np.mean(cost)) if len(cost) else math.nan,
        seconds_median=float(np.median(seconds)) if len(seconds) else math.nan,
        seconds_p95=float(np.quantile(seconds, 0.95)) if len(seconds) else math.nan,
    )  # fmt: skip


def _winner(differences: Sequence[Difference], baseline: str) -> str | None:
    """The best challenger that is better; the baseline where every challenger is worse; else nobody yet."""
    ahead = [each.challenger for each in differences if each.decision == "better"]
    if ahead:
        return ahead[0]
    return baseline if differences and all(each.decision == "worse" for each in differences) else None


def _top_set(scores: Scores, level: float) -> tuple[str, ...]:
    """The variants that cannot be told from the best."""
    means = scores.sign * per_example(scores.score)
    complete = means[:, ~np.isnan(means).any(axis=0)]
    if complete.shape[1] < 2:
        return tuple(name for name, _, _ in scores.variants)
    return tuple(scores.variants[v][0] for v in stats.top_set(complete, level=level))


def _notes(labels: Labels, scores: Scores, gold: Gold | None, slices: Sequence[Slice], looks: int) -> list[str]:
    """What a reader must know beside the decision."""
    notes = []
    counts = [labels.count(v) for v in range(len(scores.variants))]
    if max(counts) < FEWEST_LABELS:
        notes.append("Scores are the critic's own, not yet corrected by people's labels.")
    elif min(counts) < ENOUGH_LABELS:
        few = [name for (name, _, _), n in zip(scores.variants, counts, strict=True) if n < ENOUGH_LABELS]
        notes.append(f"Fewer than {ENOUGH_LABELS} labels for {words.listed(few)}: label more before you trust them.")
    if gold:
        notes.append(gold.sentence)
    for part in slices:
        if part.alarm:
            notes.append(f"Look at {part.tag} {part.value} first: there the critic puts {part.challenger} behind.")
    if looks > 1:
        notes.append(f"Look {looks} at these examples as they grew: intervals are those of a confidence sequence.")
    return notes
