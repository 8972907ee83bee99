"""A limited release: what its logs say before full launch."""

from workbench.release.launching import launch
from workbench.release.log_loading import load_logs
from workbench.release.planned import Plan
from workbench.release.released_logs import Logs
from workbench.release.trial import Trial

__all__ = ["Logs", "Plan", "Trial", "launch", "load_logs"]
