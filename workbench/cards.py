"""The critic card: may this critic be believed, for what, and what would it take to know more."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from workbench import _words as words
from workbench import stats
from workbench.critics.gaming import duplicate_share, judge_directed
from workbench.errors import TooFewLabels, WorkbenchError
from workbench.labels import rater_table
from workbench.runs import Run
from workbench.runs.labelled import label_rows, usable
from workbench.stats import Interval

FEWEST_LABELS = 20  # below, a card says nothing of the critic
GATE = 0.75  # a critic may gate where TPR and TNR surely exceed this: a convention, not a theorem
PRICED_ROWS = 20  # rows whose critic calls are looked up to price a verdict


@dataclass(frozen=True)
class Bias:
    """One bias looked for: what was measured, in words, and how it reads (`no sign`, `a sign`, `open`)."""

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
class Card:
    """What is known of a critic from people's labels on its own run."""

    run: Run = field(repr=False)
    critic: str
    word: str  # may gate, may rank, do not use
    sentence: str
    labels: int
    examples: int
    raters: tuple[str, ...]
    threshold: float  # the score from which a verdict counts as a pass
    agreement: Any  # stats.Agreement, None under FEWEST_LABELS
    ratings: Any  # stats.RatingAgreement for rating scales, else None
    auc: Interval | None
    ceiling: Any  # stats.RaterAgreement: how far people agree with each other; None with one rater
    correlation: float  # of score and label
    worth: float  # labels that the critic stands in for, of those a variant would need without it
    calibration: Any  # stats.Calibration, None where it does not apply
    votes: float  # effective number of a panel's votes, NaN for others
    biases: tuple[Bias, ...]
    flags: tuple[Flag, ...]
    unscored: int
    dollars_per_1000: float  # of verdicts; NaN when unknown


def trust(run: Run, critic: str, *, level: float = 0.95, seed: int = 0) -> Card:
    """The card of a critic of this run, from the labels people gave for the question `critic`.

    It may gate where the lower limits of both TPR and TNR exceed 0.75; it may rank where it puts a right answer above a
    wrong one more often than a coin does; otherwise do not use it. With fewer than 20 labels it says so and no more.
    """
    if critic not in run.meta["critics"]:
        known = ", ".join(run.meta["critics"]) or "none"
        raise WorkbenchError(f"critic {critic!r} did not judge this run: use one of {known}")
    about = run.meta["critics"][critic]
    records = usable(run.store.labels(critic))
    label = np.array(label_rows(run, critic))
    score = np.array(run.columns[critic], dtype=float)
    known = ~np.isnan(label) & ~np.isnan(score)
    rows = Rows(
        run,
        critic,
        label,
        score,
        known,
        _codes(run.columns["example"]),
        (float(about["scale"][0]), float(about["scale"][1])),
    )
    enough = int(known.sum()) >= FEWEST_LABELS
    threshold = rows.pass_mark(seed) if enough else rows.middle
    agreement = rows.agreement(threshold, level) if enough else None
    auc = stats.auc(rows.passed, score[known], level=level, clusters=rows.groups[known]) if enough else None
    correlation = rows.correlation() if enough else math.nan
    unlabelled = int(np.sum(~np.isnan(score) & ~known))
    word, sentence = conclude(critic, int(known.sum()), agreement, auc)
    return Card(
        run=run, critic=critic, word=word, sentence=sentence, labels=int(known.sum()),
        examples=len(set(rows.groups[known])), raters=tuple(sorted({r["rater"] for r in records})), threshold=threshold,
        agreement=agreement, auc=auc, ceiling=_ceiling(records), correlation=correlation,
        ratings=stats.rating_agreement(label[known], score[known], level=level, clusters=rows.groups[known])
        if enough and about["kind"] == "rating" else None,
        worth=stats.labels_saved(correlation, int(known.sum()), unlabelled) if enough else math.nan,
        calibration=stats.calibration(rows.passed, rows.share[known], seed=seed) if enough else None,
        votes=_votes(run, critic, label), biases=tuple(look_for_biases(rows, level)),
        flags=tuple(find_flags(run)), unscored=int(np.sum(np.isnan(score) & _judged(run))),
        dollars_per_1000=_price(run, critic),
    )  # fmt: skip


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

    @property
    def middle(self) -> float:
        return sum(self.scale) / 2

    @property
    def share(self) -> np.ndarray:
        """Scores as shares of the scale."""
        return (self.score - self.scale[0]) / (self.scale[1] - self.scale[0])

    @property
    def passed(self) -> np.ndarray:
        """The labels of the known rows as pass (1) or fail (0)."""
        labels = self.label[self.known]
        binary = np.isin(labels, (0.0, 1.0)).all()
        return (labels >= (0.5 if binary else sum(self.scale) / 2)).astype(float)

    def pass_mark(self, seed: int) -> float:
        """The score that parts people's passes from their fails best."""
        return stats.pass_threshold(self.passed, self.score[self.known], seed=seed)

    def agreement(self, threshold: float, level: float) -> Any:
        verdicts = (self.score[self.known] >= threshold).astype(float)
        return stats.agreement(self.passed, verdicts, level=level, clusters=self.groups[self.known])

    def correlation(self) -> float:
        y, f = self.label[self.known], self.score[self.known]
        return float(np.corrcoef(y, f)[0, 1]) if np.ptp(y) and np.ptp(f) else 0.0


def conclude(critic: str, labels: int, agreement: Any, auc: Interval | None) -> tuple[str, str]:
    """The word for a critic, and the sentence that says why."""
    if agreement is None or auc is None:
        return "do not use", (
            f"{critic}: do not use yet. {words.count(labels, 'label')}; {FEWEST_LABELS} are needed to say more."
        )
    caught = (
        f"It passes {words.percent(agreement.tpr.estimate)} of right answers "
        f"({100 * agreement.tpr.low:.0f} to {100 * agreement.tpr.high:.0f}) and catches "
        f"{words.percent(agreement.tnr.estimate)} of wrong ones "
        f"({100 * agreement.tnr.low:.0f} to {100 * agreement.tnr.high:.0f})."
    )
    if math.isnan(auc.estimate):
        return "do not use", f"{critic}: do not use yet. All labels say the same: nothing shows whether it can tell."
    if agreement.tpr.low >= GATE and agreement.tnr.low >= GATE:
        return "may gate", f"{critic} may gate. {caught}"
    if auc.low > 0.5:
        return "may rank", f"{critic} may rank. It may not gate: its raw score is no pass mark. {caught}"
    return "do not use", (
        f"{critic}: do not use. It puts a right answer above a wrong one {words.percent(auc.estimate)} of the time "
        f"({100 * auc.low:.0f} to {100 * auc.high:.0f}); a coin does 50."
    )


def look_for_biases(rows: Rows, level: float) -> list[Bias]:
    """Length, position, own family and repeatability: measured where the run allows, open where it does not."""
    return [_length(rows, level), _position(rows.run, rows.critic), _own_family(rows, level), _repeatability(rows)]


def _length(rows: Rows, level: float) -> Bias:
    if rows.known.sum() < FEWEST_LABELS:
        return Bias("Length of the answer", f"needs {FEWEST_LABELS} labels", "open")
    length = np.array([len(text.split()) for text in rows.run.columns["output"]], dtype=float)[rows.known]
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
    labels = [label for label in run.columns[f"{critic}.label"] if label in ("win", "loss", "tie", "inconsistent")]
    asked = [label for label, mode in zip(run.columns[f"{critic}.label"], run.columns[f"{critic}.mode"], strict=True)
             if label in ("win", "loss", "tie", "inconsistent") and mode != "check"]  # fmt: skip
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
    judge = rows.run.meta["critics"][rows.critic].get("model")
    if judge is None:
        return Bias(name, "a check in code", "no sign")
    families = {model: family(about["id"]) for model, about in rows.run.meta["models"].items()}
    own = np.array([families[model] == family(judge["id"]) for model in rows.run.columns["model"]])[rows.known]
    if len(own) < FEWEST_LABELS or own.all() or not own.any():
        same = (
            "critic and actor are of one family; "
            if own.any() or set(families.values()) == {family(judge["id"])}
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
    for key in zip(columns["prompt"], columns["model"], columns["example"], columns["output"], rows.score, strict=True):
        if not math.isnan(key[-1]):
            seen.setdefault(key[:-1], []).append(key[-1] >= rows.middle)
    pairs = [float(len(set(verdicts[:2])) == 1) for verdicts in seen.values() if len(verdicts) > 1]
    if not pairs:
        return Bias("The same answer twice", "needs a run with repeats=2", "open")
    same = stats.rate_interval(pairs)
    said = (
        f"{words.percent(same.estimate)} of {len(pairs)} judged alike ({100 * same.low:.0f} to {100 * same.high:.0f})"
    )
    return Bias("The same answer twice", said, "a sign" if same.high < 0.95 else "no sign", same)


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
        if directed := tuple(row for row, text in zip(rows, outputs, strict=True) if judge_directed(text)):
            flags.append(Flag(variant, "judge-directed", directed))
        free_text = np.median([len(text.split()) for text in outputs]) > 3  # a label repeats by its nature
        if len(outputs) > 4 and len(set(outputs)) == 1:
            flags.append(Flag(variant, "constant", tuple(rows)))
        elif free_text and duplicate_share(outputs) > 0.2:
            flags.append(Flag(variant, "duplicates", tuple(rows)))
    return flags


def _ceiling(records: Sequence[Mapping[str, Any]]) -> Any:
    """How far raters agree on the answers that two or more of them judged; None where there are none."""
    try:
        return stats.rater_agreement(rater_table(records))
    except TooFewLabels:
        return None


def _votes(run: Run, critic: str, label: np.ndarray) -> float:
    """What a panel is worth in independent votes, from its members' errors on labelled rows."""
    parts = run.meta["critics"][critic].get("parts") or ()
    if len(parts) < 2:
        return math.nan
    members = np.array([run.columns[f"{critic}.{part}"] for part in parts], dtype=float)
    complete = ~np.isnan(members).any(axis=0) & ~np.isnan(label)
    return stats.effective_votes(members[:, complete] - label[complete]) if complete.sum() > 2 else math.nan


def _price(run: Run, critic: str) -> float:
    """Dollars per 1,000 verdicts, from the calls of a few rows."""
    judge = run.meta["critics"][critic].get("model")
    price = judge.get("price") if judge else {"input": 0.0, "output": 0.0}
    if price is None:
        return math.nan
    rows = np.flatnonzero(_judged(run))[:PRICED_ROWS]
    replies = [call["reply"] for row in rows for call in run.details(int(row))["critics"].get(critic, ())]
    known = [reply for reply in replies if reply.prompt_tokens >= 0]
    if not len(rows) or (replies and not known):
        return math.nan
    spent = sum(price["input"] * r.prompt_tokens + price["output"] * max(r.completion_tokens, 0) for r in known)
    return 1000 * spent / 1e6 / len(rows)


def _judged(run: Run) -> np.ndarray:
    return np.array([status == "ok" for status in run.columns["status"]])


def _codes(names: Sequence[str]) -> np.ndarray:
    return np.unique(np.array(names), return_inverse=True)[1]
