# pyright: strict
"""What something was measured of: the prompt by what it asks, the model by who answers where, and
the filters that stood before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.files import fingerprint
from workbench.filters import Filter
from workbench.filters.chain import chained
from workbench.models.model import Model
from workbench.prompts import Prompt
from workbench.runs import Run, VariantKey
from workbench.runs.seen import prompt_identity
from workbench.serving.at_hand import Simulated
from workbench.store.evidence_table import Measurement

Served = Model | Simulated | str  # a model, a server that is computed, or the name of one


@dataclass(frozen=True)
class Key:
    """A prompt on a model behind filters, and what people call the two."""

    prompt: str
    model: str
    filters: str
    prompt_name: str
    model_name: str

    @classmethod
    def of(cls, prompt: Prompt, model: Served, filters: Filter | None) -> "Key":
        stood = (
            {each.name: each.fingerprint for each in chained(filters).members} if filters else {}
        )
        name = model if isinstance(model, str) else model.name
        facts = _facts(model) if isinstance(model, Model) else name
        return cls._of(prompt, (name, facts), stood)

    @classmethod
    def of_variant(cls, run: Run, variant: VariantKey) -> "Key":
        """Those of a run's rows."""
        prompt = next(each for each in run.prompts if each.name == variant.prompt)
        asked = variant.model, _facts(run.meta.models[variant.model])
        return cls._of(prompt, asked, run.meta.filters)

    @classmethod
    def _of(cls, prompt: Prompt, model: tuple[str, Any], filters: Mapping[str, str]) -> "Key":
        name, facts = model
        parts = prompt_identity(prompt), fingerprint(facts), fingerprint(dict(filters))
        return cls(*parts, prompt.name, name)

    def fits(self, measured: Measurement) -> bool:
        """Whether something was measured of the same."""
        theirs = measured.prompt, measured.model, measured.filters
        return theirs == (self.prompt, self.model, self.filters)

    @property
    def names(self) -> dict[str, str]:
        return {"prompt": self.prompt_name, "model": self.model_name}


def _facts(model: Any) -> list[Any]:
    """Who answers, and how it is asked: of a model, or what a run knows of one."""
    return [model.id, model.endpoint, dict(model.parameters)]
