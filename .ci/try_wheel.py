"""Tries an installation as somebody without the checkout does: `python try_wheel.py`, run by the
Python of the environment that the wheel was installed into, in an empty folder. It ends with how
many packages that took, and how large they are.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import workbench
from workbench import testing

LABELS = ("question", "complaint", "thanks")
COMMAND = Path(sys.executable).with_name("workbench")
NOT_OURS = ("pip", "setuptools", "wheel")  # that an empty environment has


def answer(ask: testing.Ask) -> str:
    """A label by the number in the message; right of two prompts' answers twice in three."""
    if "yes or no" in ask.text:
        return "yes"
    number = int(ask.text.split("No. ")[-1].split()[0])
    return json.dumps({"label": LABELS[number % 3 if number % 4 else 0]})


def typed(*arguments: str) -> str:
    """What a command prints; its error ends the trial."""
    ran = subprocess.run([COMMAND, *arguments], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {ran.returncode}:\n{ran.stderr}{ran.stdout}")
    return ran.stdout


def write_table() -> None:
    lines = [f"{number},This is No. {number} of them,{LABELS[number % 3]}" for number in range(60)]
    Path("tickets.csv").write_text("\n".join(["id,message,label", *lines]))


def try_it() -> None:
    """A project is begun, a task made of a table, and its notebook run."""
    typed("init")
    wanted = (
        "models.yaml",
        "notebooks/2_evaluate.ipynb",
        "prompts/triage/v1.prompty",
        "datasets/triage.jsonl",
    )
    if lacking := [name for name in wanted if not Path(name).is_file()]:
        sys.exit(f"init left out {', '.join(lacking)}")
    if "An example: " not in typed("explain", "need", "more"):
        sys.exit("the pages on decisions are not in the wheel")
    typed("new", "refunds")
    write_table()
    typed("new", "tickets", "--from", "tickets.csv")
    with testing.serve(answer) as server:
        file = json.loads(server.models_file("scripted.yaml", "embedded").read_text())
        Path("scripted.yaml").write_text(
            json.dumps(file | {"roles": {"actor": "embedded", "critic": "embedded"}})
        )
        os.environ["WORKBENCH_MODELS"] = str(Path("scripted.yaml").absolute())
        said = typed("run", "notebooks/tickets.ipynb", "-p", "hold", "0")
    reports = list(Path(".workbench/reports").rglob("report.html"))
    if not reports or not server.log:
        sys.exit(f"the notebook left no report, or asked nothing:\n{said}")


def installed() -> tuple[int, float]:
    """How many packages there are, and how many megabytes their files have."""
    ours = [each for each in distributions() if each.metadata["Name"] not in NOT_OURS]
    files = {Path(str(file.locate())) for each in ours for file in each.files or ()}
    return len(ours), sum(file.stat().st_size for file in files if file.is_file()) / 1e6


if __name__ == "__main__":
    if Path(workbench.__file__).is_relative_to(Path(__file__).resolve().parents[1] / "workbench"):
        sys.exit("this is the checkout, and not what the wheel holds")
    try_it()
    packages, size = installed()
    print(f"The wheel works without the checkout: {packages} packages, {size:.0f} MB.")
