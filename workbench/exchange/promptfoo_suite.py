"""Configurations of promptfoo: prompts, tests, and those assertions that need no model and no code.

Source: promptfoo 0.123, its configuration reference. Templates are Nunjucks there; what Jinja2 does
not read, or this workbench does not allow, is said with its line.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.datasets import Example
from workbench.datasets.rows import read_rows
from workbench.datasets.source import Source
from workbench.errors import WorkbenchError
from workbench.exchange.asserted import is_known
from workbench.exchange.gathered import listed, mapping
from workbench.exchange.placed_yaml import Place
from workbench.exchange.plans_of_others import Planned
from workbench.exchange.within_bounds import text_of
from workbench.prompts import Message, Prompt

KEYS = ("description", "prompts", "tests", "defaultTest", "evaluateOptions", "outputPath", "tags")
OF_TEST = ("description", "vars", "assert", "options", "metadata")
OF_ASSERT = ("type", "value", "metric", "weight")
FILE, CODE = "file://", ("exec:", "package:", "python:", "http://", "https://")
TEXTS = (".txt", ".md", ".json", ".j2")
SHEETS = (".csv", ".jsonl", ".json")
_DUMP = re.compile(r"\|\s*dump\b")


def read(document: Mapping[str, Any], found: Planned) -> None:
    """The parts of a configuration."""
    for key in document:
        if key not in KEYS:
            advice = ": models are named in models.yaml" if key in ("providers", "targets") else ""
            found.miss((key,), f"{key} has no counterpart{advice}")
    prompts = document.get("prompts")
    for number, each in enumerate(prompts if isinstance(prompts, list) else [prompts]):
        _prompt(each, ("prompts", number), found)
    default = mapping(document.get("defaultTest"))
    for test, place in _tests(document.get("tests"), ("tests",), found):
        _test(test, default, place, found)


def _prompt(given: Any, place: Place, found: Planned) -> None:
    entry = mapping(given) or {"raw": given}
    raw, label = entry.get("raw", entry.get("id")), entry.get("label")
    if not isinstance(raw, str) or raw.startswith(CODE):
        found.miss(place, f"a prompt that is no text: {str(raw)[:60]!r}")
    elif raw.startswith(FILE):
        _of_file(raw.removeprefix(FILE), label, place, found)
    else:
        _add(str(label or f"prompt {len(found.prompts) + 1}"), raw, place, found)


def _of_file(named: str, label: Any, place: Place, found: Planned) -> None:
    """The prompts of a file: a text may hold several, with --- between them."""
    path = found.file(named, place)
    if path is None:
        return
    if path.suffix not in TEXTS:
        found.miss(place, f"{named[:80]!r}: only texts and JSON are read, code is never run")
        return
    text, name = text_of(path), str(label or path.stem)
    texts = re.split(r"^---$", text, flags=re.MULTILINE) if path.suffix == ".txt" else [text]
    for number, each in enumerate(texts, 1):
        _add(name if len(texts) == 1 else f"{name} {number}", each, place, found)


def _add(name: str, text: str, place: Place, found: Planned) -> None:
    """A prompt of one text, or of messages where that is JSON of messages."""
    name = re.sub(r"[^\w. -]", "_", name)[:60].strip() or "prompt"
    if name in {each.name for each in found.prompts}:
        name = f"{name} {len(found.prompts) + 1}"
    try:
        found.prompts.append(Prompt(name, tuple(_messages(text))))
    except (WorkbenchError, ValueError) as fault:
        found.miss(place, f"not a prompt that is read here: {fault}")


def _messages(text: str) -> Iterator[Message]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    told = [mapping(each) for each in listed(parsed)]
    if not told or not all({"role", "content"} <= each.keys() for each in told):
        yield Message("user", _jinja(text.strip()))
        return
    for each in told:
        if not isinstance(each["content"], str):
            raise ValueError("a message of parts")
        yield Message(str(each["role"]), _jinja(each["content"]))


def _jinja(text: str) -> str:
    """Nunjucks as Jinja2, where they differ by a name alone."""
    return _DUMP.sub("| tojson", text)


def _tests(given: Any, place: Place, found: Planned) -> Iterator[tuple[Any, Place]]:
    """Every test, of a list or of a file of the folder."""
    if isinstance(given, str) and given.startswith(FILE):
        path = found.file(given.removeprefix(FILE), place)
        if path is None:
            return
        if path.suffix not in SHEETS:
            found.miss(place, f"tests in {given[:80]!r} are not read: use {', '.join(SHEETS)}")
            return
        yield from ((_of_row(row), place) for row in _sheet(path, place, found))
    elif isinstance(given, list):
        for number, each in enumerate(given):
            if isinstance(each, str):
                yield from _tests(each, (*place, number), found)
            else:
                yield each, (*place, number)
    elif given is not None:
        found.miss(place, "tests that are no list and no file are not read")


def _sheet(path: Path, place: Place, found: Planned) -> Iterator[Mapping[str, Any]]:
    try:
        for _, row in read_rows(Source(path.name, path.suffix, path=path)):
            yield row
    except WorkbenchError as error:
        found.miss(place, str(error))


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A test of a row: itself, or its columns as variables, `__expected` as an assertion."""
    if "vars" in row:
        return dict(row)
    named = {name: value for name, value in row.items() if not name.startswith("__")}
    expected = row.get("__expected")
    asserted = [{"type": "equals", "value": expected}] if expected else []
    return {"vars": named, "assert": asserted, "description": row.get("__description")}


def _test(given: Any, default: Mapping[str, Any], place: Place, found: Planned) -> None:
    test = mapping(given)
    if not test:
        found.miss(place, "it is no test")
        return
    for key in test:
        if key not in OF_TEST:
            found.miss((*place, key), f"{key} of a test has no counterpart")
    asserts = [*_placed(test, place), *_placed(default, ("defaultTest",))]
    id = str(test.get("description") or f"test-{len(found.examples) + 1}")
    id = id if id not in found.examples else f"{id}-{len(found.examples) + 1}"
    inputs = dict(_inputs(test, default, place, found))
    found.examples[id] = Example(id, inputs, _expected(each for each, _ in asserts))
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
        if isinstance(value, list):
            found.miss((*place, "vars", name), f"{name} is a list: one input here, tests there")
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
