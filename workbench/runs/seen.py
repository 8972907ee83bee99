"""What a run makes known before its first call: its rows, and the prompts that existed then."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from workbench.errors import WorkbenchError
from workbench.files import fingerprint
from workbench.prompts import Prompt, load_prompt
from workbench.prompts.prompt_file import SUFFIX
from workbench.runs.record import Run


def prompt_identity(prompt: Prompt) -> str:
    """What a prompt asks, white space and metadata aside (but for how it prepares inputs); its name
    where no text is known.
    """
    messages = [[message.role, " ".join(message.template.split())] for message in prompt.messages]
    is_known = any(text for _, text in messages)
    about = [messages if is_known else prompt.name, dict(prompt.parameters), prompt.schema]
    return fingerprint([*about, prompt.preparation.plain] if prompt.preparation else about)


class Identity(NamedTuple):
    """What a variant's prompt asks, and the hash of that and the model it asks."""

    prompt: str
    asked: str


def variant_identities(run: Run) -> tuple[Identity, ...]:
    """What each variant of a run asks of which model, wherever that is served; models of one id are
    told apart by their names.
    """
    prompts = {prompt.name: prompt_identity(prompt) for prompt in run.prompts}
    facts = {name: [about.id, dict(about.parameters)] for name, about in run.meta.models.items()}
    twins = [name for name in facts if list(facts.values()).count(facts[name]) > 1]
    models = {name: [*facts[name], name if name in twins else ""] for name in facts}
    asked = [(prompts[key.prompt], models[key.model]) for key in run.variants]
    return tuple(Identity(prompt, fingerprint([prompt, model])) for prompt, model in asked)


def known_prompts(prompts: Iterable[Prompt]) -> list[str]:
    """The prompts given and every one in their folders, run or not."""
    given = list(prompts)
    folders = {Path(prompt.path).parent for prompt in given if prompt.path}
    files = [file for folder in sorted(folders) for file in sorted(folder.glob(f"*{SUFFIX}"))]
    return [prompt_identity(prompt) for prompt in (*given, *_loaded(files))]


def _loaded(files: Iterable[Path]) -> Iterable[Prompt]:
    for file in files:
        try:
            yield load_prompt(file)
        except WorkbenchError:
            continue  # a draft that does not load yet was never asked either
