"""What a run would cost, before its first call."""

import contextlib
import math
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import words
from workbench.errors import ModelError, PromptError, WorkbenchError
from workbench.files import canonical, write_whole
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.keys import key_for
from workbench.models.prices import BATCH_SHARE, MOST_COMPLETION, MOST_IMAGE, Prices, dollars
from workbench.printing import printed
from workbench.runs.filtering import blocked_at_once, input_text
from workbench.runs.plan import Plan, Validator, repeated
from workbench.store import Store

if TYPE_CHECKING:
    from workbench.filters.chain import Chain

CHUNK = 256
BYTES_PER_TOKEN = 4  # of English text in a byte-pair vocabulary; other scripts take fewer
USUAL_COMPLETION = 256  # tokens, where neither the store nor max_tokens say more
BATCH_SECONDS = 86400.0  # that a batch may take
USUAL_SECONDS = 2.0  # of a call, where the store holds none to this model


@printed
@dataclass(frozen=True, slots=True)
class Quote:
    """Calls to make (what the store holds is taken off), tokens, dollars (NaN: a price is unknown)
    and seconds, of batches the most that they may take.

    `images` are those of the calls to make: no endpoint says beforehand how many tokens it takes an
    image for, so they are not among the tokens and the likely cost, and in the most with MOST_IMAGE
    tokens each.
    `likely_cost` rests on what replies of the same models took so far; `most_cost` on every reply
    as long as allowed.
    """

    calls: int
    stored: int
    prompt_tokens: int
    completion_tokens: int
    likely_cost: float
    most_cost: float
    seconds: float
    roles: dict[str, int]  # calls of the actor and of each critic
    images: int = 0
    batch: bool = False  # they go in batches
    asked: tuple[Plan, Store] | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        likely, most = (words.money(cost) for cost in (self.likely_cost, self.most_cost))
        cost = f"likely {likely}, at most {most}" if likely and most else "a model has no price"
        return f"Quote: {words.count(self.calls, 'call')}, {cost}"


class _Tally:
    """Adds calls up as they are foreseen."""

    def __init__(self, share: float) -> None:
        """`share`: what calls cost, of the list price."""
        self._share = share
        self.calls = self.stored = self.prompt_tokens = self.completion_tokens = self.images = 0
        self.likely_cost = self.most_cost = 0.0
        self.roles: dict[str, int] = {}
        self.models: dict[tuple[str, str], ModelEntry] = {}  # that calls are to be made of
        # model -> seconds until it has done its calls
        self.seconds: dict[tuple[str, str], float] = {}
        self._seen: dict[tuple[str, str], list[Completion]] = {}
        self._asked: set[bytes] = set()
        self._prices = Prices()

    def hit(self, model: ModelEntry, completion: Completion) -> None:
        """A stored answer: it costs nothing and tells what answers of this model are like."""
        self.stored += 1
        self._seen.setdefault(_name(model), []).append(completion)

    def miss(self, role: str, request: Request, key: bytes, size: int) -> None:
        """A call to make; `size` is its payload's in bytes. The same call twice is made once."""
        if key in self._asked:
            return
        self._asked.add(key)
        model, most = request.model, request.max_tokens or MOST_COMPLETION
        name, (images, shown) = _name(model), request.images
        prompt, likely = (size - shown) // BYTES_PER_TOKEN, min(most, self.usual_tokens(name))
        self._count(role, model)
        self.prompt_tokens += prompt
        self.completion_tokens += likely
        self.images += images
        self.likely_cost += self._dollars(model, prompt, likely)
        self.most_cost += self._dollars(model, size - shown + images * MOST_IMAGE, most)
        seconds = self.usual_seconds(name) / model.max_concurrency
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def _count(self, role: str, model: ModelEntry) -> None:
        self.models[_name(model)] = model
        self.calls += 1
        self.roles[role] = self.roles.get(role, 0) + 1

    def _dollars(self, model: ModelEntry, prompt_tokens: int, completion_tokens: int) -> float:
        price = self._prices[model]
        if price is None:
            return math.nan
        return self._share * dollars(price.dearest, prompt_tokens, completion_tokens)

    def longest_batches(self) -> float:
        """Seconds that batches may take: critics' calls go after those that they judge."""
        stages = ("actor" in self.roles) + bool(self.roles.keys() - {"actor"})
        return stages * BATCH_SECONDS

    def usual_seconds(self, name: tuple[str, str]) -> float:
        taken = [c.seconds for c in self._seen.get(name, ()) if c.seconds > 0]
        return statistics.fmean(taken) if taken else USUAL_SECONDS

    def usual_tokens(self, name: tuple[str, str]) -> int:
        taken = [c.completion_tokens for c in self._seen.get(name, ()) if c.completion_tokens >= 0]
        return round(statistics.fmean(taken)) if taken else USUAL_COMPLETION


def _name(model: ModelEntry) -> tuple[str, str]:
    return model.endpoint, model.id


def foresee(plan: Plan, store: Store, *, batch: bool = False) -> Quote:
    """Look up what the store holds and add up the rest."""
    tally = _tallied(plan, store, BATCH_SHARE if batch else 1.0)
    return Quote(
        tally.calls,
        tally.stored,
        tally.prompt_tokens,
        tally.completion_tokens,
        tally.likely_cost,
        tally.most_cost,
        tally.longest_batches() if batch else max(tally.seconds.values(), default=0.0),
        tally.roles,
        tally.images,
        batch,
        (plan, store),
    )


def quote_only(asked: Callable[[], Quote], what: str) -> None:
    """Where only a quote is asked for: write it down, and end before the first call."""
    path = os.environ.get("WORKBENCH_QUOTE")
    if path and (made := asked()).calls:
        told = {name: getattr(made, name) for name in ("calls", "likely_cost", "most_cost")}
        write_whole(Path(path), canonical(told))
        raise WorkbenchError(f"only a quote was asked for, and this {what} would send calls")


def check_keys(plan: Plan, store: Store) -> None:
    """Refuse a run that will need a key that is not there: ModelError, before its first call."""
    if all(_has_key(model) for model in _models(plan)):
        return
    for model in _tallied(plan, store).models.values():
        key_for(model)


def _models(plan: Plan) -> Iterator[ModelEntry]:
    """The models that answer, and those that critics and filters would ask of a first answer."""
    yield from plan.models if plan.texts is None else ()
    yield from (each.model for each in plan.filter_requests("a"))
    answer = Completion("{}")
    for critic in plan.critics:
        other = answer if critic.against else None
        with contextlib.suppress(PromptError):
            yield from (each.model for each in critic.requests(plan.examples[0], answer, other))


def _has_key(model: ModelEntry) -> bool:
    try:
        key_for(model)
    except ModelError:
        return False
    return True


def _tallied(plan: Plan, store: Store, share: float = 1.0) -> _Tally:
    tally, order, answers = _Tally(share), plan.order(range(len(plan.examples))), _Answers(plan)
    while rows := list(islice(order, CHUNK)):
        admitted = _admitted(tally, store, plan, rows)
        asked = [(row, "actor", plan.request(row)) for row in admitted]
        answers.stored |= _look_up(tally, store, asked)
        judged = [
            answers.judged(row, tally.usual_tokens(_name(request.model)))
            for row, _, request in asked
        ]
        _look_up(tally, store, [each for requests in judged for each in requests])
    return tally


def _admitted(tally: _Tally, store: Store, plan: Plan, rows: Sequence[int]) -> list[int]:
    """The rows whose input no filter of this machine blocks; what others are asked is tallied."""
    if not plan.filters:
        return list(rows)
    chain = plan.filters.inputs if plan.texts is None else plan.filters
    asked: list[tuple[int, str, Request]] = []
    passed: list[int] = []
    for row in rows:
        key = plan.key(row)
        text = (
            input_text(plan.prompts[key.prompt], plan.examples[key.example])
            if plan.texts is None
            else plan.texts[row]
        )
        if plan.texts is not None or not blocked_at_once(chain, text):
            passed.append(row)
            asked += filter_calls(chain, row, text)
    _look_up(tally, store, asked)
    return passed if plan.texts is None else []


def filter_calls(chain: "Chain", row: int, text: str) -> Iterator[tuple[int, str, Request]]:
    """What filters ask of a text."""
    for each in chain.members if text.strip() else ():
        yield from ((row, each.name, request) for request in each.requests(text))


def _look_up(
    tally: _Tally, store: Store, asked: Sequence[tuple[int, str, Request]]
) -> dict[int, Completion]:
    """Tally requests as stored or to be made; the stored completion of each row that has one."""
    payloads = [request.payload() for _, _, request in asked]
    keys = [request.key(payload) for (_, _, request), payload in zip(asked, payloads, strict=True)]
    found = store.answers(keys) if keys else {}
    answered: dict[int, Completion] = {}
    for (row, role, request), payload, key in zip(asked, payloads, keys, strict=True):
        if key in found:
            answered[row] = found[key].completion
            tally.hit(request.model, found[key].completion)
        else:
            tally.miss(role, request, key, len(payload))
    return answered


class _Answers:
    """What rows answer: what the store holds of them, else a text of the usual length."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._validators = [
            Validator(prompt.schema) if prompt.schema else None for prompt in plan.prompts
        ]
        self._most: dict[tuple[int, int], int] = {}  # tokens of a reply, by prompt and model
        self.stored: dict[int, Completion] = {}

    def judged(self, row: int, usual: int) -> list[tuple[int, str, Request]]:
        """What critics will ask of a row; nothing where its answer is none."""
        completion = self._of(row, usual)
        if completion is None:
            return []
        key = self._plan.key(row)
        example, asked = self._plan.examples[key.example], []
        if self._plan.filters:
            asked += filter_calls(self._plan.filters.outputs, row, completion.text)
        for critic in self._plan.critics:
            other = (
                self._of(self._plan.baseline_row(row, critic), usual) if critic.against else None
            )
            if critic.against and not other:
                continue
            # where no question can be made of this answer, it will be unscored
            with contextlib.suppress(PromptError):
                requests = critic.requests(example, completion, other)
                asked += [(row, critic.name, repeated(each, key.repeat)) for each in requests]
        return asked

    def _of(self, row: int, usual: int) -> Completion | None:
        key = self._plan.key(row)
        completion, validator = self.stored.get(row), self._validators[key.prompt]
        if completion is None:
            variant = (key.prompt, key.model)
            if variant not in self._most:
                self._most[variant] = self._plan.request(row).max_tokens or MOST_COMPLETION
            return Completion(text=f"{row} " + "word " * min(self._most[variant], usual))
        is_answer = completion.status == "ok" and (
            completion.calls_tools or not (validator and validator.error(completion))
        )
        return completion if is_answer else None
