"""Public names: one word for one thing, arguments in one order, in Python, the command line and the
notebooks.
"""

import argparse
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

import workbench as wb
from workbench.cli import _parser

ROOT = Path(__file__).resolve().parents[1]
MODULES = (wb, wb.labels, wb.filters, wb.testing)
ORDER = ("prompts", "examples", "models", "critics")
SUBJECT_FIRST = {"attack", "load_test", "sweep"}  # what is tried comes first
# What one word means, it means everywhere.
DEFAULTS = {"store": None, "budget": None, "offline": False, "batch": False, "repeats": 1,
            "filters": None, "level": 0.95, "encoding": "", "separator": ""}  # fmt: skip
# Words that were used beside the one on the right, or that DESIGN refuses.
NEVER = {
    "most_tokens": "max_tokens",
    "judged": "run",
    "least": "at_least",
    "most": "at_most",
    "replica_hour": "server_hour",
    "dataset": "examples",
    "data": "examples",
    "n": "limit",
    "evaluator": "critic",
    "metric": "critic",
    "provider": "model",
    "config": "parameters",
    "options": "parameters",
    "control": "baseline",
    "random_state": "seed",
    "confidence": "level",
    "question": "critic",
    "filename": "path",
    "directory": "folder",
}
# Options that no public function has as an argument: of notebooks, files and this machine.
OF_THE_COMMAND_LINE = {
    "--afresh", "--base", "--compare", "--delete", "--diff", "--dry-run", "--empty",
    "--expected", "--from",
    "--gate", "--help", "--input", "--join", "--label", "--max-age", "--output", "--parameter",
    "--prune",
    "--restore", "--reviewed", "--seconds", "--tag", "--trace", "--verbose", "--version",
    "--warm-up",
    "--workflow", "--yes",
}  # fmt: skip
# What notebooks ask for that no public function does: files, and what is to be shown.
OF_NOTEBOOKS = {
    "actor", "answer", "attacked", "beside", "labelled", "learn", "load_tests",
    "question", "recording", "release_to", "reply_tokens", "sample", "tried",
}  # fmt: skip


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in MODULES:
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isfunction(found):
                yield f"{module.__name__}.{name}", found


def made() -> Iterator[tuple[str, Any]]:
    """What users make by calling a class; the fields of what is only given to them are no words
    that they write.
    """
    names = "Canary Contains Exact Function JSONSchema Length Model Panel Plan Preference Ray Regex"
    for name in [*names.split(), "Rubric", "Scale", "Store", "ToolCall", "Windows"]:
        yield name, getattr(wb, name)
    for name in wb.filters.__all__:
        if inspect.isclass(getattr(wb.filters, name)):
            yield name, getattr(wb.filters, name)


def arguments(called: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(called).parameters.values())


def plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def test_arguments_stand_in_one_order():
    for name, function in functions():
        if name.rpartition(".")[2] in SUBJECT_FIRST:
            continue
        given = [
            plural(each.name) for each in arguments(function) if each.kind != each.KEYWORD_ONLY
        ]
        places = [given.index(each) for each in ORDER if each in given]
        assert places == sorted(places), f"{name}: {', '.join(ORDER)}, in this order"


def test_what_is_written_comes_before_where_to():
    for name, function in functions():
        given = [each.name for each in arguments(function)]
        where = {"path", "folder"} & set(given)
        if "read" not in name and "load" not in name and where:
            assert given.index(where.pop()) > 0, f"{name}: first what, then where"


def test_each_thing_has_one_word():
    called = [*functions(), *made()]
    found = {f"{name}({each.name})" for name, what in called for each in arguments(what)
             if each.name in NEVER}  # fmt: skip
    assert not found, NEVER


def test_a_word_has_one_default():
    for name, function in functions():
        for each in arguments(function):
            if each.name in DEFAULTS and each.default is not inspect.Parameter.empty:
                assert each.default == DEFAULTS[each.name], f"{name}({each.name})"


def test_whoever_takes_a_store_takes_its_path():
    for name in wb.__all__:
        found = getattr(wb, name)
        if inspect.isfunction(found) and "store" in inspect.signature(found).parameters:
            said = inspect.signature(found).parameters["store"].annotation
            assert str(said).count("Path") == 1, name


def options(of: argparse.ArgumentParser) -> Iterator[str]:
    for action in of._actions:
        yield from (each for each in action.option_strings if each.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from options(command)


def test_options_are_the_words_of_the_functions():
    words = {each.name for _, function in functions() for each in arguments(function)}
    found = {each for each in options(_parser()) if each[2:].replace("-", "_") not in words}
    assert found == OF_THE_COMMAND_LINE


def parameters(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    tagged = next(each for each in cells if "parameters" in each.metadata.get("tags", []))
    return re.findall(r"^(\w+) = ", tagged.source, re.MULTILINE)


def test_notebooks_use_the_words_of_the_functions():
    words = {each.name for _, function in functions() for each in arguments(function)}
    asked = {name for path in (ROOT / "notebooks").glob("*.ipynb") for name in parameters(path)}
    assert asked - words == OF_NOTEBOOKS
