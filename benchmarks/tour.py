"""One task from its requirements to its launch: every notebook in turn, headless, as users run it.

    make tour

The embedded model answers and judges, a simulated server is loaded, and the logs of the release are
made up. Leaves every report, and the project's own page, in reports/tour; prints what each notebook
took, and ends with 0 where all of them together took less than LIMIT.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import workbench as wb

LIMIT = 600  # seconds, on two cores
FOLDER = Path("reports/tour")
LOGS = Path(".workbench/tour/release.parquet")
SERVED = {"own": "simulated"}  # whose load 5_serving keeps
RELEASED = {"prompt": "prompts/triage/v3.prompty", "actor": "actor", "server_hour": 1.5, **SERVED}
Step = tuple[str, Mapping[str, Any]]  # a notebook, and its parameters that are not its own

TRIAGE = {"task": "triage", "actor": "actor", "critic": "critic"}
ON_GOLD = {"question": "right_label", "answer": "label", "limit": 40}
ATTACKED = {"over": 1, "max_tokens": 48}
STEPS: tuple[Step, ...] = (
    ("0_requirements", {}),
    ("1_prototype", {}),
    ("2_evaluate", {"release_to": ".workbench/tour/released"}),
    ("3_trust_critic", {**TRIAGE, **ON_GOLD, "recording": "", "labels": ""}),
    ("4_safety", {**TRIAGE, **ATTACKED}),
    ("5_serving", {"variant": "v3"}),
    ("6_launch", {"logs": str(LOGS), **RELEASED}),
    ("7_project", {"attacked": True, **ATTACKED, **SERVED}),
)


def write_logs() -> None:
    """Logs of a release in which users like v3 better than v1, and nothing else differs."""
    planted = wb.testing.Planted(lift=0.35, coverage=(0.5, 0.5))
    texts = {"texts": wb.testing.GROUNDED, "made_up": wb.testing.MADE_UP}
    logs = wb.testing.release_logs(1500, planted=planted, seed=4, **texts)
    LOGS.parent.mkdir(parents=True, exist_ok=True)
    logs.assign(arm=logs["arm"].replace("v2", "v3")).to_parquet(LOGS)


def walked(steps: tuple[Step, ...]) -> Iterator[tuple[str, float, bool]]:
    """The seconds that each notebook took, and whether it ran to its end; the first that does not
    is the last.
    """
    for name, parameters in steps:
        given = [part for key, value in parameters.items() for part in ("-p", key, said(value))]
        command = ["run", f"notebooks/{name}.ipynb", *given, "-o", str(FOLDER / name)]
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "workbench", *command], check=False)
        yield name, time.monotonic() - began, not done.returncode
        if done.returncode:
            return


def said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def main() -> int:
    write_logs()
    took = list(walked(STEPS))
    for name, seconds, _ in took:
        print(f"{name:16s} {seconds:5.0f} s")
    together = sum(seconds for _, seconds, _ in took)
    print(f"{'together':16s} {together:5.0f} s; the project's page is in {FOLDER}/7_project")
    return 0 if all(ended for *_, ended in took) and together < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
