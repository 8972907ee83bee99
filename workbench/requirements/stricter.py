# pyright: strict
"""Whether a file of requirements asks at least what another asked."""

from dataclasses import fields, replace

from workbench.requirements.lines import GateRules, Requirement, Requirements

UP = ("at_least", "mean", "peak")  # bounds that ask for more where they are higher
DOWN = ("at_most", "margin", "worse_by")
STRICT = {"on_inconclusive": "block", "opinion": "forbid"}


def asks_no_less(new: Requirements, old: Requirements) -> bool:
    """Whether all that met the new requirements would have met the old: each old line stands, as it
    was or with a tighter bound, and nothing decides more leniently. Texts of the use case count for
    nothing.
    """
    lines = all(any(_as_tight(line, was) for line in new.lines) for was in old.lines)
    return lines and new.task.languages == old.task.languages and _as_strict(new.gate, old.gate)


def _as_tight(new: Requirement, old: Requirement) -> bool:
    bare = dict.fromkeys((*UP, *DOWN)) | {"on_unknown": "block"}
    if replace(new, **bare) != replace(old, **bare):
        return False
    tighter = all(_reaches(getattr(new, name), getattr(old, name)) for name in UP)
    return (
        tighter
        and all(_reaches(getattr(old, name), getattr(new, name)) for name in DOWN)
        and new.on_unknown in ("block", old.on_unknown)
    )


def _reaches(high: float | None, low: float | None) -> bool:
    """Whether two bounds are none, or the first is no lower than the second."""
    return high == low if high is None or low is None else high >= low


def _as_strict(new: GateRules, old: GateRules) -> bool:
    """Whether a gate's rules are those of another but for a higher level and stricter words."""
    strict = all(getattr(new, name) in (getattr(old, name), each) for name, each in STRICT.items())
    rest = {each.name for each in fields(old)} - {*STRICT, "level"}
    same = all(getattr(new, name) == getattr(old, name) for name in rest)
    return strict and same and new.level >= old.level
