"""The class of our Plotly figures, apart from what they are made of so that Plotly is imported when
one is made.
"""

import plotly.graph_objects as go

from workbench.printing import printed


@printed
class Themed(go.Figure):
    """A figure that views show in the front end's theme and without a toolbar."""

    def __repr__(self) -> str:
        return f"Figure: {self.to_dict()['layout']['title']['text']}"
