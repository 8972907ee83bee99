"""What a prompt comes to, in pieces that the editor and the cell magic share."""

import re
from collections.abc import Sequence
from typing import Any

from workbench.datasets import Example
from workbench.models.model import Model
from workbench.page import words
from workbench.page.diff import by_line
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html
from workbench.prompts import Prompt
from workbench.runs import quote
from workbench.runs.quotes import BYTES_PER_TOKEN
from workbench.sections.material import Album, Thumb
from workbench.store import Store

LONG = 20_000  # characters of a message in the preview
SHORTEST_MARKED = 2  # characters of a value that is marked in the preview


def preview(prompt: Prompt, example: Example) -> Html:
    """The messages that an example would send, with the filled-in values marked."""
    read = (name for name in prompt.variables if name in example.inputs)
    given = [prompt.prepared(example.inputs[name]) for name in read]
    texts = sorted((text for value in given for text in _texts(value)), key=len, reverse=True)
    marked = "|".join(re.escape(text) for text in texts if len(text) >= SHORTEST_MARKED)
    album = Album()
    return render(
        "sections/messages.html",
        messages=[
            (message["role"], [_block(part, marked) for part in album.sent(message["content"])])
            for message in prompt.render(example.inputs)
        ],
    )


def _texts(value: Any) -> list[str]:
    """What a value fills in: itself, or what each turn of a conversation says."""
    blocks = Album().told(value)
    said = (part for _, parts in blocks or () for part in parts)
    return [words.value(value)] if blocks is None else [p for p in said if isinstance(p, str)]


def _block(part: str | Thumb, values: str) -> list[str] | Thumb:
    return _parts(part, values) if isinstance(part, str) else part


def _parts(text: str, values: str) -> list[str]:
    """A text cut at the values in it: every second part is one."""
    return (
        [clipped(text, LONG)] if len(text) > LONG or not values else re.split(f"({values})", text)
    )


def templates(prompt: Prompt) -> Html:
    """The messages as they are written."""
    return render(
        "sections/messages.html",
        messages=[(message.role, [[message.template]]) for message in prompt.messages],
    )


def variables(prompt: Prompt, examples: Sequence[Example]) -> Html:
    """Which inputs the prompt reads, and how many of the examples have them."""
    return render(
        "sections/variables.html",
        variables=[(name, *_having(prompt, name, examples)) for name in sorted(prompt.variables)],
        prepared=prompt.preparation.sentence if prompt.preparation else "",
    )


def _having(prompt: Prompt, name: str, examples: Sequence[Example]) -> tuple[str, bool]:
    """How many examples have an input, and whether that is too few."""
    having, every = sum(name in example.inputs for example in examples), len(examples)
    if not examples:
        return "", False
    if having == every:
        return f"in {f'all {every:,} examples' if every > 1 else 'the one example'}", False
    if name in prompt.optional:
        return f"in {having:,} of {every:,}, else {prompt.optional[name]}", False
    return f"in {f'{having:,}' if having else 'none'} of {words.count(every, 'example')}", True


def tokens(prompt: Prompt, example: Example) -> str:
    """How many tokens the messages take, roughly: no tokenizer is asked."""
    messages = prompt.render(example.inputs)
    parts = [part for message in messages for part in Album().sent(message["content"])]
    size = sum(len(part.encode("utf-8", "replace")) for part in parts if isinstance(part, str))
    images = sum(not isinstance(part, str) for part in parts)
    about = f"{max(1, size // BYTES_PER_TOKEN):,}"
    more = f", and {words.count(images, 'image')}, not counted" if images else ""
    return f"about {about} tokens in (counted as {BYTES_PER_TOKEN} bytes each){more}"


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
    all_of_them = words.money(once.likely_cost * len(examples))
    return f"likely {cost} a call, {all_of_them} for {len(examples):,}"


def change(old: Prompt, new: Prompt) -> tuple[str, Html]:
    """What changed between two prompts: in a few words, and line by line, the messages first and
    the front matter folded.
    """
    (body, head), (new_body, new_head) = _parted(old), _parted(new)
    added, removed, messages = by_line(body, new_body)
    more, less, front = by_line(head, new_head)
    counted = [(added + more, "added"), (removed + less, "removed")]
    text = [f"{words.count(number, 'line')} {what}" for number, what in counted if number]
    if more + less:
        fold = "<details><summary>Front matter, {} changed</summary>{}</details>"
        messages += html(fold, words.count(more + less, "line"), front)
    return " and ".join(text) or "no change", messages


def _parted(prompt: Prompt) -> tuple[str, str]:
    """A prompt's messages, and its front matter without name and description, which say nothing to
    the model.
    """
    _, head, body = prompt.text.split("---\n", 2)
    lines = head.splitlines()
    return body, "\n".join(line for line in lines if not re.match(r"(name|description):", line))


def bench(prompt: Prompt, models: Sequence[Model]) -> str:
    """What a try is sent with: models, parameters, and the fields of an answer in JSON."""
    names = [
        model.name if model.id in ("", model.name) else f"{model.name} ({model.id})"
        for model in models
    ]
    given = [f"{name} {words.value(value)}" for name, value in prompt.parameters.items()]
    fields = [each.name for each in prompt.outputs]
    parts = [
        f"On {words.listed(names)}" if names else "",
        ", ".join(given) or "no parameters of its own",
        f"answers in JSON: {', '.join(fields)}" if fields else "answers in text",
    ]
    return " · ".join(part for part in parts if part)
