"""What the engineer sees: `show` and the cell magic. Only here are ipywidgets, anywidget and IPython known."""

from typing import Any

from workbench.views.show import show

__all__ = ["load_ipython_extension", "show"]


def load_ipython_extension(ipython: Any) -> None:
    """%load_ext workbench: the %%prompt magic, and runs that show themselves while they go on."""
    from workbench.runs import watchers
    from workbench.views.live import watch
    from workbench.views.magic import register

    register(ipython)
    if watch not in watchers:
        watchers.append(watch)
