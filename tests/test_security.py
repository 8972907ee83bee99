"""The page on security: every line names its tests, and every test that it names is there."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text("utf-8")
SOURCES = ("answers", "datasets", "prompts", "pull requests", "recordings", "logs", "files", "end")


def names(path):
    tree = ast.parse(path.read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {each.name for each in ast.walk(tree) if isinstance(each, kinds)}


def test_every_line_of_the_page_names_tests_that_are_there():
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and "| test |" not in line]
    named = [re.findall(r"`(test_\w+)`", line.rsplit("|", 2)[1]) for line in lines]
    assert [line for line, found in zip(lines, named, strict=True) if not found] == []
    there = set().union(*(names(path) for path in TESTS.rglob("test_*.py")))
    assert sorted({each for found in named for each in found} - there) == []
    assert len(lines) > 40


def test_the_page_speaks_of_every_source():
    headings = [line.lower() for line in PAGE.splitlines() if line.startswith("## ")]
    assert [each for each in SOURCES if not any(f"## {each}" in line for line in headings)] == []
