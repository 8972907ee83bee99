"""What was measured of both arms of a release, each in its own unit."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.page import words
from workbench.release import Trial
from workbench.release.measures import MEASURES
from workbench.stats import Interval
from workbench.words import capital, hundredths, spanned

Say = Callable[[float], str]
SAYS: Mapping[str, Say] = {
    "latency": words.seconds,
    "speed": lambda value: f"{value:.0f}",
    "cost": words.money,
    "cost_resolved": words.money,
}


def shown_value(measure: str, value: float) -> str:
    """A value of one arm: 1.08 s, $0.0021, 71.2 %."""
    if not math.isfinite(value):
        return "" if math.isnan(value) else "open"
    return SAYS.get(measure, hundredths)(value)


def shown_change(measure: str, value: float) -> str:
    """A change as people read it: +9 %, or +2.1 points; of rare rates with two digits."""
    if not math.isfinite(value):
        return "open"
    kind = MEASURES[measure].kind
    if kind in ("ratio", "quantile"):
        return f"{_sign(value)}{words.percent(abs(value), 0 if abs(value) >= 0.095 else 1)}"
    if kind == "rare":
        return f"{_sign(value)}{100 * abs(value):.2g}"
    return words.signed(value)


def _sign(value: float) -> str:
    return words.MINUS if value < 0 else "+" if value > 0 else ""


def shown_ends(measure: str, low: float, high: float) -> str:
    """−0.9 to 1.2; 30 to 53 %."""
    return spanned(shown_change(measure, low), shown_change(measure, high))


def measure_rows(trial: Trial) -> Iterator[dict[str, Any]]:
    """Both arms and the difference, as if there were no other look."""
    for each in trial.measures:
        yield {
            "name": capital(each.title),
            "arms": [_arm(each.measure, arm) for arm in each.arms],
            "change": shown_change(each.measure, each.effect.estimate),
            "unit": "" if each.relative else "points",
            "ends": shown_ends(each.measure, each.effect.low, each.effect.high),
        }


def _arm(measure: str, found: Interval) -> tuple[str, str]:
    """A value, and its limits where they are known."""
    ends = spanned(shown_value(measure, found.low), shown_value(measure, found.high))
    known = math.isfinite(found.low) and math.isfinite(found.high)
    return shown_value(measure, found.estimate), ends if known else ""
