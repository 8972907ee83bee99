"""What Plotly figures are made of: one theme for light and dark pages, lines, dots and their
names. Plotly is imported when a figure is made.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.page import words
from workbench.stats import Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go

INK, INK2, RULE, RULE2 = "#1b1f24", "#545b64", "#d5dae0", "#e9ecef"
BLUE, BLUE_WASH, ORANGE, ORANGE_WASH = "#0b5f9e", "#e7f1f9", "#a94700", "#fdf0e5"
GREY, GREY_WASH = "#6a727c", "#eef0f2"
PAPER = "#ffffff"
SANS = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, '
    "sans-serif"
)
CLEAR = "rgba(0,0,0,0)"  # the page's own ground
# The same roles on a dark page.
DARK = {
    "#ffffff": "#15181c", "#1b1f24": "#e3e6ea", "#545b64": "#a5adb7", "#d5dae0": "#363c44",
    "#e9ecef": "#282d34", "#0b5f9e": "#7cbcf0", "#7fb0d6": "#4a7ba3", "#e7f1f9": "#17293a",
    "#a94700": "#f0a467", "#fdf0e5": "#37261a", "#6a727c": "#9aa3ad", "#eef0f2": "#252a30",
}  # fmt: skip


def figure(title: str, x: str, y: str, *, height: int = 340) -> "go.Figure":
    """An empty figure in the one theme: titles with units, hairlines, no legend (labels stand
    beside the marks).
    """
    from workbench.sections.themed import Themed

    axis = {
        "gridcolor": RULE2,
        "linecolor": RULE,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": RULE,
        "title": {"font": {"size": 12, "color": INK2}},
        "tickfont": {"size": 11.5, "color": INK2},
        "nticks": 7,
    }
    made = Themed()
    made.update_layout(
        template="none",
        height=height,
        showlegend=False,
        hovermode="closest",
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"family": SANS, "size": 13, "color": INK},
        margin={"l": 72, "r": 28, "t": 44, "b": 52},
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left"},
        hoverlabel={"font": {"family": SANS, "size": 13}},
        dragmode=False,
    )
    made.update_xaxes(**axis, title_text=x)
    made.update_yaxes(**axis, title_text=y)
    return made


@dataclass(frozen=True)
class Estimate:
    """A dot with its interval; `hint` is said on hover, `label` is its name, a hollow dot is
    the baseline.
    """

    found: Interval
    colour: str
    hint: str
    label: str = ""
    hollow: bool = False

    def lie(self, made: "go.Figure", row: str) -> None:
        """Draw it along a row; nothing where there is no score."""
        if not math.isnan(self.found.estimate):
            if self._known:
                line(made, (self.found.low, self.found.high), (row, row), self.colour, 2.5)
            self._dot(made, self.found.estimate, row)

    @property
    def _known(self) -> bool:
        """Whether the interval leaves out anything."""
        return not words.says_nothing(self.found.low / 100, self.found.high / 100)

    def stand(self, made: "go.Figure", x: float) -> None:
        """Draw it upright at a place across; nothing where there is no score or no place."""
        if not math.isnan(self.found.estimate + x):
            line(made, (x, x), (self.found.low, self.found.high), self.colour, 2.5)
            self._dot(made, x, self.found.estimate)

    def _dot(self, made: "go.Figure", x: Any, y: Any) -> None:
        marker = {
            "color": PAPER if self.hollow else self.colour,
            "line": {"color": self.colour, "width": 2},
            "size": 10,
        }
        mark(made, x, y, "", hint=self.hint, marker=marker)


def line(
    made: "go.Figure",
    x: Sequence[Any],
    y: Sequence[Any],
    colour: str,
    width: float,
    dash: str = "solid",
) -> None:
    import plotly.graph_objects as go

    line = {"color": colour, "width": width, "dash": dash}
    made.add_trace(go.Scatter(x=list(x), y=list(y), mode="lines", line=line, hoverinfo="skip"))


def mark(
    made: "go.Figure",
    x: Any,
    y: Any,
    label: str,
    *,
    hint: str,
    marker: dict[str, Any],
    beside: str = "middle right",
) -> None:
    """A mark with a name beside it."""
    import plotly.graph_objects as go

    made.add_trace(
        go.Scatter(
            x=[x],
            y=[y],
            mode="markers+text" if label else "markers",
            text=[f"\u2002{label}"],
            textposition=beside,
            textfont={"color": INK, "size": 12.5},
            hovertext=[hint],
            hoverinfo="text",
            cliponaxis=False,
            marker=marker,
        )
    )


def nothing(made: "go.Figure", why: str) -> None:
    """A figure that can show nothing: no axes, and the reason."""
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    made.update_layout(height=110)
    place = {"x": 0, "y": 0.5, "xref": "paper", "yref": "paper", "xanchor": "left"}
    made.add_annotation(text=why, showarrow=False, font={"color": INK2, "size": 13}, **place)


def zero(made: "go.Figure", margin: float) -> None:
    """The line of no difference, with the band that counts as a tie."""
    if not math.isnan(margin):
        made.add_vrect(x0=-margin, x1=margin, fillcolor=GREY_WASH, line_width=0, layer="below")
    made.add_vline(x=0, line={"color": INK2, "width": 1})


def spread(made: "go.Figure", ends: Sequence[float]) -> None:
    """An axis across that leaves a little room beyond the outermost interval."""
    known = [end for end in ends if math.isfinite(end)] or [0.0, 100.0]
    room = 0.05 * (max(known) - min(known)) or 1.0
    made.update_xaxes(range=[min(known) - room, max(known) + room])


def rows(made: "go.Figure", names: Sequence[str]) -> None:
    """Names down the side, the first at the top."""
    made.update_yaxes(
        categoryorder="array",
        categoryarray=list(reversed(names)),
        type="category",
        showgrid=False,
        ticks="",
    )
    made.update_yaxes(automargin=True, tickfont={"size": 13, "color": INK})


def cell(made: "go.Figure", at: tuple[int, int], says: tuple[str, str], wash: str) -> None:
    """A square of a map with its words; the second are said on hover."""
    import plotly.graph_objects as go

    (x, y), (text, hint), half = at, says, 0.49
    box = {"x0": x - half, "x1": x + half, "y0": y - half, "y1": y + half}
    made.add_shape(**box, fillcolor=wash, line_width=0, layer="below")
    font = {"color": INK, "size": 14}
    words = {"text": [text], "textfont": font, "hovertext": [hint], "hoverinfo": "text"}
    made.add_trace(go.Scatter(x=[x], y=[y], mode="text", **words))
