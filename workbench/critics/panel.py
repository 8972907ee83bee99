"""A panel: several critics on one question; what it is worth is its effective number of votes, not
its size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench import words
from workbench.critics.rubric import Rubric
from workbench.critics.verdict import Verdict
from workbench.datasets import Example
from workbench.files import fingerprint
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.stats.scale import Scale


@printed
@dataclass(frozen=True)
class Panel:
    """The mean of its members' scores, each as a share of its own scale; unscored unless more than
    half can be read.

    Members' errors go together, so nine members may be worth two votes: `workbench.trust` shows the
    effective number of votes from the members' scores, which the run keeps as parts.
    """

    members: tuple[Rubric, ...]
    name: str = "panel"
    scale = Scale()
    against = ""

    def __post_init__(self) -> None:
        if (
            len({member.name for member in self.members}) < len(self.members)
            or len(self.members) < 2
        ):
            raise ValueError("a panel has two members or more, each with a name of its own")

    def __repr__(self) -> str:
        return f"Panel {self.name}: {words.listed(self.parts)}"

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members)

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Panel", *(member.fingerprint for member in self.members)])

    def check(self, example: Example) -> None:
        for member in self.members:
            member.check(example)

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]:
        return [
            request for member in self.members for request in member.requests(example, completion)
        ]

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict:
        scores, labels, start = [], [], 0
        for member in self.members:
            verdict = member.verdict(example, completion, replies[start : start + member.samples])
            start += member.samples
            scores.append(member.scale.merit(verdict.score))
            labels.append(f"{member.name}: {verdict.label or 'unscored'}")
        read = [score for score in scores if not math.isnan(score)]
        if 2 * len(read) <= len(scores):
            return Verdict(reason="; ".join(labels), parts=tuple(scores))
        mean = sum(read) / len(read)
        return Verdict(
            mean,
            "yes" if self.scale.passes(mean) else "no",
            "; ".join(labels),
            "panel",
            parts=tuple(scores),
        )
