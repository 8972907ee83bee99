"""Attacks on prompts, models and critics, and what came of them."""

from workbench.safety.attacking import attack
from workbench.safety.attacks import Attacks, Safer, Success, Tried, behind_filters, success
from workbench.safety.suite import Attack, suite

__all__ = [
    "Attack",
    "Attacks",
    "Safer",
    "Success",
    "Tried",
    "attack",
    "behind_filters",
    "success",
    "suite",
]
