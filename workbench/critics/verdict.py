"""What a critic is and what it says: the two types that every critic shares."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from workbench.datasets import Example
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.printing import printed
from workbench.stats.scale import Scale


@printed
@dataclass(frozen=True, slots=True)
class Verdict:
    """A critic's word on one completion; its score is NaN where none could be given (unscored).

    `mode` says how the score came about: "check" (code), "logprob" (the reply's words, weighed by
    the probabilities of the tokens that spell the verdict), "greedy" (its words alone), "sampled"
    (the mean of several replies), "panel", or "" (unscored). `missing_mass` is the probability at
    those tokens that was not counted for any answer, NaN where nothing was weighed.
    """

    score: float = math.nan
    label: str = ""
    reason: str = ""
    mode: str = ""
    missing_mass: float = math.nan
    parts: tuple[float, ...] = ()  # sub-scores, in the order of the critic's `parts`

    @property
    def mass(self) -> float:
        """The probability that lay on the critic's answers: the column `<critic>.mass` of a run."""
        return 1 - self.missing_mass


class Critic(Protocol):
    """Judges a completion. It makes no call itself: the run sends its requests and hands back the
    replies.

    `against` names a baseline prompt whose completion for the same example `requests` also gets, or
    is empty. `parts` names sub-scores: the members of a panel, the criteria of a rubric.
    """

    @property
    def name(self) -> str: ...

    @property
    def against(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def scale(self) -> Scale: ...

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
