"""A decision.json in words: what was decided, on what, and what would change it."""

from collections.abc import Iterator, Mapping
from typing import Any

from workbench import words
from workbench.datasets.splitting import side_in_words
from workbench.exchange.gate_files import recorded
from workbench.exchange.rule_pages import word_of
from workbench.requirements.outcomes import named
from workbench.requirements.read_back import read_checked


def explain(decision: Mapping[str, Any]) -> Iterator[str]:
    """Sentence by sentence, from the fields of a decision alone."""
    yield decision["sentence"]
    yield _on(decision)
    yield from (each["sentence"] for each in decision["differences"] if each["sentence"])
    if decision["why"]:
        yield decision["why"]
    yield from (note["text"] for note in decision["notes"])
    if "gate" in decision:
        yield from _gate(decision)
    if "recordings" in decision:
        yield recorded(decision["recordings"])
    if decision["next_step"]:
        step = decision["next_step"]
        lead = "Next step" if step["kind"] == "export" else "What would change it"
        yield f"{lead}: {step['text']}"
    yield from dict.fromkeys(
        f"What the word means: workbench explain {word_of(each)}"
        for each in decision["differences"]
    )


def _on(decision: Mapping[str, Any]) -> str:
    """The rows, the models and who judged."""
    dataset, critic = decision["dataset"], decision["critic"]["name"]
    rows = words.count(dataset["n"], "example")
    by = {"gold": "right answers decide", "labels": "people's labels decide"}
    who = by.get(decision["decided_by"], f"{critic} decides")
    models = words.listed(sorted(decision["models"]))
    looks = f"; look {decision['looks']} at these rows" if decision["looks"] else ""
    name = side_in_words(dataset["name"])
    return f"Decided on {rows} of {name}, answered by {models}; {who}{looks}."


def _gate(decision: Mapping[str, Any]) -> Iterator[str]:
    checked = read_checked(decision["gate"])
    status = decision.get("exit_status")
    yield f"The gate: {checked.sentence}"
    if status is not None:
        yield f"Exit status {status}."
    for outcome in checked.outcomes:
        why = "; ".join(filter(None, (outcome.reason, outcome.next_step)))
        yield f"{outcome.reading}: {named(outcome)}" + (f": {why}" if why else "")
