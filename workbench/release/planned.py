"""What a limited release was planned to show, said before its first day."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.printing import printed
from workbench.release.asked import NOTHING, Asked, Lines
from workbench.release.measures import MEASURES

Source = Literal["requirements", "plan", "usual"]  # of a margin
WEEK, NOVELTY = 7, 14  # days; a lift that fades is not told from one that lasts before the second
LOSS = 0.02  # of the primary measure, where it need not be better
MARGINS: Mapping[str, float] = {
    "latency": 0.05,
    "cost": 0.05,
    "errors": 0.005,
    "flags": 0.001,
    "malformed": 0.005,
}


@printed
@dataclass(frozen=True)
class Plan:
    """How a release is decided; every field has a default but for logs whose arms do not say which
    of them is the baseline.

    It ships on day `days` at the soonest, or at the end of a whole week after it, on day `at_most`
    at the latest. `primary` must be better (`goal="not worse"`: not worse by `margin`), in the unit
    of the measure. `guardrails` maps measures to the most harm that is allowed: a share of the
    baseline's for latency and costs (0.05 is 5 %), else a difference of rates; empty means the
    usual ones, as far as the logs know them. `effect` is the least gain that is worth waiting for,
    shown with probability `power`. `looks="unplanned"` pays for looks at any time. `alpha` is
    the error of the primary measure (two-sided), of each guardrail and of a false stop. `share` of
    users were to be dealt to the challenger; where that rose, `ramp` holds the share of those who
    first came from each day on, `share` the last: {"2026-03-02": 0.05, "2026-03-05": 0.5}. `start`
    (an ISO date) is the first day; else the first with an arm. `adjust` takes off what users'
    history explains. `asked` is what the requirements say (see `under`); of both margins that they
    state and those of the plan none may contradict the other.
    """

    baseline: str = ""
    challenger: str = ""
    days: int = 14
    at_most: int = 28
    primary: str = "satisfaction"
    goal: Literal["better", "not worse"] = "better"
    margin: float = LOSS
    effect: float = 0.05
    guardrails: Mapping[str, float] = field(default_factory=dict[str, float])
    looks: Literal["daily", "unplanned"] = "daily"
    alpha: float = 0.05
    power: float = 0.8
    share: float = 0.5
    ramp: Mapping[str, float] = field(default_factory=dict[str, float])
    start: str = ""
    adjust: bool = True
    asked: Asked = NOTHING

    def __post_init__(self) -> None:
        if not 1 <= self.days <= self.at_most:
            raise ValueError(f"days {self.days} and at_most {self.at_most}: 1 <= days <= at_most")
        for name in ("alpha", "power", "share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        for name in (self.primary, *self.guardrails):
            if name not in MEASURES:
                raise ValueError(f"{name!r} is not measured: there are {', '.join(MEASURES)}")
        if self.primary in self.guardrails or MEASURES[self.primary].kind != "difference":
            raise ValueError(f"{self.primary!r} can be a guardrail, not what a release is for")
        if min(self.margin, self.effect, *self.guardrails.values()) <= 0:
            raise ValueError("margins and the effect are above 0")
        self._check_ramp()
        self._check_asked()

    def _check_ramp(self) -> None:
        days = [date.fromisoformat(day) for day in self.ramp]
        shares = list(self.ramp.values())
        if days != sorted(set(days)) or not all(0 < each < 1 for each in shares):
            raise ValueError("ramp maps rising dates to shares between 0 and 1")
        if shares and shares[-1] != self.share:
            raise ValueError(f"the last share of the ramp, {shares[-1]:g}, is not {self.share:g}")

    def _check_asked(self) -> None:
        """WorkbenchError where the requirements state another margin than the plan."""
        for name, margin in self.asked.margins.items():
            planned = self.margin if name == self.primary else self.guardrails.get(name, margin)
            if planned != margin:
                raise WorkbenchError(
                    f"{name} may be worse by {margin:g} as the requirements say, and by "
                    f"{planned:g} as the plan does: leave it out of the plan"
                )

    def under(self, requirements: Lines) -> "Plan":
        """The plan with the margins that requirements state (`worse_by`); WorkbenchError where it
        states others.
        """
        asked = Asked.of(requirements)
        margin = asked.margins.get(self.primary, LOSS) if self.margin == LOSS else self.margin
        return replace(self, asked=asked, margin=margin)

    def source(self, name: str) -> Source:
        """Where the margin of a guardrail comes from."""
        if name in self.asked.margins:
            return "requirements"
        return "plan" if name in self.guardrails else "usual"

    def __repr__(self) -> str:
        arms = " against ".join(filter(None, (self.challenger, self.baseline)))
        days = f"{self.days} to {self.at_most} days"
        return f"Plan: {self.primary} {self.goal}, {days}{arms and f', {arms}'}"

    @property
    def verdict_days(self) -> tuple[int, ...]:
        """The days at whose end it may ship: `days`, in whole weeks where they are a fortnight or
        more, and every week after it.
        """
        first = self.days if self.days < NOVELTY else -(-self.days // WEEK) * WEEK
        return tuple(range(first, self.at_most + 1, WEEK)) or (self.at_most,)

    @property
    def looks_for_novelty(self) -> bool:
        return self.verdict_days[0] >= NOVELTY
