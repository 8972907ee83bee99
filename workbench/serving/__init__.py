"""What a server takes: load tests, traces of traffic, and the rate that may be stated."""

from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution
from workbench.serving.climbing import Step, Windows
from workbench.serving.level import Block, Level
from workbench.serving.saved import read_load
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.under_load import load_test, simulate

__all__ = [
    "Block",
    "Bounds",
    "Caution",
    "Level",
    "LoadTest",
    "Step",
    "Trace",
    "Windows",
    "load_test",
    "read_load",
    "simulate",
]
