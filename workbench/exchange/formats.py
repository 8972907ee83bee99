"""The formats that a prompt is exported in, by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.exchange.carrying import Carried, Lost, lost_by_all
from workbench.exchange.dotprompt import dotprompt
from workbench.exchange.openai_chat import openai_chat
from workbench.exchange.portable import not_portable
from workbench.exchange.promptfoo_config import promptfoo
from workbench.exchange.python_module import python_module
from workbench.exchange.registries import langfuse, mlflow
from workbench.models.entry import ModelEntry
from workbench.prompts import Prompt

PROMPTY = "prompty"


@dataclass(frozen=True)
class Parcel:
    """What is exported: a prompt with what it was judged on."""

    prompt: Prompt
    model: ModelEntry
    critics: Sequence[Any]
    examples: Sequence[Example]
    hidden: bool  # whether there are examples that are held back
    task: str
    stem: str  # of the names of its files
    alias: str
    said: str


def _to(registry: Callable[..., Carried]) -> Callable[[Parcel], Carried]:
    def register(parcel: Parcel) -> Carried:
        id = parcel.prompt.model_id or parcel.model.id
        return registry(parcel.prompt, parcel.task, id, parcel.alias, parcel.said)

    return register


def _prompty(parcel: Parcel) -> Carried:
    lost = (*lost_by_all(parcel.prompt), *not_portable(parcel.prompt))
    return Carried({".prompty": parcel.prompt.text}, lost)


def _promptfoo(parcel: Parcel) -> Carried:
    found = promptfoo(parcel.prompt, parcel.stem, parcel.model, parcel.critics, parcel.examples)
    if not parcel.hidden:
        return found
    held = Lost("example", "rows that are held back are not given on")
    return replace(found, lost=(*found.lost, held))


FORMATS: Mapping[str, Callable[[Parcel], Carried]] = {
    PROMPTY: _prompty,
    "dotprompt": lambda parcel: dotprompt(parcel.prompt),
    "promptfoo": _promptfoo,
    "openai": lambda parcel: openai_chat(parcel.prompt, parcel.model.id),
    "python": lambda parcel: python_module(parcel.prompt),
    "mlflow": _to(mlflow),
    "langfuse": _to(langfuse),
}


def check_formats(names: Sequence[str]) -> None:
    """Refuse a format that nobody knows."""
    if isinstance(names, str):
        raise WorkbenchError(f"formats are a list: formats=[{names!r}]")
    for name in names:
        if name not in FORMATS:
            raise WorkbenchError(f"no format {name!r}: use {', '.join(FORMATS)}")
