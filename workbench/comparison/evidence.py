"""What a comparison decides from, and who decides (METHODS 4.6)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from workbench.arguments import expect_number
from workbench.comparison.grouping import Grouping, copied, named_groups, tag_by_which
from workbench.comparison.looks import Content, Look, Others, uncounted
from workbench.comparison.picked import are_picked, are_the_critics, outdated
from workbench.comparison.result import Decider
from workbench.comparison.scores import (
    FEWEST_LABELS,
    Groups,
    Labels,
    Scores,
    mean_scores,
    per_example,
    read_labels,
    read_scores,
)
from workbench.critics.canary import CANARY
from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.runs import Run
from workbench.runs.seen import Identity, variant_identities
from workbench.stats.intervals import Floats, Interval

LABELS_DECIDE = 30  # labelled pairs of a challenger and the baseline, from which people decide
GOLD_COVERS = 0.8  # of the judged rows, from which right answers decide


@dataclass(frozen=True)
class Rules:
    """How a comparison decides: see `compare`."""

    margin: float
    level: float
    coverage: float
    look: Look
    groups: Groups | None = None
    cluster: str = ""  # the tag of the groups
    labels_decide: float = LABELS_DECIDE  # infinite where labels are left out

    def __post_init__(self) -> None:
        share = "a share of the critic's scale, from 0 to below 1, such as 0.05"
        expect_number(self.margin, "margin", 0, 1, share)
        if not 0.5 <= self.level < 1:
            raise ValueError("level lies from 0.5 to below 1")
        if not 0 <= self.coverage <= 1:
            raise ValueError("coverage is a share of the examples, from 0 to 1")
        if self.labels_decide < LABELS_DECIDE:
            raise ValueError(f"labels decide from {LABELS_DECIDE} pairs on, or more")

    @classmethod
    def uncounted(
        cls, margin: float, level: float, coverage: float, labels_decide: float = LABELS_DECIDE
    ) -> "Rules":
        """Before anybody counts looks."""
        look = uncounted((1 - level) / 2)
        return cls(margin, level, coverage, look, labels_decide=labels_decide)

    @property
    def named(self) -> str:
        """What a claim was made under, looks aside."""
        return f"{self.margin:g} {self.level:g} {self.coverage:g} {self.cluster}".rstrip()

    @property
    def tail(self) -> float:
        """One-sided: what this look may spend on all challengers together."""
        return self.look.tail


@dataclass(frozen=True)
class Evidence:
    """What a comparison decides from: the critic's scores and what people, right answers and a
    canary say of them.
    """

    scores: Scores
    labels: Labels
    rules: Rules
    base: int
    identities: tuple[Identity, ...]  # of the variants, in the ledger
    judge: str  # the name of who gives the deciding scores: the critic or the check
    gold: Scores | None = None  # of the check with the right answers, where it decides
    known: Scores | None = None  # the same check, where it covers too few rows to decide
    ignorant: str = ""  # the check by which the critic knows nothing
    canary: tuple[int, int] = (0, 0)  # known-bad answers that the critic passed, of how many
    content: Content | None = None  # what the look is at
    written: frozenset[int] = frozenset()  # variants whose prompt was written on these rows
    left_out: Mapping[int, int] = field(default_factory=dict)  # see `around`
    told: Others | None = None  # other questions that were asked of these rows and are not paid for
    examples: Sequence[Example] = ()  # of the run: their tags may group rows
    unregistered: bool = False  # the run was made before looks were counted

    def grouping(self, challenger: int) -> Grouping | None:
        """The tag by which a challenger's rows are shown to go together, where nobody named one and
        no copies are taken together.
        """
        if self.rules.groups is not None:
            return None
        rows = self.with_failures[challenger]
        return tag_by_which(self.examples, self.deciding.examples, rows)

    def tag_of_groups(self, challenger: int) -> str:
        """The name of that tag, or empty."""
        found = self.grouping(challenger)
        return found.name if found else ""

    @property
    def deciding(self) -> Scores:
        return self.gold or self.scores

    @property
    def challengers(self) -> list[int]:
        return [v for v in range(len(self.scores.variants)) if v != self.base]

    @property
    def among(self) -> int:
        """Challengers that share the look's tail."""
        return len(self.challengers) + self.rules.look.open_before

    def decider(self, challenger: int) -> Decider:
        """Who decides on a challenger: right answers, else enough people's labels that chance may
        have chosen, else the critic or check.
        """
        if self.gold:
            return "gold"
        if challenger in self._labelled_enough and not self.is_picked(challenger):
            return "labels"
        return "critic" if self.scores.asks else "check"

    @cached_property
    def _labelled_enough(self) -> frozenset[int]:
        """The challengers of which pairs enough are labelled, or were before an edit."""
        if not len(self.labels.raters.label):
            return frozenset()
        found: set[int] = set()
        for each in self.challengers:
            pairs = self.labels.shared(each, self.base, None) + self.outdated[each]
            groups = self.labels.shared(each, self.base, self.rules.groups)
            if pairs >= self.rules.labels_decide and groups >= FEWEST_LABELS:
                found.add(each)
        return frozenset(found)

    @cached_property
    def outdated(self) -> Mapping[int, int]:
        """For each challenger how many examples were labelled by other answers than those of now,
        where they are more than a few: what is left proves nothing, and a critic does not decide
        instead.
        """
        return {each: outdated(self.labels, each, self.base) for each in self.challengers}

    def is_picked(self, challenger: int) -> bool:
        """Whether there would be labels enough to decide on a challenger, but other than chance
        chose what was labelled.
        """
        return challenger in self._picked

    @cached_property
    def _picked(self) -> frozenset[int]:
        labelled = self._labelled_enough
        return frozenset(c for c in labelled if are_picked(self.labels, c, self.base))

    @cached_property
    def echoes(self) -> bool:
        """Whether labels are the critic's own word again, so that they prove nothing."""
        return are_the_critics(self.labels)

    def corrects(self, variant: int) -> bool:
        """Whether people's labels correct a variant's score: where they decide on it, or where
        there is nothing to decide.
        """
        on = self.challengers if variant == self.base else [variant]
        return not self.gold and (not on or any(self.decider(each) == "labels" for each in on))

    @cached_property
    def critics_means(self) -> list[Interval]:
        """Each variant's score by the critic alone."""
        return mean_scores(self.scores, self.rules.level, self.rules.groups)

    @cached_property
    def means(self) -> list[Interval]:
        """Each variant's score by who gives the deciding scores."""
        if self.gold is None:
            return self.critics_means
        return mean_scores(self.gold, self.rules.level, self.rules.groups)

    @cached_property
    def with_failures(self) -> Floats:
        """Every variant minus the baseline per example, failures at the bad end of the scale."""
        return self._minus_base(self.deciding.failures_as_worst)

    @cached_property
    def judged(self) -> Floats:
        """The same on the answers that could be judged."""
        return self._minus_base(self.deciding.score)

    def _minus_base(self, scores: Floats) -> Floats:
        means = per_example(scores)
        return self.deciding.scale.turned(means - means[self.base])


def gather(
    run: Run, critic: str, baseline: str, rules: Rules, *, cluster: str | None, gold: str | None
) -> Evidence:
    """What a run holds for a decision by a critic, or by the check `gold` if it knows enough; a
    check that compares with right answers is gold where it is itself the criterion.
    """
    if gold == critic:
        raise WorkbenchError(f"{critic!r} cannot be tested by itself: name another check as gold")
    scores = read_scores(run, critic)
    groups = copied(run, scores) if cluster is None else named_groups(run, scores, cluster)
    if gold is None and run.meta.critics[critic].knows:
        gold = critic
    right = scores if gold == critic else read_scores(run, gold) if gold else None
    decides = right is not None and _covers(right, scores)
    return Evidence(
        scores,
        read_labels(run, critic, scores),
        replace(rules, groups=groups, cluster=cluster or ""),
        scores.index(baseline),
        variant_identities(run),
        judge=gold if gold and decides else critic,
        gold=right if decides else None,
        known=None if decides else right,
        canary=_canary(run, critic),
    )


def _covers(right: Scores, scores: Scores) -> bool:
    """Whether right answers are known for enough of the judged rows: a critic that judged none
    keeps what is known from nobody.
    """
    judged, known = ~np.isnan(scores.score), ~np.isnan(right.score)
    return bool(known.any()) and (judged & known).sum() >= GOLD_COVERS * judged.sum()


def _canary(run: Run, critic: str) -> tuple[int, int]:
    """How many known-bad answers the critic passed, of how many: one an example."""
    column = run.columns.get(f"{critic}.{CANARY}", ())
    examples = zip(run.columns["example"], column, strict=False)
    scored = {example: score for example, score in examples if not math.isnan(score)}
    scale = run.meta.critics[critic].scale
    return sum(scale.passes(score) for score in scored.values()), len(scored)
