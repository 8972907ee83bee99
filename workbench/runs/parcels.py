"""Calls on their way in batches: cut into files that an endpoint takes, and what it means when it
takes one not.
"""

import math
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.errors import ModelError, PausedTooLong
from workbench.models import batches
from workbench.models.attempts import Sent
from workbench.models.batches import Batches, Fault, State
from workbench.models.hopeless import stop_if_asked, turned_away
from workbench.models.local_batches import LocalBatches
from workbench.models.replies import Outcome
from workbench.runs.sending import Call

_LIMIT = re.compile(r"\blimit:? *(\d[\d,]*)", re.IGNORECASE)
_ENQUEUED = re.compile(r"token_limit_exceeded|enqueued token", re.IGNORECASE)

Came = tuple[Call, Sent, Outcome]  # what came of a call


@dataclass(slots=True, eq=False)
class Parcel:
    """Calls that are in one batch, by the custom_id of their lines, and how they were sent."""

    sent: dict[str, tuple[Call, Sent]] = field(default_factory=dict)
    lines: list[bytes] = field(default_factory=list)  # until they are sent
    size: int = 0  # bytes
    tokens: float = 0.0
    adopted: bool = False  # begun by another run: these are not all of its lines, perhaps
    done: int = 0  # answered at the endpoint

    @property
    def keys(self) -> list[bytes]:
        return [call.key for call, _ in self.sent.values()]

    def takes(self, call: Call, line: bytes, most_tokens: float) -> bool:
        """Whether there is room for a call; there is for a first one."""
        assert call.attempts
        return not self.lines or (
            self.size + len(line) <= batches.MOST_BYTES
            and self.tokens + call.attempts.tokens <= most_tokens
        )

    def add(self, call: Call, sent: Sent, line: bytes) -> None:
        assert call.attempts
        self.sent[call.key.hex()] = call, sent
        self.lines.append(line)
        self.size += len(line)
        self.tokens += call.attempts.tokens


@dataclass(slots=True, eq=False)
class Lane:
    """All calls to one model at one endpoint."""

    api: Batches | LocalBatches
    waiting: deque[Call] = field(default_factory=deque)  # to be sent
    parcels: list[Parcel] = field(default_factory=list)  # under way
    most_tokens: float = math.inf  # that a batch may bring
    alone: bool = False  # the endpoint's queue is full: one batch after another

    def sent(self, call: Call) -> Sent:
        """How a call is sent now."""
        assert call.attempts
        return call.attempts.sent(self.api.session)

    def next_parcel(self) -> tuple[Parcel, list[tuple[Call, str]]]:
        """As many waiting calls as one file may hold; and those that none can, with the reason."""
        parcel, unfit = Parcel(), []
        while self.waiting and len(parcel.lines) < batches.MOST_LINES:
            call = self.waiting[0]
            sent = self.sent(call)
            line = batches.line(call.key.hex(), sent.request)
            if fault := batches.line_fault(line):
                unfit.append((call, fault))
            elif parcel.takes(call, line, self.most_tokens):
                parcel.add(call, sent, line)
            else:
                break
            self.waiting.popleft()
        return parcel, unfit

    def make_smaller(self, parcel: Parcel, full: Fault) -> None:
        """Cut smaller parcels than one that the endpoint's queue had no room for; PausedTooLong
        where that was a single call.
        """
        if len(parcel.sent) == 1:
            raise PausedTooLong(
                f"{self.api.session.where} takes not even one call in a batch now: {full.message}; "
                "what is done is kept: run again when other batches have ended"
            )
        said = _LIMIT.search(full.message)
        limit = float(said[1].replace(",", "")) if said else math.inf
        self.most_tokens = limit if limit < parcel.tokens else parcel.tokens / 2


def queue_fault(state: State) -> Fault | None:
    """That a batch was refused for what is enqueued at the endpoint."""
    full = (each for each in state.faults if _ENQUEUED.search(f"{each.code} {each.message}"))
    return next(full, None)


def faults_by_line(lane: Lane, parcel: Parcel, state: State) -> dict[int, Fault]:
    """What is wrong with which lines of a file, by number; ModelError where that is with all of it,
    and the calls cannot do without.
    """
    numbers = range(1, len(parcel.sent) + 1)  # another one names no line of ours
    by_line = {each.line: each for each in state.faults if each.line and each.line in numbers}
    if by_line:
        return by_line
    fault = state.faults[0] if state.faults else Fault(None, "", "it does not say why")
    (_, sent), session = next(iter(parcel.sent.values())), lane.api.session
    outcome = batches.refused_line(sent.request, fault)
    if outcome.refused:
        return dict.fromkeys(numbers, fault)
    stop_if_asked(outcome, session)
    if outcome.lasting:
        raise ModelError(turned_away(outcome, session, ""))
    raise ModelError(f"{session.where} refused batch {state.id}: {outcome.completion.error}")


def refused_lines(parcel: Parcel, by_line: dict[int, Fault]) -> Iterator[Came]:
    """What came of the calls whose lines are at fault; they are taken out of the parcel."""
    for number, (id, (call, sent)) in enumerate(list(parcel.sent.items()), 1):
        if number in by_line:
            del parcel.sent[id]
            yield call, sent, batches.refused_line(sent.request, by_line[number])
