"""Judgement: checks in code, rubrics, preferences, panels. No calls and no store here."""

from typing import TYPE_CHECKING

from workbench.lazily import offering

if TYPE_CHECKING:
    from workbench.critics.canary import CANARY, Canary
    from workbench.critics.checks import (
        Contains,
        Exact,
        Function,
        JSONSchema,
        Length,
        Regex,
        ToolCall,
    )
    from workbench.critics.panel import Panel
    from workbench.critics.preference import Preference
    from workbench.critics.rating import read_rating
    from workbench.critics.reading import read_choice
    from workbench.critics.rubric import Rubric
    from workbench.critics.verdict import Critic, Verdict

__all__ = [
    "CANARY", "Canary", "Contains", "Critic", "Exact", "Function", "JSONSchema", "Length", "Panel",
    "Preference", "Regex", "Rubric", "ToolCall", "Verdict", "read_choice", "read_rating",
]  # fmt: skip

_HOMES = {
    "canary": ["CANARY", "Canary"],
    "checks": ["Contains", "Exact", "Function", "JSONSchema", "Length", "Regex", "ToolCall"],
    "panel": ["Panel"],
    "preference": ["Preference"],
    "rating": ["read_rating"],
    "reading": ["read_choice"],
    "rubric": ["Rubric"],
    "verdict": ["Critic", "Verdict"],
}
__getattr__, __dir__ = offering(__name__, _HOMES)
