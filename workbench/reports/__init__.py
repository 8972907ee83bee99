"""Reports: one-file pages of comparisons, runs and executed notebooks, and the execution itself."""

from workbench.reports.execute import Executed, execute
from workbench.reports.notebook import notebook_page
from workbench.reports.onefile import report

__all__ = ["Executed", "execute", "notebook_page", "report"]
