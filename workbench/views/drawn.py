"""Plotly figures in a notebook: as wide as views, in the front end's theme also when that changes,
and without a toolbar unless asked (`figure.show(config={"displayModeBar": True})`).
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.sections.marks import DARK

if TYPE_CHECKING:
    from workbench.sections.themed import Themed

PLOTLY = "application/vnd.plotly.v1+json"
DARK_PLACES = ('[data-jp-theme-light="false"] .jp-RenderedPlotly', ".vscode-dark .js-plotly-plot")


def register_figures(ipython: Any) -> None:
    """Show our figures by `show_figure`, without importing Plotly now."""
    formatter = ipython.display_formatter.ipython_display_formatter
    formatter.for_type_by_name("workbench.sections.themed", "Themed", show_figure)


def show_figure(figure: "Themed") -> None:
    """Display the figure behind the style sheet that fits it to the page."""
    from IPython.display import display

    drawn = json.loads(str(figure.to_json()))
    drawn["config"] = {"displayModeBar": False}
    display({"text/html": _style(), "text/plain": ""}, raw=True)
    display({PLOTLY: drawn, "text/plain": repr(figure)}, raw=True)


@cache
def _style() -> str:
    """Turns the theme's colours, which Plotly writes on every mark, to those of a dark page."""
    rules = [
        f"{place} [style*='{part}: {_rgb(light)}']{{{part}:{dark}!important}}"
        for place in DARK_PLACES
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    ]
    fixed = ".jp-OutputArea-child:has(.wb-figure){display:none}.jp-RenderedPlotly{max-width:1000px}"
    return f'<div class="wb-figure"><style>{fixed}{"".join(rules)}</style></div>'


def _rgb(colour: str) -> str:
    """How browsers write a colour: rgb(11, 95, 158)."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({', '.join(map(str, parts))})"
