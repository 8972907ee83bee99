# pyright: strict
"""A critic's scale: its ends, which of them is good, and what a pass is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:  # critics know scales, and cost no numpy at start-up
    import numpy as np
    from numpy.typing import NDArray

    from workbench.stats.intervals import Interval

Numbers = TypeVar("Numbers", float, "NDArray[np.float64]", "Interval")

ROUNDING = 1e-9  # of a share


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends that scores lie between, `low` below `high`, and whether more is better.

    Here is all arithmetic on a critic's scale, on one score or an array of them; NaN (unscored)
    stays NaN and is no pass. Raises ValueError where `low` is not below `high`.
    """

    low: float = 0.0
    high: float = 1.0
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(
                f"a scale's low end lies below its high end: {self.low} to {self.high}"
            )

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2

    @property
    def worst(self) -> float:
        """The score at the bad end."""
        return self.low if self.higher_is_better else self.high

    @property
    def best(self) -> float:
        """The score at the good end."""
        return self.high if self.higher_is_better else self.low

    def share(self, score: Numbers) -> Numbers:
        """A score, or an interval of one, as a share of the scale: 0 at its low end."""
        return (score - self.low) / self.width

    def turned(self, difference: Numbers) -> Numbers:
        """A difference, or an interval of one, as a share of the scale: above 0 is better."""
        return difference / (self.width if self.higher_is_better else -self.width)

    def merit(self, score: Numbers) -> Numbers:
        """How good a score is: 0 at the bad end of the scale, 1 at the good one."""
        return self.turned(score - self.worst)

    def merit_on(self, scores: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Merits 0 to 1 of an array of scores, where only rounding may put one off the scale; NaN
        for one that lies off it.
        """
        merits = self.merit(scores)
        is_on = (merits > -ROUNDING) & (merits < 1 + ROUNDING)
        inside = merits.clip(0, 1)
        inside[~is_on] = float("nan")
        return inside

    def upward(self, score: Numbers) -> Numbers:
        """A score in its own unit, its sign changed where less is better."""
        return score if self.higher_is_better else -score

    def of_turned(self, share: Numbers) -> Numbers:
        """The way back from `turned`: a difference on the scale."""
        return share / (1 / (self.width if self.higher_is_better else -self.width))

    @overload
    def passes(self, score: float) -> bool: ...
    @overload
    def passes(self, score: "NDArray[np.float64]") -> "NDArray[np.bool_]": ...
    def passes(self, score: "float | NDArray[np.float64]") -> "bool | NDArray[np.bool_]":
        """Whether a score lies on the good half of the scale, its middle included."""
        slack = ROUNDING * self.width
        if self.higher_is_better:
            return score >= self.middle - slack
        return score <= self.middle + slack
