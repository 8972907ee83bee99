"""What filters with a score share: a threshold, without which they say nothing."""

import math
from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

from workbench.errors import WorkbenchError
from workbench.filters.ruling import ALLOW, BLOCK, UNKNOWN, Ruling
from workbench.filters.spans import unread
from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.prompts.decoded import PLAIN, views

if TYPE_CHECKING:
    from workbench.filters.fitting import Linear

NO_THRESHOLD = "it has no threshold"


class Scored:
    """A filter by a linear model: it blocks where the highest score of a text's views is above
    `threshold`, which has to come from the user's own harmless rows.
    """

    threshold: float
    name: str

    @property
    def linear(self) -> "Linear":
        raise NotImplementedError

    @property
    def categories(self) -> tuple[str, ...]:
        return (self.name,)

    def at(self, threshold: float) -> Self:
        """The same filter with another threshold."""
        other = copy(self)  # with what it has learnt
        object.__setattr__(other, "threshold", threshold)
        return other

    def check(self) -> None:
        if math.isnan(self.threshold):
            raise WorkbenchError(
                f"filter {self.name!r} has no threshold, and one from elsewhere means nothing on "
                "your text: screen harmless rows of your own and take `screening.fitted(at_most=)`"
            )

    def requests(self, text: str) -> Sequence[Request]:
        return ()

    def score(self, text: str) -> tuple[float, str]:
        """The highest log odds over the views of a text, and the view's name."""
        linear = self.linear
        return max((linear.score(view.text), view.name) for view in views(text))

    def verdict(self, text: str, replies: Sequence[Completion] = ()) -> Ruling:
        score, view = self.score(text)
        scores, rest = {self.name: score}, unread(text)
        if math.isnan(self.threshold):
            return Ruling(UNKNOWN, self.name, {}, NO_THRESHOLD, scores)
        if score > self.threshold:
            seen = "" if view == PLAIN else f" ({view})"
            said = f"{score:.2f} above {self.threshold:.2f}{seen}"
            return Ruling(BLOCK, self.name, {self.name: BLOCK}, said, scores)
        return Ruling(UNKNOWN if rest else ALLOW, self.name, {}, rest, scores)
