"""What a critic is and what it says: the two types that every critic shares."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.datasets import Example
from workbench.models.call import Request
from workbench.models.completion import Completion


@dataclass(frozen=True, slots=True)
class Verdict:
    """A critic's word on one completion. NaN = unscored; `mode` is how the score was read.

    `mode`: "check" (code), "logprob" (expected value over the answer tokens), "greedy" (the reply's
    text), "sampled" (mean of several replies) or "" (unscored). `missing_mass`: probability outside
    the answer tokens.
    """

    score: float = math.nan
    label: str = ""
    reason: str = ""
    mode: str = ""
    missing_mass: float = math.nan
    parts: tuple[float, ...] = ()  # sub-scores, in the order of the critic's `parts`


class Critic(Protocol):
    """Judges a completion. It makes no call itself: the run sends its requests and hands back the
    replies.

    `against` names a baseline prompt whose completion for the same example `requests` also gets, or
    is empty. `parts` names sub-scores: the members of a panel, the criteria of a rubric.
    """

    name: str
    against: str
    parts: tuple[str, ...]

    @property
    def scale(self) -> tuple[float, float]: ...

    @property
    def higher_is_better(self) -> bool: ...

    @property
    def fingerprint(self) -> str: ...

    def check(
        self, example: Example
    ) -> None: ...  # refuses, before the first paid call, what it could not judge

    def requests(
        self, example: Example, completion: Completion, other: Completion | None = None
    ) -> Sequence[Request]: ...

    def verdict(
        self, example: Example, completion: Completion, replies: Sequence[Completion]
    ) -> Verdict: ...
