"""The style sheets of sections: bare on a page, and inside a view, whatever the front end's own."""

from functools import cache

from workbench.page.frame import asset
from workbench.page.markup import Html

SECTIONS = "sections/sections.css"


@cache
def view_style() -> Html:
    """The style sheet of all views; tripled classes outrank a front end's rules for HTML."""
    return Html(f"{asset('sections/views.css')}\n.wb.wb.wb {{\n{asset(SECTIONS)}}}\n")
