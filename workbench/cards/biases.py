"""What may lead a critic astray, measured where the run allows and named as open where it does not."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench import stats, words
from workbench.critics import CANARY
from workbench.critics.gaming import duplicate_share, judge_directed
from workbench.errors import TooFewLabels
from workbench.labels.joined import finite, label_rows
from workbench.runs import Run
from workbench.stats import Interval

FEWEST_LABELS = 20  # below, a card says nothing of the critic
LET_PASS = 0.05  # of known-bad answers; surely more is a sign


@dataclass(frozen=True)
class Bias:
    """One bias looked for: what was measured, in words, and how it reads (`no sign`, `a sign`,
    `open`).
    """

    name: str
    measured: str
    reading: str
    interval: Interval | None = None


@dataclass(frozen=True)
class Flag:
    """Rows of a variant that play to the critic, perhaps: a reason to read them, not a proof."""

    variant: str
    kind: str  # judge-directed, constant, duplicates
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """A run's rows `(n,)`: what people say and what the critic says."""

    run: Run
    critic: str
    label: np.ndarray
    score: np.ndarray
    known: np.ndarray  # mask: both are there
    groups: np.ndarray  # the example of each row
    scale: tuple[float, float]

    @classmethod
    def of(cls, run: Run, critic: str) -> "Rows":
        label, score = np.array(label_rows(run, critic)), finite(run.columns[critic])
        groups = np.unique(np.array(run.columns["example"]), return_inverse=True)[1]
        scale = run.meta.critics[critic].scale
        known = ~np.isnan(label) & ~np.isnan(score)
        return cls(run, critic, label, score, known, groups, (scale.low, scale.high))

    @property
    def middle(self) -> float:
        return sum(self.scale) / 2

    @property
    def share(self) -> np.ndarray:
        """Scores as shares of the scale."""
        return (self.score - self.scale[0]) / (self.scale[1] - self.scale[0])

    @property
    def passed(self) -> np.ndarray:
        """The labels of the known rows as pass (1, from the middle of the critic's scale) or fail
        (0).
        """
        return (self.label[self.known] >= self.middle).astype(float)

    @property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Labels and scores of the known rows."""
        return self.label[self.known], self.score[self.known]

    @property
    def unlabelled(self) -> int:
        return int(np.sum(~np.isnan(self.score) & ~self.known))

    def verdicts(self, seed: int) -> tuple[float, np.ndarray]:
        """The pass threshold, and pass or fail of the known rows by thresholds that were fitted on
        other rows.
        """
        scores, groups = self.score[self.known], self.groups[self.known]
        try:
            threshold = stats.pass_threshold(self.passed, scores)
            return threshold, stats.cross_fitted(
                self.passed, scores, stats.passes, seed=seed, clusters=groups
            )
        except TooFewLabels:  # all labels say the same, or all but a few: no threshold can be found
            return self.middle, (scores >= self.middle).astype(float)

    def calibration(self, seed: int) -> Any:
        """How good calibrated P(pass) is on rows that it was not fitted on; None where it cannot be
        fitted.
        """
        shares, groups = self.share[self.known], self.groups[self.known]
        try:
            return stats.calibration_of(
                self.passed, stats.cross_fitted(self.passed, shares, seed=seed, clusters=groups)
            )
        except TooFewLabels:
            return None


def look_for_biases(rows: Rows, level: float) -> list[Bias]:
    """Length, position, own family and repeatability: measured where the run allows, open where it
    does not.
    """
    return [
        _length(rows, level),
        _position(rows.run, rows.critic),
        _own_family(rows, level),
        _repeatability(rows),
        _known_bad(rows),
    ]


def _length(rows: Rows, level: float) -> Bias:
    if rows.known.sum() < FEWEST_LABELS:
        return Bias("Length of the answer", f"needs {FEWEST_LABELS} labels", "open")
    length = np.array([len(text.split()) for text in rows.run.columns["output"]], dtype=float)[
        rows.known
    ]
    if not np.ptp(length):
        return Bias("Length of the answer", "all answers are equally long", "open")
    effect = stats.length_effect(
        rows.share[rows.known], rows.passed, length, level=level, clusters=rows.groups[rows.known]
    )  # per word
    ten = Interval(10 * effect.estimate, 10 * effect.low, 10 * effect.high)
    said = f"{words.signed(ten.estimate)} points per 10 words ({words.between(ten.low, ten.high)}) at equal labels"
    return Bias("Length of the answer", said, _reading(ten), ten)


def _reading(effect: Interval) -> str:
    return "a sign" if effect.low > 0 or effect.high < 0 else "no sign"


def _position(run: Run, critic: str) -> Bias:
    labels = [
        label
        for label in run.columns[f"{critic}.label"]
        if label in ("win", "loss", "tie", "inconsistent")
    ]
    asked = [
        label
        for label, mode in zip(
            run.columns[f"{critic}.label"], run.columns[f"{critic}.mode"], strict=True
        )
        if label in ("win", "loss", "tie", "inconsistent") and mode != "check"
    ]
    if not labels or not asked:
        return Bias("Order of two answers", "asks about one answer at a time", "no sign")
    same = stats.rate_interval([float(label != "inconsistent") for label in asked])
    said = f"{words.percent(same.estimate)} of {len(asked)} pairs judged alike in both orders"
    return Bias("Order of two answers", said, "a sign" if same.high < 0.95 else "no sign", same)


def family(model_id: str) -> str:
    """The family of a model id: `openai/gpt-4.1-mini` is gpt, `Qwen/Qwen3-8B` is qwen."""
    name = model_id.rsplit("/", 1)[-1].casefold()
    head = name.split("-")[0]
    return "".join(character for character in head if character.isalpha()) or name


def _own_family(rows: Rows, level: float) -> Bias:
    name = "Answers of its own family"
    judge = rows.run.meta.critics[rows.critic].model
    if judge is None:
        return Bias(name, "a check in code", "no sign")
    families = {model: family(about.id) for model, about in rows.run.meta.models.items()}
    own = np.array([families[model] == family(judge.id) for model in rows.run.columns["model"]])[
        rows.known
    ]
    if len(own) < FEWEST_LABELS or own.all() or not own.any():
        same = (
            "critic and actor are of one family; "
            if own.any() or set(families.values()) == {family(judge.id)}
            else ""
        )
        return Bias(name, f"{same}needs labels on answers of its own and of another family", "open")
    effect = stats.self_preference(
        rows.share[rows.known], rows.passed, own, level=level, clusters=rows.groups[rows.known]
    )
    said = f"{words.signed(effect.estimate)} points for its own family ({words.between(effect.low, effect.high)})"
    return Bias(name, said, _reading(effect), effect)


def _repeatability(rows: Rows) -> Bias:
    """Verdicts of the same answer asked twice: repeats of a row whose outputs are the same."""
    seen: dict[tuple[str, ...], list[float]] = {}
    columns = rows.run.columns
    for key in zip(
        columns["prompt"],
        columns["model"],
        columns["example"],
        columns["output"],
        rows.score,
        strict=True,
    ):
        if not math.isnan(key[-1]):
            seen.setdefault(key[:-1], []).append(key[-1] >= rows.middle)
    pairs = [float(len(set(verdicts[:2])) == 1) for verdicts in seen.values() if len(verdicts) > 1]
    if not pairs:
        return Bias("The same answer twice", "needs a run with repeats=2", "open")
    same = stats.rate_interval(pairs)
    said = f"{words.percent(same.estimate)} of {len(pairs)} judged alike ({100 * same.low:.0f} to {100 * same.high:.0f})"
    return Bias("The same answer twice", said, "a sign" if same.high < 0.95 else "no sign", same)


def _known_bad(rows: Rows) -> Bias:
    """What the critic said of canaries, each known-bad answer counted once."""
    name, columns = "Known-bad answers", rows.run.columns
    scores = zip(columns["example"], columns.get(f"{rows.critic}.{CANARY}", ()), strict=False)
    said = {example: score for example, score in scores if not math.isnan(score)}
    more = rows.run.meta.critics[rows.critic].scale.higher_is_better
    passed = [float((score >= rows.middle) == more) for score in said.values()]
    if not passed:
        return Bias(name, "needs a critic with canaries: wb.Canary(critic, answer)", "open")
    share = stats.rate_interval(passed)
    measured = f"{sum(passed):.0f} of {len(passed)} let pass"
    return Bias(name, measured, "a sign" if share.low > LET_PASS else "no sign", share)


def find_flags(run: Run) -> list[Flag]:
    """Variants whose answers are all the same, or repeat one another, or speak to a judge."""
    flags = []
    by_variant: dict[str, list[int]] = {}
    for row, (prompt, status, repeat) in enumerate(
        zip(run.columns["prompt"], run.columns["status"], run.columns["repeat"], strict=True)
    ):
        if status == "ok" and not repeat:
            by_variant.setdefault(prompt, []).append(row)
    for variant, rows in by_variant.items():
        outputs = [run.columns["output"][row] for row in rows]
        if directed := tuple(
            row for row, text in zip(rows, outputs, strict=True) if judge_directed(text)
        ):
            flags.append(Flag(variant, "judge-directed", directed))
        free_text = (
            np.median([len(text.split()) for text in outputs]) > 3
        )  # a label repeats by its nature
        if len(outputs) > 4 and len(set(outputs)) == 1:
            flags.append(Flag(variant, "constant", tuple(rows)))
        elif free_text and duplicate_share(outputs) > 0.2:
            flags.append(Flag(variant, "duplicates", tuple(rows)))
    return flags


def judged(run: Run) -> np.ndarray:
    return np.array([status == "ok" for status in run.columns["status"]])
