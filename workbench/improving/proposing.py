"""What a proposer is asked, and what its reply is worth: a new prompt, or the reason why it is
none.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from workbench import words
from workbench.datasets import Example
from workbench.errors import PromptError
from workbench.prompts import Prompt, read_prompt
from workbench.runs import Run
from workbench.runs.seen import prompt_identity

MOST_SHOWN = 1500  # characters of a text in a failure
_FENCED = re.compile(r"```[a-z]*\n(.*?)\n?```", re.DOTALL)
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True)
class Unusable:
    """A proposal that is no new prompt: why, and what it said."""

    why: str
    text: str


@cache
def proposal() -> Prompt:
    """The prompt that a proposer is asked."""
    return read_prompt("propose", Path(__file__).with_name("propose.prompty").read_text("utf-8"))


def asked(
    id: str,
    parent: Prompt,
    failed: Sequence[tuple[Run, int]],
    critic: str,
    before: Sequence[tuple[Prompt, float]],
) -> Example:
    """The question that a proposer gets: a parent, rows of runs that it failed, and what was
    written after it before, with its gains as shares of the scale.
    """
    inputs = {
        "prompt": parent.text.rstrip(),
        "placeholders": sorted(parent.variables),
        "failures": [_failure(run, critic, row) for run, row in failed],
        "tried": [_tried(prompt, gain) for prompt, gain in before],
    }
    return Example(id, inputs)


def _tried(prompt: Prompt, gain: float) -> str:
    messages = [{each.role: _short(each.template)} for each in prompt.messages]
    return json.dumps({"points": round(100 * gain, 1), "messages": messages}, ensure_ascii=False)


def _failure(run: Run, critic: str, row: int) -> str:
    """One line of JSON: in it no text of an example begins a line, or a message."""
    example, columns = run.examples[run.plan.key(row).example], run.columns
    said = {
        "inputs": {name: _short(value) for name, value in example.inputs.items()},
        "answer": _short(columns["output"][row]),
        "expected": _short(example.expected),
        "why": _short(columns[f"{critic}.reason"][row] or columns["error"][row]),
    }
    return json.dumps({name: each for name, each in said.items() if each}, ensure_ascii=False)


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MOST_SHOWN:
        return f"{text[:MOST_SHOWN]} …"
    return value


def read_proposal(
    reply: str, baseline: Prompt, name: str, known: Collection[str]
) -> Prompt | Unusable:
    """The prompt that a reply holds: messages of its own, all else as the baseline has it.

    `known` are identities of prompts that were tried. Nothing is guessed: a reply that is no prompt
    file, or that leaves an input out or invents one, is unusable.
    """
    try:
        text = _file(reply)
        made = replace(
            baseline,
            name=name,
            messages=read_prompt(name, text).messages,
            description="",
            path=None,
        )
    except PromptError as error:
        return Unusable(f"it does not load: {error}", reply)
    trouble = next(_troubles(made, baseline, known), "")
    return Unusable(trouble, reply) if trouble else made


def _file(reply: str) -> str:
    """The file within a reply: without thinking, and without the fence round it."""
    text = _THINKING.sub("", reply).strip()
    fenced = _FENCED.fullmatch(text)
    return (fenced[1] if fenced else text) + "\n"


def _troubles(made: Prompt, baseline: Prompt, known: Collection[str]) -> Iterator[str]:
    if lost := sorted(baseline.variables - made.variables):
        yield f"it does not read {words.listed(lost)}"
    if new := sorted(made.variables - baseline.variables):
        yield f"it reads {words.listed(new)}, which no example has"
    if prompt_identity(made) in known:
        yield "it asks what was tried before"
