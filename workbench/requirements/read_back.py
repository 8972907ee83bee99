# pyright: strict
"""What was checked, read back from a decision.json."""

import math
from collections.abc import Mapping
from typing import Any

from workbench.errors import RequirementError
from workbench.requirements.lines import GateRules, Requirement, Requirements, UseCase
from workbench.requirements.outcomes import Checked, Outcome
from workbench.requirements.settled import Age, GateLook, More, Settled
from workbench.stats.intervals import Interval


def read_checked(plain: Mapping[str, Any]) -> Checked:
    """The way back from `Checked.decision`, the comparison aside; RequirementError where it is no
    such thing.
    """
    try:
        return _checked(plain)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RequirementError(
            f"the gate's part of decision.json cannot be read ({error!r}): run the gate again"
        ) from None


def _checked(plain: Mapping[str, Any]) -> Checked:
    case: dict[str, Any] = {**plain["use_case"]}
    del case["sentence"]
    case["against"] = tuple(case["against"])
    lines = [_outcome(each) for each in plain["lines"]]
    asked = Requirements(
        plain["requirements"],
        tuple(dict.fromkeys(each.requirement for each in lines)),
        UseCase(**case),
        gate=GateRules(**plain["rules"]),
    )
    settled = plain.get("settled")
    return Checked(asked, plain["variant"], tuple(lines), settled=settled and _settled(settled))


def _outcome(plain: Mapping[str, Any]) -> Outcome:
    named = ("word", "of", "rows", "evidence", "reason", "next_step")
    said: dict[str, Any] = {name: plain[name] for name in named}
    line = Requirement(**plain["requirement"])
    return Outcome(requirement=line, value=_interval(plain["value"]), **said)


def _interval(plain: list[float | None] | None) -> Interval | None:
    """An end that is null is not known: infinite, as it was."""
    if plain is None:
        return None
    estimate, low, high = plain
    ends = (-math.inf if low is None else low, math.inf if high is None else high)
    return Interval(math.nan if estimate is None else estimate, *ends)


def _settled(plain: Mapping[str, Any]) -> Settled:
    given: dict[str, Any] = {**plain}
    given["looks"] = tuple(GateLook(**each) for each in plain["looks"])
    given["more"] = More(**plain["more"]) if plain["more"] else None
    given["age"] = Age(**plain["age"]) if plain.get("age") else None
    return Settled(**given)
