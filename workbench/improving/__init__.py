"""Better by itself: prompts that answer what a prompt fails, and what their gain is worth."""

from workbench.improving.driving import improve
from workbench.improving.following import watchers
from workbench.improving.improved import Candidate, Improvement

__all__ = ["Candidate", "Improvement", "improve", "watchers"]
