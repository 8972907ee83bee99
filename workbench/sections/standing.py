"""Estimates that stand at places across a Plotly figure, with names that do not meet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.page.naming import LINE, Dot, Side, beside, column, short
from workbench.page.svg import Axis
from workbench.sections.marks import GREY, INK, Estimate

if TYPE_CHECKING:
    import plotly.graph_objects as go

NAMES = 0.3  # share of a figure that a column of names takes
EDGES = 96  # pixels above and below what a figure shows
ANCHORS = {"start": "left", "middle": "center", "end": "right"}
Placed = Sequence[tuple[float, Estimate]]  # how far across, and what stands there


def stand(made: "go.Figure", found: Placed, *, least: float, height: int) -> None:
    """Draw estimates in points at their places, on a figure of that height or more; no axis across
    is narrower than the share `least`.

    Names stand beside their dots while all have room, else in a column at the right.
    """
    known = [(x, each) for x, each in found if not math.isnan(x + each.found.estimate)]
    for x, each in known:
        each.stand(made, x)
    made.update_layout(height=max(height, EDGES + LINE * len(known)))
    frame = _Frame.around(known, least, max(height - EDGES, LINE * len(known)))
    frame.name(made, known)


@dataclass(frozen=True)
class _Frame:
    """What a figure shows: values across, points up, and how many pixels that is high."""

    across: Axis
    up: Axis
    height: float

    @classmethod
    def around(cls, known: Placed, least: float, height: float) -> "_Frame":
        ends = (end for _, each in known for end in each.found)
        across = Axis.around((x for x, _ in known), least=least)
        return cls(across, Axis.around(ends, ends=(0, 100)), height)

    def name(self, made: "go.Figure", known: Placed) -> None:
        """Set the ranges, with room for a column where names need one, and write the names."""
        dots = [self._dot(*each) for each in known]
        sides = beside(dots, self.height)
        if sides is None:
            for (x, each), down in zip(known, column(dots, self.height), strict=True):
                _lead(made, x, each, (self.across.high, self._at(down)))
        for (x, each), side in zip(known, sides or (), strict=False):
            _name(made, x, each, side)
        room = 1 - NAMES if sides is None else 1
        low, width = self.across.low, self.across.high - self.across.low
        made.update_xaxes(range=[low, low + width / room])
        made.update_yaxes(range=[self.up.low, self.up.high])

    def _dot(self, x: float, each: Estimate) -> Dot:
        estimate, low, high = (self.height * (1 - self.up.at(end) / 100) for end in each.found)
        return Dot(each.label, self.across.at(x), estimate, high, low)

    def _at(self, down: float) -> float:
        """The points that lie so many pixels from the top."""
        return self.up.high - (self.up.high - self.up.low) * down / self.height


def _name(made: "go.Figure", x: float, each: Estimate, side: Side) -> None:
    """A name beside its dot. Plotly's offsets are of its middle, and upwards."""
    dx, dy, anchor = side
    at = {"x": x, "y": each.found.estimate, "xshift": dx, "yshift": 4 - dy}
    made.add_annotation(**at, **_text(each), xanchor=ANCHORS[anchor], showarrow=False)


def _lead(made: "go.Figure", x: float, each: Estimate, end: tuple[float, float]) -> None:
    """A name at the end of a line from its dot; both ends in values of the axes."""
    line = {"arrowhead": 0, "arrowwidth": 0.75, "arrowcolor": GREY, "standoff": 6}
    tail = {"ax": end[0], "ay": end[1], "axref": "x", "ayref": "y"}
    at = {"x": x, "y": each.found.estimate, "xanchor": "left"}
    made.add_annotation(**at, **tail, **line, **_text(each))


def _text(each: Estimate) -> dict[str, object]:
    return {"text": short(each.label), "font": {"color": INK, "size": 12.5}, "borderpad": 2}
