"""The requests that a load test may send: a task's own prompts, or texts as long as a trace's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
from workbench.serving.bounds import Bounds
from workbench.serving.course import Course
from workbench.serving.tested import LoadTest
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

    @property
    def model(self) -> Model:
        return self.plan.models[0]

    def __len__(self) -> int:
        return len(self.plan)

    def about(self, bounds: Bounds, settings: Mapping[str, str] | None) -> LoadTest:
        """The test without its levels."""
        return _about(self.model, self, bounds, settings)

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

    def about(self, bounds: Bounds, settings: Mapping[str, str] | None) -> LoadTest:
        """The test without its levels."""
        return _about(self.model, self, bounds, settings)

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


def _about(
    model: Model, sent: Rendered | Synthetic, bounds: Bounds, settings: Mapping[str, str] | None
) -> LoadTest:
    """Of a server that is started here, how it is started is known."""
    started = {"args": " ".join(model.args)} if model.args else {}
    return LoadTest(
        model.name,
        (),
        bounds,
        traffic=sent.sentence,
        distinct=len(sent),
        settings=settings or started,
        at=_now(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Computed:
    """Requests as long as those of a trace, to a server that is computed."""

    server: Simulated
    trace: Trace

    def __len__(self) -> int:
        return len(self.trace)

    def about(self, bounds: Bounds, settings: Mapping[str, str] | None) -> LoadTest:
        """The test without its levels."""
        name = self.server.name
        sent = f"requests as long as those of {self.trace.name}"
        return LoadTest(name, (), bounds, traffic=sent, settings=settings or {}, at=_now())

    def worked(self, course: Course) -> LoadTest:
        """The test, in simulated time."""
        while step := course.step:
            due, which = course.due(step)
            course.take(step, self.server.answer(due, *self.trace.lengths(which)))
        return course.test()
