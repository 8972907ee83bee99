"""A limited release, and what a full launch will take."""

from workbench.release.forecasted import Forecast
from workbench.release.full_launch import forecast

__all__ = ["Forecast", "forecast"]
