"""The decision: which variant is better than the baseline, by how much, and how sure that is."""

from workbench.comparison.decide import compare
from workbench.comparison.result import Comparison, Difference, Gold, NextStep, Note, Slice, Variant

__all__ = ["Comparison", "Difference", "Gold", "NextStep", "Note", "Slice", "Variant", "compare"]
