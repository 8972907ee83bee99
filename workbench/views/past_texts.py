"""A prompt's past texts for the menu of the editor."""

from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.files import root
from workbench.prompts import Prompt, read_prompt
from workbench.runs.past_prompts import past_texts
from workbench.store import Store

MOST = 50  # texts in the menu
TYPED = "typed before, not saved"
# A cell that is run again makes a new editor, in whose boxes the saved text stands.
_typed: dict[tuple[Path | None, str], Prompt] = {}


def remember(prompt: Prompt, edited: Prompt, *, is_saved: bool) -> None:
    """Keep what was typed last for the next editor of this prompt, unless it is saved."""
    _typed.pop((prompt.path, prompt.name), None)
    if not is_saved:
        _typed[prompt.path, prompt.name] = edited


def unsaved(prompt: Prompt) -> dict[str, Prompt]:
    """What was typed into an earlier editor of this prompt and not saved, by its name."""
    found = _typed.get((prompt.path, prompt.name))
    return {} if found is None or found.messages == prompt.messages else {TYPED: found}


def texts_of(prompt: Prompt, store: Store) -> dict[str, Prompt]:
    """The texts that a prompt had when it was run, newest first, by a name that says when; not the
    one that it has.
    """
    folder = root() / "prompts"
    if prompt.path is None or not prompt.path.resolve().is_relative_to(folder):
        return {}
    texts = past_texts(prompt.path.resolve(), store)
    others = [each for each in texts if each.fingerprint != prompt.fingerprint]
    return {
        f"{prompt.name}, {each.when.day} {each.when:%b %H:%M} ({each.fingerprint})": read
        for each in others[:MOST]
        if (read := _read(prompt.name, each.text))
    }


def _read(name: str, text: str) -> Prompt | None:
    """A text as a prompt; None where it never was one, or is none for this version."""
    try:
        return read_prompt(name, text)
    except WorkbenchError:
        return None


def aside(names: Container[str]) -> str:
    """A name for a text that another took the place of."""
    number = 1
    while f"put aside {number}" in names:
        number += 1
    return f"put aside {number}"


def left_out(prompt: Prompt, taken: Prompt) -> str:
    """What is said where more than the messages differs, which alone are edited here."""
    if replace(taken, messages=prompt.messages).fingerprint == prompt.fingerprint:
        return ""
    others = "parameters, inputs or outputs"
    return f"Its {others} differ and were not taken: workbench prompts --restore takes them too."
