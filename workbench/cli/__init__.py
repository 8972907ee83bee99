"""The `workbench` command: a thin shell over the same functions that the notebooks call."""

import argparse
import asyncio
import atexit
import gc
import os
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.cli import completing
from workbench.cli.completing import add_completion, complete_if_asked, completed_by
from workbench.cli.ended import ended, finished, tell
from workbench.cli.gates import add_gates
from workbench.cli.loads import add_load
from workbench.cli.previous import add_previous
from workbench.cli.unknown import refuse_unknown
from workbench.cli.verbose import add_verbose, happened
from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.printing import gated, refuse_lost, say

if TYPE_CHECKING:
    from workbench.recognising import Recognised


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; errors a user can mend are one line on standard error and exit status 1."""
    atexit.register(gc.freeze)  # the process ends: what is left is not searched for garbage
    parser = _parser()
    complete_if_asked(parser)
    with gated(sys.stdout, sys.stderr):
        asked = list(sys.argv[1:] if arguments is None else arguments)
        status = ended(partial(_carried_out, parser, asked))
        sys.exit(ended(finished) or status)


def _carried_out(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> int:
    """The exit status of a command line."""
    try:
        given = _given(parser, arguments)
    except SystemExit as told:  # with help, a version, or what is wrong with the line
        refuse_lost()  # argparse prints and passes over what fails
        return int(told.code or 0)
    verbose, began = getattr(given, "verbose", False), time.time()
    status = ended(partial(given.command, given), verbose=verbose)
    if verbose and given.command_sends:
        status = ended(lambda: tell(happened(began)), verbose=True) or status
    return status


def _given(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The command line, read; what follows `lab` is jupyter's, of which argparse would refuse the
    options that it does not know.
    """
    is_lab = arguments[:1] == ["lab"] and arguments[1:] not in (["-h"], ["--help"])
    end = 1 if is_lab else len(arguments)
    refuse_unknown(parser, parser.get_default("commands"), arguments[:end])
    return parser.parse_args(arguments[:end], argparse.Namespace(rest=arguments[end:]))


def _parser() -> argparse.ArgumentParser:
    """The parser of the command line; its default `commands` are those of its commands."""
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="Which prompt should ship, and how sure is that?",
        epilog="`workbench COMMAND --help` tells more of one. Exit status: 0, or 1 where something "
        "is to be mended, 2 for a wrong command line, 130 when interrupted; a gate: 0 passed, 100 "
        "failed, 101 inconclusive, 102 a person has to look.",
    )
    parser.set_defaults(command_sends=False)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_gates(commands)
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the notebooks",
        usage="workbench lab [OPTION ...]",
        description="Open JupyterLab on the project's notebooks. Every OPTION is passed to jupyter "
        "lab, e.g. --no-browser.",
    )
    lab.set_defaults(command=_lab)
    _add_others(commands)
    parser.set_defaults(commands=commands.choices)
    return parser


def _add_others(commands: Any) -> None:
    _add_new(commands)
    _add_models(commands)
    add_load(commands)
    add_previous(commands)
    _add_init(commands)
    add_completion(commands)
    add_verbose(commands)


def _add_init(commands: Any) -> None:
    init = commands.add_parser(
        "init",
        help="begin a project: models.yaml, notebooks, three tasks",
        description="Begin a project in a folder: models.yaml, notebooks and three tasks that run "
        "without a key. What is there is not touched.",
    )
    init.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="default: here")
    init.add_argument("--empty", action="store_true", help="models.yaml alone, no tasks")
    init.add_argument(
        "--workflow",
        choices=["github", "github-live", "gitlab", "azure", "jenkins"],
        help="add a job that gates prompts in CI, to a project that is there or a new one; "
        "github-live asks the models, the others replay recordings",
    )
    init.set_defaults(command=_init)


def _add_models(commands: Any) -> None:
    models = commands.add_parser(
        "models",
        help="what the endpoints of models.yaml offer; with a NAME: what that model can",
        description="List what the endpoints of models.yaml offer, and models about to be shut "
        "down. With a NAME: test that model with one cheap call (log probabilities, schema, "
        "reasoning), and keep what it refuses.",
    )
    name = models.add_argument("name", nargs="?", metavar="NAME", help="a model or role")
    completed_by(name, completing.models)
    models.set_defaults(command=_models)
    serve = commands.add_parser(
        "serve",
        help="serve a model on this machine, for whoever asks for it, until Ctrl-C",
        description="Serve a model on this machine, for whoever asks for it, until Ctrl-C.",
    )
    served = serve.add_argument(
        "name",
        metavar="NAME",
        help="a model or role with a `server:`, a repository at Hugging Face, or a folder",
    )
    completed_by(served, completing.models)
    serve.add_argument(
        "args", nargs="*", metavar="-- ARG", help="further arguments of `vllm serve`, after --"
    )
    serve.set_defaults(command=_serve)


def _add_new(commands: Any) -> None:
    new = commands.add_parser(
        "new",
        help="scaffold a task: prompts, dataset, critic, notebook",
        description="Scaffold a task: two prompts, a dataset, a critic and a notebook. With --from "
        "the dataset is a table of yours; what of it is what is recognised where it is certain.",
    )
    new.add_argument("task", metavar="TASK", help="the task's name, e.g. refunds")
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
    new.add_argument(
        "--label",
        metavar="WRITTEN=MEANT",
        action="append",
        default=[],
        help="a label that is misspelt, and the one that is meant; may be repeated",
    )
    new.add_argument("--sheet", default="", help="the sheet of a workbook")
    new.add_argument(
        "--header",
        type=int,
        default=0,
        metavar="ROW",
        help="the row of the columns' names, counted from 1, where titles stand above it",
    )
    new.add_argument("--separator", default="", help="what parts the columns of a CSV file")
    new.add_argument("--encoding", default="", help="of a text file, e.g. cp1252")
    new.set_defaults(command=_new)


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

    found = _recognised(given) if given.table else None
    made = scaffold(given.task, found)
    for sentence in found.sentences if found else ():
        say(sentence)
    for path in made:
        say(str(path.relative_to(root())))
    first = "" if found else f"write your examples into datasets/{given.task}.jsonl, then "
    say(f"next: {first}workbench run notebooks/{given.task}.ipynb", error=True)
    return 0


def _recognised(given: argparse.Namespace) -> "Recognised":
    from workbench.recognising import Columns, recognise

    path = Path(given.table).absolute() if Path(given.table).is_file() else given.table
    labels = tuple(map(_label, given.label))
    columns = Columns(tuple(given.input), given.expected, given.id, tuple(given.tag), labels)
    asked = {name: getattr(given, name) for name in ("encoding", "separator", "sheet", "header")}
    return recognise(path, columns, name=given.task, **asked)


def _label(said: str) -> tuple[str, str]:
    """A label as it is written, and as it is meant."""
    written, parted, meant = said.partition("=")
    if not (written and parted and meant):
        step = "say it as WRITTEN=MEANT, such as Liefrung=Lieferung"
        raise WorkbenchError(f"--label {said!r}: {step}")
    return written, meant


def _models(given: argparse.Namespace) -> int:
    if given.name:
        return asyncio.run(_test_model(given.name))
    from workbench.models.catalogue import only_models
    from workbench.models.offers import listings

    found = asyncio.run(listings(only_models()))
    today = datetime.now(UTC).date()
    for listing in found:
        say(listing.where)
        for sentence in listing.sentences(today):
            say(f"  {sentence}")
    for warning in (each for listing in found for each in listing.warnings(today)):
        say(f"workbench: {warning}", error=True)
    return int(any(listing.error for listing in found))


def _serve(given: argparse.Namespace) -> int:
    from workbench.cli.foreground import served

    return served(given.name, given.args)


async def _test_model(name: str) -> int:
    from workbench.models.catalogue import model
    from workbench.runs.checkup import checkup
    from workbench.store import Store

    made = await checkup(model(name), Store())
    for sentence in made.sentences():
        say(sentence)
    return int(not made.answered)


def _init(given: argparse.Namespace) -> int:
    from workbench.shipped import MODELS, add_workflow, begin

    folder = Path(given.folder).absolute()
    is_new = not given.workflow or not (folder / MODELS).is_file()
    made = begin(folder, empty=given.empty) if is_new else []
    for path in [*made, *([add_workflow(folder, given.workflow)] if given.workflow else [])]:
        say(os.path.relpath(path))
    say(f"next: {_next(given, folder)}", error=True)
    return 0


def _to_the_root(folder: Path, kind: str) -> str:
    """Where hosts read a job, of a project that is a part of its repository; else nothing."""
    from workbench.shipped import part_of

    part = part_of(folder)
    if not part or kind.startswith("github"):
        return ""
    return (
        "move the job to the root of the repository, where its host reads it, and let its steps "
        f"run in {part} (`cd {shlex.quote(part)}`; what it uploads is in {part}/gate), then "
    )


def _next(given: argparse.Namespace, folder: Path) -> str:
    """What somebody does with a project that was begun, or with a job for its prompts."""
    if given.workflow:
        return _to_the_root(folder, given.workflow) + (
            "write prompts/TASK/requirements.yaml, then workbench record NOTEBOOK --gate "
            "prompts/TASK/requirements.yaml, and commit recordings/ too"
        )
    there = "" if folder == Path.cwd() else f"cd {os.path.relpath(folder)}, then "
    own = "workbench new TASK --from TABLE for a task of your own"
    if given.empty:
        return f"{there}name your models in models.yaml, then {own}"
    return f"{there}workbench run notebooks/2_evaluate.ipynb, or {own}"
