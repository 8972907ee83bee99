"""Progress for another process: one JSON line a tick, in the file that WORKBENCH_PROGRESS names."""

import json
import math
import os
from dataclasses import asdict

from workbench.runs.record import Progress, Run


def write_tick(run: Run, progress: Progress) -> None:
    """Append how far the run is; nothing where nobody asked."""
    if path := os.environ.get("WORKBENCH_PROGRESS"):
        numbers = {name: None if isinstance(value, float) and math.isnan(value) else value
                   for name, value in asdict(progress).items()}  # fmt: skip
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"run": f"{run.id} {run.started}", **numbers}) + "\n")
