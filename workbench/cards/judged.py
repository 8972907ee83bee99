"""A run's rows as a critic and as people judge them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench import stats
from workbench.arguments import expect
from workbench.comparison.scores import critic_scale
from workbench.errors import TooFewLabels
from workbench.labels.joined import Given, finite
from workbench.runs import Run
from workbench.stats.calibrating import Calibration
from workbench.stats.intervals import Codes, Floats
from workbench.stats.scale import Scale

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """A run's rows `(n,)`: what people say and what the critic says, on the critic's scale."""

    run: Run
    critic: str
    label: Floats
    vote: Floats  # 1 passed by people, 0 failed; NaN without a label, or where raters are split
    score: Floats
    known: Mask  # label and score are there
    groups: Codes  # the example of each row
    scale: Scale
    gold: str = ""  # the check that stands for people; empty where people labelled

    @classmethod
    def of(cls, run: Run, critic: str, gold: str = "") -> "Rows":
        """From people's labels, or from a check `gold` that knows the right answers."""
        expect(run, Run, "what is trusted", "give the run that the critic judged, and its name")
        run.needed_open("a card of a critic")
        scale = critic_scale(run, critic)
        people = Given.of(run, critic) if not gold else None
        label = np.array(people.rows) if people else _right(run, gold, scale)
        vote = np.array(people.votes) if people else _passes(label, scale)
        score = finite(run.columns[critic])
        groups = np.unique(np.array(run.columns["example"]), return_inverse=True)[1]
        known = ~np.isnan(label + score)
        return cls(run, critic, label, vote, score, known, groups, scale, gold)

    @property
    def merit(self) -> Floats:
        """How good each answer is by the critic: 0 at the bad end of its scale, 1 at the good."""
        return self.scale.merit(self.score)

    @cached_property
    def decided(self) -> Mask:
        """The known rows on which people are not split evenly."""
        return self.known & ~np.isnan(self.vote)

    @property
    def passed(self) -> Floats:
        """What people say of the decided rows: pass (1) or fail (0)."""
        return self.vote[self.decided]

    @property
    def decided_groups(self) -> Codes:
        """The example of each decided row."""
        return self.groups[self.decided]

    @property
    def split(self) -> int:
        """Known rows on which people are split evenly: neither right nor wrong."""
        return self.labels - int(self.decided.sum())

    @property
    def pairs(self) -> tuple[Floats, Floats]:
        """Labels and scores of the known rows."""
        return self.label[self.known], self.score[self.known]

    @property
    def scored(self) -> Mask:
        return ~np.isnan(self.score)

    @property
    def labels(self) -> int:
        return int(self.known.sum())

    @property
    def unlabelled(self) -> int:
        return int(np.sum(self.scored & ~self.known))

    @property
    def known_groups(self) -> Codes:
        """The example of each known row."""
        return self.groups[self.known]

    @property
    def unscored(self) -> int:
        """How many answers have no score."""
        return int(np.sum(~self.scored & answered(self.run)))

    def verdicts(self, seed: int) -> tuple[float, Floats]:
        """The score that a pass begins at, and pass or fail of the decided rows by thresholds that
        were fitted on other rows.
        """
        score, groups = self.score[self.decided], self.decided_groups
        upward = self.scale.upward(score)
        try:
            threshold = stats.pass_threshold(self.passed, upward)
            fitted = stats.cross_fitted(
                self.passed, upward, stats.passes, seed=seed, clusters=groups
            )
        except TooFewLabels:  # all labels say the same, or all but a few: no threshold can be found
            return self.scale.middle, self.scale.passes(score).astype(float)
        return self.scale.upward(threshold), fitted

    def calibration(self, seed: int) -> Calibration | None:
        """How good calibrated P(pass) is on rows that it was not fitted on; None where it cannot be
        fitted.
        """
        merit, groups = self.merit[self.decided], self.decided_groups
        try:
            fitted = stats.cross_fitted(self.passed, merit, seed=seed, clusters=groups)
        except TooFewLabels:
            return None
        return stats.calibration_of(self.passed, fitted)


def answered(run: Run) -> Mask:
    """Which rows of a run have an answer."""
    return np.array([status == "ok" for status in run.columns["status"]])


def _passes(label: Floats, scale: Scale) -> Floats:
    return np.where(np.isnan(label), np.nan, scale.passes(label).astype(float))


def _right(run: Run, check: str, scale: Scale) -> Floats:
    """What a check finds of each row, on a critic's scale: its good end where the row is right."""
    merit = critic_scale(run, check).merit(finite(run.columns[check]))
    return scale.worst + (scale.best - scale.worst) * merit
