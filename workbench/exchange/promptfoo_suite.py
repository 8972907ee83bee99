"""Configurations of promptfoo: prompts, tests, and those assertions that need no model and no code.

Source: promptfoo 0.123, its configuration reference. Templates are Nunjucks there; what Jinja2 does
not read, or this workbench does not allow, is said with its line.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workbench.datasets import Example
from workbench.exchange.asserted import is_known
from workbench.exchange.placed_yaml import Place
from workbench.exchange.plans_of_others import CODE, FILE, Planned
from workbench.exchange.promptfoo_prompts import read_prompts
from workbench.exchange.promptfoo_tests import Asked, default_test, expanded, scenarios_of, tests_of
from workbench.json_values import listed, mapping

KEYS = (
    "description", "prompts", "tests", "defaultTest", "scenarios", "evaluateOptions", "outputPath",
    "tags", "$schema",
)  # fmt: skip
OF_TEST = ("description", "vars", "assert", "options", "metadata")
OF_OPTIONS = ("disableVarExpansion",)
OF_ASSERT = ("type", "value", "metric", "weight")


def read(document: Mapping[str, Any], found: Planned) -> None:
    """The parts of a configuration."""
    for key in document:
        if key not in KEYS:
            advice = ": models are named in models.yaml" if key in ("providers", "targets") else ""
            found.miss((key,), f"{key} has no counterpart{advice}")
    read_prompts(document.get("prompts"), found)
    default = default_test(document.get("defaultTest"), ("defaultTest",), found)
    _others(default, OF_TEST, ("defaultTest",), "the default test", found)
    for asked in tests_of(document.get("tests"), ("tests",), found):
        _test(asked, default, found)
    for asked in scenarios_of(document.get("scenarios"), found):
        _test(asked, default, found)


def _others(
    given: Mapping[str, Any], known: Iterable[str], place: Place, what: str, found: Planned
) -> None:
    """Say which parts have no counterpart."""
    for key in given:
        if key not in known:
            found.miss((*place, key), f"{key} of {what} has no counterpart")


def _test(asked: Asked, default: Mapping[str, Any], found: Planned) -> None:
    """The examples of a test, with what it asserts of each."""
    test, place = asked
    _others(test, OF_TEST, place, "a test", found)
    _others(mapping(test.get("options")), OF_OPTIONS, (*place, "options"), "a test", found)
    asserts = [*_placed(test, place), *_placed(default, ("defaultTest",))]
    inputs = dict(_inputs(test, default, place, found))
    for values in expanded(inputs, test, place, found):
        id = str(test.get("description") or f"test-{len(found.examples) + 1}")
        id = id if id not in found.examples else f"{id}-{len(found.examples) + 1}"
        found.examples[id] = Example(id, values, _expected(each for each, _ in asserts))
        for each, its_place in asserts:
            _assertion(each, id, its_place, found)


def _placed(test: Mapping[str, Any], place: Place) -> Iterator[tuple[dict[str, Any], Place]]:
    """The assertions of a test, each with its place."""
    for number, each in enumerate(listed(test.get("assert"))):
        yield mapping(each), (*place, "assert", number)


def _inputs(
    test: Mapping[str, Any], default: Mapping[str, Any], place: Place, found: Planned
) -> Iterator[tuple[str, Any]]:
    """A test's variables; what stands for a file or for code is left out."""
    for name, value in {**mapping(default.get("vars")), **mapping(test.get("vars"))}.items():
        if isinstance(value, str) and value.startswith((FILE, *CODE)):
            found.miss((*place, "vars", name), f"{name} is a file or code: left out")
            continue
        yield name, value


def _expected(asserts: Iterable[Mapping[str, Any]]) -> Any:
    """What a test says that the answer equals."""
    return next((each.get("value") for each in asserts if each.get("type") == "equals"), None)


def _assertion(given: Mapping[str, Any], id: str, place: Place, found: Planned) -> None:
    kind, value = str(given.get("type")), given.get("value")
    templated = isinstance(value, str) and "{{" in value
    code = isinstance(value, str) and value.startswith((FILE, *CODE))
    if not is_known(kind, value) or templated or code:
        found.miss(place, f"the assertion {kind} has no counterpart")
        return
    for key in given:
        if key not in OF_ASSERT:
            found.miss((*place, key), f"{key} of an assertion has no counterpart")
    if given.get("weight") not in (None, 1):
        found.miss((*place, "weight"), "all assertions weigh the same here")
    found.claim(kind, id, value)
