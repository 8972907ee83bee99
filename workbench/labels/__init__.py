"""What people say of a run's answers: give, draw, plan, exchange. Labels outlive the run and the
critic's prompt.
"""

from workbench.labels.agreement import apart, rater_table, raters
from workbench.labels.drawing import Draw, draw
from workbench.labels.giving import add, take_back
from workbench.labels.json_lines import read, write
from workbench.labels.needed import Plan, plan
from workbench.labels.rated_sheets import read_sheet
from workbench.labels.records import FIELDS, PURPOSES

__all__ = [
    "FIELDS", "PURPOSES", "Draw", "Plan", "add", "apart", "draw", "plan", "rater_table", "raters",
    "read", "read_sheet", "take_back", "write",
]  # fmt: skip
