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
from typing import TYPE_CHECKING, Any

from workbench import __version__, words
from workbench.errors import WorkbenchError
from workbench.files import resolve, root
from workbench.printing import gated, leave, rewrite, say, terminal
from workbench.secrets import redact

if TYPE_CHECKING:
    from workbench.recognising import Recognised


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors a user can mend are one line on standard error and exit status 1."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `lab` is jupyter's: argparse would refuse options that it does not know.
    end = (
        1
        if arguments[:1] == ["lab"] and arguments[1:] not in (["-h"], ["--help"])
        else len(arguments)
    )
    with gated(sys.stdout, sys.stderr):
        given = _parser().parse_args(arguments[:end], argparse.Namespace(rest=arguments[end:]))
        sys.exit(_status(given))


def _status(given: argparse.Namespace) -> int:
    """The exit status of a command, carried out."""
    try:
        return given.command(given)
    except WorkbenchError as error:
        say(f"workbench: {redact(str(error))}", error=True)
        return 1
    except KeyboardInterrupt:
        kept = "finished calls are kept, the same command goes on from there"
        say(f"workbench: interrupted; {kept}", error=True)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="workbench", description="Which prompt should ship, and how sure is that?"
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the notebooks",
        usage="workbench lab [OPTION ...]",
        description="Every OPTION is passed to jupyter lab, e.g. --no-browser",
    )
    lab.set_defaults(command=_lab)
    _add_new(commands)
    init = commands.add_parser("init", help="begin a project: models.yaml, notebooks, two tasks")
    init.add_argument("folder", nargs="?", default=".", help="where (default: here)")
    init.add_argument("--empty", action="store_true", help="models.yaml alone, no tasks")
    init.set_defaults(command=_init)
    return parser


def _add_run(commands: Any) -> None:
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
        help="set a name of the notebook's parameters cell; VALUE is read as YAML 1.2, JSON or "
        "Python where it reads so (40, 1e-3, true, False, None, [1, 2], '\"40\"'), else as text",
    )
    run.add_argument(
        "-o",
        "--output",
        help="folder for what the run leaves (default: .workbench/reports/<notebook>, "
        "with -p task TASK .workbench/reports/<notebook>-TASK)",
    )
    run.add_argument(
        "--gate",
        metavar="FILE",
        help="a file of requirements that decide: exit status 0 passed, 100 failed, "
        "101 inconclusive; leaves junit.xml and summary.md too",
    )
    run.set_defaults(command=_run)


def _add_new(commands: Any) -> None:
    new = commands.add_parser("new", help="scaffold a task: prompts, dataset, critic, notebook")
    new.add_argument("task", help="the task's name, e.g. refunds")
    new.add_argument(
        "--from",
        dest="table",
        metavar="FILE",
        help="examples to begin with: CSV, Excel, Parquet, JSON Lines; what is not said is "
        "recognised, and said",
    )
    column = {"metavar": "COLUMN", "default": ""}
    many = {"metavar": "COLUMN", "action": "append", "default": []}
    new.add_argument("--input", **many, help="a column that prompts read; may be repeated")
    new.add_argument("--expected", **column, help="the column of right answers")
    new.add_argument("--id", **column, help="the column that names each row")
    new.add_argument("--tag", **many, help="a column to show results by; may be repeated")
    new.add_argument("--sheet", default="", help="the sheet of a workbook")
    new.add_argument("--separator", default="", help="what parts the columns of a CSV file")
    new.add_argument("--encoding", default="", help="of a text file, e.g. cp1252")
    new.set_defaults(command=_new)


def _run(given: argparse.Namespace) -> int:
    notebook, parameters = _notebook(given.notebook), _values(given.parameter)
    folder = Path(given.output).absolute() if given.output else _folder(notebook, parameters)
    if given.gate is None:
        _executed(notebook, folder, parameters)
        return 0
    return _gated(notebook, folder, {**parameters, "requirements": _from_root(given.gate)})


def _notebook(name: str) -> Path:
    return Path(name) if Path(name).is_file() else resolve(name)


def _from_root(name: str) -> str:
    """A file as a notebook's parameter names it, from the project's root where it lies there."""
    path = Path(name).absolute() if Path(name).is_file() else resolve(name)
    return path.relative_to(root()).as_posix() if path.is_relative_to(root()) else str(path)


def _executed(notebook: Path, folder: Path, parameters: Mapping[str, Any]) -> "Progress":
    """Execute a notebook and say what came of it."""
    from workbench.reports import execute

    started, progress = time.perf_counter(), Progress()
    try:
        made = execute(notebook, folder, parameters, progress=progress)
    finally:
        progress.close()
    if (decision := folder / "decision.json").is_file():
        say(json.loads(decision.read_text())["sentence"])
    say(f"notebook: {made.notebook}")
    say(f"seconds: {time.perf_counter() - started:.0f}")
    say(f"calls: {progress.calls}")
    say(f"report: {made.report}")
    return progress


def _gated(notebook: Path, folder: Path, parameters: Mapping[str, Any]) -> int:
    """Execute a notebook whose gate decides, leave what CI reads, and return its exit status."""
    from workbench.exchange import gate_files as files

    try:
        progress = _executed(notebook, folder, parameters)
        decision = files.read_decision(folder / files.DECISION)
        checked = files.gate_of(decision, notebook.name)
        files.write_gate(folder, checked, folder.name, spent=progress.spent, notes="")
    except WorkbenchError as error:
        files.write_trouble(folder, folder.name, redact(str(error)))
        raise
    say(f"gate: {checked.word}: {checked.sentence}")
    return decision["exit_status"]


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
    """A value that reads as YAML's scalars (`40`, `true`, `1e-3`), as JSON (`[1, 2]`) or as Python
    (`False`, `None`, `['a']`), else the text.
    """
    from workbench.plain_yaml import core_scalar

    for read in (core_scalar, json.loads, ast.literal_eval) if text else ():
        try:
            value = read(text)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
        if value != text and (read is core_scalar or not isinstance(value, _LEFT_TO_YAML)):
            return value
    return text


# JSON and Python read more as such: NaN and 1_000 may be names
_LEFT_TO_YAML = (int, float, complex, tuple, set, bytes)


class Progress:
    """Prints how far the notebook's runs are: one rewritten line on a terminal, a line every few
    seconds elsewhere.
    """

    def __init__(self) -> None:
        self.runs: dict[str, Mapping[str, Any]] = {}
        self._terminal = terminal()
        self.printed = 0.0
        self._write("starting the notebook")

    @property
    def calls(self) -> int:
        return sum(run["calls"] for run in self.runs.values())

    @property
    def spent(self) -> float:
        """Dollars, as far as they are known."""
        return sum(run.get("spent") or 0.0 for run in self.runs.values())

    def __call__(self, tick: Mapping[str, Any]) -> None:
        self.runs[tick["run"]] = tick
        now = time.monotonic()
        if self._terminal or tick["done"] == tick["total"] or now - self.printed >= 3:
            self.printed = now
            failed = f" · {tick['failed']:,} failed" if tick["failed"] else ""
            known = tick.get("spent") and words.spending(tick["spent"], tick.get("unpriced", 0))
            spent = f" · {known}" if known else ""
            answers = f"{tick['done']:,} of {tick['total']:,} answers · {tick['calls']:,} calls"
            self._write(f"{answers}{failed}{spent} · {words.seconds(tick['seconds'])}")

    def _write(self, text: str) -> None:
        if self._terminal:
            rewrite(text, self._terminal)
        else:
            say(text, error=True)

    def close(self) -> None:
        if self._terminal:
            leave(self._terminal)


def _lab(given: argparse.Namespace) -> int:
    """Replace this process by JupyterLab, run by this interpreter so that the kernel has the
    workbench.
    """
    notebooks = root() / "notebooks"
    command = [sys.executable, "-m", "jupyterlab", str(notebooks if notebooks.is_dir() else root())]
    os.execv(sys.executable, [*command, *given.rest])


def _new(given: argparse.Namespace) -> int:
    from workbench.scaffold import scaffold

    found = _recognised(given) if given.table else None
    made = scaffold(given.task, found)
    for sentence in found.sentences if found else ():
        say(sentence)
    for path in made:
        say(str(path.relative_to(root())))
    return 0


def _recognised(given: argparse.Namespace) -> "Recognised":
    from workbench.recognising import Columns, recognise

    path = Path(given.table).absolute() if Path(given.table).is_file() else given.table
    columns = Columns(tuple(given.input), given.expected, given.id, tuple(given.tag))
    asked = {name: getattr(given, name) for name in ("encoding", "separator", "sheet")}
    return recognise(path, columns, name=given.task, **asked)


def _init(given: argparse.Namespace) -> int:
    from workbench.shipped import begin

    for path in begin(Path(given.folder).absolute(), empty=given.empty):
        say(os.path.relpath(path))
    return 0
