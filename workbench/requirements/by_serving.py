# pyright: strict, reportMissingTypeStubs=false
"""What load tests and hosting say of a line: latency at the load that a server is planned for, the
rate that the planned servers carry, and what requests cost on them.
"""

import math
from collections.abc import Callable, Iterator

from workbench import words
from workbench.comparison.bounding import always
from workbench.requirements.lines import Requirement
from workbench.requirements.measured import Measured
from workbench.requirements.timed import LONG, Timed
from workbench.serving import Capacity, Hosting
from workbench.stats.intervals import Interval
from workbench.words import a_second

NOTHING = "no rate can be stated of the server"


def of_server(capacity: Capacity, line: Requirement) -> Iterator[Measured]:
    """What load tests of a server know of a line; nothing of one that they do not measure."""
    of: dict[str, Callable[[Capacity, Requirement], Iterator[Measured]]] = {
        "latency": under_load,
        "first_token": under_load,
        "rate": carried,
    }
    yield from of[line.measure](capacity, line) if line.measure in of else ()


def under_load(capacity: Capacity, line: Requirement) -> Iterator[Measured]:
    """A quantile of latency under the load that one server is planned for."""
    timed = Timed.of(capacity, line)
    if timed is None:
        return
    carries = capacity.is_known
    yield Measured(
        timed.limits,
        timed.due,
        timed.evidence,
        "the generator fell behind: the times are partly its own" if timed.late else "",
        "load it for longer, or plan more servers" if carries else "a faster server",
        _too_few(timed) if carries else NOTHING,
    )


def _too_few(timed: Timed) -> str:
    """Why the times under load leave a line open."""
    if timed.is_long:
        return "too few requests to know"
    return f"no long run at the planned load: {LONG:.0f} s and more show slow spells"


def carried(capacity: Capacity, line: Requirement) -> Iterator[Measured]:
    """Requests a second that the servers planned for the line's peak carry."""
    if not capacity.is_known:
        unknown = Interval(0.0, 0.0, math.inf)
        yield Measured(always(unknown), capacity.runs, capacity.model, NOTHING, "a faster server")
        return
    servers = capacity.replicas if capacity.peak == line.peak else None
    if servers is None:
        return
    value = Interval(*(servers * each / capacity.growth for each in capacity.rate))
    doubt = "" if capacity.confirmed else "no long run confirmed the rate of a server"
    if capacity.runs == 1:
        doubt = doubt or "one load test says nothing of how far another would differ"
    said = f"{words.count(servers, 'server')} with {capacity.model}, "
    said += words.count(capacity.runs, "load test")
    step = "repeat the load test, and give wb.capacity all of them"
    yield Measured(always(value), capacity.runs, said, doubt, step)


def hosted_cost(hosting: Hosting, variant: str, line: Requirement) -> Iterator[Measured]:
    """Dollars for the line's number of requests, on the way that a variant is served."""
    found, mean = hosting.weighed, hosting.mean
    if found is None or not mean or variant not in (hosting.own, hosting.hosted):
        return
    own = variant == hosting.own

    def limits(tail: float) -> Interval:
        return found.limits(mean, own=own, tail=tail) / (1000 / (line.per or 1))

    way = "on own servers" if own else "hosted"
    said = f"{way} at {a_second(mean)} requests a second, prices as stated"
    lacking = "prices and use are too uncertain to know"
    yield Measured(limits, found.draws, said, next_step="see wb.hosting", lacking=lacking)
