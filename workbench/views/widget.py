"""The one widget: shows HTML that the kernel sends, and sends back what was clicked, typed and
pressed.
"""

from collections.abc import Callable
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

from workbench.page.frame import asset
from workbench.sections.style import view_style

SCRIPTS = ("page/dom.js", "sections/answers.js", "views/view.js")  # a widget is one module


class ViewWidget(AnyWidget):
    """Carries messages between a view and its places on the page."""

    _esm = "\n".join(map(asset, SCRIPTS))
    _css = str(view_style())
    twin = Unicode().tag(sync=True)  # id of the static twin to hide


def make_widget(twin: str, receive: Callable[..., None]) -> Any:
    widget = ViewWidget(twin=twin)
    widget.on_msg(receive)
    return widget
