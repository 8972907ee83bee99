"""Fail fast: can the best model do the task at all, on few examples?"""

from workbench.trying.few import fail_fast, watchers
from workbench.trying.tried import Tried, Trying

__all__ = ["Tried", "Trying", "fail_fast", "watchers"]
