"""What comes in from other tools and goes out to them: released prompts and their cards, rows as
files."""

from workbench.exchange.reading_runs import read_run
from workbench.exchange.saving import save
from workbench.exchange.suites import load_suite
from workbench.exchange.training import training_file
from workbench.exchange.winners import export

__all__ = ["export", "load_suite", "read_run", "save", "training_file"]
