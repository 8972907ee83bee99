"""Writes the reference when the site is built: every public name, from its docstring, by room."""

from collections.abc import Iterator
from pathlib import Path

import workbench

ROOT = Path(__file__).resolve().parents[1]
MARK = "{{ reference }}"


def on_page_markdown(markdown: str, **_: object) -> str:
    """MkDocs asks for each page's text; the reference takes the place of its mark."""
    return markdown.replace(MARK, "\n".join(lines())) if MARK in markdown else markdown


def lines() -> Iterator[str]:
    """A heading for each room, and below it a line that mkdocstrings fills for each name."""
    for room, names in sorted(workbench._HOMES.items()):
        yield f"\n## {room}\n"
        yield from (f"::: workbench.{room}.{name}\n" for name in names)
        if not names:  # a module that is public itself
            yield f"::: workbench.{room}\n"
