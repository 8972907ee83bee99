"""The parameters of a notebook: what its cell tagged so sets, and what may be put in its place."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.key_shapes import is_key_like
from workbench.meant import instead


def check(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the notebook does not know, and keys: papermill writes parameters into
    the notebook.
    """
    known = settings(notebook)
    for name in parameters:
        if name not in known:
            none = "it has none: no cell is tagged parameters"
            has = instead(name, known, "it has") if known else none
            raise WorkbenchError(f"{notebook.name} has no parameter {name!r}: {has}")
        if fault := _unlike(known[name], parameters[name]):
            raise WorkbenchError(f"{notebook.name}: parameter {name!r} {fault}")
    for name, value in {**known, **parameters}.items():
        if is_key_like(name, value):
            raise WorkbenchError(
                f"parameter {name!r} looks like a key, and parameters are written into the "
                "notebook: set it as an environment variable instead"
            )


KINDS = {bool: "true or false", str: "text", list: "a list", dict: "a mapping"}


def _unlike(default: Any, value: Any) -> str:
    """What is wrong with a value that is of another kind than the default; None goes with all."""
    if default is None or value is None:
        return ""
    kinds = [float if type(each) is int else type(each) for each in (default, value)]
    if kinds[0] in (*KINDS, float) and kinds[0] is not kinds[1]:
        wanted = KINDS.get(kinds[0], "a number")
        quoted = (
            f", in quotes where it reads like another: '\"{value}\"'" if kinds[0] is str else ""
        )
        return f"is {value!r}, and its default {default!r} is {wanted}: give {wanted}{quoted}"
    return ""


def parameters_of(notebook: Path) -> list[str]:
    """The names that the cell tagged `parameters` sets, in order."""
    return list(settings(notebook))


def settings(notebook: Path) -> dict[str, Any]:
    """What the cell tagged `parameters` sets, in order: plain values by name, None for what is
    computed.
    """
    sources = [source for _, tags, source in _cells(notebook) if "parameters" in tags]
    code = re.sub(r"^[%!].*", "", "\n".join(sources), flags=re.MULTILINE)
    try:
        statements = ast.parse(code).body
    except SyntaxError as error:
        wrong = f"the parameters cell is no Python: {error.msg}, line {error.lineno}"
        raise WorkbenchError(f"{notebook.name}: {wrong}") from None
    plain = [each for each in statements if isinstance(each, ast.Assign)]
    typed = [each for each in statements if isinstance(each, ast.AnnAssign)]
    pairs = [(target, each.value) for each in plain for target in each.targets]
    pairs += [(each.target, each.value) for each in typed]
    return {name.id: _plain(value) for name, value in pairs if isinstance(name, ast.Name)}


def code_of(notebook: Path) -> str:
    """The code of all cells."""
    return "\n".join(source for kind, _, source in _cells(notebook) if kind == "code")


def what_runs(notebook: Path) -> list[Any]:
    """What of a notebook makes a difference where it is executed: its code, and what cells are
    tagged with, such as `parameters`.
    """
    cells = _cells(notebook)
    return [
        (tags, source * (kind == "code")) for kind, tags, source in cells if kind == "code" or tags
    ]


def _cells(notebook: Path) -> list[tuple[str, Sequence[str], str]]:
    """Each cell's kind, tags and source; WorkbenchError where the file is no notebook of today."""
    try:
        book = json.loads(notebook.read_text("utf-8"))
        cells = [
            (cell["cell_type"], cell["metadata"].get("tags", []), "".join(cell["source"]))
            for cell in book["cells"]
        ]
        old = book.get("nbformat", 4) < 4
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        none = "is no notebook: it does not hold the JSON of one"
        raise WorkbenchError(f"{notebook.name} {none}") from None
    if old:
        save = "open it in JupyterLab and save it there"
        raise WorkbenchError(f"{notebook.name} is a notebook of an old format: {save}")
    return cells


def _plain(value: ast.expr | None) -> Any:
    try:
        return value and ast.literal_eval(value)
    except ValueError:
        return None
