"""The style sheets of sections: bare on a page, and inside a view, whatever the front end's own."""

import re
from functools import cache

from workbench.page.frame import asset
from workbench.page.markup import Html

SECTIONS = "sections/sections.css"


@cache
def view_style() -> Html:
    """The style sheet of all views, without comments and spare spaces: each twin carries it.

    Tripled classes outrank a front end's rules for HTML.
    """
    text = f".wb.wb.wb {{\n{asset(SECTIONS)}}}\n{asset('sections/views.css')}"
    return Html(re.sub(r"/\*.*?\*/|(?<=[\n:;,{}])\s+", "", text, flags=re.DOTALL))
