"""One process of a team: `joined_job.py STORE N CONCURRENCY FOLDER [BUDGET]`, joined by
WORKBENCH_JOIN; it prints what it sees at its end.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from killed_job import job


def main() -> None:
    from workbench import runs
    from workbench.errors import WorkbenchError

    store, n, concurrency, folder, *budget = sys.argv[1:]
    made = job(Path(folder), int(n), int(concurrency), os.environ["OPENAI_BASE_URL"])
    given = {"budget": float(budget[0])} if budget else {}
    try:
        done = asyncio.run(runs.run(*made, store=store, **given))
    except WorkbenchError as error:
        sys.exit(str(error))
    sees = {"columns": done.columns, "counts": done.counts, "by_others": done.by_others}
    print(json.dumps(sees | {"cost": done.cost}))


if __name__ == "__main__":
    main()
