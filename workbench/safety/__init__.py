"""Attacks on prompts, models and critics, and what came of them."""

from workbench.safety.assessed import Assessment
from workbench.safety.assessing import assess
from workbench.safety.attacking import attack
from workbench.safety.attacks import Attacks, Safer, Success, Tried, behind_filters, success
from workbench.safety.suite import Attack, suite

__all__ = [
    "Assessment",
    "Attack",
    "Attacks",
    "Safer",
    "Success",
    "Tried",
    "assess",
    "attack",
    "behind_filters",
    "success",
    "suite",
]
