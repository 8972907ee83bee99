"""A limited release: what its logs say, and what a full launch will take."""

from typing import TYPE_CHECKING

from workbench.lazily import offering

if TYPE_CHECKING:
    from workbench.release.forecasted import Forecast
    from workbench.release.foreseeing import chances
    from workbench.release.full_launch import forecast
    from workbench.release.launching import launch
    from workbench.release.log_loading import load_logs
    from workbench.release.planned import Plan
    from workbench.release.released_logs import Logs
    from workbench.release.trial import Trial

__all__ = ["Forecast", "Logs", "Plan", "Trial", "chances", "forecast", "launch", "load_logs"]

_HOMES = {
    "forecasted": ["Forecast"],
    "foreseeing": ["chances"],
    "full_launch": ["forecast"],
    "launching": ["launch"],
    "log_loading": ["load_logs"],
    "planned": ["Plan"],
    "released_logs": ["Logs"],
    "trial": ["Trial"],
}
__getattr__, __dir__ = offering(__name__, _HOMES)
