"""A server that generates token by token in batches, as an event simulation: thousands of its
seconds pass in one.
"""

import heapq
import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from workbench.printing import printed
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats


@printed
@dataclass(frozen=True)
class SimulatedServer:
    """A server with continuous batching, first come first served; the defaults are those that the
    figures of `benchmarks/capacity.py` stand on.

    A step generates one token of every sequence that decodes, then reads prompts with what is left
    of `max_num_batched_tokens`, in chunks. It takes `step_seconds`, and more for every prompt token
    that it reads, every sequence that decodes and every token of their context. A request is let in
    while fewer than `max_num_seqs` are and its prompt and reply fit into `room_tokens` beside
    theirs, so none is ever put out again.
    """

    step_seconds: float = 8e-3
    prompt_token_seconds: float = 60e-6
    sequence_seconds: float = 50e-6
    context_token_seconds: float = 44e-9
    max_num_seqs: int = 64
    max_num_batched_tokens: int = 2048
    room_tokens: int = 400_000
    name: str = "simulated"

    def __post_init__(self) -> None:
        if self.max_num_batched_tokens <= self.max_num_seqs or self.max_num_seqs < 1:
            raise ValueError("a step holds more tokens than sequences, and one sequence or more")

    def __repr__(self) -> str:
        return (
            f"SimulatedServer {self.name}: {self.max_num_seqs} sequences, "
            f"{self.max_num_batched_tokens:,} tokens a step"
        )

    def answer(self, due: Floats, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Answered:
        """What requests due at these seconds come to, with prompts and replies of so many tokens,
        one or more each. ValueError for one that never fits.
        """
        prompts, replies = np.asarray(input_tokens, float), np.asarray(output_tokens, float)
        self._check(prompts, replies)
        work = _Work(self, due.tolist(), prompts.astype(int).tolist(), replies.astype(int).tolist())
        work.run()
        first, whole = np.array(work.first) - due, np.array(work.whole) - due
        columns = due, np.zeros(len(due)), first, whole, whole, prompts, replies
        return Answered.of(columns, np.full(len(due), "", dtype="U8"), work.gaps)

    def _check(self, prompts: Floats, replies: Floats) -> None:
        if min(prompts.min(initial=1), replies.min(initial=1)) < 1:
            raise ValueError("a request has prompt and reply, of one token or more each")
        if (prompts + replies).max(initial=0) > self.room_tokens:
            raise ValueError(f"prompt and reply fit into the server's {self.room_tokens:,} tokens")


@dataclass
class _Work:
    """The server's state while it works requests off, each known by its place."""

    server: SimulatedServer
    due: list[float]
    prompts: list[int]
    replies: list[int]
    now: float = 0.0
    step: int = 0  # how many have passed
    next: int = 0  # the first request that is not let in
    room: int = 0  # tokens that are taken
    context: int = 0  # tokens of the sequences that decode
    reading: deque[list[int]] = field(default_factory=deque)  # place, prompt tokens left
    decoding: list[tuple[int, int]] = field(default_factory=list)  # heap: last step, place
    first: list[float] = field(init=False)  # moments
    whole: list[float] = field(init=False)
    gaps: list[tuple[float, float, int]] = field(default_factory=list)  # at, seconds, how often

    def __post_init__(self) -> None:
        self.first, self.whole = [math.nan] * len(self.due), [math.nan] * len(self.due)

    def run(self) -> None:
        """Until all is answered."""
        while self.next < len(self.due) or self.reading or self.decoding:
            self._let_in()
            if self.reading:
                self._read()
            elif self.decoding:
                self._decode()
            else:
                self.now = self.due[self.next]

    def _has_place(self) -> bool:
        """Whether the next request, if there is one, would be let in."""
        at, server = self.next, self.server
        return (
            at < len(self.due)
            and len(self.reading) + len(self.decoding) < server.max_num_seqs
            and self.room + self.prompts[at] + self.replies[at] <= server.room_tokens
        )

    def _let_in(self) -> None:
        while self._has_place() and self.due[self.next] <= self.now:
            self.room += self.prompts[self.next] + self.replies[self.next]
            self.reading.append([self.next, self.prompts[self.next]])
            self.next += 1

    def _seconds(self, read: int) -> float:
        """Of a step that reads so many prompt tokens."""
        server = self.server
        return (
            server.step_seconds
            + server.prompt_token_seconds * read
            + server.sequence_seconds * len(self.decoding)
            + server.context_token_seconds * self.context
        )

    def _read(self) -> None:
        """One step that reads prompts beside what decodes."""
        left = budget = self.server.max_num_batched_tokens - len(self.decoding)
        done: list[int] = []
        while self.reading and left:
            chunk = self.reading[0]
            taken = min(chunk[1], left)
            chunk[1] -= taken
            left -= taken
            if not chunk[1]:
                done.append(self.reading.popleft()[0])
        self._pass(1, self._seconds(budget - left))
        for place in done:
            self._begin(place)

    def _begin(self, place: int) -> None:
        """A prompt was read: the reply's first token is there."""
        self.first[place] = self.now
        if self.replies[place] == 1:
            self._end(place)
        else:
            self.context += self.prompts[place] + 1
            heapq.heappush(self.decoding, (self.step + self.replies[place] - 1, place))

    def _decode(self) -> None:
        """Steps that only generate: as many as pass until a reply ends or a request is let in."""
        steps = self.decoding[0][0] - self.step
        each, more = self._seconds(0), self.server.context_token_seconds * len(self.decoding)
        if self._has_place():
            steps = min(steps, _steps_until(self.due[self.next] - self.now, each, more))
        self._pass(steps, steps * each + more * steps * (steps - 1) / 2)

    def _pass(self, steps: int, seconds: float) -> None:
        """So many steps pass; the gap between a sequence's tokens is a step, of several like ones
        their mean.
        """
        count = len(self.decoding)
        if count:
            self.gaps.append((self.now, seconds / steps, steps * count))
        self.now += seconds
        self.step += steps
        self.context += steps * count
        while self.decoding and self.decoding[0][0] <= self.step:
            place = heapq.heappop(self.decoding)[1]
            self.context -= self.prompts[place] + self.replies[place]
            self._end(place)

    def _end(self, place: int) -> None:
        self.whole[place] = self.now
        self.room -= self.prompts[place] + self.replies[place]


def _steps_until(seconds: float, each: float, more: float) -> int:
    """The fewest steps that take so long together, the first `each` seconds and every further one
    `more` longer.
    """
    if more <= 0:
        return max(1, math.ceil(seconds / each))
    half = each / more - 0.5
    over = 2 * seconds / more
    return max(1, math.ceil(over / (math.sqrt(half * half + over) + half)))
