# pyright: strict
"""What to know before the figures of a load test are believed, as data; its sentence comes last."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench import words
from workbench.printing import printed
from workbench.serving.level import Level

MANY = 2.0  # times that each request was sent on average, from which a cache may have helped


@printed
@dataclass(frozen=True)
class Caution:
    """A kind, the rate at which it was seen (NaN: all), and how much of it.

    late: p99 of the generator's lag, s. failed: share not answered. repeated: times that each
    request was sent. not streamed, no queue and no schedule have no amount.
    """

    kind: str
    rate: float = math.nan
    amount: float = math.nan

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind](self)

    def __repr__(self) -> str:
        return self.sentence


_SENTENCES: Mapping[str, Callable[[Caution], str]] = {
    "late": lambda caution: (
        f"At {caution.rate:.3g} a second the generator fell behind (p99 of its lag "
        f"{words.seconds(caution.amount)}): its own delay is among these times; send from a "
        "machine with free processors."
    ),
    "failed": lambda caution: (
        f"At {caution.rate:.3g} a second {words.percent(caution.amount, 1)} of requests failed."
    ),
    "repeated": lambda caution: (
        f"Each request was sent {caution.amount:.0f} times: a prefix cache answers them faster "
        "than live traffic."
    ),
    "not streamed": lambda caution: (
        "Replies were not streamed: when their first token came is not known."
    ),
    "no queue": lambda caution: (
        "Requests waited for one of max_concurrency places, and how long is not in the file: "
        "latencies are too short (coordinated omission)."
    ),
    "no schedule": lambda caution: (
        "Requests were not sent on a schedule but as fast as they were answered: this is no open "
        "load, and says what the server does when full."
    ),
}


def cautions_of(levels: tuple[Level, ...], distinct: int) -> Iterator[Caution]:
    """What the levels themselves show; `distinct` requests were at hand (0: not known)."""
    for level in levels:
        if level.late:
            yield Caution("late", level.rate, level.lag.p99)
        if level.answered < level.due:
            yield Caution("failed", level.rate, level.errors)
    sent = sum(level.due for level in levels)
    if distinct and sent >= MANY * distinct:
        yield Caution("repeated", amount=sent / distinct)
    if any(level.answered for level in levels) and not any(level.ttft.n for level in levels):
        yield Caution("not streamed")
