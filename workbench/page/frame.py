"""The shell of every page: one file, opened from disk, that can request nothing and run nothing but
its own scripts.
"""

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from workbench.page import words
from workbench.page.markup import Html, unbroken

ROOMS = Path(__file__).parents[1]


@cache
def asset(name: str) -> str:
    """A style sheet or script by room and name: `page/page.js` is page/static/page.js."""
    room, _, file = name.partition("/")
    return (ROOMS / room / "static" / file).read_text("utf-8")


def _template(name: str) -> str:
    room, _, file = name.partition("/")
    return (ROOMS / room / "templates" / file).read_text("utf-8")


@cache
def _templates() -> Environment:
    """Templates in which every value goes through the one escaping function, unless it is Html."""
    made = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        finalize=Html.escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    filters = ("points", "signed", "percent", "money", "seconds", "number", "listed", "decimals")
    made.filters |= {name: getattr(words, name) for name in filters}
    made.filters["unbroken"] = unbroken
    made.globals |= {"count": words.count, "between": words.between}
    return made


def render(template: str, **values: Any) -> Html:
    """A template by room and name, filled in: `page/page.html` is page/templates/page.html."""
    return Html(_templates().get_template(template).render(values))


def page(
    title: str,
    body: Html,
    *,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: Mapping[str, str] | None = None,
    late_scripts: Sequence[str] = (),
    inline_styles: bool = False,
) -> str:
    """A whole page. `data` are packed blocks by id; `late_scripts` are texts that the page's own
    script may run later.

    The policy admits scripts by their hash only; style sheets too, unless `inline_styles`: Plotly
    writes style attributes.
    """
    sheet, code = "\n".join(styles), "\n".join(scripts)
    admitted = " ".join(hash_of(each) for each in (code, *late_scripts))
    style_source = "'unsafe-inline'" if inline_styles else hash_of(sheet)
    policy = (
        f"default-src 'none'; script-src {admitted}; style-src {style_source}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return str(
        render(
            "page/page.html",
            policy=Html(policy),
            title=title,
            style=Html(sheet),
            body=body,
            data=data or {},
            script=Html(code),
        )
    )


def hash_of(text: str) -> str:
    """A source of the policy: the text with this hash and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def pack(text: str) -> str:
    """Text as gzip in base64, the same for the same text: an alphabet that no HTML can break out
    of.
    """
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode()


def as_json(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
