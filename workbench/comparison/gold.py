"""The critic held against a check that knows the right answer."""

import math

import numpy as np

from workbench.comparison import sentences
from workbench.comparison.differences import Evidence, difference
from workbench.comparison.result import Gold
from workbench.comparison.rules import mean_score
from workbench.comparison.scores import Labels, Scores, per_example, read_scores
from workbench.runs import Run
from workbench.stats.intervals import Codes, Floats
from workbench.stats.ratings import auc
from workbench.stats.reliability import agreement


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
