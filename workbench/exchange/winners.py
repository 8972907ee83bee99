"""Winning prompts out: the released file and the card that says why it won."""

import json
import platform
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench import words
from workbench.comparison import Comparison
from workbench.datasets import load_examples
from workbench.datasets.splitting import whole_name
from workbench.files import Written, inside, resolve, root, write_whole
from workbench.printing import printed
from workbench.prompts import Prompt, load_prompt
from workbench.runs.variants import VariantKey

PACKAGES = ("prompt-workbench", "numpy", "scipy", "aiohttp")


@printed
@dataclass(frozen=True)
class Release:
    """What an export left: the prompt file and its card, or the reason why there is none."""

    prompt: Written | None
    card: Written | None
    sentence: str

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        """The sentence, with links to what was written."""
        written = [file._repr_html_() for file in (self.prompt, self.card) if file]
        return "<br>".join([escape(repr(self)), *written])


def export(choice: Comparison, folder: str | Path = "prompts/released") -> Release:
    """Release the prompt that ships as `<folder>/<dataset>/<prompt>.prompty` with
    `<prompt>.card.json` beside it.

    That is a better one, or a tie that costs less; never the baseline, which is there already: then
    nothing is written and the sentence says why. A released prompt is never overwritten by another
    text: that is released beside it, its fingerprint in the name.
    """
    if choice.ship.name in ("", choice.baseline):
        return Release(None, None, f"Nothing exported. {choice.sentence}")
    prompt = _shipped_prompt(choice)
    if not choice.run.meta.prompts[prompt.name].text:
        unknown = f"the text of {prompt.name} is not known to this run, which was made of rows"
        return Release(None, None, f"Nothing exported: {unknown}. {choice.sentence}")
    return _released(choice, prompt, folder)


def _released(choice: Comparison, prompt: Prompt, folder: str | Path) -> Release:
    """The prompt and its card, written."""
    task = resolve(folder) / whole_name(choice.run.meta.dataset.name)
    path = _free_path(task, prompt)
    file = write_whole(path, prompt.text)
    text = json.dumps(lineage(choice), indent=2, ensure_ascii=False) + "\n"
    card = write_whole(path.with_suffix(".card.json"), text)
    sentence = f"Exported {prompt.name} to {folder}/{task.name}/{path.name}. {choice.sentence}"
    return Release(file, card, sentence + _held_out(choice))


def _shipped(choice: Comparison) -> VariantKey:
    return next(key for key in choice.run.variants if key.name == choice.ship.name)


def _shipped_prompt(choice: Comparison) -> Prompt:
    name = _shipped(choice).prompt
    return next(prompt for prompt in choice.run.prompts if prompt.name == name)


def _free_path(folder: Path, prompt: Prompt) -> Path:
    """The prompt's own path, or, where another text is released there, one beside it."""
    path = inside(folder, f"{prompt.name}.prompty")
    if path.exists() and load_prompt(path).fingerprint != prompt.fingerprint:
        return inside(folder, f"{prompt.name}-{prompt.fingerprint}.prompty")
    return path


def _held_out(choice: Comparison) -> str:
    """How to check the winner on examples that it was not chosen on, where its dataset holds
    others.
    """
    examples = choice.run.examples
    path, n = getattr(examples, "path", None), len(examples)
    if choice.claim or path is None or not path.is_file() or len(load_examples(path)) <= n:
        return ""
    if [each.id for each in load_examples(path, limit=n)] != [each.id for each in examples]:
        return ""
    shown = path.relative_to(root()) if path.is_relative_to(root()) else path
    tried = words.count(len(choice.variants), "variant")
    return (
        f" It was chosen among {tried} on {n:,} examples: check it on others, "
        f"wb.load_examples({str(shown)!r}, after={n})."
    )


def _counts(choice: Comparison) -> dict[str, Any]:
    """How many rows, and what became of them where that may be seen."""
    counts = dict(choice.run.counts)
    return {"rows": counts["rows"]} if choice.claim else counts


def _prepared(prompt: Prompt) -> dict[str, Any]:
    """What must be done to inputs where the prompt is used, as it was where it was evaluated."""
    if prompt.preparation is None:
        return {}
    return {"prepare": prompt.preparation.plain, "prepared": prompt.preparation.sentence}


def lineage(choice: Comparison) -> dict[str, Any]:
    """Everything a release stands on: decision and numbers, prompt, dataset, critic, model, run,
    versions.
    """
    shipped = _shipped(choice)
    meta = choice.run.meta
    return {
        "prompt": {
            "name": shipped.prompt,
            "fingerprint": meta.prompts[shipped.prompt].fingerprint,
            **_prepared(_shipped_prompt(choice)),
        },
        "model": {"name": shipped.model, **meta.models[shipped.model].plain},
        "decision": choice.decision(),
        "looks": list(choice.ledger),
        "counts": _counts(choice),
        "started": meta.started,
        "git": meta.git,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
    }
