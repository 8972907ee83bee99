"""The critic held against a check that knows the right answer."""

import numpy as np

from workbench import stats, words
from workbench.comparison.differences import difference
from workbench.comparison.intervals import Rules, mean_score
from workbench.comparison.labelled import Labels
from workbench.comparison.result import Gold
from workbench.comparison.scores import Scores, per_example, read_scores
from workbench.runs import Run

PASS = 0.5  # share of a scale from which a score counts as a pass


def judge_by_gold(run: Run, check: str, scores: Scores, rules: Rules, base: int) -> Gold:
    """What `check` says of the critic behind `scores`, and of the variants themselves."""
    gold = read_scores(run, check)
    truth = (gold.score.ravel() - gold.scale[0]) / (gold.scale[1] - gold.scale[0])
    said = scores.sign * scores.score.ravel()
    both = ~np.isnan(truth) & ~np.isnan(said)
    right, said = (truth[both] >= PASS).astype(float), said[both]
    examples = np.repeat(np.arange(gold.score.shape[1]), gold.score.shape[2])
    clusters = np.tile(examples, gold.score.shape[0])[both]
    middle = scores.sign * (scores.scale[0] + PASS * (scores.scale[1] - scores.scale[0]))
    agreement = stats.agreement(right, (said >= middle).astype(float))
    auc = stats.auc(right, said, level=rules.level, clusters=clusters)
    nothing = Labels(np.full(gold.score.shape[:2], np.nan), per_example(gold.score))
    challengers = [c for c in range(len(gold.variants)) if c != base]
    return Gold(
        check=check,
        agreement=agreement,
        auc=auc,
        knows=bool(auc.low > 0.5),
        rates={
            name: mean_score(per_example(gold.score[v]), rules.level, rules.groups)
            for v, (name, _, _) in enumerate(gold.variants)
        },
        differences=tuple(
            difference(gold, c, base, rules, nothing, float("nan")) for c in challengers
        ),
        sentence=_said(check, right, auc, rules.level),
    )


def _said(check: str, right: np.ndarray, auc: stats.Interval, level: float) -> str:
    if not right.size:
        return f"No answer was judged by both the critic and {check}: whether the critic can be believed is open."
    if np.isnan(auc.estimate):
        kind = "right" if right.size and right.all() else "wrong"
        return f"All {right.size} judged answers are {kind} by {check}: whether the critic can tell them apart is open."
    shown = (
        f"it puts a right answer above a wrong one {words.percent(auc.estimate)} of the time "
        f"({words.percent(level)} interval {100 * auc.low:.0f} to {100 * auc.high:.0f}; a coin does 50)"
    )
    if auc.low > 0.5:
        return f"The critic knows something: against {check}, {shown}."
    if auc.high < 0.5:
        return (
            f"The critic is worse than a coin: against {check}, {shown}. Its scores decide nothing."
        )
    return f"The critic knows nothing that these rows could show: against {check}, {shown}. Its scores decide nothing."
