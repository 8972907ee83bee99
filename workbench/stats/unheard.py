# pyright: strict, reportMissingTypeStubs=false
"""What those who say nothing could change of a difference of shares (feedback that few give).

Missing answers are treated both ways. Where one arm answers more, its surplus may be all good or
all bad: bounds of those who would answer in either arm (Lee 2009), which are as wide as the
coverages are apart. Where the arms answer for other reasons, everyone who is silent may be either
(Manski 1990), which is seldom narrow enough to decide anything.
"""

from dataclasses import dataclass
from math import hypot

from workbench.stats.intervals import StudentMean
from workbench.stats.user_ratios import UserRatio

Arms = tuple[UserRatio, UserRatio]  # baseline and challenger


@dataclass(frozen=True, slots=True)
class Bounded:
    """A difference that lies between `low` and `high`, wherever the `observed` one is."""

    observed: StudentMean
    low: StudentMean
    high: StudentMean

    @property
    def estimate(self) -> float:
        return self.observed.estimate

    @property
    def error(self) -> float:
        return self.observed.error

    def limits(self, tail: float) -> tuple[float, float]:
        """Of the lowest and of the highest, with `tail` beyond each."""
        return self.low.limits(tail)[0], self.high.limits(tail)[1]


def surplus_bounds(observed: StudentMean, shares: Arms, answered: Arms) -> Bounded:
    """The difference, were the surplus of answers of the arm that answers more all good, or all
    bad: `shares` of good among the answers, `answered` the share of messages with one.

    With q the surplus as a share of that arm's answers, and s of these good, the others are good in
    (s - q)/(1 - q) to s/(1 - q), within 0 and 1. The error of q is added to that of the difference.
    """
    coverages = [arm.estimate for arm in answered]
    more = int(coverages[1] > coverages[0])
    kept = coverages[1 - more] / coverages[more]  # 1 - q
    if not kept > 0:
        return silent_bounds(observed, shares, answered)
    error = kept * hypot(*(arm.error / arm.estimate for arm in answered))
    falls, rises = _shifts(shares[more].estimate, kept, error)
    low, high = (falls, rises) if more else ((-rises[0], rises[1]), (-falls[0], falls[1]))
    return Bounded(observed, _moved(observed, *low), _moved(observed, *high))


def _shifts(good: float, kept: float, error: float) -> tuple[tuple[float, float], ...]:
    """How far a share falls without a surplus that is all good, and rises without one that is all
    bad, each with the error that the surplus brings.
    """
    least, most = max(0.0, (good - 1 + kept) / kept), min(1.0, good / kept)
    slope = error / kept**2
    falls = least - good, (1 - good) * slope if least else 0.0
    rises = most - good, good * slope if most < 1 else 0.0
    return falls, rises


def _moved(observed: StudentMean, shift: float, error: float) -> StudentMean:
    return StudentMean(observed.estimate + shift, hypot(observed.error, error), observed.degrees)


def silent_bounds(observed: StudentMean, shares: Arms, answered: Arms) -> Bounded:
    """The difference over all messages, were all that nobody rated good in one arm and bad in the
    other; arguments as in `surplus_bounds`.
    """
    (least_a, most_a), (least_b, most_b) = map(_all_messages, shares, answered)
    low, high = least_b.estimate - most_a.estimate, most_b.estimate - least_a.estimate
    return Bounded(
        observed,
        StudentMean(low, hypot(least_b.error, most_a.error), observed.degrees),
        StudentMean(high, hypot(most_b.error, least_a.error), observed.degrees),
    )


def _all_messages(good: UserRatio, answered: UserRatio) -> tuple[StudentMean, StudentMean]:
    """An arm's share of good, were all the others bad, and were they good."""
    share, coverage = good.estimate, answered.estimate
    least = StudentMean(
        share * coverage, hypot(coverage * good.error, share * answered.error), good.degrees
    )
    most = StudentMean(
        1 - coverage * (1 - share),
        hypot(coverage * good.error, (1 - share) * answered.error),
        good.degrees,
    )
    return least, most
