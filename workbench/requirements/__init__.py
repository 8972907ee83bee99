"""What a task must meet, line by line, and whether evidence shows that it does."""

from workbench.requirements.checking import check
from workbench.requirements.lines import Requirements
from workbench.requirements.outcomes import Checked
from workbench.requirements.parsing import load_requirements

__all__ = ["Checked", "Requirements", "check", "load_requirements"]
