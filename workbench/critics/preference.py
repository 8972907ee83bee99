"""A preference: which of two outputs is better, always asked in both orders."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.critics.rubric import Rubric
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.errors import PromptError
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.entry import ModelEntry
from workbench.printing import printed
from workbench.prompts import Prompt, load_prompt
from workbench.stats.scale import Scale

LETTERS = {"a": 0.0, "tie": 0.5, "b": 1.0}


@printed
@dataclass(frozen=True)
class Preference:
    """Compares an output with the baseline's: 1 = preferred, 0 = not, 0.5 = a tie or an answer that
    follows the order.

    The prompt reads `output_a` and `output_b` and is answered A, B or tie. Both orders are always
    asked; where they disagree, the critic judged the position, not the output: label
    `inconsistent`, score 0.5. Not for a requirement: it says which is better, never how good.
    """

    prompt: Prompt
    model: ModelEntry
    against: str  # the baseline prompt's name
    name: str = ""
    scale = Scale()
    parts = ("shown_second", "shown_first")  # how far the output was preferred in each order

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.prompt.name)
        if not {"output_a", "output_b"} <= self.prompt.variables:
            raise PromptError(
                f"{self.prompt.path or self.prompt.name}: a preference prompt shows output_a and "
                "output_b"
            )
        assert self._question

    def __repr__(self) -> str:
        return f"Preference {self.name}: against {self.against} by {self.model.name}"

    @classmethod
    def load(
        cls, path: str | Path, model: ModelEntry, *, against: str, name: str = ""
    ) -> "Preference":
        """A preference from a .prompty file; its name is the file's unless given."""
        return cls(load_prompt(path), model, against, name or Path(path).stem)

    @cached_property
    def _question(self) -> Rubric:
        return Rubric(self.prompt, self.model, self.name, answers=LETTERS)

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Preference", self._question.fingerprint, self.against])

    def check(self, example: Example) -> None:
        inputs = {**example.inputs, "output_a": "", "output_b": "", "expected": example.expected}
        self.prompt.check(inputs, f"example {example.id!r}", mark=str)

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        if other is None or other.text == completion.text:
            return ()
        return [
            *self._question.ask(example, {"output_a": other.text, "output_b": completion.text}),
            *self._question.ask(example, {"output_a": completion.text, "output_b": other.text}),
        ]

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict:
        if not replies:
            return Verdict(0.5, "tie", "the same text as the baseline's", "check", parts=(0.5, 0.5))
        second, first = (self._question.verdict(example, completion, [reply]) for reply in replies)
        if math.isnan(second.score) or math.isnan(first.score):
            return second if math.isnan(second.score) else first
        parts = (LETTERS[second.label], 1 - LETTERS[first.label])
        if parts[0] == parts[1]:
            label = {0.0: "loss", 0.5: "tie", 1.0: "win"}[parts[0]]
            return Verdict(parts[0], label, second.reason, second.mode, second.missing_mass, parts)
        return Verdict(
            0.5,
            "inconsistent",
            "the answer changed with the order",
            second.mode,
            second.missing_mass,
            parts,
        )
