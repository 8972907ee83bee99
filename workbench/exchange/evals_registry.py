"""Evals of OpenAI's registry: the samples that one names, and what it matches them with.

Source: openai/evals, registry/evals/*.yaml and elsuite/basic.
"""

from collections.abc import Mapping
from typing import Any

from workbench.datasets import load_examples
from workbench.errors import DatasetError, WorkbenchError
from workbench.exchange.plans_of_others import Planned
from workbench.json_values import mapping

MATCHES = {"Match": "starts-with", "Includes": "contains-any"}  # of any of the right answers
SAMPLES = "samples_jsonl"


def read(document: Mapping[str, Any], found: Planned) -> None:
    """The first eval of a registry's file whose samples are at hand; its other entries are said."""
    evals = {
        name: entry for name, each in document.items() if (entry := mapping(each)).get("class")
    }
    if not evals:
        raise DatasetError(f"{found.path.name} has no prompts, no tests and no class of an eval")
    name, *others = evals
    for other in others:
        found.miss((other,), f"{other} is another eval: one is read at a time")
    _eval(name, evals[name], found)


def _eval(name: str, entry: Mapping[str, Any], found: Planned) -> None:
    arguments = mapping(entry.get("args"))
    for key in arguments:
        if key != SAMPLES:
            found.miss((name, "args", key), f"the argument {key} has no counterpart")
    path = found.file(str(arguments.get(SAMPLES, "")), (name, "args", SAMPLES))
    if path is None:
        return
    try:
        examples = load_examples(path)
    except WorkbenchError as error:
        found.miss((name, "args", SAMPLES), str(error))
        return
    found.examples.update({each.id: each for each in examples})
    called = str(entry["class"]).rpartition(":")[2]
    if called not in MATCHES:
        found.miss((name, "class"), f"the class {called} has no counterpart")
        return
    for example in examples:
        found.claim(MATCHES[called], example.id, example.expected)
