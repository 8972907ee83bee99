"""The commands that execute a notebook, and those that decide by it."""

import argparse
import math
import os
import platform
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.typed import typed
from workbench.errors import WorkbenchError
from workbench.files import resolve, root
from workbench.meant import instead
from workbench.printing import say

if TYPE_CHECKING:
    from workbench.ci.tasks import GatedTask
    from workbench.headless import Task


def add_gates(commands: Any) -> None:
    """The parsers of run, record, explain, ci and comment."""
    _add_run(commands)
    _add_ci(commands)
    _add_comment(commands)


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="execute a notebook and leave notebook, decision.json and report",
        description="Execute a notebook with other parameters, and leave it executed, with "
        "decision.json and a report. What is answered is kept: asked again, it goes on from there.",
    )
    _add_notebook(run)
    run.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="folder for what the run leaves (default: .workbench/reports/<notebook>, "
        "with -p task TASK .workbench/reports/<notebook>-TASK)",
    )
    run.add_argument(
        "--offline",
        action="store_true",
        help="answer from the recording of this notebook alone: no key, no network, no cost",
    )
    run.add_argument(
        "--join",
        default="",
        metavar="RUN",
        help="make this run together with every machine that is given the same RUN, any name, on "
        "the PostgreSQL store in WORKBENCH_STORE",
    )
    _add_max_age(run)
    run.add_argument(
        "--base",
        default="",
        metavar="REV",
        help="with --offline: say how many recorded calls changed since that revision",
    )
    run.set_defaults(command=_run, command_sends=True)
    _add_record(commands)


def _add_record(commands: Any) -> None:
    record = commands.add_parser(
        "record",
        help="execute a notebook and keep its calls in recordings/ for --offline; this may spend",
        description="Execute a notebook and keep the calls that it stands on in recordings/, to be "
        "committed: `workbench run --offline` then decides the same bytes without key or network. "
        "What it will cost is said first.",
    )
    _add_notebook(record)
    record.add_argument(
        "--base",
        default="",
        metavar="REV",
        help="also what `ci --base REV --offline` asks: changed prompts and their base texts",
    )
    record.add_argument(
        "--afresh",
        action="store_true",
        help="ask all of it again; else what is recorded already stays, and only what is new is "
        "asked",
    )
    record.set_defaults(command=_record, output=None, command_sends=True)
    explain = commands.add_parser(
        "explain",
        help="a decision.json in words; or one word of it, such as need more",
        description="Say a decision in words: what was decided, on what, and what would change it. "
        "Or say what a word means: better, tie, need more, may rank, hold, ...",
    )
    explain.add_argument(
        "decision",
        nargs="+",
        metavar="FILE or WORD",
        help="e.g. .workbench/reports/2_evaluate/decision.json, or: need more",
    )
    explain.set_defaults(command=_explain)


def _add_ci(commands: Any) -> None:
    ci = commands.add_parser(
        "ci",
        help="gate every prompt that changed since a revision against its own old text",
        description="Gate every prompt that changed since a revision against its own old text, and "
        "leave decision, JUnit XML, summary and report.",
    )
    ci.add_argument(
        "notebook",
        nargs="?",
        metavar="NOTEBOOK",
        help="that gates (default: all of notebooks/ that do)",
    )
    ci.add_argument(
        "--base",
        required=True,
        metavar="REV",
        help="the branch, tag or commit that this one is to be merged into, e.g. origin/main",
    )
    _add_parameters(ci)
    ci.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="for what it leaves (default: .workbench/reports/ci)",
    )
    ci.add_argument(
        "--offline",
        action="store_true",
        help="answer from the recordings of both revisions alone: no key, no network, no cost",
    )
    _add_max_age(ci)
    ci.add_argument(
        "--reviewed",
        metavar="WORDS",
        help="what people said, e.g. a pull request's labels: where what decides changed too, exit "
        "status 102 names the word that counts; anything: whatever changed. Without it such a "
        "change is named, and stops nothing",
    )
    ci.set_defaults(command=_ci, command_sends=True)


def _add_comment(commands: Any) -> None:
    comment = commands.add_parser(
        "comment",
        help="keep one comment on the pull request of this CI job: a gate's summary",
        description="Keep one comment on the pull request of this CI job, a gate's summary: the "
        "first call makes it, later ones write it anew.",
    )
    comment.add_argument("summary", metavar="FILE", help="e.g. gate/summary.md")
    comment.set_defaults(command=_comment)


def _add_max_age(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--max-age",
        type=_days,
        default=math.inf,
        metavar="DAYS",
        help="with --offline: exit status 1 where a recorded answer came more days ago",
    )


def _days(said: str) -> float:
    days = float(said)
    if not days >= 0:
        raise argparse.ArgumentTypeError("a number of days is meant, such as 180")
    return days


def _add_notebook(command: argparse.ArgumentParser) -> None:
    command.add_argument("notebook", metavar="NOTEBOOK", help="e.g. notebooks/2_evaluate.ipynb")
    _add_parameters(command)


def _add_parameters(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-p",
        "--parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a name of the notebook's parameters cell; VALUE is read as YAML 1.2, JSON or "
        "Python where it reads so (40, 1e-3, true, False, None, [1, 2], '\"40\"'), else as text",
    )
    command.add_argument(
        "--gate",
        metavar="FILE",
        help="a file of requirements that decide: exit status 0 passed, 100 failed, "
        "101 inconclusive; leaves junit.xml and summary.md too",
    )


def _run(given: argparse.Namespace) -> int:
    from workbench.headless import decided, replayed

    if given.join and given.offline:
        raise WorkbenchError("--offline asks nobody: there is nothing to join")
    _check_max_age(given)
    if given.offline:
        return replayed(_task(given), given.base, given.max_age)
    if not given.join:
        return decided(_task(given))
    # a folder for each machine: the disk may be one for all
    apart = f"{given.join}/{platform.node()}-{os.getpid()}"
    return decided(_task(given, apart), {"WORKBENCH_JOIN": given.join})


def _check_max_age(given: argparse.Namespace) -> None:
    if given.max_age < math.inf and not given.offline:
        raise WorkbenchError("--max-age bounds recordings: say --offline too, or leave it out")


def _record(given: argparse.Namespace) -> int:
    from workbench.headless import record

    if not given.base:
        return record(_task(given), afresh=given.afresh)
    from workbench.ci.revised import record_revision
    from workbench.ci.revision import revision

    (task,) = _gated_tasks(given)
    base = revision(root(), given.base)
    return record_revision(task, base, _output(given, "ci"), afresh=given.afresh)


def _ci(given: argparse.Namespace) -> int:
    from workbench.ci.revised import gate_since

    _check_max_age(given)
    folder = _output(given, "ci")
    asked = {name: getattr(given, name) for name in ("offline", "max_age", "reviewed")}
    return gate_since(given.base, lambda: _gated_tasks(given), folder, **asked)


def _comment(given: argparse.Namespace) -> int:
    from workbench.exchange.sticky import comment

    say(comment(Path(given.summary)))
    return 0


def _gated_tasks(given: argparse.Namespace) -> "tuple[GatedTask, ...]":
    from workbench.ci.tasks import gated_tasks
    from workbench.headless import from_root

    named = [_found(given.notebook)] if given.notebook else []
    gate = from_root(given.gate) if given.gate else ""
    return gated_tasks(named, typed(given.parameter), gate)


def _found(name: str) -> Path:
    """A file of the working folder, else of the project."""
    return Path(name) if Path(name).is_file() else resolve(name)


def _explain(given: argparse.Namespace) -> int:
    from workbench.exchange.explaining import explain
    from workbench.exchange.gate_files import read_decision
    from workbench.exchange.rule_pages import PAGES, rule_page

    asked = " ".join(given.decision)
    if not Path(asked).exists() and not asked.endswith(".json"):
        if asked not in PAGES:
            known = instead(asked, PAGES, "use one of")
            raise WorkbenchError(f"{asked!r} is no file and no word: {known}")
        said = rule_page(asked)
    else:
        decision = read_decision(Path(asked))
        try:
            said = list(explain(decision))
        except (LookupError, TypeError, ValueError, AttributeError):
            raise WorkbenchError(f"{asked} is no decision of this workbench") from None
    for sentence in said:
        say(sentence)
    return 0


def _task(given: argparse.Namespace, apart: str = "") -> "Task":
    """What a command line asks to execute; `apart`: a folder within its own for what it leaves."""
    from workbench.headless import Task, from_root, own_name, recording_of

    notebook, parameters = _found(given.notebook), typed(given.parameter)
    own = own_name(notebook, parameters)
    gate = from_root(given.gate) if given.gate else ""
    named = [each for pair in given.parameter for each in ("-p", *pair)]
    said = [from_root(str(notebook)), *named, *(["--gate", gate] if gate else [])]
    return Task(
        notebook,
        {**parameters, "requirements": gate} if gate else parameters,
        _output(given, f"{own}/{apart}" if apart else own),
        recording=recording_of(own),
        gate=gate,
        command=shlex.join(["workbench", "record", *said]),
    )


def _output(given: argparse.Namespace, name: str) -> Path:
    """The folder for what a command leaves: the one asked for, else one among the reports."""
    own = root() / ".workbench" / "reports" / name
    return Path(given.output).absolute() if given.output else own
