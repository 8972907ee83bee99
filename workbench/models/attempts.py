"""A call and its attempts: what is sent, how often it was tried, how much of its time is left."""

import math
import random
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from yarl import URL

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.replies import Outcome, with_lost
from workbench.models.session import Session
from workbench.models.streams import streaming

REFUSALS = 30  # times a call may hear "too many" before that is its failure
# seconds between attempts, where the endpoint names no time
FIRST_BACKOFF, LONGEST_BACKOFF = 0.25, 8.0
USUAL_COMPLETION = 256  # tokens that a call without max_tokens counts in an endpoint's allowance
NOT_ANSWERED = ("error", "timeout")
_UNSENT = Completion(status="unsent")


class Sent(NamedTuple):
    """A request as it is sent."""

    session: Session
    request: Request  # without what the endpoint refuses
    body: bytes
    stream: bool


class Asked(NamedTuple):
    """An HTTP request: where it goes, and with what."""

    url: URL
    body: bytes
    headers: Mapping[str, str]


class Attempts:
    """A call and its attempts so far; waiting for leave to send takes none of its time."""

    __slots__ = (
        "began", "completion", "count", "learnt", "lost", "payload", "queue_seconds", "ready",
        "refusals", "request", "seconds", "seconds_left", "stream", "uncounted",
    )  # fmt: skip

    def __init__(self, request: Request, payload: bytes, *, stream: bool = False) -> None:
        self.request, self.payload, self.stream = request, payload, stream
        model = request.model
        patience = max(model.patience_seconds, model.deadline_seconds)
        self.seconds_left = min(patience, model.attempts * model.deadline_seconds)
        self.began = self.ready = time.monotonic()
        self.count = 0  # HTTP requests made
        self.refusals = 0  # of them answered "too many"
        self.uncounted = 0  # of them answered so, or "loading"
        self.queue_seconds = 0.0  # in which nobody but our own queue kept it waiting
        self.seconds = 0.0  # of the latest attempt
        self.learnt: frozenset[str] = frozenset()  # features that were refused to this call
        self.lost: list[Completion] = []  # billed, and tried again
        self.completion = _UNSENT

    @property
    def tokens(self) -> float:
        """About how many an endpoint will count for it, images aside."""
        shown = self.request.images[1] if b'"image_url"' in self.payload else 0
        return (len(self.payload) - shown) / 4 + (self.request.max_tokens or USUAL_COMPLETION)

    @property
    def deadline(self) -> float:
        """Seconds that the next attempt may take."""
        return min(self.request.model.deadline_seconds, self.seconds_left)

    def sent(self, session: Session) -> Sent:
        """What is sent now, by what the endpoint is known to refuse."""
        request, payload = self.request, self.payload
        if session.refused and not session.refused.isdisjoint(request.features):
            request = request.without(session.refused)
            payload = request.payload()
        stream = self.stream or request.streams
        return Sent(session, request, streaming(payload) if stream else payload, stream)

    def learn(self, session: Session, outcome: Outcome) -> None:
        """Ask the endpoint no more for what it refuses; to hear of it is no failure of the call."""
        if not outcome.refused:
            return
        self.uncounted += bool(outcome.refused - self.learnt)
        self.learnt |= outcome.refused
        session.refused |= outcome.refused

    def wait(self, outcome: Outcome) -> float | None:
        """Seconds until the next attempt; None when there is to be none."""
        self.count += 1
        self.refusals += outcome.limiting
        self.uncounted += outcome.limiting or outcome.loading
        self.seconds_left -= self.seconds
        attempts = self.request.model.attempts
        spent = self.count - self.uncounted >= attempts or self.refusals >= REFUSALS
        if spent or not outcome.retry:
            return None
        if outcome.loading or (outcome.throttled and not math.isnan(outcome.after)):
            return 0.0  # the endpoint's gate is shut for that long
        wait = self._backoff() if math.isnan(outcome.after) else outcome.after
        self.seconds_left -= wait
        return wait if self.seconds_left > 0 else None

    def _backoff(self) -> float:
        longest = min(FIRST_BACKOFF * 2 ** (self.count - 1), LONGEST_BACKOFF)
        return random.uniform(0.5, 1.0) * longest

    def wait_for(self, seconds: float, outcome: Outcome) -> None:
        """The next attempt is due then; what this one was billed is not forgotten."""
        self.ready = time.monotonic() + seconds
        if outcome.completion.prompt_tokens >= 0:
            self.lost.append(outcome.completion)

    def end(self, done: Completion, sent: Sent, sender: str) -> None:
        """Keep what came of the call, how long it took, and who sent it. One that failed without
        what was refused, too, has taught nothing: the error may have quoted the user's words.
        """
        if done.status in NOT_ANSWERED:
            sent.session.refused -= self.learnt
        if self.lost:
            done = with_lost(done, self.lost)
        left_out = _left_out(self.request, sent.request)
        self.completion = done._replace(
            queue_seconds=self.queue_seconds,
            seconds=self.seconds,
            attempts=self.count,
            session=sender,
            left_out=left_out,
        )


def _left_out(asked: Request, sent: Request) -> Mapping[str, Any]:
    """The fields of the body that were asked for and not sent so."""
    if sent is asked:
        return {}
    body = sent.body()
    return {name: value for name, value in asked.body().items() if body.get(name) != value}
