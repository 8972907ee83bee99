"""A value on a short axis of its own: grey where it is allowed, the bound upright."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from workbench.page.frame import render
from workbench.page.markup import Html, html, joined
from workbench.page.svg import Axis
from workbench.stats import Interval

BAR, SCALED = 26, 40  # pixels: of a bar, and of one with the numbers of its axis below
EDGE = 15.0  # percent of the axis, within which a number ends at its tick and does not straddle it
NUMBER = '<text x="{:.2f}%" y="38" text-anchor="{}">{}</text>'


@dataclass(frozen=True)
class Bound:
    """A value with its interval against what is allowed of it; `word` colours it (worse). Where
    `says` is given, the ends of the axis are written below it.
    """

    axis: Axis
    value: Interval
    least: float = -math.inf
    most: float = math.inf
    word: str = ""
    says: Callable[[float], str] | None = None

    def draw(self) -> Html:
        """A dot and its line; an arrow at the edge where the value lies beyond it."""
        left, right = self.axis.at(self.least), self.axis.at(self.most)
        estimate = self.value.estimate
        return render(
            "sections/bound.html",
            css=self.word,
            height=SCALED if self.says else BAR,
            left=left,
            width=right - left,
            bound=left if math.isinf(self.most) else right,
            ends=[self.axis.at(self.value.low), self.axis.at(self.value.high)],
            at=self.axis.at(estimate),
            beyond=(estimate > self.axis.high) - (estimate < self.axis.low),
            numbers=self._numbers(self.says) if self.says else "",
        )

    def _numbers(self, says: Callable[[float], str]) -> Html:
        """The first tick and the last."""
        ticks = dict.fromkeys((self.axis.ticks[0], self.axis.ticks[-1]))
        placed = ((self.axis.at(tick), says(tick).removesuffix(".0")) for tick in ticks)
        return joined(html(NUMBER, at, _anchor(at), said) for at, said in placed)


def _anchor(at: float) -> str:
    return "start" if at < EDGE else "end" if at > 100 - EDGE else "middle"
