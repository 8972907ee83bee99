"""What a prompt comes to, in pieces that the editor and the cell magic share."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench.datasets import Example
from workbench.errors import PromptError
from workbench.files import root
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import quote
from workbench.runs.quotes import BYTES_PER_TOKEN
from workbench.store import Store
from workbench.page import words
from workbench.page.diff import by_line
from workbench.page.markup import Html, clipped, html, joined

LONG = 20_000  # characters of a message in the preview
SHORTEST_MARKED = 2  # characters of a value that is marked in the preview


def title(prompt: Prompt) -> str:
    """triage / v3"""
    return f"{prompt.path.parent.name} / {prompt.name}" if prompt.path else prompt.name


def shown_path(path: Path) -> str:
    """A path from the project root, where it lies inside."""
    return str(path.relative_to(root()) if path.is_relative_to(root()) else path)


def is_released(prompt: Prompt) -> bool:
    return prompt.path is not None and "released" in prompt.path.parts


def home(prompt: Prompt) -> Path:
    """The folder for new variants of a prompt: its own, or that of its task where it is released."""
    if prompt.path is None:
        return root() / "prompts"
    return (
        root() / "prompts" / prompt.path.parent.name if is_released(prompt) else prompt.path.parent
    )


def next_name(prompt: Prompt) -> str:
    """A name for a new variant that is not taken: v4 after v3."""
    taken = {path.stem for path in home(prompt).glob("*.prompty")} | {prompt.name}
    stem = re.sub(r"\d+$", "", prompt.name) or "v"
    number = int((re.search(r"\d+$", prompt.name) or ["1"])[0]) + 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def preview(prompt: Prompt, example: Example) -> Html:
    """The messages that an example would send, with the filled-in values marked."""
    values = sorted(
        (words.value(example.inputs[name]) for name in prompt.variables if name in example.inputs),
        key=len,
    )
    marked = [re.escape(value) for value in reversed(values) if len(value) >= SHORTEST_MARKED]
    return joined(
        html(
            '<p class="speaker">{}:</p><p class="text" dir="auto">{}</p>',
            message["role"],
            _marked(message["content"], "|".join(marked)),
        )
        for message in prompt.render(example.inputs)
    )


def _marked(text: str, values: str) -> Html:
    if len(text) > LONG or not values:
        return html("{}", clipped(text, LONG))
    parts = re.split(f"({values})", text)
    return joined(
        html("<mark data-in-sight>{}</mark>" if i % 2 else "{}", part)
        for i, part in enumerate(parts)
    )


def variables(prompt: Prompt, examples: Sequence[Example]) -> Html:
    """Which inputs the prompt reads, and how many of the examples have them."""
    if not prompt.variables:
        return html('<p class="vars">No variables: every example would send the same text.</p>')
    said = joined((_variable(prompt, name, examples) for name in sorted(prompt.variables)), ", ")
    return html('<p class="vars">Variables: {}</p>', said)


def _variable(prompt: Prompt, name: str, examples: Sequence[Example]) -> Html:
    having = sum(name in example.inputs for example in examples)
    if not examples:
        return html('<span class="mono">{}</span>', name)
    if having == len(examples):
        whole = f"all {words.count(having, 'example')}" if having > 1 else "the one example"
        return html('<span class="mono">{}</span> in {}', name, whole)
    if any(each.name == name and each.default is not None for each in prompt.inputs):
        return html(
            '<span class="mono">{}</span> in {:,} of {:,}, else its default',
            name,
            having,
            len(examples),
        )
    few = f"{having:,}" if having else "none"
    return html(
        '<span class="warn">{}</span> in {} of {}', name, few, words.count(len(examples), "example")
    )


def tokens(prompt: Prompt, example: Example) -> str:
    """How many tokens the messages take, roughly: no tokenizer is asked."""
    size = sum(
        len(message["content"].encode("utf-8", "replace"))
        for message in prompt.render(example.inputs)
    )
    return f"about {max(1, size // BYTES_PER_TOKEN):,} tokens in (counted as {BYTES_PER_TOKEN} bytes each)"


def price(
    prompt: Prompt, examples: Sequence[Example], example: Example, model: Model, store: Store
) -> str:
    """What one call costs, and all examples at that price."""
    once = quote(prompt, [example], model, store=store)
    if not once.calls:
        return "this answer is in the store already"
    cost = words.money(once.likely_cost)
    if not cost:
        return f"no price is known for {model.name}"
    if not once.likely_cost:
        return "free of charge"
    return f"likely {cost} a call, {words.money(once.likely_cost * len(examples))} for {len(examples):,}"


def change(old: Prompt, new: Prompt) -> tuple[str, Html]:
    """What changed between two prompts: in a few words, and line by line."""
    added, removed, lines = by_line(_body(old), _body(new))
    counted = [(added, "added"), (removed, "removed")]
    said = [f"{words.count(number, 'line')} {what}" for number, what in counted if number]
    return " and ".join(said) or "no change", lines


def _body(prompt: Prompt) -> str:
    """A prompt's text without its name and description, which say nothing to the model."""
    return "\n".join(
        line for line in prompt.text.splitlines() if not re.match(r"(name|description):", line)
    )


def save(prompt: Prompt, folder: Path, name: str) -> str:
    """Save a new variant, and say where; PromptError where another prompt has that name."""
    if "released" in folder.parts:
        raise PromptError(
            f"{shown_path(folder)} holds released prompts: save under prompts/ and export the winner"
        )
    path = folder / f"{name}.prompty"
    try:
        return f"Saved {shown_path(prompt.save(folder, name))}."
    except PromptError as error:
        if "overwrite=True" not in str(error):  # nothing can be passed from where this is shown
            raise
    free = next_name(replace(prompt, path=path, name=name))
    raise PromptError(f"{shown_path(path)} holds another prompt: choose a new name, such as {free}")
