"""A rubric: a critic prompt and the model that answers it with yes or no, a rating, or a choice."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from workbench import words
from workbench.arguments import expect
from workbench.critics.answer_text import answer_start, plain
from workbench.critics.fence import NOTICE, fence
from workbench.critics.finding import Answer, find_answer, find_field, nearest
from workbench.critics.objects import objects_in
from workbench.critics.verdict import Verdict
from workbench.critics.weighing import Weights, weigh
from workbench.datasets import Example
from workbench.errors import PromptError
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.printing import printed
from workbench.prompts import Prompt, load_prompt
from workbench.stats.scale import Scale

TOP_LOGPROBS = 20  # the most that OpenAI gives; an answer token outside them holds next to nothing
ANSWER_TOKENS = 8  # room for "Yes." or "**4**" where the prompt file sets no maximum
MOST_MISSING = 0.2  # of the probability where a verdict stands; beyond it nothing is scored
# An endpoint that lets only the answers through gives their probabilities as they were before: what
# is missing could not have been said, and tells of a weak question rather than of a misread reply.
MOST_MISSING_HELD = 0.5
ROUNDING = 1e-9
UNREADABLE_REPLY, CUT = "unreadable", "the reply was cut before its verdict"
SHOWN = 200  # characters of a reply that could not be scored
LONGEST_REASON = 500
NOT_CRITERIA = ("reason", "verdict")


def scale_values(prompt: Prompt) -> dict[str, float]:
    """The answers a critic prompt admits and their scores, from `scale` in its metadata.

    `yes/no`, `[1, 5]` (every integer from low to high), or a mapping of choices to scores.
    """
    scale = prompt.metadata.get("scale", "yes/no")
    if scale == "yes/no":
        return {"no": 0.0, "yes": 1.0}
    if (
        isinstance(scale, Mapping)
        and all(map(_is_finite, scale.values()))
        and len(set(scale.values())) > 1
    ):
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


@printed
@dataclass(frozen=True)
class Rubric:
    """Asks a model about one output; the score is an expected value where the endpoint gives log
    probabilities.

    Without `outputs` the prompt is answered in one word; with `outputs` in JSON: a `verdict` and
    perhaps a `reason`, or one answer per criterion (the score is their mean, each is a part of it).
    `samples` above 1 asks that often at temperature 1 and takes the mean: for models that give no
    log probabilities. An opinion until `workbench.trust` has held it against people or right
    answers.
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
        expect(self.prompt, Prompt, "the prompt of a rubric", "give a file to wb.Rubric.load")
        object.__setattr__(self, "name", self.name or self.prompt.name)
        if self.prompt.tools:
            raise PromptError(
                f"{self.prompt.path or self.prompt.name}: a critic calls no tools: remove them"
            )
        if self.samples < 1:
            raise ValueError("samples counts from 1")
        if (
            self.answers is None
        ):  # a scale that is not known is refused here, not in the middle of a run
            object.__setattr__(self, "answers", scale_values(self.prompt))

    def __repr__(self) -> str:
        return f"Rubric {self.name}: {words.brief(', '.join(self.values))} by {self.model.name}"

    @classmethod
    def load(
        cls, path: str | Path, model: ModelEntry, *, name: str = "", samples: int = 1
    ) -> "Rubric":
        """A rubric from a .prompty file; its name is the file's unless given."""
        expect(model, ModelEntry, "the model of a rubric", 'name it as wb.model("critic")')
        return cls(load_prompt(path), model, name or Path(path).stem, samples)

    @property
    def values(self) -> Mapping[str, float]:
        """Answer -> score."""
        return self.answers or {}

    @property
    def parts(self) -> tuple[str, ...]:
        """The criteria of a decomposed rubric: its outputs, unless there is one `verdict`."""
        names = tuple(output.name for output in self.prompt.outputs)
        return (
            () if "verdict" in names else tuple(name for name in names if name not in NOT_CRITERIA)
        )

    @property
    def scale(self) -> Scale:
        higher_is_better = bool(self.prompt.metadata.get("higher_is_better", True))
        return Scale(min(self.values.values()), max(self.values.values()), higher_is_better)

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

    @property
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
                f"{self.prompt.path or self.prompt.name}: a critic's prompt shows the answer: "
                "write {{ output }} where it should stand"
            )
        self.prompt.check(
            {**example.inputs, "output": "", "expected": example.expected},
            f"example {example.id!r}",
            mark=str,
        )

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        return self.ask(example, {"output": completion.text})

    def ask(self, example: Example, outputs: Mapping[str, str]) -> list[Request]:
        """The requests that put the rubric's question about `outputs` of an example."""
        schema = self.prompt.schema
        short = {"max_tokens": ANSWER_TOKENS, **self.prompt.parameters}
        request = Request(
            self.model,
            self._messages(example, outputs),
            self.prompt.parameters if schema or self._is_bounded else short,
            schema=schema,
            choices=() if schema else self._choices,
            top_logprobs=TOP_LOGPROBS if self.model.logprobs and self.samples == 1 else 0,
        )
        if self.samples == 1:
            return [request]
        parameters = {**request.parameters, "temperature": 1}
        return [
            replace(request, parameters=parameters, repeat=sample) for sample in range(self.samples)
        ]

    @cached_property
    def _choices(self) -> tuple[str, ...]:
        """The answers as they may be spelled."""
        spelled = (each for label in self.values for each in (label, label.capitalize()))
        return tuple(dict.fromkeys(spelled))

    @property
    def _is_bounded(self) -> bool:
        """Whether the model has a maximum of its own: one that reasons needs more than a word."""
        return not {"max_tokens", "max_completion_tokens"}.isdisjoint(self.model.parameters)

    def _messages(self, example: Example, outputs: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rendered prompt with outputs and inputs fenced as data, unless the file says `fence:
        false`.
        """
        inputs = {**example.inputs, **outputs, "expected": example.expected}
        if self.prompt.metadata.get("fence", True) is False:
            return self.prompt.render(inputs, mark=str)
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
        if reply.status not in ("ok", "truncated"):
            ended = f"the critic's call ended in {reply.status}: {reply.error}"
            return Verdict(reason=ended.rstrip(": "))
        start = _start(reply)
        text = plain(reply.text[start:])
        if not self.prompt.schema:
            return self._score(self._find(text).moved(start), reply)
        if not self.parts:
            answer = find_field(text, "verdict", self.values)
            if not answer.label and "{" not in text:
                answer = self._find(text)
            return self._score(answer.moved(start), reply)
        return self._whole(
            [
                self._score(find_field(text, name, self.values).moved(start), reply)
                for name in self.parts
            ],
            reply,
        )

    def _find(self, text: str) -> Answer:
        return find_answer(text, self.values, self._asked)

    @cached_property
    def _asked(self) -> str:
        return f"{self.name} {self.prompt.text}"

    def _whole(self, read: Sequence[Verdict], reply: Completion) -> Verdict:
        """The mean of the criteria; unscored where one of them is."""
        unscored = next((part for part in read if math.isnan(part.score)), None)
        if unscored:
            return unscored
        scores = tuple(part.score for part in read)
        mean = sum(scores) / len(scores)
        reason = _reason(reply)
        missing = max((part.missing_mass for part in read), key=lambda mass: (mass == mass, mass))
        return Verdict(mean, nearest(mean, self.values), reason, read[0].mode, missing, scores)

    def _score(self, answer: Answer, reply: Completion) -> Verdict:
        """The verdict that the words give, weighed by the probabilities of its tokens where they
        can be had.
        """
        if not answer.label or self._may_go_on(answer, reply):
            return _unscored(CUT if _is_cut(reply) else UNREADABLE_REPLY, reply)
        weights = weigh(answer, reply.tokens, reply.text, self.values)
        uncounted = 1 - weights.total if weights else math.nan
        if weights and (doubt := self._missing(weights) or self._contradicts(answer, weights)):
            return _unscored(doubt, reply, uncounted)
        words = _reason(reply)
        if weights is None or weights.open > MOST_MISSING:
            mode = "greedy" if self.samples == 1 else "sampled"
            return Verdict(answer.score, answer.label, words, mode, uncounted)
        score = weights.mean(self.values)
        return Verdict(score, answer.label, words, "logprob", max(0.0, uncounted))

    def _missing(self, weights: Weights) -> str:
        """That too much of the probability lies on no answer, or nothing."""
        most = MOST_MISSING_HELD if self._is_held else MOST_MISSING
        if weights.missing > most + ROUNDING:
            return f"{weights.missing:.0%} of the probability lies on other words, though it said"
        return ""

    def _contradicts(self, answer: Answer, weights: Weights) -> str:
        """That a critic which always says the likeliest said something else, or nothing."""
        if not self._is_greedy:
            return ""
        rival = max(weights.masses, key=lambda label: weights.masses[label])
        if rival == answer.label or weights.masses[rival] <= weights.total / 2:
            rival = "another answer" if weights.open > 0.5 else ""
        return f"its words say {answer.label}, its probabilities {rival}" if rival else ""

    @property
    def _is_held(self) -> bool:
        """Whether the endpoint lets through nothing but the answers."""
        return self.model.constrain in ("grammar", "choice") and not self.prompt.schema

    @cached_property
    def _is_greedy(self) -> bool:
        return {**self.model.parameters, **self.prompt.parameters}.get("temperature") == 0

    def _may_go_on(self, answer: Answer, reply: Completion) -> bool:
        """Whether a cut reply ends in a verdict that begins another one, as 1 begins 10."""
        if not _is_cut(reply):
            return False
        longer = {label for label in self.values if label.startswith(answer.label)}
        longer -= {answer.label}
        ends = answer.start >= 0 and not reply.text[answer.end :].strip()
        if not longer or not ends:
            return False
        top = reply.tokens[-1].top if reply.tokens else ()
        return not any(text.strip() in longer for text, _ in top)  # one token would have spelled it


def _unscored(why: str, reply: Completion, missing_mass: float = math.nan) -> Verdict:
    shown = f": {reply.text[:SHOWN]}" if reply.text or why == UNREADABLE_REPLY else ""
    return Verdict(reason=why + shown, missing_mass=missing_mass)


def _reason(reply: Completion) -> str:
    """The critic's own words: the `reason` of its JSON, else all that it answered."""
    text = reply.text[_start(reply) :].strip()
    fields = chain(*(found.mappings for found in objects_in(text)))
    reasons = [str(mapping["reason"]) for mapping in fields if mapping.get("reason")]
    return (reasons or [text])[-1][:LONGEST_REASON]


def _start(reply: Completion) -> int:
    return answer_start(reply.text, thought=bool(reply.thinking))


def _is_cut(reply: Completion) -> bool:
    return reply.status == "truncated" or reply.finish_reason == "length"
