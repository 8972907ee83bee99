"""The one widget: shows HTML that the kernel sends, and sends back what was clicked, typed and
pressed.
"""

from collections.abc import Callable
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

from workbench.views.view import HERE, style


class ViewWidget(AnyWidget):
    """Carries messages between a view and its places on the page."""

    _esm = "\n".join(
        (HERE / name).read_text("utf-8") for name in ("table.js", "view.js")
    )  # a widget is one module
    _css = str(style())
    twin = Unicode().tag(sync=True)  # id of the static twin to hide


def make_widget(twin: str, receive: Callable[..., None]) -> Any:
    widget = ViewWidget(twin=twin)
    widget.on_msg(receive)
    return widget
