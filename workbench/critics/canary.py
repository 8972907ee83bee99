"""Canaries: a critic is shown a known-bad answer now and then, to see whether it still says no."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench import words
from workbench.critics.panel import Panel
from workbench.critics.rubric import Rubric
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.stats.scale import Scale

CANARY = "canary"  # the part that holds what the critic said of the known-bad answer


@printed
@dataclass(frozen=True)
class Canary:
    """A rubric or panel that also judges `answer`, which is known to be bad, for about one example
    in `every`.

    Its verdicts are the critic's own; what it says of the known-bad answer is the part `canary`
    (NaN for examples that have none), which `workbench.trust` counts. The examples are chosen by
    their ids, so that a run and its repetition choose the same ones and all variants of an example
    share one call.
    """

    critic: Rubric | Panel
    answer: str
    every: int = 20
    against = ""

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError("every counts from 1")

    def __repr__(self) -> str:
        return f"Canary of {self.critic!r}: {words.brief(self.answer)!r} in 1 of {self.every}"

    @property
    def name(self) -> str:
        return self.critic.name

    @property
    def model(self) -> Any:
        return getattr(self.critic, "model", None)

    @property
    def kind(self) -> str:
        return getattr(self.critic, "kind", "panel")

    @property
    def scale(self) -> Scale:
        return self.critic.scale

    @property
    def parts(self) -> tuple[str, ...]:
        return (*self.critic.parts, CANARY)

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Canary", self.critic.fingerprint, self.answer, self.every])

    def check(self, example: Example) -> None:
        self.critic.check(example)

    def is_chosen(self, example: Example) -> bool:
        """Whether the critic is also asked about the known-bad answer to this example."""
        digest = hashlib.blake2b(
            example.id.encode("utf-8", "surrogatepass"), digest_size=8
        ).digest()
        return int.from_bytes(digest) % self.every == 0

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        own = self.critic.requests(example, completion)
        return (
            [*own, *self.critic.requests(example, Completion(self.answer))]
            if self.is_chosen(example)
            else own
        )

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict:
        own = len(replies) // 2 if self.is_chosen(example) else len(replies)
        verdict = self.critic.verdict(example, completion, replies[:own])
        known_bad = (
            self.critic.verdict(example, Completion(self.answer), replies[own:])
            if replies[own:]
            else Verdict()
        )
        missing = (math.nan,) * (
            len(self.critic.parts) - len(verdict.parts)
        )  # an unscored verdict may lack them
        return replace(verdict, parts=(*verdict.parts, *missing, known_bad.score))
