"""The requests that a load test may send: a task's own prompts, or texts as long as a trace's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from workbench import words
from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.models.call import Request
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs.plan import Plan
from workbench.serving.traces import Trace
from workbench.stats.answered import Answered
from workbench.stats.intervals import Floats

# one token each in the usual vocabularies, with the space before them
_WORDS = (
    "time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child", "world",
    "school", "state", "family", "student", "group", "country", "problem", "hand", "part", "place",
    "case", "week", "company", "system", "question", "work", "number", "night", "point", "home",
    "water", "room", "mother", "area", "money", "story", "fact", "month", "lot", "right", "book",
)  # fmt: skip


class Simulated(Protocol):
    """A server that is computed, such as `testing.SimulatedServer`."""

    @property
    def name(self) -> str: ...

    def answer(self, due: Floats, input_tokens: ArrayLike, output_tokens: ArrayLike) -> Answered:
        """What requests due at these seconds come to, with prompts and replies of so many
        tokens.
        """
        ...


class AtHand(Protocol):
    """Requests, each known by its place."""

    def __len__(self) -> int: ...

    def request(self, place: int) -> Request: ...

    @property
    def sentence(self) -> str: ...


@dataclass(frozen=True)
class Rendered:
    """Every prompt with every example."""

    plan: Plan

    @classmethod
    def of(
        cls, model: Model, prompts: tuple[Prompt, ...], examples: Sequence[Example]
    ) -> "Rendered":
        """PromptError where an example lacks what a prompt needs."""
        if not (prompts and examples):
            raise WorkbenchError("a load test needs prompts and examples, or a trace of traffic")
        plan = Plan(prompts, (model,), examples, (), 1)
        plan.check()
        return cls(plan)

    def __len__(self) -> int:
        return len(self.plan)

    def request(self, place: int) -> Request:
        return self.plan.request(place)

    @property
    def sentence(self) -> str:
        """What is sent, in words."""
        prompts = words.count(len(self.plan.prompts), "prompt")
        return f"{prompts} with {words.count(len(self.plan.examples), 'example')}"


@dataclass(frozen=True)
class Synthetic:
    """Texts of about as many tokens as the prompts of a trace, no two alike, and replies as long as
    its replies: bounded so, and on vLLM made so.
    """

    model: Model
    trace: Trace

    def __len__(self) -> int:
        return len(self.trace)

    def request(self, place: int) -> Request:
        random = np.random.default_rng(place)
        drawn = random.integers(0, len(_WORDS), int(self.trace.input_tokens[place]))
        text = " ".join(_WORDS[each] for each in drawn)
        tokens = int(self.trace.output_tokens[place])
        parameters: dict[str, Any] = {"max_tokens": tokens}
        if self.model.server == "vllm":
            parameters |= {"min_tokens": tokens, "ignore_eos": True}
        return Request(self.model, [{"role": "user", "content": text}], parameters)

    @property
    def sentence(self) -> str:
        """What is sent, in words."""
        return f"texts as long as those of {self.trace.name}"
