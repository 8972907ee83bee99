"""Benchmarks are run by hand: what they import of the workbench must be there all the same."""

import ast
import importlib.util
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[1] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_benchmark_imports_of_the_workbench_is_there(file):
    tree = ast.parse(file.read_text())
    asked = [
        (node.module, name.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("workbench")
        for name in node.names
    ]
    modules = {module: importlib.import_module(module) for module, _ in asked}
    assert [each for each in asked if not _has(modules[each[0]], each[1])] == []


def _has(module, name):
    if hasattr(module, name):
        return True
    return importlib.util.find_spec(f"{module.__name__}.{name}") is not None
