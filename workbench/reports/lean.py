"""Notebooks as they are kept: without keys, notes of tools, and what only a live kernel revives."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from workbench.files import write_whole
from workbench.reports.notebook import PLOTLY
from workbench.secrets import redact

WIDGET = "application/vnd.jupyter.widget-view+json"
_PASSWORD = re.compile(r"""(\bPassword\(\s*(?:[^()]*?\bvalue\s*=\s*)?)("[^"\n]+"|'[^'\n]+')""")


@cache
def lean_scheme() -> str:
    """The prefix of paths at which papermill writes notebooks lean, without keys, and whole: also
    while it runs.
    """
    from papermill.iorw import papermill_io

    class Lean:
        @staticmethod
        def write(buffer: str, path: str) -> None:
            write_whole(Path(path.removeprefix("lean://")), lean(buffer))

        @staticmethod
        def pretty_path(path: str) -> str:
            return path.removeprefix("lean://")

    papermill_io.register("lean://", Lean)
    return "lean://"


def lean(notebook: str) -> str:
    """A notebook's JSON without keys, papermill's notes, error banners, widget references and
    doubled figures.
    """
    found = json.loads(redact(notebook))
    found["metadata"].pop("papermill", None)
    found["metadata"].pop("widgets", None)
    cells = [
        cell
        for cell in found["cells"]
        if "papermill-error-cell-tag" not in cell["metadata"].get("tags", ())
    ]
    for cell in cells:
        cell["metadata"].pop("papermill", None)
        cell["source"] = without_passwords("".join(cell["source"]))
        if "outputs" in cell:
            cell["outputs"] = [output for output in map(_lean_output, cell["outputs"]) if output]
    return json.dumps({**found, "cells": cells}, indent=1, ensure_ascii=False) + "\n"


def without_passwords(source: str) -> str:
    """Code without the texts that it puts into password widgets."""
    return _PASSWORD.sub(r'\1"[password]"', source)


def _lean_output(output: dict[str, Any]) -> dict[str, Any] | None:
    """An output without a widget that nothing can revive, and without the 5 MB that Plotly adds for
    old front ends.
    """
    data = output.get("data")
    if data is None:
        return output
    if PLOTLY in data:
        data.pop("text/html", None)
    if WIDGET in data:
        del data[WIDGET]
        if not any(
            re.search(r"\S", "".join(value))
            for value in data.values()
            if isinstance(value, str | list)
        ):
            return None
    return output
