"""The commands that look at what was run: runs and prompts."""

import argparse
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workbench.cli import completing
from workbench.cli.completing import completed_by
from workbench.errors import WorkbenchError
from workbench.printing import say

if TYPE_CHECKING:
    from workbench.runs.listing import PastRun
    from workbench.store import Store

DAY = 86400.0


def add_previous(commands: Any) -> None:
    """The parsers of runs and prompts."""
    runs = commands.add_parser(
        "runs",
        help="list the runs that were made; compare two, delete one, prune old ones",
        description="List the runs that were made, newest first, each with the last that was said "
        "of it.",
    )
    name = runs.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="NAME",
        help="a task, or a run by the first characters of its id: then all that is kept of it",
    )
    completed_by(name, completing.tasks_and_runs)
    _add_acts(runs)
    runs.set_defaults(command=_runs)
    prompts = commands.add_parser(
        "prompts",
        help="list, compare and restore a prompt's past texts",
        description="List every text that a prompt had when it was run, newest first.",
    )
    prompt = prompts.add_argument("name", metavar="TASK/VARIANT", help="the prompt, e.g. triage/v2")
    completed_by(prompt, completing.prompts)
    asked = prompts.add_mutually_exclusive_group()
    asked.add_argument("--history", action="store_true", help="every text that was run (default)")
    asked.add_argument("--diff", metavar="FINGERPRINT", help="what changed since a past text")
    asked.add_argument(
        "--restore", metavar="FINGERPRINT", help="put a past text back; the present one is kept"
    )
    prompts.set_defaults(command=_prompts)
    for each in (runs, prompts):
        each.add_argument(
            "--store", metavar="PATH", help="a store's path or URL (default: .workbench/store.db)"
        )


def _add_acts(runs: argparse.ArgumentParser) -> None:
    act = runs.add_mutually_exclusive_group()
    other = act.add_argument(
        "--compare", metavar="RUN", help="hold the run against another, older one"
    )
    completed_by(other, completing.runs)
    act.add_argument(
        "--delete", action="store_true", help="delete the run, and the calls that it alone needs"
    )
    act.add_argument(
        "--prune",
        metavar="DAYS",
        type=_days,
        help="delete the runs (of the task) that made no call for so many days; without a task "
        "also the calls of that age that no run needs, imported ones too",
    )
    critic = runs.add_argument(
        "--critic", default="", metavar="NAME", help="with --compare: by which critic of both"
    )
    completed_by(critic, completing.critics)
    runs.add_argument(
        "--baseline", default="", metavar="VARIANT", help="with --compare: the other run's variant"
    )
    runs.add_argument(
        "--dry-run", action="store_true", help="with --delete or --prune: only say what would go"
    )
    runs.add_argument(
        "--yes", action="store_true", help="with --delete or --prune: do not ask before"
    )


def _days(text: str) -> float:
    days = float(text)
    if not 0 <= days < 1e6:
        raise ValueError(text)
    return days


def _runs(given: argparse.Namespace) -> int:
    from workbench.exchange.listed import named_run, runs_in_lines
    from workbench.runs.listing import past_runs
    from workbench.store import Store

    store = Store(given.store)
    if given.prune is not None:
        return _prune(given, store)
    runs = past_runs(store=store)
    if given.delete:
        chosen = [named_run(runs, _wanted(given))]
        return _delete(given, store, chosen, None)
    if given.compare is not None:
        new, old = (named_run(runs, name) for name in (_wanted(given), given.compare))
        return _compare(given, store, new, old)
    _print(runs_in_lines(runs, given.name))
    return 0


def _wanted(given: argparse.Namespace) -> str:
    if not given.name:
        raise WorkbenchError("name the run: `workbench runs` lists what there is")
    return given.name


def _compare(given: argparse.Namespace, store: "Store", new: "PastRun", old: "PastRun") -> int:
    """A run against another one: what `wb.compare(run, critic, against=other)` says."""
    from workbench.comparison import compare
    from workbench.exchange.explaining import explain
    from workbench.runs import load_run

    run, against = load_run(new.kept.id, store), load_run(old.kept.id, store)
    critic = given.critic or _critic(new, old)
    choice = compare(run, critic, against=against, baseline=given.baseline)
    _print(explain(choice.decision()))
    return 0


def _critic(new: "PastRun", old: "PastRun") -> str:
    """The critic of both runs, where there is one."""
    both = [name for name in new.meta.critics if name in old.meta.critics]
    if len(both) != 1:
        known = f"one of {', '.join(both)}" if both else "none judged both runs"
        raise WorkbenchError(f"say by which critic with --critic: {known}")
    return both[0]


def _prune(given: argparse.Namespace, store: "Store") -> int:
    from workbench.runs.listing import past_runs

    before = time.time() - given.prune * DAY
    old = [run for run in past_runs(given.name, store) if run.kept.made < before]
    return _delete(given, store, old, None if given.name else before)


def _delete(
    given: argparse.Namespace, store: "Store", runs: list["PastRun"], before: float | None
) -> int:
    """Say what goes, ask, and delete it."""
    from workbench.exchange.going import going_in_lines, gone

    discarding, ids = store.discarding, [run.kept.id for run in runs]
    found, size = discarding.foresee(ids, before), discarding.size()
    if not (found.runs or found.calls):
        say("Nothing is as old as that.")
        return 0
    _print(going_in_lines(runs, found, size))
    if given.dry_run or not (given.yes or _agreed()):
        say("Nothing was deleted.")
        return 0 if given.dry_run else 1
    found = discarding.discard(ids, before)
    discarding.vacuum()
    say(gone(found, size, discarding.size()))
    return 0


def _agreed() -> bool:
    """Whether whoever sits there agrees; WorkbenchError where nobody does."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise WorkbenchError("nobody is there to ask: say --yes to delete this")
    say("Delete this? It cannot be had back. [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _prompts(given: argparse.Namespace) -> int:
    from workbench.exchange.listed import past_texts_in_lines
    from workbench.runs.past_prompts import past_text, prompt_file, restore
    from workbench.store import Store

    path, store = prompt_file(given.name), Store(given.store)
    if given.restore is not None:
        say(restore(path, past_text(path, store, given.restore), store))
        return 0
    _print(past_texts_in_lines(path, store, given.diff))
    return 0


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)
