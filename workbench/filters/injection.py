"""Injection: a small linear model of attacks on instructions, shipped as numbers."""

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

from workbench.files import fingerprint
from workbench.filters.fitting import Linear
from workbench.filters.scored import Scored
from workbench.printing import printed

WEIGHTS = "injection.npz"  # beside this module, with injection.md, which says where it comes from


@cache
def shipped() -> Linear:
    """The weights that `benchmarks/train_injection.py` wrote."""
    with resources.files("workbench.filters").joinpath(WEIGHTS).open("rb") as file:
        return Linear.load(file)


@printed
@dataclass(frozen=True, eq=False)
class Injection(Scored):
    """A pointer at attacks like those that it has seen; docs/guard.md says how few others it finds.

    Its score is a log odds, the highest over the views of a text. It blocks nothing before it has a
    threshold: `chain.fitted(...)` takes one from harmless rows of your own.
    """

    threshold: float = math.nan
    name: str = "injection"

    def __repr__(self) -> str:
        return f"Injection above {self.threshold:.2f}"

    @property
    def linear(self) -> Linear:
        return shipped()

    @property
    def fingerprint(self) -> str:
        return fingerprint(["Injection", shipped().fingerprint, repr(self.threshold)])
