"""Users by the day on which they first came to a release: whether they were dealt alike on each,
and, where a ramp dealt them at rising shares, both arms brought to the same mix of days.

Days differ, and a ramp gives its arms different days: pooled, what users of early and late days
differ by looks like the challenger's doing (Simpson's paradox).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

import numpy as np

from workbench.release.arm_traffic import Mask, Traffic
from workbench.stats.intervals import Codes, Floats
from workbench.stats.sample_ratios import ratio_evidence

APART = 4.0  # standard errors of two shares from which a day begins another stage
MOST_STAGES = 8  # more are no ramp
REDEALT = 0.01  # of users in both arms, from which a ramp dealt old users anew


@dataclass(frozen=True)
class Stage:
    """Days in a row on which those who first came were dealt at one share."""

    first: int  # day
    baseline: int
    challenger: int

    @property
    def users(self) -> int:
        return self.baseline + self.challenger

    @property
    def share(self) -> float:
        return self.challenger / self.users

    def joined(self, baseline: int, challenger: int) -> "Stage":
        return Stage(self.first, self.baseline + baseline, self.challenger + challenger)

    def is_apart(self, other: "Stage") -> bool:
        both = self.joined(other.baseline, other.challenger).share
        error = (both * (1 - both) * (1 / self.users + 1 / other.users)) ** 0.5
        return abs(self.share - other.share) > APART * error


def entries(traffic: Traffic) -> Codes:
    """Users of the baseline and of the challenger `(2, days)` who first came on each day."""
    return np.diff(traffic.users_by_day, axis=1, prepend=0)


def entry_evidence(traffic: Traffic, share: float) -> Floats:
    """ln Bayes factor `(days,)` against the planned share on every day of entry alone, up to each
    day: shares above and below it that even out are found.
    """
    baseline, challenger = entries(traffic)
    return np.cumsum(ratio_evidence(baseline, challenger, share))


def stages(traffic: Traffic) -> list[Stage]:
    """The stages of a ramp, as the shares by day of entry show them; one where there was none."""
    found: list[Stage] = []
    for day, (baseline, challenger) in enumerate(entries(traffic).T.tolist()):
        if not baseline + challenger:
            continue
        own = Stage(day, baseline, challenger)
        if found and not own.is_apart(found[-1]):
            found[-1] = found[-1].joined(baseline, challenger)
        else:
            found.append(own)
    return found


def as_ramp(found: Sequence[Stage], start: date) -> str:
    """What a plan may say of stages, as it is written."""
    days = [(start + timedelta(stage.first)).isoformat() for stage in found]
    pairs = zip(days, found, strict=True)
    said = ", ".join(f'"{day}": {stage.share:.2g}' for day, stage in pairs)
    return f"ramp={{{said}}}"


def shares_of(ramp: Mapping[str, float], start: date, days: int) -> Floats:
    """The share at which users were dealt who first came on each day `(days,)`."""
    begun = [max(0, (date.fromisoformat(day) - start).days) for day in ramp]
    shares = np.full(days, next(iter(ramp.values())))
    for first, share in zip(begun, ramp.values(), strict=True):
        shares[first:] = share
    return shares


def evened(names: Sequence[str], challenger: Mask, dealt_at: Floats, share: float) -> Mask:
    """Which users count `(users,)`, so that among those of every day the challenger has its
    `share`: of the arm that got more a part, by a hash of the name (the same on every call).

    `dealt_at` `(users,)` is the share at which each was dealt. What is left is an ordinary release;
    of a day at 5 % nine in ten of the baseline go, who tell little beside the few of the other arm.
    """
    odds = dealt_at / (1 - dealt_at) / (share / (1 - share))
    chance = np.where(challenger, np.minimum(1, 1 / odds), np.minimum(1, odds))
    return np.array([_drawn(name) for name in names]) < chance


def _drawn(name: str) -> float:
    """A number from 0 to 1 that is the name's own."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, person=b"ramp").digest()
    return int.from_bytes(digest, "big") / 2**64
