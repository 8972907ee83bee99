"""Tests of a configuration of promptfoo: of lists, sheets and other files, scenarios and variables
that stand for several tests, each with the defaults of all.
"""

import csv
import itertools
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from workbench.datasets.rows import read_rows
from workbench.datasets.source import Source
from workbench.errors import DatasetError, WorkbenchError
from workbench.exchange.asserted import KINDS
from workbench.exchange.placed_yaml import Place, placed_yaml
from workbench.exchange.plans_of_others import CODE, FILE, Planned
from workbench.exchange.within_bounds import text_of
from workbench.json_values import listed, mapping
from workbench.plain_yaml import YamlFault

SHEETS, DOCUMENTS = (".csv", ".jsonl", ".json"), (".yaml", ".yml")
MOST_TESTS = 10_000  # that the lists of one test's variables stand for
OTHER_KINDS = frozenset({
    "answer-relevance", "bleu", "classifier", "contains-html", "contains-json", "contains-sql",
    "contains-xml", "context-faithfulness", "context-recall", "context-relevance",
    "conversation-relevance", "cost", "factuality", "finish-reason", "g-eval", "gleu",
    "guardrails", "is-html", "is-refusal", "is-sql", "is-valid-function-call",
    "is-valid-openai-function-call", "is-valid-openai-tools-call", "is-xml", "javascript",
    "latency", "levenshtein", "llm-rubric", "max-score", "meteor", "model-graded-closedqa",
    "model-graded-factuality", "moderation", "perplexity", "perplexity-score", "pi", "python",
    "rouge-n", "ruby", "search-rubric", "select-best", "similar", "tool-call-f1", "webhook",
    "word-count",
})  # fmt: skip  # of its assertions, those without a counterpart
_CODED = {"fn": "javascript", "eval": "javascript", "grade": "llm-rubric"}
_CELL = re.compile(r"(not-)?([a-z][a-z0-9-]*)(?:\([0-9.]+\))?(?::(.*))?", re.DOTALL)


class Asked(NamedTuple):
    """A test with its place."""

    test: Mapping[str, Any]
    place: Place


def default_test(given: Any, place: Place, found: Planned) -> Mapping[str, Any]:
    """What all tests share, of a mapping or of a file of the folder."""
    if isinstance(given, str):
        asked = list(tests_of(given, place, found))
        return asked[0].test if len(asked) == 1 else {}
    return mapping(found.meant(given, place))


def tests_of(given: Any, place: Place, found: Planned) -> Iterator[Asked]:
    """Every test, of a list or of files of the folder."""
    if isinstance(given, str):
        yield from _of_files(given, place, found)
    elif isinstance(given, list):
        for number, each in enumerate(given):
            if isinstance(each, str):
                yield from _of_files(each, (*place, number), found)
            elif test := mapping(meant := found.meant(each, (*place, number))):
                yield Asked(test, (*place, number))
            elif meant is not None or each is None:  # else it is said what is not there
                found.miss((*place, number), "it is no test")
    elif given is not None:
        found.miss(place, "tests that are no list and no file are not read")


def _of_files(named: str, place: Place, found: Planned) -> Iterator[Asked]:
    if named.startswith(CODE) or "://" in named.removeprefix(FILE):
        found.miss(place, f"tests at {named[:80]!r} are not fetched and not run")
        return
    for path in found.files(named.removeprefix(FILE), place):
        try:
            read = list(_of_file(path))
        except (WorkbenchError, YamlFault, RecursionError) as fault:
            found.miss(place, f"{path.name[:80]!r}: {fault}")
        else:
            yield from (Asked(test, place) for test in read)


def _of_file(path: Path) -> Iterator[Mapping[str, Any]]:
    """The tests of a sheet, a row each, or of a YAML file."""
    if path.suffix in SHEETS:
        for _, row in read_rows(Source(path.name, path.suffix, path=path)):
            yield _of_row(row)
    elif path.suffix in DOCUMENTS:
        value, _ = placed_yaml(text_of(path))
        yield from filter(None, map(mapping, value if isinstance(value, list) else [value]))
    else:
        raise DatasetError(f"tests are not read of it: use {', '.join((*SHEETS, *DOCUMENTS))}")


def _of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A test of a row: itself, or its columns as variables; `__expected` is an assertion, and
    what else begins with two lines is said by its name.
    """
    if "vars" in row:
        return dict(row)
    named = {str(name).strip(): value for name, value in row.items()}
    expected = [
        _of_cell(str(value).strip())
        for name, value in named.items()
        if name.startswith("__expected") and value not in (None, "")
    ]
    test: dict[str, Any] = {"assert": expected, "description": named.get("__description")}
    test["vars"] = {name: each for name, each in named.items() if not name.startswith("__")}
    for name, value in named.items():
        own = name.startswith("__") and not name.startswith(("__expected", "__description"))
        if own and value not in (None, ""):
            test[name] = value
    return test


def _of_cell(text: str) -> dict[str, Any]:
    """The assertion that a cell of a sheet writes: `contains: yes`, say, or what the answer is."""
    written = _CELL.fullmatch(text)
    if written is None:
        return {"type": "equals", "value": text}
    denied, kind, value = written[1] or "", written[2], written[3]
    kind = _CODED.get(kind, kind) if value is not None else kind
    if kind not in KINDS and kind not in OTHER_KINDS:
        return {"type": "equals", "value": text}
    if value is not None and kind.endswith(("-all", "-any")):
        return {"type": denied + kind, "value": _between_commas(value)}
    given = {} if value is None else {"value": value.strip()}
    return {"type": denied + kind, **given}


def _between_commas(text: str) -> list[str]:
    """The values of a line, some of them in quotes."""
    return [each.strip() for each in next(csv.reader([text], skipinitialspace=True), [])]


def scenarios_of(given: Any, found: Planned) -> Iterator[Asked]:
    """Every test of each scenario with each of its sets of variables."""
    for number, each in enumerate(listed(given)):
        place = ("scenarios", number)
        scenario = mapping(found.meant(each, place))
        sets = list(tests_of(scenario.get("config"), (*place, "config"), found))
        tests = list(tests_of(scenario.get("tests"), (*place, "tests"), found))
        for shared, asked in itertools.product(sets, tests):
            yield Asked(_merged(shared.test, asked.test), asked.place)


def _merged(shared: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    values = {**mapping(shared.get("vars")), **mapping(test.get("vars"))}
    asserted = [*listed(shared.get("assert")), *listed(test.get("assert"))]
    return {**shared, **test, "vars": values, "assert": asserted}


def expanded(
    inputs: Mapping[str, Any], test: Mapping[str, Any], place: Place, found: Planned
) -> Iterator[dict[str, Any]]:
    """Inputs of which lists of texts stand for a test each, as they do there."""
    several = {
        name: value
        for name, value in inputs.items()
        if isinstance(value, list) and value and isinstance(value[0], str)
    }
    kept = bool(mapping(test.get("options")).get("disableVarExpansion"))
    if kept or math.prod(map(len, several.values())) > MOST_TESTS:
        if not kept:
            found.miss(place, f"its lists stand for more than {MOST_TESTS:,} tests: left as lists")
        yield dict(inputs)
        return
    for values in itertools.product(*several.values()):
        yield {**inputs, **dict(zip(several, values, strict=True))}
