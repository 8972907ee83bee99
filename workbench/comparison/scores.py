"""What a critic and people gave the rows of a run, as arrays: variants by examples by repeats."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.critics.gaming import judge_directed
from workbench.errors import TooFewLabels, WorkbenchError
from workbench.labels.joined import Circumstances, Given, Rated, finite
from workbench.meant import instead
from workbench.runs import Run
from workbench.runs.variants import VariantKey
from workbench.stats.bounded import MID, mean_limits
from workbench.stats.clustered import clustered_interval
from workbench.stats.correction import corrected_difference, corrected_mean, corrected_rate
from workbench.stats.intervals import Floats, Interval, is_binary
from workbench.stats.scale import ROUNDING, Scale

OWN_FAILURES = ("malformed", "truncated", "filtered")  # answers that failed by the variant's doing
FEWEST_LABELS = 5
NOTHING = Interval(math.nan, math.nan, math.nan)
Groups = NDArray[np.str_]  # per example: what belongs together
Cells = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]  # of rows in the arrays


@dataclass(frozen=True)
class Scores:
    """Scores of one critic `(variants, examples, repeats)`, NaN = unscored, with each row's status
    beside them.
    """

    variants: tuple[VariantKey, ...]
    examples: tuple[str, ...]
    score: Floats
    status: NDArray[np.str_]  # "" where the run has no such row
    why: NDArray[Any]  # of str: a row's error, or what the critic says of a row without a score
    row: NDArray[np.intp]  # index into the run's columns, -1 where there is none
    scale: Scale
    identities: tuple[Any, ...]  # per variant: what determines its answers
    asks: bool  # the critic asks a model, and is no check in code
    directed: NDArray[np.bool_]  # answers that speak to the judge

    @cached_property
    def constant_critic(self) -> bool:
        """Whether a critic that asks a model gave every answer the same score, and so tells nothing
        apart.
        """
        scored = self.score[~np.isnan(self.score)]
        if not self.asks or len(scored) < 2:
            return False
        return float(np.ptp(scored)) <= ROUNDING * self.scale.width

    @cached_property
    def failures_as_worst(self) -> Floats:
        """The scores with the variants' own failures at the bad end of the scale: answers that are
        none, and those that speak to the judge.
        """
        failed = np.isin(self.status, OWN_FAILURES) | self.directed
        return np.where(failed, self.scale.worst, self.score)

    def same(self, a: int, b: int) -> bool:
        """Whether two variants are one prompt on one model under two names."""
        return self.identities[a] == self.identities[b]

    def name(self, variant: int) -> str:
        return self.variants[variant].name

    def index(self, variant: str) -> int:
        """The position of a variant by its name, or by its prompt's name where that is enough."""
        if not self.variants:
            raise WorkbenchError(
                "this run has no rows, so there is nothing to compare: run it on an example or more"
            )
        hits = [i for i, (name, prompt, _) in enumerate(self.variants) if variant in (name, prompt)]
        if len(hits) != 1:
            known = instead(variant, (name for name, _, _ in self.variants), "use one of")
            trouble = "names more than one variant" if hits else "is no variant of this run"
            raise WorkbenchError(f"baseline {variant!r} {trouble}: {known}")
        return hits[0]


def per_example(scores: Floats) -> Floats:
    """Means over repeats `(..., examples)`, of the scored ones; NaN where none is scored."""
    counts = np.sum(~np.isnan(scores), axis=-1)
    return np.where(counts > 0, np.nansum(scores, axis=-1) / np.maximum(counts, 1), np.nan)


def mean_scores(scores: Scores, level: float, groups: Groups | None) -> list[Interval]:
    """The mean of each variant's scores per example, shown and never decided on; NaN where none is
    scored.
    """
    means, ends, tail = per_example(scores.score), scores.scale.ends, (1 - level) / 2
    if groups is None:
        found = zip(*mean_limits(means, ends, tail, weight=MID), strict=True)
        every = [Interval(*map(float, limits)) for limits in found]
    else:
        every = [clustered_interval(each, groups, ends, tail, weight=MID) for each in means]
    return [
        NOTHING if np.isnan(mean).all() else each for each, mean in zip(every, means, strict=True)
    ]


def critic_scale(run: Run, critic: str) -> Scale:
    """The scale of a critic of the run, by its name."""
    critics = run.meta.critics
    if critic not in critics:
        known = instead(critic, critics, "use one of")
        raise WorkbenchError(f"critic {critic!r} did not judge this run: {known}")
    return finite_scale(critic, critics[critic].scale)


def finite_scale(critic: str, scale: Scale) -> Scale:
    """The scale of a critic; WorkbenchError where it has no ends."""
    if not math.isfinite(scale.width):
        raise WorkbenchError(f"the scale of critic {critic!r} has no end: give it two finite ones")
    return scale


@dataclass(frozen=True)
class Grid:
    """Where each row of a run lies in arrays `(variants, examples, repeats)`."""

    variants: tuple[VariantKey, ...]
    examples: tuple[str, ...]
    cells: Cells

    @classmethod
    def of(cls, run: Run) -> "Grid":
        columns, examples = run.columns, tuple(dict.fromkeys(run.columns["example"]))
        variant = {(key.prompt, key.model): i for i, key in enumerate(run.variants)}
        example = {name: i for i, name in enumerate(examples)}
        made = zip(columns["prompt"], columns["model"], strict=True)
        v = np.array([variant[pair] for pair in made], dtype=np.intp)
        e = np.array([example[name] for name in columns["example"]], dtype=np.intp)
        return cls(run.variants, examples, (v, e, np.array(columns["repeat"], dtype=np.intp)))

    def filled(self, values: Any, empty: Any, dtype: Any) -> NDArray[Any]:
        """An array of the rows' values, `empty` where the run has no row."""
        repeats = self.cells[2]
        shape = (len(self.variants), len(self.examples), int(repeats.max(initial=0)) + 1)
        array = np.full(shape, empty, dtype=dtype)
        array[self.cells] = values
        return array


def read_scores(run: Run, critic: str) -> Scores:
    """The scores that `critic` gave in `run`; one that is no finite number is unscored."""
    scale, columns = critic_scale(run, critic), run.columns
    grid, asks = Grid.of(run), run.meta.critics[critic].asks
    return Scores(
        variants=grid.variants,
        examples=grid.examples,
        score=grid.filled(finite(columns[critic]), np.nan, float),
        status=grid.filled(columns["status"], "", "<U9"),
        why=grid.filled(_reasons(columns, critic), "", object),
        row=grid.filled(np.arange(len(columns["status"])), -1, np.intp),
        scale=scale,
        identities=_identities(run),
        asks=asks,
        directed=grid.filled(_directed(columns["output"], asks), False, bool),
    )


def _reasons(columns: Mapping[str, Sequence[str]], critic: str) -> list[str]:
    """A row's error, or what the critic says of it."""
    both = zip(columns["error"], columns[f"{critic}.reason"], strict=True)
    return [error or reason for error, reason in both]


def _directed(outputs: Sequence[str], asks: bool) -> list[bool]:
    """Which answers speak to the judge; a check in code is not spoken to."""
    return [asks and judge_directed(output) for output in outputs]


def _identities(run: Run) -> tuple[Any, ...]:
    prompts, models = run.meta.prompts, run.meta.models
    asked = [(prompts[key.prompt], models[key.model]) for key in run.variants]
    return tuple(
        (prompt.fingerprint, model.endpoint, model.id, dict(model.parameters))
        for prompt, model in asked
    )


def tag_values(run: Run, scores: Scores, key: str) -> Groups:
    """The value of a tag per example, "" where an example lacks it."""
    column = run.columns.get(f"tag.{key}")
    if column is None:
        tags = [name.removeprefix("tag.") for name in run.columns if name.startswith("tag.")]
        raise WorkbenchError(f"no tag {key!r} in this run: {instead(key, tags, 'use one of')}")
    rows = scores.row.max(axis=(0, 2))
    return np.array([str(column[row] or "") for row in rows])


@dataclass(frozen=True)
class Labels:
    """Labels and critic scores `(variants, examples)`, NaN where there is none; labels are on the
    critic's scale.
    """

    label: Floats
    score: Floats
    scale: Scale
    scores_with_failures: Floats  # the critic's, with failures at the bad end of the scale
    came: Circumstances  # how they came about
    raters: "Raters" = field(default_factory=lambda: Raters.none(0, 0))

    @classmethod
    def none(cls, scores: Scores) -> "Labels":
        """No label at all."""
        variants, examples, _ = scores.score.shape
        raters = Raters.none(variants, examples)
        return cls.of(scores, np.full(scores.score.shape, np.nan), Circumstances(), raters)

    @classmethod
    def of(cls, scores: Scores, label: Floats, came: Circumstances, raters: "Raters") -> "Labels":
        """Labels of the rows `(variants, examples, repeats)` beside the critic's scores."""
        judged, failed = per_example(scores.score), per_example(scores.failures_as_worst)
        return cls(per_example(label), judged, scores.scale, failed, came, raters)

    @cached_property
    def with_failures(self) -> Floats:
        """Labels, and the bad end of the scale for what failed where another variant's answer to
        the example is labelled: it was drawn, and needs nobody to read it.
        """
        return np.where(np.isnan(self.label) & self._failed, self.scale.worst, self.label)

    @cached_property
    def _failed(self) -> NDArray[np.bool_]:
        """Answers that failed, to examples that were drawn `(variants, examples)`."""
        drawn = ~np.isnan(self.label).all(axis=0)
        return np.isnan(self.score) & ~np.isnan(self.scores_with_failures) & drawn

    def _by_both(self, a: int, b: int) -> Floats:
        """What each rater who gave both said of two variants `(raters, 2, examples)`, failures at
        the bad end; NaN for the others.
        """
        pair = [a, b]
        given = self.raters.label[:, pair]
        filled = np.where(np.isnan(given) & self._failed[pair], self.scale.worst, given)
        return np.where(np.isnan(filled).any(axis=1, keepdims=True), np.nan, filled)

    def pair(self, a: int, b: int) -> Floats:
        """Labels of two variants `(2, examples)` by the raters who labelled both, failures at the
        bad end: who labels one side alone may be stricter than who labels the other.
        """
        return per_example(np.moveaxis(self._by_both(a, b), 0, -1))

    def given(self, *variants: int) -> Floats:
        """Labels of a variant, or of a pair by those who labelled both, failures at the bad end."""
        return self.pair(*variants) if len(variants) == 2 else self.with_failures[[*variants]]

    def apart(self, a: int, b: int) -> int:
        """Examples of which both answers are labelled, and by nobody both."""
        both = ~np.isnan(self.with_failures[[a, b]]).any(axis=0)
        return int((both & np.isnan(self.pair(a, b)).any(axis=0)).sum())

    def replaced(self, *variants: int) -> int:
        """Examples of which a rater who labelled a variant (both of a pair) elsewhere labelled
        another answer and not its own: one that was drawn before it was changed, say. Of a single
        variant only answers that the run does not give count as others.
        """
        given = ~np.isnan(self.raters.label[:, list(variants)])
        if len(variants) == 2:
            complete = ~np.isnan(self._by_both(*variants)[:, 0])
            other = self.raters.asked > given.sum(axis=1)
        else:
            complete, other = given[:, 0], self.raters.strays > 0
        lacking = other & ~complete & complete.any(axis=1, keepdims=True)
        return int((lacking.any(axis=0) & ~complete.any(axis=0)).sum())

    @property
    def binary(self) -> bool:
        """Whether a score is a rate: the scale is 0 to 1, and every label at one of its ends."""
        return self.scale.ends == (0, 1) and is_binary(self.label[~np.isnan(self.label)])

    def count(self, variant: int) -> int:
        return int(np.sum(~np.isnan(self.label[variant])))

    def mean(self, variant: int, level: float, groups: Groups | None) -> Interval:
        """The variant's score as people would give it, from its labelled and its other rows."""
        y, f = self.label[variant], self.score[variant]
        known = ~np.isnan(y)
        if known.sum() < FEWEST_LABELS:
            raise TooFewLabels(f"{known.sum()} labels: at least {FEWEST_LABELS} are needed")
        clusters = None if groups is None else groups[known]
        labelled, rest = (y[known], f[known]), f[~known & ~np.isnan(f)]
        if self.binary:
            return corrected_rate(*labelled, rest, level=level, clusters=clusters)
        return corrected_mean(
            *labelled, rest, level=level, clusters=clusters, bounds=self.scale.ends
        )

    @property
    def examples(self) -> int:
        """How many examples have a label on any variant."""
        return int((~np.isnan(self.label)).any(axis=0).sum())

    def shared(self, a: int, b: int, groups: Groups | None) -> int:
        """Examples, or groups of them, with a label on both variants."""
        known = ~np.isnan(self.pair(a, b)).any(axis=0)
        return int(known.sum()) if groups is None else len(set(groups[known].tolist()))

    def paired(self, a: int, b: int, level: float, groups: Groups | None) -> Interval:
        """Variant `a` minus variant `b` as people would have it, from examples where both are
        labelled.
        """
        label, score = self.pair(a, b), self.score[[a, b]]
        judged = ~np.isnan(score).any(axis=0)
        known = judged & ~np.isnan(label).any(axis=0)
        if known.sum() < FEWEST_LABELS:
            few = f"{known.sum()} examples with both answers labelled"
            raise TooFewLabels(f"{few}: at least {FEWEST_LABELS} are needed")
        return corrected_difference(
            *label[:, known],
            *score[:, known],
            *score[:, judged & ~known],
            level=level,
            clusters=None if groups is None else groups[known],
            bounds=self.scale.ends,
        )


@dataclass(frozen=True)
class Raters:
    """What each rater said: labels `(raters, variants, examples)`, NaN where there is none, and how
    many answers to each example are labelled, and how many of these the run does not give, each
    `(raters, examples)`.
    """

    label: Floats
    asked: NDArray[np.intp]
    strays: NDArray[np.intp]

    @classmethod
    def none(cls, variants: int, examples: int) -> "Raters":
        nobody = np.zeros((0, examples), dtype=np.intp)
        return cls(np.zeros((0, variants, examples)), nobody, nobody)

    @classmethod
    def of(cls, scores: Scores, every: Sequence[Rated]) -> "Raters":
        if not every:
            return cls.none(len(scores.variants), len(scores.examples))
        rows = [np.append(each.rows, np.nan)[scores.row] for each in every]
        asked, strays = (
            np.array([[of.get(example, 0) for example in scores.examples] for of in counts])
            for counts in zip(*((each.asked, each.strays) for each in every), strict=True)
        )
        return cls(np.array([per_example(each) for each in rows]), asked, strays)


def read_labels(run: Run, critic: str, scores: Scores) -> Labels:
    """What people said of the run's answers, asked what `critic` is asked, beside what it said."""
    given = Given.of(run, critic)
    by_row = np.append(given.rows, np.nan)  # row -1 reads the NaN at the end
    raters = Raters.of(scores, given.by_rater)
    return Labels.of(scores, by_row[scores.row], given.circumstances, raters)
