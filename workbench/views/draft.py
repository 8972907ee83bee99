"""Where a prompt that is being edited belongs, and how it is saved."""

import re
from dataclasses import replace
from pathlib import Path

from workbench.errors import PromptError
from workbench.files import portable_name, root, shown_path
from workbench.prompts import Prompt, load_prompt


def title(prompt: Prompt) -> str:
    """triage / v3"""
    return f"{prompt.path.parent.name} / {prompt.name}" if prompt.path else prompt.name


def is_released(prompt: Prompt) -> bool:
    return prompt.path is not None and "released" in prompt.path.parts


def home(prompt: Prompt) -> Path:
    """The folder for new variants: the prompt's own, or that of its task where it is released."""
    if prompt.path is None:
        return root() / "prompts"
    return (
        root() / "prompts" / prompt.path.parent.name if is_released(prompt) else prompt.path.parent
    )


def next_name(prompt: Prompt) -> str:
    """A name for a new variant that is not taken: v4 after v3."""
    taken = {path.stem for path in home(prompt).glob("*.prompty")} | {prompt.name}
    stem = re.sub(r"(?<!\d)\d+$", "", prompt.name) or "v"
    number = int((re.search(r"(?<!\d)\d+$", prompt.name) or ["1"])[0]) + 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def save(prompt: Prompt, folder: Path, name: str) -> str:
    """Save a new variant, and say where; PromptError where another prompt has that name."""
    if "released" in folder.parts:
        instead = "save under prompts/ and export the winner"
        raise PromptError(f"{shown_path(folder)} holds released prompts: {instead}")
    path = folder / f"{portable_name(name)}.prompty"
    if path.is_file() and not _holds(path, prompt):
        free = next_name(replace(prompt, path=path, name=name))
        another = f"{shown_path(path)} holds another prompt"
        raise PromptError(f"{another}: choose a new name, such as {free}")
    return f"Saved {shown_path(prompt.save(folder, name))}."


def _holds(path: Path, prompt: Prompt) -> bool:
    """Whether a file holds this prompt already, so that saving changes nothing."""
    try:
        return load_prompt(path) == replace(prompt, name=path.stem, path=path)
    except PromptError:
        return False
