"""The `workbench` command: a thin shell over the same functions that the notebooks call."""

import argparse
import ast
import json
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import __version__, words
from workbench.errors import WorkbenchError
from workbench.files import resolve, root
from workbench.secrets import redact


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors a user can mend are one line on standard error and exit status 1."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `lab` is jupyter's: argparse would refuse options that it does not know.
    end = (
        1
        if arguments[:1] == ["lab"] and arguments[1:] not in (["-h"], ["--help"])
        else len(arguments)
    )
    given = _parser().parse_args(arguments[:end], argparse.Namespace(rest=arguments[end:]))
    try:
        status = given.command(given)
    except WorkbenchError as error:
        print(f"workbench: {redact(str(error))}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print(
            "workbench: interrupted; finished calls are kept, the same command goes on from there",
            file=sys.stderr,
        )
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="workbench", description="Which prompt should ship, and how sure is that?"
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="execute a notebook and leave notebook, decision.json and report"
    )
    run.add_argument("notebook", help="a notebook, e.g. notebooks/2_evaluate.ipynb")
    run.add_argument(
        "-p",
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a name of the notebook's parameters cell; VALUE is read as JSON or Python where "
        "it reads so (40, true, False, None, [1, 2], '\"40\"'), else as text",
    )
    run.add_argument(
        "-o",
        "--output",
        help="folder for what the run leaves (default: .workbench/reports/<notebook>, "
        "with -p task TASK .workbench/reports/<notebook>-TASK)",
    )
    run.set_defaults(command=_run)
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the notebooks",
        usage="workbench lab [OPTION ...]",
        description="Every OPTION is passed to jupyter lab, e.g. --no-browser",
    )
    lab.set_defaults(command=_lab)
    new = commands.add_parser("new", help="scaffold a task: prompt, dataset, critic")
    new.add_argument("task", help="the task's name, e.g. refunds")
    new.set_defaults(command=_new)
    return parser


def _run(given: argparse.Namespace) -> int:
    started, progress = time.perf_counter(), Progress()  # before imports, which take a second
    from workbench.reports import execute

    notebook = Path(given.notebook) if Path(given.notebook).is_file() else resolve(given.notebook)
    parameters = _values(given.parameter)
    folder = Path(given.output).absolute() if given.output else _folder(notebook, parameters)
    try:
        made = execute(notebook, folder, parameters, progress=progress)
    finally:
        progress.close()
    if (decision := folder / "decision.json").is_file():
        print(json.loads(decision.read_text())["sentence"])
    print(f"notebook: {made.notebook}")
    print(f"seconds: {time.perf_counter() - started:.0f}")
    print(f"calls: {progress.calls}")
    print(f"report: {made.report}")
    return 0


def _folder(notebook: Path, parameters: Mapping[str, Any]) -> Path:
    """Where a run leaves its files unless told: one folder a notebook and given task, so that tasks
    keep theirs.
    """
    task = re.sub(r"[^\w.-]+", "_", str(parameters.get("task") or ""))
    return (
        root() / ".workbench" / "reports" / (f"{notebook.stem}-{task}" if task else notebook.stem)
    )


def _values(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Parameters by name, as they were meant."""
    return {name: _value(text) for name, text in pairs}


def _value(text: str) -> Any:
    """A value that reads as JSON (`40`, `true`, `[1, 2]`) or as Python (`False`, `None`, `['a']`),
    else the text.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text
    return (
        value if value is None or isinstance(value, bool | str | list | dict) else text
    )  # 1_000 may be a name


class Progress:
    """Prints how far the notebook's runs are: one rewritten line on a terminal, a line every few
    seconds elsewhere.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Mapping[str, Any]] = {}
        self.tty = sys.stderr.isatty()
        self.printed = 0.0
        self._write("starting the notebook")

    @property
    def calls(self) -> int:
        return sum(run["calls"] for run in self.runs.values())

    def __call__(self, tick: Mapping[str, Any]) -> None:
        if "cell" in tick:
            self._cell(tick["cell"])
            return
        self.runs[tick["run"]] = tick
        now = time.monotonic()
        if self.tty or tick["done"] == tick["total"] or now - self.printed >= 3:
            self.printed = now
            failed = f" · {tick['failed']:,} failed" if tick["failed"] else ""
            spent = f" · {words.money(tick['spent'])}" if tick.get("spent") else ""
            answers = f"{tick['done']:,} of {tick['total']:,} answers · {tick['calls']:,} calls"
            self._write(f"{answers}{failed}{spent} · {words.seconds(tick['seconds'])}")

    def _cell(self, number: int) -> None:
        """Say which cell runs, where no run says how far it is."""
        if self.tty or number == 1:
            self._write(f"running cell {number} of the notebook")

    def _write(self, text: str) -> None:
        print(
            f"\r\033[K{text}" if self.tty else text,
            end="" if self.tty else "\n",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        if self.tty:
            print(file=sys.stderr)


def _lab(given: argparse.Namespace) -> int:
    """Replace this process by JupyterLab, run by this interpreter so that the kernel has the
    workbench: on the whole project, opened on its notebooks, with the reports in .workbench in
    reach of links.
    """
    project = root()
    notebooks = "/lab/tree/notebooks" if (project / "notebooks").is_dir() else "/lab"
    options = [
        f"--ServerApp.root_dir={project}",
        f"--LabApp.default_url={notebooks}",
        "--ContentsManager.allow_hidden=True",
    ]
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options, *given.rest])


def _new(given: argparse.Namespace) -> int:
    from workbench.scaffold import scaffold

    for path in scaffold(given.task):
        print(path.relative_to(root()))
    return 0
