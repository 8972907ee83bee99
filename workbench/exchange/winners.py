"""Winning prompts out: the released file and the card that says why it won."""

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from workbench import words
from workbench.arguments import expect
from workbench.comparison import Comparison
from workbench.datasets import load_examples
from workbench.datasets.splitting import whole_name
from workbench.errors import WorkbenchError
from workbench.exchange.carrying import Carried, Lost
from workbench.exchange.formats import FORMATS, PROMPTY, Parcel, check_formats
from workbench.exchange.python_module import module_name
from workbench.files import Written, inside, portable_name, resolve, shown_path, write_whole
from workbench.printing import printed
from workbench.prompts import Prompt, load_prompt
from workbench.runs.variants import VariantKey

PACKAGES = ("prompt-workbench", "numpy", "scipy", "aiohttp")
RELEASED_ON = ("better", "tie")  # decisions
ALIASES = "aliases.json"


@printed
@dataclass(frozen=True)
class Release:
    """What an export left: the prompt file and its card, or the reason why there is none; `files`
    are those of other formats, `lost` what each of them does not carry.
    """

    prompt: Written | None
    card: Written | None
    sentence: str
    files: tuple[Written, ...] = ()
    lost: Mapping[str, tuple[Lost, ...]] = field(default_factory=dict[str, tuple[Lost, ...]])

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        """The sentence, with links to what was written."""
        written = [file._repr_html_() for file in (self.prompt, self.card, *self.files) if file]
        return "<br>".join([escape(repr(self)), *written])


def export(
    choice: Comparison,
    folder: str | Path = "prompts/released",
    *,
    formats: Sequence[str] = (PROMPTY,),
    alias: str = "released",
    variant: str = "",
    anyway: bool = False,
) -> Release:
    """Release the prompt that ships as `<folder>/<dataset>/<prompt>.prompty` with
    `<prompt>.card.json` beside it, and point `alias` in `aliases.json` to it.

    That is a better one, or a tie that costs less; never the baseline, which is there already: then
    nothing is written and the sentence says why. Another `variant` is released where its decision
    is better or tie, or `anyway`, which the card keeps. A released prompt is never overwritten by
    another text: that is released beside it, its fingerprint in the name. `formats` are of prompty,
    dotprompt, promptfoo, openai, python, mlflow and langfuse; the card says what each of them does
    not carry.
    """
    expect(choice, Comparison, "what is exported", "give what wb.compare returned")
    check_formats(formats)
    if not re.fullmatch(r"[A-Za-z][\w-]{0,63}|", alias, re.ASCII) or alias == "latest":
        raise WorkbenchError(f"{alias!r} is no alias: use letters, digits, - and _, not latest")
    key = _key(choice, variant)
    if reason := _refusal(choice, key, variant, anyway):
        return Release(None, None, reason)
    assert key is not None
    others = tuple(name for name in dict.fromkeys(formats) if name != PROMPTY)
    return _released(choice, key, resolve(folder), Asked(str(folder), others, alias))


class Asked(NamedTuple):
    """Where a release goes, in which formats beside Prompty, and the alias that points to it."""

    folder: str
    formats: tuple[str, ...]
    alias: str


def _key(choice: Comparison, variant: str) -> VariantKey | None:
    """The variant to release; WorkbenchError for one that was not compared."""
    if variant:
        choice.run.rows(variant)
    name = variant or choice.ship.name
    return next((key for key in choice.run.variants if key.name == name), None)


def _refusal(choice: Comparison, key: VariantKey | None, variant: str, anyway: bool) -> str:
    """Why nothing is released; empty where something is."""
    if key is None or (key.name == choice.baseline and not variant):
        return f"Nothing exported. {choice.sentence}"
    if not choice.run.meta.prompts[key.prompt].text:
        unknown = f"the text of {key.prompt} is not known to this run, which was made of rows"
        return f"Nothing exported: {unknown}. {choice.sentence}"
    word = _word(choice, key)
    if word in RELEASED_ON or anyway:
        return ""
    told = "only a prompt that is better or a tie is released; anyway=True releases it"
    return f"Nothing exported: {key.name} is {word}, and {told}, and its card says so."


def _word(choice: Comparison, key: VariantKey) -> str:
    """The decision on a variant."""
    of = {each.challenger: each.decision for each in choice.differences}
    return of.get(key.name, "the baseline")


def _released(choice: Comparison, key: VariantKey, folder: Path, asked: Asked) -> Release:
    """The prompt, its card and what other formats hold, written; where a registry refuses, nothing
    is.
    """
    parcel = _parcel(choice, key, folder, asked.alias)
    task, stem = folder / parcel.task, parcel.stem
    carried = {name: FORMATS[name](parcel) for name in (PROMPTY, *asked.formats)}
    files = {name: _write(task, stem, found) for name, found in carried.items()}
    card = _json(lineage(choice, key) | {"formats": _listed(carried, files)})
    if asked.alias:
        _point(task / ALIASES, asked.alias, f"{stem}.prompty", parcel.prompt.fingerprint)
    return Release(
        files[PROMPTY][0],
        write_whole(inside(task, f"{stem}.card.json"), card),
        _said(choice, parcel, asked.folder, carried),
        tuple(chain(*(files[name] for name in asked.formats))),
        {name: found.lost for name, found in carried.items()},
    )


def _said(choice: Comparison, parcel: Parcel, folder: str, carried: Mapping[str, Carried]) -> str:
    where = f"{folder}/{parcel.task}/{parcel.stem}.prompty"
    begins = f"Exported {parcel.prompt.name} to {where}. {choice.sentence}"
    return begins + _held_out(choice) + _not_written(carried)


def _parcel(choice: Comparison, key: VariantKey, folder: Path, alias: str) -> Parcel:
    run, prompt = choice.run, _prompt(choice, key)
    task = whole_name(run.meta.dataset.name)
    hidden = choice.claim is not None or run.held
    return Parcel(
        prompt=prompt,
        model=next(each for each in run.models if each.name == key.model),
        critics=run.critics,
        examples=() if hidden else run.examples,
        hidden=hidden,
        task=task,
        stem=_free_path(folder / task, prompt).stem,
        alias=alias,
        said=f"{key.name}: {choice.sentence}",
    )


def _write(task: Path, stem: str, found: Carried) -> list[Written]:
    return [
        write_whole(inside(task, f"{module_name(stem) if end == '.py' else stem}{end}"), text)
        for end, text in found.files.items()
    ]


def _listed(carried: Mapping[str, Carried], files: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
    """What the card says of each format."""
    return {
        name: {"files": [file.name for file in files[name]], **found.plain}
        for name, found in carried.items()
    }


def _not_written(carried: Mapping[str, Carried]) -> str:
    """Which formats have no words for the prompt, and the first reason of each."""
    return "".join(
        f" Not as {name}: {found.lacking.place}{found.lacking.text}."
        for name, found in carried.items()
        if found.lacking
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _point(path: Path, alias: str, file: str, fingerprint: str) -> None:
    """Let an alias name a released prompt; the others stay as they are."""
    try:
        known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise WorkbenchError(f"{path.name} is no JSON object: mend it, or remove it")
    pointed = {**known, alias: {"prompt": file, "fingerprint": fingerprint}}
    write_whole(path, _json(dict(sorted(pointed.items()))))


def _prompt(choice: Comparison, key: VariantKey) -> Prompt:
    return next(prompt for prompt in choice.run.prompts if prompt.name == key.prompt)


def _free_path(folder: Path, prompt: Prompt) -> Path:
    """The prompt's own path, or, where another text is released there or by a name that some
    systems and Python's modules take for the same, one beside it.
    """
    name = portable_name(prompt.name)
    path, module = inside(folder, f"{name}.prompty"), module_name(name).casefold()
    stems = {each.stem for each in folder.glob("*.prompty")} - {name}
    alike = any(module_name(each).casefold() == module for each in stems)
    if alike or (path.exists() and load_prompt(path).fingerprint != prompt.fingerprint):
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
    tried = words.count(len(choice.variants), "variant")
    return (
        f" It was chosen among {tried} on {n:,} examples: check it on others, "
        f"wb.load_examples({shown_path(path)!r}, after={n})."
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


def lineage(choice: Comparison, shipped: VariantKey) -> dict[str, Any]:
    """Everything a release stands on: decision and numbers, prompt, dataset, critic, model, run,
    versions.
    """
    meta, word = choice.run.meta, _word(choice, shipped)
    return {
        "released_on": word,
        **({} if word in RELEASED_ON else {"anyway": True}),
        "prompt": {
            "name": shipped.prompt,
            "fingerprint": meta.prompts[shipped.prompt].fingerprint,
            **_prepared(_prompt(choice, shipped)),
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
