"""One cheap call that tells what a model can; what its endpoint refuses is kept for runs."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from workbench import words
from workbench.models.attempts import NOT_ANSWERED
from workbench.models.call import OTHER_NAME, Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.prices import Prices
from workbench.models.refusals import LOGPROBS, PARAMETERS, SCHEMA
from workbench.models.transport import Transport
from workbench.runs.learning import Refusals
from workbench.store import Store

QUESTION = "Is 17 a prime number?"
ANSWERS = ["no", "yes"]
MOST_TOKENS = 1024  # a reasoning model thinks first
_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"enum": ANSWERS}},
    "required": ["answer"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Checkup:
    """What one call told of a model."""

    request: Request
    completion: Completion

    @property
    def answered(self) -> bool:
        return self.completion.status not in NOT_ANSWERED

    def sentences(self) -> Iterator[str]:
        """What it can, a line each."""
        done = self.completion
        if not self.answered:
            yield f"no answer ({done.status}): {done.error}"
            return
        named = f" by {done.model}" if done.model else ""
        yield f"answered{named} in {words.seconds(done.seconds)}"
        yield f"log probabilities: {self._logprobs()}"
        yield f"JSON schema: {self._schema()}"
        yield f"reasoning: {self._reasoning()}"
        for parameter in sorted(PARAMETERS & done.left_out.keys()):
            other = OTHER_NAME.get(parameter)
            renamed = other and other not in done.left_out
            instead = f"sent as {other}" if renamed else "not sent"
            yield f"{parameter}: refused, so it is {instead}"
        cost = Prices().cost(self.request.model, done)
        yield f"cost of this call: {words.money(cost) or 'no price known'}"

    def _logprobs(self) -> str:
        if not self.request.top_logprobs:
            return "not asked for (`logprobs: false`)"
        if LOGPROBS in self.completion.left_out:
            return "refused; critics go by its words"
        if self.completion.tokens:
            return "given"
        return "none came, and no error: write `logprobs: false` in models.yaml"

    def _schema(self) -> str:
        if SCHEMA in self.completion.left_out:
            return "refused; it is asked for in words"
        if self.request.asks_in_words:
            return "asked for in words (`constrain: none`)"
        if self.completion.status == "truncated":
            return f"not known: the reply was cut at {MOST_TOKENS} tokens"
        if _fits(self.completion.text):
            return "kept"
        return "not kept, and no error: write `constrain: none` in models.yaml"

    def _reasoning(self) -> str:
        done = self.completion
        if done.thinking_tokens > 0:
            return f"{words.count(done.thinking_tokens, 'token')} of thinking"
        return "thinks, and does not count its tokens" if done.thinking else "none seen"


def _fits(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(value) == {"answer"} and value["answer"] in ANSWERS


async def checkup(model: ModelEntry, store: Store) -> Checkup:
    """Ask a model one question with all that its endpoint may refuse, as if nothing of it were
    known; keep in the store what it refuses now.

    ModelError where no call to it can succeed.
    """
    asked = Request(
        model,
        [{"role": "user", "content": QUESTION}],
        {"temperature": 0, "max_tokens": MOST_TOKENS},
        _SCHEMA,
        top_logprobs=5 if model.logprobs else 0,
    )
    async with Transport() as transport:
        made = Checkup(asked, await transport.complete(asked))
    if made.answered:
        store.drop_refusals(model.endpoint, model.id, asked.features)
        refusals = Refusals(store, time.time())
        refusals.hear(asked, made.completion)
        refusals.keep()
    return made
