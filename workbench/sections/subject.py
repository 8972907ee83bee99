"""What a report of a comparison is about, worked out once for all its sections."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.comparison import Comparison, Difference, Variant
from workbench.comparison.dominance import surely_dominated
from workbench.comparison.scores import OWN_FAILURES, Scores, per_example, read_scores
from workbench.labels.joined import Given
from workbench.page import words
from workbench.runs import Run
from workbench.runs.meta import CriticFacts
from workbench.sections.grid import scale_of
from workbench.stats import Scale


@dataclass(frozen=True)
class People:
    """What people said of a run's answers: a label per row (NaN: none), pass or fail by most of
    them (NaN: none, or split), who they were, and on how many examples.
    """

    labels: np.ndarray
    votes: np.ndarray
    raters: tuple[str, ...]
    examples: int

    @property
    def answers(self) -> int:
        return int(np.sum(~np.isnan(self.labels)))

    @classmethod
    def of(cls, run: Run, critic: str) -> "People":
        given = Given.of(run, critic)
        labels = np.array(given.rows)
        labelled = {
            example
            for example, label in zip(run.columns["example"], labels, strict=True)
            if not np.isnan(label)
        }
        raters = sorted(
            {str(record["rater"]) for record in given.usable if record["example"] in labelled}
        )
        return cls(labels, np.array(given.votes), tuple(raters), len(labelled))


@dataclass(frozen=True)
class Subject:
    """A comparison with what several sections need of it."""

    choice: Comparison

    @property
    def run(self) -> Run:
        return self.choice.run

    @property
    def critic(self) -> CriticFacts:
        return self.run.meta.critics[self.choice.critic]

    @cached_property
    def scale(self) -> Scale:
        return scale_of(self.run, self.choice.judge)

    @cached_property
    def people(self) -> People:
        return People.of(self.run, self.choice.critic)

    @cached_property
    def scores(self) -> Scores:
        return read_scores(self.run, self.choice.judge)

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        return {variant.name: variant for variant in self.choice.variants}

    @cached_property
    def differences(self) -> Mapping[str, Difference]:
        return {difference.challenger: difference for difference in self.choice.differences}

    @cached_property
    def dominated(self) -> Mapping[str, str]:
        """The variants that are surely dominated, each with the best of those that do."""
        return {each.variant: each.by for each in surely_dominated(self.choice)}

    @property
    def baseline(self) -> Variant:
        return self.variants[self.choice.baseline]

    @cached_property
    def focus(self) -> Difference | None:
        """The challenger that the report is about."""
        return self.choice.focus

    @property
    def corrected(self) -> bool:
        return any(variant.corrected for variant in self.choice.variants)

    @property
    def is_ignorant(self) -> bool:
        """Whether known answers show that the critic, which decides, knows nothing."""
        gold, decides = self.choice.gold, self.choice.decided_by != "gold"
        return gold is not None and gold.ignorant and decides

    def word(self, variant: str) -> str:
        """The decision word of a variant; empty for the baseline."""
        return self.differences[variant].decision if variant in self.differences else ""

    def own_failures(self, *variants: str) -> int:
        """Answers that failed by the variants' own doing."""
        return sum(
            self.variants[name].statuses.get(status, 0)
            for name in variants
            for status in OWN_FAILURES
        )

    def points(self, score: float) -> str:
        """A score as points of the critic's scale."""
        return words.points(self.scale.share(score))

    def outcomes(self, challenger: str, *, by_score: bool = False) -> tuple[int, int, int]:
        """Examples on which a challenger did better than the baseline, worse, and the same; by yes
        or no, or score.
        """
        index = {name: v for v, (name, _, _) in enumerate(self.scores.variants)}
        means = per_example(self.scores.score)
        by = self.scale.turned(means[index[challenger]] - means[index[self.choice.baseline]])
        if self.critic.kind == "yes/no" and not by_score:  # P(yes) of .81 against .80 is no win
            passes = self.scale.passes(means).astype(float)
            won = passes[index[challenger]] - passes[index[self.choice.baseline]]
            by = np.where(np.isnan(by), by, won)
        return int(np.sum(by > 1e-9)), int(np.sum(by < -1e-9)), int(np.sum(np.abs(by) <= 1e-9))
