"""A run on a local Ray: `ray_job.py STORE N WORKERS FOLDER`; it prints what it sees at its end.

The seconds are those of the run, without the start of Ray.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from killed_job import job

IN_FLIGHT, LIMIT = 16, 64  # of each worker, of all


def main() -> None:
    import ray

    from workbench import runs

    store, n, workers, folder = sys.argv[1:5]
    made = job(Path(folder), int(n), LIMIT, os.environ["OPENAI_BASE_URL"])
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    began = time.monotonic()
    executor = runs.Ray(workers=int(workers), in_flight=IN_FLIGHT)
    done = asyncio.run(runs.run(*made, store=store, executor=executor))
    told = {"seconds": time.monotonic() - began, "counts": done.counts, "columns": done.columns}
    print(json.dumps(told))
    ray.shutdown()


if __name__ == "__main__":
    main()
