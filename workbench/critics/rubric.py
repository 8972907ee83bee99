"""A rubric: a critic prompt and the model that answers it with yes or no, a rating, or a choice."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from workbench.critics.answers import (
    answer_masses,
    json_object,
    nearest,
    read_answer,
    token_in_json,
    token_in_text,
)
from workbench.critics.fence import NOTICE, fence
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.errors import PromptError
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion, Token
from workbench.models.entry import ModelEntry
from workbench.prompts import Prompt, load_prompt

TOP_LOGPROBS = 20  # the most that OpenAI gives; an answer token outside them holds next to nothing
ANSWER_TOKENS = 8  # room for "Yes." or "**4**" where the prompt file sets no maximum
NOT_CRITERIA = ("reason", "verdict")


def scale_values(prompt: Prompt) -> dict[str, float]:
    """The answers a critic prompt admits and their scores, from `scale` in its metadata.

    `yes/no`, `[1, 5]` (every integer from low to high), or a mapping of choices to scores.
    """
    scale = prompt.metadata.get("scale", "yes/no")
    if scale == "yes/no":
        return {"no": 0.0, "yes": 1.0}
    if isinstance(scale, Mapping) and len(scale) > 1 and all(map(_is_finite, scale.values())):
        return {str(label).casefold(): float(score) for label, score in scale.items()}
    if (
        isinstance(scale, list)
        and len(scale) == 2
        and all(isinstance(end, int) for end in scale)
        and scale[0] < scale[1]
    ):
        return {str(rating): float(rating) for rating in range(scale[0], scale[1] + 1)}
    raise PromptError(
        f"{prompt.path or prompt.name}: scale {scale!r} in metadata is not known: "
        "use yes/no, [1, 5], or a mapping of choices to scores"
    )


def _is_finite(score: object) -> bool:
    return isinstance(score, int | float) and math.isfinite(score)


@dataclass(frozen=True)
class Rubric:
    """Asks a model about one output; the score is an expected value where the endpoint gives log
    probabilities.

    Without `outputs` the prompt is answered in one word; with `outputs` in JSON: a `verdict` and
    perhaps a `reason`, or one answer per criterion (the score is their mean, each is a part of it).
    `samples` above 1 asks that often at temperature 1 and takes the mean: for models that give no
    log probabilities.
    """

    prompt: Prompt
    model: ModelEntry
    name: str = ""
    samples: int = 1
    answers: Mapping[str, float] | None = (
        None  # answer -> score; None = the scale in the prompt's metadata
    )
    against = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.prompt.name)
        if self.samples < 1:
            raise ValueError("samples counts from 1")
        if (
            self.answers is None
        ):  # a scale that is not known is refused here, not in the middle of a run
            object.__setattr__(self, "answers", scale_values(self.prompt))

    @classmethod
    def load(
        cls, path: str | Path, model: ModelEntry, *, name: str = "", samples: int = 1
    ) -> "Rubric":
        """A rubric from a .prompty file; its name is the file's unless given."""
        return cls(load_prompt(path), model, name or Path(path).stem, samples)

    @property
    def values(self) -> Mapping[str, float]:
        """Answer -> score."""
        return self.answers or {}

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The criteria of a decomposed rubric: its outputs, unless there is one `verdict`."""
        names = tuple(output.name for output in self.prompt.outputs)
        return (
            () if "verdict" in names else tuple(name for name in names if name not in NOT_CRITERIA)
        )

    @property
    def scale(self) -> tuple[float, float]:
        return min(self.values.values()), max(self.values.values())

    @property
    def higher_is_better(self) -> bool:
        return bool(self.prompt.metadata.get("higher_is_better", True))

    @property
    def kind(self) -> str:
        answers = list(self.values)
        return (
            "yes/no"
            if answers == ["no", "yes"]
            else "rating"
            if all(a.isdigit() for a in answers)
            else "choice"
        )

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(
            [
                "Rubric",
                self.prompt.fingerprint,
                self.model.endpoint,
                self.model.id,
                dict(self.model.parameters),
                self.values,
                self.samples,
            ]
        )

    def check(self, example: Example) -> None:
        if "output" not in self.prompt.variables:
            raise PromptError(
                f"{self.prompt.path or self.prompt.name}: a critic's prompt shows the answer: write "
                "{{ output }} where it should stand"
            )
        self.prompt.check(
            {**example.inputs, "output": "", "expected": example.expected},
            f"example {example.id!r}",
        )

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        return self.ask(example, {"output": completion.text})

    def ask(self, example: Example, outputs: Mapping[str, str]) -> list[Request]:
        """The requests that put the rubric's question about `outputs` of an example."""
        schema = self.prompt.schema
        request = Request(
            self.model,
            self._messages(example, outputs),
            self.prompt.parameters
            if schema
            else {"max_tokens": ANSWER_TOKENS, **self.prompt.parameters},
            schema=schema,
            choices=()
            if schema
            else tuple(
                dict.fromkeys(c for label in self.values for c in (label, label.capitalize()))
            ),
            top_logprobs=TOP_LOGPROBS if self.model.logprobs and self.samples == 1 else 0,
        )
        if self.samples == 1:
            return [request]
        parameters = {**request.parameters, "temperature": 1}
        return [
            replace(request, parameters=parameters, repeat=sample) for sample in range(self.samples)
        ]

    def _messages(self, example: Example, outputs: Mapping[str, str]) -> list[dict[str, str]]:
        """The rendered prompt with outputs and inputs fenced as data, unless the file says `fence:
        false`.
        """
        inputs = {**example.inputs, **outputs, "expected": example.expected}
        if self.prompt.metadata.get("fence", True) is False:
            return self.prompt.render(inputs)
        seed = "\0".join([self.prompt.fingerprint, example.id, *outputs.values()]).encode(
            "utf-8", "surrogatepass"
        )
        code = hashlib.blake2b(
            seed, digest_size=4
        ).hexdigest()  # no output can hold the hash of itself
        messages = self.prompt.render(inputs, mark=lambda text: fence(text, code))
        if messages[0]["role"] == "system":
            return [
                {"role": "system", "content": f"{messages[0]['content'].rstrip()}\n\n{NOTICE}"},
                *messages[1:],
            ]
        return [{"role": "system", "content": NOTICE}, *messages]

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict:
        read = [self._read(reply) for reply in replies]
        scored = [verdict for verdict in read if not math.isnan(verdict.score)]
        if len(read) == 1 or not scored:
            return read[0]
        mean = sum(verdict.score for verdict in scored) / len(scored)
        reason = next((verdict.reason for verdict in scored if verdict.reason), "")
        return Verdict(mean, nearest(mean, self.values), reason, "sampled")

    def _read(self, reply: Completion) -> Verdict:
        if reply.status != "ok" and not (reply.status == "truncated" and not self.prompt.schema):
            return Verdict(
                reason=f"the critic's call ended in {reply.status}: {reply.error}".rstrip(": ")
            )
        if not self.prompt.schema:
            return self._score(reply.text, token_in_text(reply.tokens, self.values), "", reply.text)
        fields = json_object(reply.text)
        reason = str(fields.get("reason", ""))
        names = self.parts or ("verdict",)
        read = [
            self._score(
                str(fields.get(name, "")), token_in_json(reply.tokens, name), reason, reply.text
            )
            for name in names
        ]
        if not self.parts or any(math.isnan(part.score) for part in read):
            return next((part for part in read if math.isnan(part.score)), read[0])
        scores = tuple(part.score for part in read)
        mean = sum(scores) / len(scores)
        said = reason or ", ".join(
            f"{name} {part.label}" for name, part in zip(names, read, strict=True)
        )
        return Verdict(
            mean, nearest(mean, self.values), said, read[0].mode, read[0].missing_mass, scores
        )

    def _score(self, text: str, token: Token | None, reason: str, reply: str) -> Verdict:
        """One answer: an expected value over the answer tokens where they hold any mass, else what
        the text says.
        """
        masses = answer_masses(token, self.values) if token else {}
        total = sum(masses.values())
        if total > 0:
            score = sum(self.values[label] * mass for label, mass in masses.items()) / total
            said = f"P(yes) {score:.2f}" if self.kind == "yes/no" else f"expected {score:.2f}"
            return Verdict(
                score,
                max(masses, key=lambda label: masses[label]),
                reason or said,
                "logprob",
                max(0.0, 1 - total),
            )
        answer = read_answer(text, self.values)
        if not answer:
            return Verdict(reason=f"unreadable: {reply[:200]}")
        return Verdict(
            self.values[answer],
            answer,
            reason or reply[:500],
            "greedy" if self.samples == 1 else "sampled",
        )
