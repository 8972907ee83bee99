"""What the engineer sees: `show` and the cell magic. Only here are ipywidgets, anywidget and
IPython known.
"""

import logging
import os
from typing import Any

from workbench.printing import say
from workbench.views.show import show

__all__ = ["load_ipython_extension", "show"]


class _InTheCell(logging.Handler):
    """Shows what was said of a dataset or of labels below the cell that reads them."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


def load_ipython_extension(ipython: Any) -> None:
    """%load_ext workbench: the %%prompt magic, runs and starts of servers that show themselves
    while they go on, a line on every dataset that is loaded, figures without a CDN; an argument
    that is not known says what is meant.
    """
    from workbench import improving, racing, runs, trying
    from workbench.models.servers import starting
    from workbench.views.drawn import register_figures
    from workbench.views.keywords import tell_of_keywords
    from workbench.views.live import watch, watch_race, watch_trying
    from workbench.views.live_improvement import watch_improvement
    from workbench.views.magic import register
    from workbench.views.started import watch_start

    os.environ.setdefault(
        "PLOTLY_RENDERER", "plotly_mimetype"
    )  # plotly's own choice loads scripts from a network
    register(ipython)
    register_figures(ipython)
    tell_of_keywords(ipython)
    if watch not in runs.watchers:
        runs.watchers.append(watch)
        racing.watchers.append(watch_race)
        trying.watchers.append(watch_trying)
        improving.watchers.append(watch_improvement)
        starting.watchers.append(watch_start)
    said = logging.getLogger("workbench")
    if not any(isinstance(each, _InTheCell) for each in said.handlers):
        said.addHandler(_InTheCell())
        said.setLevel(logging.INFO)
