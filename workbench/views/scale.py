"""A critic's scale as shares of it: what every table and plot shows instead of raw scores."""

from dataclasses import dataclass

from workbench.runs.meta import CriticFacts
from workbench.stats import Interval


@dataclass(frozen=True)
class Scale:
    """From a critic's scale to shares of it (0 to 1; `words.points` prints them as 0 to 100).

    Scores keep their direction. Differences are turned so that more is better, as the decision's
    sentences are.
    """

    low: float
    high: float
    higher_is_better: bool = True

    @classmethod
    def of(cls, critic: CriticFacts) -> "Scale":
        """The scale of a critic as a run's meta describes it."""
        return cls(critic.scale.low, critic.scale.high, critic.scale.higher_is_better)

    @property
    def width(self) -> float:
        return self.high - self.low

    def share(self, score: float) -> float:
        """A score as a share of the scale."""
        return (score - self.low) / self.width

    def score(self, interval: Interval) -> Interval:
        """A score with its limits, kept inside the scale."""
        return Interval(*(self.share(value) for value in interval)).clipped(0, 1)

    def difference(self, interval: Interval) -> Interval:
        """A difference with its limits."""
        turned = interval if self.higher_is_better else -interval
        return Interval(*(value / self.width for value in turned))

    def passes(self, score: float) -> bool:
        """Whether a score lies on the good half of the scale; NaN does not."""
        share = self.share(score)
        return share >= 0.5 if self.higher_is_better else share < 0.5
