# pyright: strict
"""What a limited release measures of the lines of the requirements: on users, in production."""

from collections.abc import Iterator

from workbench import words
from workbench.release import Trial
from workbench.requirements.known import Known
from workbench.requirements.lines import Requirement
from workbench.stats.intervals import Interval

BROKEN = "users were not dealt to the arms as planned"
SEEK = "find out who is missing from an arm"


def in_production(trial: Trial, line: Requirement) -> Iterator[Known]:
    """The value of a line among the challenger's users; none where its logs do not say."""
    found = trial.shown(line.measure, (line.quantile or 0.5) if line.measure == "latency" else 0.0)
    if found is None:
        return
    per = line.per or 1

    def limits(tail: float) -> Interval:
        ends = found.figure.estimate, *found.figure.limits(tail)
        return Interval(*(per * each for each in ends))

    of = words.count(found.users, "user")
    said = f"{words.count(found.messages, 'message')} of {of} of {trial.name}"
    doubt, step = (BROKEN, SEEK) if trial.blocked else ("", "")
    yield Known(limits, found.messages, said, doubt, step)
