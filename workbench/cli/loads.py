"""The command that puts load on a server."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.files import resolve
from workbench.printing import say

if TYPE_CHECKING:
    from workbench.requirements import Requirements
    from workbench.serving import LoadTest

OPTIONS = ("seconds", "confirm", "warm_up", "after")  # as the fields of Windows, in their order


def add_load(commands: Any) -> None:
    """The parser of load."""
    load = commands.add_parser(
        "load",
        help="put rising load on a model's server until it fails its requirements",
        description="Send a task's prompts, or texts as long as a trace's, on schedule at rising "
        "rates, whether or not earlier ones were answered, until too few keep the requirements; "
        "then confirm in one long run the rate that may be stated, and watch 85 % of it. "
        "Forty minutes by default; --quick leaves the long runs out.",
    )
    load.add_argument("model", metavar="MODEL", help="a model or role of models.yaml")
    what = load.add_mutually_exclusive_group(required=True)
    what.add_argument("task", nargs="?", metavar="TASK", help="folder under prompts/, as triage")
    what.add_argument("--trace", metavar="FILE", help="JSON Lines of timestamp (ms), lengths")
    load.add_argument("--variant", metavar="NAME", help="one prompt of the task (default: all)")
    load.add_argument("--limit", type=int, metavar="N", help="examples of the task")
    _add_course(load)
    load.add_argument("--budget", type=float, metavar="DOLLARS", help="most that it may cost")
    load.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of arrivals and their order"
    )
    load.add_argument(
        "-o", "--output", metavar="FILE", help="default: .workbench/loads/<model>-<date>.json"
    )
    load.set_defaults(command=_load, command_sends=True)


def _add_course(load: argparse.ArgumentParser) -> None:
    load.add_argument("--rates", metavar="A,B,C", help="the ladder's rates, requests a second")
    load.add_argument("--start", type=float, metavar="RATE", help="where it begins (default: 1)")
    load.add_argument(
        "--arrivals",
        default="poisson",
        metavar="HOW",
        help="poisson (default), gamma (in bursts), or a trace's FILE",
    )
    load.add_argument(
        "--requirements",
        metavar="FILE",
        help="with lines on latency or first_token (default: the task's requirements.yaml)",
    )
    load.add_argument("--quick", action="store_true", help="the ladder alone: not confirmed")
    meanings = (
        ("of a window that counts", 60),
        ("of the long run's window", 300),
        ("of load before a window", 60),
        ("of load after it", 15),
    )
    for name, (what, default) in zip(OPTIONS, meanings, strict=True):
        option, said = f"--{name.replace('_', '-')}", f"seconds {what} (default: {default})"
        load.add_argument(option, type=float, metavar="S", help=said)


def _load(given: argparse.Namespace) -> int:
    with _told(given):
        test = asyncio.run(_tested(given))
    path = test.save(_place(given, test))
    for caution in test.cautions:
        say(caution.sentence)
    if test.stopped:
        say(f"Ended early: {test.stopped}")
    say(test.sentence)
    say(f"{path}")
    return 0


def _place(given: argparse.Namespace, test: "LoadTest") -> Path:
    """Where the test is kept."""
    name = f"{test.model}-{test.at.replace(':', '')}.json".replace("/", "-")
    return Path(given.output or Path(".workbench") / "loads" / name)


@contextmanager
def _told(given: argparse.Namespace) -> Iterator[None]:
    """Say what came of each rate when it is over, and keep the test so far: an interruption loses
    the rate that is under way alone.
    """
    from workbench.serving.course import watchers

    def tell(test: "LoadTest") -> None:
        say(test.levels[-1].sentence)
        test.save(_place(given, test))

    watchers.append(tell)
    try:
        yield
    finally:
        watchers.remove(tell)


async def _tested(given: argparse.Namespace) -> "LoadTest":
    from workbench.models.catalogue import model
    from workbench.serving import Trace, Windows, load_test

    arrivals = given.arrivals
    if arrivals not in ("poisson", "gamma"):
        arrivals = Trace.read(arrivals)
    plain = Windows()
    defaults = plain.ladder, plain.confirm, plain.warm_up, plain.after
    asked = zip((getattr(given, name) for name in OPTIONS), defaults, strict=True)
    seconds = [default if said is None else said for said, default in asked]
    return await load_test(
        model(given.model),
        *_at_hand(given),
        rates=_rates(given),
        arrivals=arrivals,
        requirements=_requirements(given),
        quick=given.quick,
        windows=Windows(*seconds),
        budget=given.budget,
        seed=given.seed,
    )


def _at_hand(given: argparse.Namespace) -> tuple[Any, ...]:
    """What is sent: a trace, or prompts and examples."""
    from workbench.datasets import load_examples
    from workbench.prompts import load_prompts
    from workbench.serving import Trace

    if given.trace:
        return (Trace.read(given.trace),)
    prompts = load_prompts(f"prompts/{given.task}")
    chosen = {given.variant: prompts[given.variant]} if given.variant else prompts
    return chosen, load_examples(f"datasets/{given.task}.jsonl", limit=given.limit)


def _rates(given: argparse.Namespace) -> float | list[float] | None:
    if not given.rates:
        return given.start
    try:
        rates = [float(each) for each in given.rates.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) <= 0 or len(set(rates)) < len(rates):
        raise WorkbenchError(f"--rates {given.rates}: write requests a second, as 1,2,4")
    return rates


def _requirements(given: argparse.Namespace) -> "Requirements | None":
    """Those that are named, else the task's where they hold a line that load can show."""
    from workbench.requirements import load_requirements
    from workbench.serving.bounds import NAMES

    if given.requirements:
        return load_requirements(given.requirements)
    path = f"prompts/{given.task}/requirements.yaml"
    if not given.task or not resolve(path).is_file():
        return None
    found = load_requirements(path)
    return found if any(line.measure in NAMES for line in found.lines) else None
