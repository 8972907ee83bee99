"""The `workbench` command: a thin shell over the same functions that the notebooks call."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.cli.gates import add_gates
from workbench.cli.previous import add_previous
from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.printing import gated, say
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
    add_gates(commands)
    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on the notebooks",
        usage="workbench lab [OPTION ...]",
        description="Every OPTION is passed to jupyter lab, e.g. --no-browser",
    )
    lab.set_defaults(command=_lab)
    _add_others(commands)
    return parser


def _add_others(commands: Any) -> None:
    _add_new(commands)
    _add_models(commands)
    add_previous(commands)
    _add_init(commands)


def _add_init(commands: Any) -> None:
    init = commands.add_parser("init", help="begin a project: models.yaml, notebooks, two tasks")
    init.add_argument("folder", nargs="?", default=".", help="where (default: here)")
    init.add_argument("--empty", action="store_true", help="models.yaml alone, no tasks")
    init.add_argument(
        "--workflow",
        choices=["github", "github-live", "gitlab"],
        help="add a job that gates prompts in CI, to a project that is there or a new one; "
        "github-live asks the models, the others replay recordings",
    )
    init.set_defaults(command=_init)


def _add_models(commands: Any) -> None:
    models = commands.add_parser(
        "models", help="what the endpoints of models.yaml offer; with a NAME: what that model can"
    )
    models.add_argument(
        "name", nargs="?", metavar="NAME", help="a model or role: test it with one cheap call"
    )
    models.set_defaults(command=_models)
    serve = commands.add_parser(
        "serve", help="serve a model on this machine, for whoever asks for it, until Ctrl-C"
    )
    serve.add_argument(
        "name",
        metavar="NAME",
        help="a model or role with a `server:`, a repository at Hugging Face, or a folder",
    )
    serve.add_argument(
        "args", nargs="*", metavar="-- ARG", help="further arguments of `vllm serve`, after --"
    )
    serve.set_defaults(command=_serve)


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
    return 0


def _recognised(given: argparse.Namespace) -> "Recognised":
    from workbench.recognising import Columns, recognise

    path = Path(given.table).absolute() if Path(given.table).is_file() else given.table
    columns = Columns(tuple(given.input), given.expected, given.id, tuple(given.tag))
    asked = {name: getattr(given, name) for name in ("encoding", "separator", "sheet")}
    return recognise(path, columns, name=given.task, **asked)


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
    return 0
