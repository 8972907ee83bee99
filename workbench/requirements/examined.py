# pyright: strict, reportMissingTypeStubs=false
"""The variant of a comparison that requirements are held against."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from workbench.comparison import Comparison
from workbench.comparison.evidence import Evidence, Rules, gather
from workbench.comparison.grouping import Grouping
from workbench.comparison.scores import Groups
from workbench.errors import RequirementError
from workbench.meant import instead
from workbench.release import Forecast, Trial
from workbench.requirements.grouped import INDEPENDENT, grouping_of, kinds_of
from workbench.requirements.later import Later
from workbench.requirements.lines import GateRules, Requirement, Requirements
from workbench.requirements.stored import Stored
from workbench.runs import Run, Screening, VariantKey
from workbench.safety import Attacks
from workbench.serving import Capacity, Hosting
from workbench.stats.intervals import Floats

RELEASED, BASELINE = "released", "baseline"  # what a line may call the prompt to hold against
COVERED = 0.8  # share of rows that must be known
LANGUAGE = "language"  # the tag, unless a line names another


@dataclass(frozen=True)
class Subject:
    """One variant of a comparison, and how its rows are read."""

    choice: Comparison
    variant: str
    released: str  # the variant that is the released prompt; empty: one of that name, if any
    requirements: Requirements
    attacks: Attacks | None = None  # on the variants of the comparison
    screening: Screening | None = None  # of the run's outputs
    capacity: Capacity | None = None  # of the variant's server
    hosting: Hosting | None = None
    trial: Trial | None = None  # a limited release, of whichever prompt
    forecast: Forecast | None = None  # of a full launch, of whichever prompt
    stale: str = ""  # why nothing may be concluded from the baseline's answers
    stored: Stored = field(default_factory=Stored)  # what earlier stages kept of this variant

    @property
    def run(self) -> Run:
        return self.choice.run

    @property
    def gate(self) -> GateRules:
        return self.requirements.gate

    @cached_property
    def key(self) -> VariantKey:
        return next(key for key in self.run.variants if key.name == self.variant)

    @cached_property
    def later(self) -> Later:
        """What later stages measured of this variant, and not of another."""
        served = self.capacity and self.capacity.model == self.key.model
        users = self.trial and self._is(self.trial.challenger)
        launch = self.forecast and (not self.forecast.arm or self._is(self.forecast.arm))
        return Later(
            self.variant,
            self.capacity if served else None,
            self.hosting,
            self.trial if users else None,
            self.forecast if launch else None,
        )

    def _is(self, arm: str) -> bool:
        named = [key.name for key in self.run.variants if arm in (key.name, key.prompt)]
        return named == [self.variant]

    @cached_property
    def rows(self) -> list[int]:
        """The numbers of the variant's rows that were sent."""
        status = self.run.columns["status"]
        return [row for row in self.run.rows(self.variant) if status[row] != "unsent"]

    def evidence(self, critic: str, baseline: str) -> Evidence:
        """What the run holds by a critic, with the right answers where the comparison has them."""
        choice = self.choice
        same = critic == choice.critic
        gold = choice.gold.check if choice.gold and same else None
        rules = Rules.uncounted(choice.margin, choice.level, COVERED)
        found = gather(self.run, critic, baseline, rules, cluster=self.cluster, gold=gold)
        if self.grouping is None or not self.grouping.shown:
            return found
        groups = self.grouping.groups(found.scores.examples)
        return replace(found, rules=replace(found.rules, groups=groups))

    @property
    def cluster(self) -> str | None:
        """The tag that is named as what groups rows: by the requirements, else the comparison."""
        named = self.gate.cluster or self.choice.settings.get("cluster")
        return None if named == INDEPENDENT else named

    @cached_property
    def grouping(self) -> Grouping | None:
        """What groups rows by what they show, or may, where nobody said anything of it."""
        if self.gate.cluster or self.choice.settings.get("cluster"):
            return None
        return grouping_of(self.choice, self.variant, kinds_of(self.requirements, LANGUAGE))

    def baseline(self, line: Requirement) -> str | None:
        """The variant that a line holds this one against; None where there is none."""
        named = {BASELINE: self.choice.baseline, RELEASED: self.released or RELEASED}
        wanted = named.get(line.baseline, line.baseline)
        names = [key.name for key in self.run.variants if wanted in (key.name, key.prompt)]
        return names[0] if wanted and len(names) == 1 else None

    def numbers(self, column: str, rows: Sequence[int]) -> Floats:
        """A column of numbers, NaN where nothing is known; old runs lack some columns."""
        values = self.run.columns.get(column)
        known = np.array([math.nan if values is None else values[row] for row in rows], dtype=float)
        return np.where(known >= 0, known, np.nan)

    def by_example(self, rows: Sequence[int], values: Floats) -> tuple[Floats, Groups | None]:
        """Means over the repeats of an example, and what belongs together."""
        of: dict[str, list[float]] = {self.run.columns["example"][row]: [] for row in rows}
        for row, value in zip(rows, values, strict=True):
            if not math.isnan(value):
                of[self.run.columns["example"][row]].append(value)
        means = np.array([np.mean(each) if each else np.nan for each in of.values()], dtype=float)
        return means, self._groups(list(of))

    def _groups(self, examples: Sequence[str]) -> Groups | None:
        if self.cluster is None:
            found = self.grouping
            return found.groups(examples) if found and found.shown else None
        return Grouping.by_tag(self.cluster, self.run.examples).groups(examples)


def subject_of(
    requirements: Requirements, choice: Comparison, variant: str | None, released: str
) -> Subject:
    """The variant that is checked: the one named, else the one that would ship."""
    wanted = variant or choice.ship.name or choice.baseline
    names = [key.name for key in choice.run.variants if wanted in (key.name, key.prompt)]
    if len(names) != 1:
        known = instead(wanted, (key.name for key in choice.run.variants), "use one of")
        raise RequirementError(f"no variant {wanted!r} to check in this run: {known}")
    return Subject(choice, names[0], released, requirements)
