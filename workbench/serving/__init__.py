"""What a server takes: load tests, traces of traffic, and the rate that may be stated."""

from workbench.serving.bounds import Bounds
from workbench.serving.climbing import Step, Windows
from workbench.serving.level import Block, Level
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.under_load import simulate

__all__ = ["Block", "Bounds", "Level", "LoadTest", "Step", "Trace", "Windows", "simulate"]
