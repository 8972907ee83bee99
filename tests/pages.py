"""The pages of docs/, and their blocks run as a reader would run them: each a cell, in order."""

import ast
import inspect
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import FunctionType
from typing import Any

from test_tutorial import Block, blocks

DOCS = Path(__file__).resolve().parents[1] / "docs"


def names() -> list[str]:
    """Every page by its path below docs/, without its ending."""
    return sorted(str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md"))


def text_of(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


async def run_cell(code: str, known: dict[str, Any]) -> str:
    """Run a cell, `await` and all, with the names that are known; returns what it printed."""
    said = StringIO()
    compiled = compile(code, "page", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(said):
        waits = FunctionType(compiled, known)()
        if inspect.isawaitable(waits):
            await waits
    return said.getvalue()


def python_of(page: str) -> Iterator[Block]:
    return (block for block in blocks(page) if block.kind == "python")
