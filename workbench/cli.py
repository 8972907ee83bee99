"""The `workbench` command: a thin shell over the same functions that the notebooks call."""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench import _words as words
from workbench._files import resolve, root
from workbench._secrets import redact
from workbench.errors import WorkbenchError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors a user can mend are one line on standard error and exit status 1."""
    given = _parser().parse_args(arguments)
    try:
        status = given.command(given)
    except WorkbenchError as error:
        print(f"workbench: {redact(str(error))}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print("workbench: interrupted; finished calls are kept, the same command goes on from there", file=sys.stderr)
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench", description="Which prompt should ship, and how sure is that?")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="execute a notebook and leave notebook, decision.json and report")
    run.add_argument("notebook", help="a notebook, e.g. notebooks/2_evaluate.ipynb")
    run.add_argument("-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
                     help="set a name of the notebook's parameters cell")  # fmt: skip
    run.add_argument("-o", "--output", help="folder for what the run leaves (default: .workbench/reports/<notebook>)")
    run.set_defaults(command=_run)
    lab = commands.add_parser("lab", help="open JupyterLab on the notebooks")
    lab.add_argument("rest", nargs=argparse.REMAINDER, help="passed to jupyter lab, e.g. --no-browser")
    lab.set_defaults(command=_lab)
    new = commands.add_parser("new", help="scaffold a task: prompt, dataset, critic")
    new.add_argument("task", help="the task's name, e.g. refunds")
    new.set_defaults(command=_new)
    return parser


def _run(given: argparse.Namespace) -> int:
    from workbench.reports import execute

    started = time.perf_counter()
    notebook = Path(given.notebook) if Path(given.notebook).is_file() else resolve(given.notebook)
    folder = Path(given.output).absolute() if given.output else root() / ".workbench" / "reports" / notebook.stem
    progress = Progress()
    try:
        made = execute(notebook, folder, _values(given.parameter), progress=progress)
    finally:
        progress.close()
    if (decision := folder / "decision.json").is_file():
        print(json.loads(decision.read_text())["sentence"])
    print(f"notebook: {made.notebook}")
    print(f"seconds: {time.perf_counter() - started:.0f}")
    print(f"calls: {progress.calls}")
    print(f"report: {made.report}")
    return 0


def _values(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Parameters as Python values where they read as JSON (`40`, `true`, `[1, 2]`), else as text."""
    values = {}
    for name, text in pairs:
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = None if text == "None" else text
    return values


class Progress:
    """Prints how far the notebook's runs are: one rewritten line on a terminal, a line every few seconds elsewhere."""

    def __init__(self) -> None:
        self.runs: dict[str, Mapping[str, Any]] = {}
        self.tty = sys.stderr.isatty()
        self.printed = 0.0
        self._write("starting the notebook")

    @property
    def calls(self) -> int:
        return sum(run["calls"] for run in self.runs.values())

    def __call__(self, tick: Mapping[str, Any]) -> None:
        self.runs[tick["run"]] = tick
        now = time.monotonic()
        if self.tty or tick["done"] == tick["total"] or now - self.printed >= 3:
            self.printed = now
            failed = f" · {tick['failed']:,} failed" if tick["failed"] else ""
            spent = f" · {words.money(tick['spent'])}" if tick.get("spent") else ""
            self._write(f"{tick['done']:,} of {tick['total']:,} answers · {tick['calls']:,} calls{failed}{spent} · "
                        f"{words.seconds(tick['seconds'])}")  # fmt: skip

    def _write(self, text: str) -> None:
        print(f"\r\033[K{text}" if self.tty else text, end="" if self.tty else "\n", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.tty:
            print(file=sys.stderr)


def _lab(given: argparse.Namespace) -> int:
    """Replace this process by JupyterLab, run by this interpreter so that the kernel has the workbench."""
    notebooks = root() / "notebooks"
    command = [sys.executable, "-m", "jupyterlab", str(notebooks if notebooks.is_dir() else root())]
    os.execv(sys.executable, [*command, *given.rest])


def _new(given: argparse.Namespace) -> int:
    from workbench.scaffold import scaffold

    for path in scaffold(given.task):
        print(path.relative_to(root()))
    return 0
