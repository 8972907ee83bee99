"""What a run was made of, as values; stored as plain data and read back."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench import words
from workbench.critics.verdict import Critic
from workbench.datasets import Dataset, Example
from workbench.datasets.dataset import holds_back
from workbench.files import fingerprint, root
from workbench.models.entry import ModelEntry, Price, read_price
from workbench.models.prices import Prices
from workbench.printing import printed
from workbench.prompts import Prompt
from workbench.runs.plan import Plan
from workbench.stats.scale import Scale
from workbench.store.sealing import reading
from workbench.store.text import pack, unpack

CHUNK = 500  # examples in a document
LIBRARIES = ("prompt-workbench", "aiohttp", "sqlalchemy")


@dataclass(frozen=True)
class PromptFacts:
    """A prompt of a run; `text` is empty where it is not known, `file` (from the project's root)
    where it has none in the project.
    """

    fingerprint: str
    description: str = ""
    text: str = field(default="", repr=False)
    model_id: str = ""
    file: str = ""

    @property
    def plain(self) -> dict[str, Any]:
        stored = asdict(self)
        return stored if self.file else {k: v for k, v in stored.items() if k != "file"}


@dataclass(frozen=True)
class ModelFacts:
    """A model of a run, with the price known when it ran (None: not known)."""

    id: str
    endpoint: str
    parameters: Mapping[str, Any]
    price: Price | None

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "parameters": dict(self.parameters),
            "price": self.price and self.price.plain,
        }


@dataclass(frozen=True)
class CriticFacts:
    """A critic of a run: what its scores mean, and the model that it asks (None: none)."""

    fingerprint: str
    scale: Scale
    kind: str
    model: ModelFacts | None
    against: str = ""
    parts: tuple[str, ...] = ()
    description: str = ""

    @property
    def asks(self) -> bool:
        """Whether a model is asked, so that verdicts are opinions; a check in code has none."""
        return self.model is not None or self.kind in ("panel", "recorded")

    @property
    def knows(self) -> bool:
        """Whether it compares with the right answers of the dataset."""
        return self.kind == "exact"

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "scale": [self.scale.low, self.scale.high],
            "higher_is_better": self.scale.higher_is_better,
            "kind": self.kind,
            "model": self.model and self.model.plain,
            "against": self.against,
            "parts": list(self.parts),
            "description": self.description,
        }


@dataclass(frozen=True)
class DatasetFacts:
    """The examples of a run: their dataset's name, their content's fingerprint, how many, how many
    its file had to give (None: not known), whether they are held back, and what stands for the
    content of each image file that the prompts showed.
    """

    name: str
    fingerprint: str
    n: int
    available: int | None = None
    held: bool = False
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, Any]:
        said = ((name, value) for name, value in asdict(self).items() if value is not None)
        return {name: value for name, value in said if value is not False and value != {}}


@printed
@dataclass(frozen=True)
class RunMeta:
    """What a run was made of, by name, and when and where it was made."""

    prompts: Mapping[str, PromptFacts]
    dataset: DatasetFacts
    models: Mapping[str, ModelFacts]
    critics: Mapping[str, CriticFacts]
    repeats: int
    versions: Mapping[str, str]
    started: str  # ISO 8601
    seconds: float | None  # None until the run has ended
    git: str | None  # the commit, `-dirty` where files differ from it
    anew: Mapping[tuple[str, str], int] = field(default_factory=dict)  # as of its plan
    filters: Mapping[str, str] = field(default_factory=dict[str, str])  # name -> fingerprint

    def __repr__(self) -> str:
        parts = (self.prompts, "prompt"), (self.models, "model"), (self.critics, "critic")
        what = ", ".join(words.count(len(things), noun) for things, noun in parts)
        return f"RunMeta of {self.dataset.name}, {self.started}: {what}"

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        anew = [[*names, passed] for names, passed in self.anew.items()]
        return ({"anew": anew} if anew else {}) | {
            "prompts": {name: prompt.plain for name, prompt in self.prompts.items()},
            "dataset": self.dataset.plain,
            "models": {name: model.plain for name, model in self.models.items()},
            "critics": {name: critic.plain for name, critic in self.critics.items()},
            "repeats": self.repeats,
            "versions": dict(self.versions),
            "started": self.started,
            "seconds": self.seconds,
            "git": self.git,
            **({"filters": dict(self.filters)} if self.filters else {}),
        }


def read_meta(stored: Mapping[str, Any], run: str) -> RunMeta:
    """The way back from `RunMeta.plain`; Damaged, with the run's id, where it is no such thing."""
    with reading(f"run {run}"):
        return _read_meta(stored)


def _read_meta(stored: Mapping[str, Any]) -> RunMeta:
    return RunMeta(
        prompts={name: PromptFacts(**prompt) for name, prompt in stored["prompts"].items()},
        dataset=DatasetFacts(**stored["dataset"]),
        models={name: _read_model(model) for name, model in stored["models"].items()},
        critics={name: _read_critic(critic) for name, critic in stored["critics"].items()},
        repeats=stored["repeats"],
        versions=stored["versions"],
        started=stored["started"],
        seconds=stored["seconds"],
        git=stored.get("git"),
        anew={(prompt, model): passed for prompt, model, passed in stored.get("anew", ())},
        filters=stored.get("filters", {}),
    )


def _read_model(stored: Mapping[str, Any]) -> ModelFacts:
    return ModelFacts(**{**stored, "price": read_price(stored["price"])})


def _read_critic(stored: Mapping[str, Any]) -> CriticFacts:
    given = {name: value for name, value in stored.items() if name != "higher_is_better"}
    low, high = stored["scale"]
    given["scale"] = Scale(float(low), float(high), stored["higher_is_better"])
    given["model"] = _read_model(stored["model"]) if stored["model"] else None
    given["parts"] = tuple(stored["parts"])
    return CriticFacts(**given)


def describe(plan: Plan, prices: Prices | None = None) -> RunMeta:
    """The meta of a run that begins now, with what it runs on."""
    versions = {"python": sys.version.split()[0], **{name: version(name) for name in LIBRARIES}}
    return replace(facts_of(plan, prices), versions=versions, git=git_state())


def facts_of(plan: Plan, prices: Prices | None = None) -> RunMeta:
    """What is known of a plan itself."""
    prices = prices or Prices()
    return RunMeta(
        prompts={prompt.name: _prompt_facts(prompt) for prompt in plan.prompts},
        dataset=_with_images(dataset_facts(plan.examples, plan.about_examples), plan.images),
        models={model.name: _model_facts(model, prices) for model in plan.models},
        critics={critic.name: critic_facts(critic, prices) for critic in plan.critics},
        repeats=plan.repeats,
        versions={},
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=None,
        git=None,
        anew=dict(plan.anew),
        filters={each.name: each.fingerprint for each in plan.filters.members}
        if plan.filters
        else {},
    )


def _prompt_facts(prompt: Prompt) -> PromptFacts:
    about = prompt.description, prompt.text, prompt.model_id
    return PromptFacts(prompt.fingerprint, *about, file_of(prompt.path) if prompt.path else "")


def file_of(path: Path) -> str:
    """A file's path from the project's root; empty outside."""
    path = path.resolve()
    return path.relative_to(root()).as_posix() if path.is_relative_to(root()) else ""


def dataset_facts(examples: Sequence[Example], fingerprint: str) -> DatasetFacts:
    """What is known of examples, whose content the fingerprint stands for."""
    about = getattr(examples, "name", "examples"), fingerprint, len(examples)
    available = getattr(examples, "available", None)
    return DatasetFacts(*about, available, holds_back(examples))


def _with_images(facts: DatasetFacts, images: Mapping[str, str]) -> DatasetFacts:
    """The facts of examples whose images are files: another content is another dataset."""
    if not images:
        return facts
    return replace(facts, fingerprint=fingerprint([facts.fingerprint, images]), images=images)


def _model_facts(model: ModelEntry, prices: Prices) -> ModelFacts:
    return ModelFacts(model.id, model.endpoint, dict(model.parameters), prices[model])


def critic_facts(critic: Critic, prices: Prices) -> CriticFacts:
    asked = getattr(critic, "model", None)
    model = _model_facts(asked, prices) if isinstance(asked, ModelEntry) else asked
    prompt = getattr(critic, "prompt", critic)
    return CriticFacts(
        fingerprint=critic.fingerprint,
        scale=critic.scale,
        kind=getattr(critic, "kind", "") or type(critic).__name__.lower(),
        model=model if isinstance(model, ModelFacts) else None,
        against=critic.against,
        parts=tuple(critic.parts),
        description=getattr(prompt, "description", ""),
    )


def git_state() -> str | None:
    """The commit at hand, with `-dirty` where files differ from it; None outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=root(), capture_output=True, text=True, timeout=2, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def write_examples(examples: Sequence[Example]) -> Iterator[tuple[bytes, bytes]]:
    """Documents of examples, each with the digest that names it."""
    for start in range(0, len(examples), CHUNK):
        chunk = [
            [e.id, dict(e.inputs), e.expected, dict(e.tags)]
            for e in examples[start : start + CHUNK]
        ]
        body = pack(chunk)
        yield hashlib.blake2b(body, digest_size=16).digest(), body


def read_examples(bodies: Sequence[bytes], name: str, *, held: bool = False) -> Dataset:
    """The way back from `write_examples`."""
    rows = (Example(*fields, held=held) for body in bodies for fields in unpack(body))
    return Dataset(rows, name)
