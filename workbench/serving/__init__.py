"""What a server takes: load tests, traces of traffic, and the rate that may be stated; and whether
servers of one's own would pay.
"""

from workbench.serving.bounds import Bounds
from workbench.serving.cautions import Caution
from workbench.serving.climbing import Step, Windows
from workbench.serving.highest import Capacity, capacity
from workbench.serving.hosted_or_own import hosting
from workbench.serving.hosting import Hosting
from workbench.serving.level import Block, Level
from workbench.serving.saved import read_load
from workbench.serving.server_settings import Tried
from workbench.serving.sweeping import sweep
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.under_load import load_test, simulate

__all__ = [
    "Block", "Bounds", "Capacity", "Caution", "Hosting", "Level", "LoadTest", "Step", "Trace",
    "Tried", "Windows", "capacity", "hosting", "load_test", "read_load", "simulate", "sweep",
]  # fmt: skip
