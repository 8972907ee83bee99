"""Texts on their way to a ruling: inputs before they are sent, outputs before they are judged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from workbench.datasets import Example
from workbench.filters.ruling import BLOCK, Filter, Ruling, hear, joined
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.prices import Prices
from workbench.prompts import Prompt
from workbench.runs.sending import Target
from workbench.turns import texts_in

if TYPE_CHECKING:
    from workbench.filters.chain import Chain


@dataclass(frozen=True, slots=True)
class Heard:
    """What a filter said, how long that took (its calls in parallel), and what it cost in dollars
    (NaN: not known).
    """

    ruling: Ruling
    seconds: float
    cost: float


@dataclass(slots=True, eq=False)
class Looked:
    """What a chain said of a text: all together, each filter, and the key and digest of each
    reply.
    """

    ruling: Ruling
    parts: Sequence[Heard]
    calls: list[tuple[str, str]]


Then = Callable[[Looked], None]


@dataclass(slots=True, eq=False)
class _Open:
    """A text that waits for replies."""

    text: str
    chain: "Chain"
    wanted: list[int]  # replies, of each filter
    then: Then
    replies: list[Completion | None]
    calls: list[tuple[str, str]] = field(default_factory=list)


class Filtering:
    """Asks filters about texts and hands on what they say, when all of them have spoken."""

    def __init__(self, ask: Callable[[Request, Target], None], prices: Prices) -> None:
        self._ask, self._prices = ask, prices
        self._open: dict[tuple[int, int], _Open] = {}

    def look(
        self, target: Target, chain: "Chain", text: str, then: Then, *, all_of_them: bool = False
    ) -> None:
        """Ask a chain about a text. Where a filter that asks nobody blocks it, no call is made,
        unless all of them are to be heard.
        """
        asked = [each.requests(text) if text.strip() else () for each in chain.members]
        requests = [request for some in asked for request in some]
        if requests and not all_of_them and (blocked := blocked_at_once(chain, text)):
            then(blocked)
            return
        replies: list[Completion | None] = [None] * len(requests)
        opened = _Open(text, chain, [len(some) for some in asked], then, replies)
        opened.calls = [("", "")] * len(requests)
        if not requests:
            self._end(opened)
            return
        self._open[target.row, target.critic] = opened
        for index, request in enumerate(requests):
            self._ask(request, target._replace(index=index))

    def reply(self, target: Target, completion: Completion, key: bytes, digest: bytes) -> None:
        """One of the filters' replies has come."""
        opened = self._open[target.row, target.critic]
        opened.replies[target.index] = completion
        opened.calls[target.index] = (key.hex(), digest.hex())
        if all(opened.replies):
            del self._open[target.row, target.critic]
            self._end(opened)

    def _end(self, opened: _Open) -> None:
        left = iter([reply for reply in opened.replies if reply is not None])
        members = zip(opened.chain.members, opened.wanted, strict=True)
        parts = [self._heard(each, opened.text, [*islice(left, n)]) for each, n in members]
        ruling = joined([part.ruling for part in parts], opened.chain.name)
        opened.then(Looked(ruling, parts, opened.calls))

    def _heard(self, filter: Filter, text: str, replies: Sequence[Completion]) -> Heard:
        heard = _timed(filter, text, replies)
        if not replies:
            return heard
        called = zip(filter.requests(text), replies, strict=False)
        cost = sum(self._prices.cost(request.model, reply) for request, reply in called)
        waited = max(reply.seconds for reply in replies)
        return replace(heard, seconds=heard.seconds + waited, cost=cost)


def _timed(filter: Filter, text: str, replies: Sequence[Completion] = ()) -> Heard:
    """What a filter says, and how long it took to say it."""
    began = time.perf_counter()
    ruling = hear(filter, text, replies)
    return Heard(ruling, time.perf_counter() - began, 0.0)


def blocked_at_once(chain: "Chain", text: str) -> Looked | None:
    """What the filters that ask nobody say, if that is no and spares the others their calls."""
    own = [each for each in chain.members if not each.requests(text)]
    parts = [_timed(each, text) for each in own]
    ruling = joined([part.ruling for part in parts], chain.name)
    return Looked(ruling, parts, []) if ruling.word == BLOCK else None


def input_text(prompt: Prompt, example: Example) -> str:
    """What a prompt shows of an example, as filters see it: the text of its inputs, without what
    the prompt's author wrote.
    """
    used = (value for name, value in example.inputs.items() if name in prompt.variables)
    return "\n\n".join(each for value in used for each in texts_in(value))


def plain(looked: Looked) -> dict[str, Any]:
    """A ruling as it is stored."""
    ruling = looked.ruling
    return {
        "word": ruling.word,
        "filter": ruling.filter,
        "categories": dict(ruling.categories),
        "reason": ruling.reason,
        "scores": dict(ruling.scores),
        "calls": looked.calls,
    }


def read(stored: Mapping[str, Any]) -> Looked:
    """The way back from `plain`."""
    ruling = Ruling(**{name: value for name, value in stored.items() if name != "calls"})
    return Looked(ruling, (), [(key, digest) for key, digest in stored["calls"]])


def sentence(ruling: Ruling, side: str) -> str:
    """Why a row was stopped, in words that name the filter."""
    of = f"the {side}"
    found = ", ".join(ruling.categories)
    if ruling.word == BLOCK:
        return f"filter {ruling.filter!r} blocked {of}: {found or ruling.reason}"
    return f"filter {ruling.filter!r} could not judge {of}: {ruling.reason}"
