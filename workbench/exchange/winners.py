"""Winning prompts out: the released file and the card that says why it won."""

import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench import words
from workbench.comparison import Comparison
from workbench.datasets import load_examples
from workbench.files import inside, resolve, root, write_whole
from workbench.prompts import load_prompt

PACKAGES = ("prompt-workbench", "numpy", "scipy", "aiohttp")


@dataclass(frozen=True)
class Release:
    """What an export left: the prompt file and its card, or the reason why there is none."""

    prompt: Path | None
    card: Path | None
    sentence: str

    def __repr__(self) -> str:
        return self.sentence


def export(choice: Comparison, folder: str | Path = "prompts/released") -> Release:
    """Release the winner of a comparison as `<folder>/<dataset>/<prompt>.prompty` with
    `<prompt>.card.json` beside it.

    Without a winner nothing is written and the sentence says why. A released prompt is never
    overwritten by another text: that is released beside it, its fingerprint in the name.
    """
    if choice.winner is None:
        return Release(None, None, f"Nothing exported. {choice.sentence}")
    winner = next(variant for variant in choice.variants if variant.name == choice.winner)
    if not choice.run.meta.prompts[winner.prompt].text:
        unknown = f"the text of {winner.prompt} is not known to this run, which was made of rows"
        return Release(None, None, f"Nothing exported: {unknown}. {choice.sentence}")
    prompt = next(prompt for prompt in choice.run.prompts if prompt.name == winner.prompt)
    task = resolve(folder) / choice.run.meta.dataset.name
    path = inside(task, f"{prompt.name}.prompty")
    if path.exists() and load_prompt(path).fingerprint != prompt.fingerprint:
        path = inside(task, f"{prompt.name}-{prompt.fingerprint}.prompty")
    write_whole(path, prompt.text)
    card = write_whole(
        path.with_suffix(".card.json"),
        json.dumps(lineage(choice), indent=2, ensure_ascii=False) + "\n",
    )
    said = f"Exported {prompt.name} to {folder}/{task.name}/{path.name}. {choice.sentence}"
    return Release(path, card, said + _held_out(choice))


def _held_out(choice: Comparison) -> str:
    """How to check the winner on examples that it was not chosen on, where its dataset holds
    others.
    """
    examples = choice.run.examples
    path, n = getattr(examples, "path", None), len(examples)
    if path is None or not path.is_file() or len(load_examples(path)) <= n:
        return ""
    if [each.id for each in load_examples(path, limit=n)] != [each.id for each in examples]:
        return ""
    shown = path.relative_to(root()) if path.is_relative_to(root()) else path
    tried = words.count(len(choice.variants), "variant")
    return (
        f" It was chosen among {tried} on {n:,} examples: check it on others, "
        f"wb.load_examples({str(shown)!r}, after={n})."
    )


def lineage(choice: Comparison) -> dict[str, Any]:
    """Everything a release stands on: decision and numbers, prompt, dataset, critic, model, run,
    versions.
    """
    winner = next(variant for variant in choice.variants if variant.name == choice.winner)
    meta, store = choice.run.meta, choice.run.store
    return {
        "prompt": {
            "name": winner.prompt,
            "fingerprint": meta.prompts[winner.prompt].fingerprint,
        },
        "model": {"name": winner.model, **meta.models[winner.model].plain},
        "decision": choice.decision(),
        "looks": store.looks(meta.dataset.name) if store else [],
        "counts": dict(choice.run.counts),
        "started": meta.started,
        "git": meta.git,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
    }
