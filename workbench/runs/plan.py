"""What a run asks: every row's request, in an order that keeps a part of the run comparable."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench import words
from workbench.arguments import expect_each, expect_number, kind_of
from workbench.critics.verdict import Critic
from workbench.datasets import Dataset, Example
from workbench.errors import ModelError, WorkbenchError
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.models.model import Model
from workbench.models.servers import SERVERS
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.prompts.images import digest_of
from workbench.stats.scale import Scale
from workbench.turns import Image

if TYPE_CHECKING:
    from workbench.filters.chain import Chain

SAMPLES = 1000  # room for a critic's own repeats of a request within one repeat of a row


class RowKey(NamedTuple):
    """What a row is of: the positions of its prompt, model and example, and its repeat."""

    prompt: int
    model: int
    example: int
    repeat: int


@printed
@dataclass(frozen=True)
class Plan:
    """prompts x models x examples x repeats, and who judges them."""

    prompts: tuple[Prompt, ...]
    models: tuple[Model, ...]
    examples: Sequence[Example]
    critics: tuple[Critic, ...]
    repeats: int
    filters: "Chain | None" = None
    texts: tuple[str, ...] | None = None  # to be screened, a row each, and answered by nobody
    # of (prompt, model), by name: how many repeats are passed over, for their answers are old
    anew: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what in ("prompts", "models", "examples"):
            if not getattr(self, what):
                raise WorkbenchError(f"a run needs {what}, and there are none")
        for what in ("prompts", "models", "critics"):
            if twice := _repeated_name(thing.name for thing in getattr(self, what)):
                raise WorkbenchError(
                    f"two {what} are called {twice!r}: give one of them another name"
                )
        if twice := _repeated_name(example.id for example in self.examples):
            raise WorkbenchError(
                f"two examples have the id {twice!r}: rows are paired by it, so give one another id"
            )
        expect_number(self.repeats, "repeats", 1, math.inf, "a whole number from 1")
        self._check_critics()

    def _check_critics(self) -> None:
        names = {prompt.name for prompt in self.prompts}
        for critic in self.critics:
            if not isinstance(critic.scale, Scale):
                raise TypeError(f"the scale of critic {critic.name!r} is a wb.Scale(low, high)")
            if critic.against and critic.against not in names:
                raise WorkbenchError(
                    f"critic {critic.name!r} compares with prompt {critic.against!r}: run it too"
                )

    def __repr__(self) -> str:
        parts = (self.prompts, "prompt"), (self.models, "model"), (self.examples, "example")
        text = " x ".join(words.count(len(things), noun) for things, noun in parts)
        return f"Plan: {text}{f' x {self.repeats}' if self.repeats > 1 else ''}"

    def __len__(self) -> int:
        return len(self.prompts) * len(self.models) * len(self.examples) * self.repeats

    def row(self, key: RowKey) -> int:
        variant = key.prompt * len(self.models) + key.model
        return (variant * len(self.examples) + key.example) * self.repeats + key.repeat

    def key(self, row: int) -> RowKey:
        rest, repeat = divmod(row, self.repeats)
        rest, example = divmod(rest, len(self.examples))
        prompt, model = divmod(rest, len(self.models))
        return RowKey(prompt, model, example, repeat)

    def baseline_row(self, row: int, critic: Critic) -> int:
        """The row that a critic compares this one with: the same but for the prompt."""
        prompt = next(
            number for number, prompt in enumerate(self.prompts) if prompt.name == critic.against
        )
        return self.row(self.key(row)._replace(prompt=prompt))

    def order(self, examples: Iterable[int]) -> Iterator[int]:
        """The rows of examples as they are worked on: example by example, so that a run cut short
        compares the same examples.

        Prompts that a critic compares with come first, since their answers are waited for.
        """
        baselines = {critic.against for critic in self.critics}
        prompts = sorted(
            range(len(self.prompts)), key=lambda prompt: self.prompts[prompt].name not in baselines
        )
        for example in examples:
            for prompt in prompts:
                for model in range(len(self.models)):
                    for repeat in range(self.repeats):
                        yield self.row(RowKey(prompt, model, example, repeat))

    def request(self, row: int) -> Request:
        """What the row asks of its model."""
        prompt, model, example, repeat = self.key(row)
        asked = self.prompts[prompt]
        repeat += self.anew.get((asked.name, self.models[model].name), 0)
        messages = asked.render(self.examples[example].inputs)
        parameters = asked.parameters
        if asked.tools:
            parameters = {**parameters, "tools": [tool.wire for tool in asked.tools]}
        return Request(self.models[model], messages, parameters, asked.schema, repeat=repeat)

    def asked_models(self) -> tuple[ModelEntry, ...]:
        """Every model that takes part, those of the critics too."""
        example, answer, other = self.examples[0], Completion(text="a"), Completion(text="b")
        judges = [
            request.model
            for critic in self.critics
            for request in critic.requests(example, answer, other)
        ]
        judges += [request.model for request in self.filter_requests("a")]
        answering = () if self.texts is not None else self.models
        return tuple({(m.endpoint, m.api_key_env): m for m in (*answering, *judges)}.values())

    def filter_requests(self, text: str) -> list[Request]:
        """What the filters would ask of a text."""
        return self.filters.requests(text) if self.filters else []

    def check(self, *, batch: bool = False) -> None:
        """Refuse what could not be rendered, judged or sent in batches, before the first paid
        call.
        """
        for model in self.asked_models() if batch else ():
            if model.server and not SERVERS[model.server].takes_batches:
                raise ModelError(
                    f"model {model.name!r} has `server: {model.server}`, which takes no batches: "
                    "run without batch=True"
                )
        if self.filters:
            self._check_filters(self.filters, batch=batch)
        for example in self.examples:
            where = f"example {example.id!r}"
            for prompt in self.prompts:
                prompt.check(example.inputs, where)
            for critic in self.critics:
                critic.check(example)

    def _check_filters(self, filters: "Chain", *, batch: bool) -> None:
        if self.texts is None:
            filters.check()
        moderating = [each.model.name for each in self.filter_requests("a") if each.moderation]
        if batch and moderating:
            raise ModelError(
                f"model {moderating[0]!r} moderates, which goes in no batch: run without batch=True"
            )

    def where(self, row: int) -> str:
        """A row in words."""
        key = self.key(row)
        return (
            f"prompt {self.prompts[key.prompt].name!r}, example {self.examples[key.example].id!r}"
        )

    @cached_property
    def images(self) -> dict[str, str]:
        """What stands for the content of each image file that the prompts show, by its path."""
        given = ((prompt, each.inputs) for prompt in self.prompts for each in self.examples)
        shown = {image for prompt, inputs in given for image in prompt.shown(inputs)}
        files = (image for image in shown if not image.source.startswith("data:"))
        return {image.source: digest_of(image) for image in sorted(files, key=_source)}

    @cached_property
    def about_examples(self) -> str:
        """Stands for the content of the examples."""
        return examples_fingerprint(self.examples)

    @cached_property
    def fingerprint(self) -> str:
        """Stands for what is asked, whoever asks: runs with the same one share a budget."""
        models = [
            [model.name, model.endpoint, model.id, dict(model.parameters)] for model in self.models
        ]
        prompts = [[prompt.name, prompt.fingerprint] for prompt in self.prompts]
        critics = [[critic.name, critic.fingerprint] for critic in self.critics]
        about = [prompts, models, critics, self.about_examples, self.repeats]
        about += [self.images] if self.images else []
        about += [["filters", self.filters.fingerprint]] if self.filters else []
        about += [["anew", *sorted([*names, n] for names, n in self.anew.items())]] * bool(
            self.anew
        )
        return fingerprint(about)


def _source(image: Image) -> str:
    return image.source


def _repeated_name(names: Iterable[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def examples_fingerprint(examples: Sequence[Example]) -> str:
    """The dataset's own fingerprint, or one of the examples' content."""
    if isinstance(examples, Dataset):
        return examples.fingerprint
    return fingerprint([[e.id, dict(e.inputs), e.expected, dict(e.tags)] for e in examples])


def repeated(request: Request, repeat: int) -> Request:
    """A critic's request for the repeat of a row that it judges."""
    return replace(request, repeat=repeat * SAMPLES + request.repeat) if repeat else request


SomePrompts = Prompt | Sequence[Prompt] | Mapping[str, Prompt]  # however they are given


def check_parts(prompts: Any, examples: Any, models: Any, critics: Any) -> None:
    """TypeError where a run was given another kind of thing than it takes."""
    listed = prompts.values() if isinstance(prompts, Mapping) else prompts
    given = (
        (listed, Prompt, "prompts", "load them with wb.load_prompts(folder)"),
        (examples, Example, "examples", "load them with wb.load_examples(file or DataFrame)"),
        (models, ModelEntry, "models", 'name them as wb.model("actor")'),
    )
    for things, kind, what, step in given:
        expect_each([things] if isinstance(things, kind) else things, kind, what, step)
    step = 'give a list such as [wb.Exact("label"), wb.Rubric.load(file, model)]'
    expect_each(critics, object, "critics", step)
    for each in critics:
        if isinstance(each, type) or not hasattr(each, "requests"):
            raise TypeError(f"a critic is {kind_of(each)}: {step}; wb.Function takes a function")


def named(prompts: SomePrompts) -> tuple[Prompt, ...]:
    """Prompts however they were given."""
    if isinstance(prompts, Prompt):
        return (prompts,)
    return tuple(prompts.values() if isinstance(prompts, Mapping) else prompts)


class Validator:
    """Says what is wrong with a reply that should fit a JSON schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        from workbench.schemas import Draft202012Validator  # only where a prompt has a schema

        self._validator = Draft202012Validator(dict(schema))

    def error(self, completion: Completion) -> str:
        """Empty when the reply fits."""
        try:
            value = json.loads(completion.text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return f"the reply is not JSON: {error}"
        error = next(self._validator.iter_errors(value), None)
        return (
            f"the reply does not fit the schema at {error.json_path}: {error.message}"[:300]
            if error
            else ""
        )


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON number")
