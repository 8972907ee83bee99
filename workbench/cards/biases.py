"""What may lead a critic astray: measured where the run allows, else named as open."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench import stats, words
from workbench.cards.judged import Mask, Rows
from workbench.critics import CANARY
from workbench.runs import Run
from workbench.stats.intervals import Interval

FEWEST_LABELS = 20  # below, a card says nothing of the critic
LET_PASS = 0.05  # of known-bad answers; surely more is a sign
ALIKE = 0.95  # of verdicts on the same; surely fewer is a sign
PAIR_LABELS = ("win", "loss", "tie", "inconsistent")

Reading = Literal["no sign", "a sign", "open"]


@dataclass(frozen=True)
class Bias:
    """One bias looked for: what was measured, in words, and how it reads."""

    name: str
    measured: str
    reading: Reading
    interval: Interval | None = None


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
    name = "Length of the answer"
    if rows.decided.sum() < FEWEST_LABELS:
        return Bias(name, f"needs {FEWEST_LABELS} labels", "open")
    count = [len(text.split()) for text in rows.run.columns["output"]]
    length = np.array(count, dtype=float)[rows.decided]
    if not np.ptp(length):
        return Bias(name, "all answers are equally long", "open")
    merit, groups = rows.merit[rows.decided], rows.decided_groups
    effect = stats.length_effect(merit, rows.passed, length, level=level, clusters=groups)
    ten = Interval(*(10 * end for end in effect))  # it is of one word
    by = f"{words.signed(ten.estimate)} points per 10 words ({words.between(ten.low, ten.high)})"
    return Bias(name, f"{by} at equal labels", _reading(ten), ten)


def _reading(effect: Interval) -> Reading:
    return "a sign" if effect.low > 0 or effect.high < 0 else "no sign"


def _position(run: Run, critic: str) -> Bias:
    name, columns = "Order of two answers", run.columns
    verdicts = zip(columns[f"{critic}.label"], columns[f"{critic}.mode"], strict=True)
    asked = [label for label, mode in verdicts if label in PAIR_LABELS and mode != "check"]
    if not asked:
        return Bias(name, "asks about one answer at a time", "no sign")
    same = stats.rate_interval([float(label != "inconsistent") for label in asked])
    alike = f"{words.percent(same.estimate)} of {len(asked)} pairs judged alike in both orders"
    return Bias(name, alike, _of_the_same(same), same)


def _of_the_same(share: Interval) -> Reading:
    return "a sign" if share.high < ALIKE else "no sign"


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
    mine = family(judge.id)
    models = np.array([families[model] == mine for model in rows.run.columns["model"]])
    own = models[rows.decided]
    if len(own) < FEWEST_LABELS or own.all() or not own.any():
        one = own.any() or set(families.values()) == {mine}
        same = "critic and actor are of one family; " if one else ""
        return Bias(name, f"{same}needs labels on answers of its own and of another family", "open")
    return _family_effect(name, rows, own, level)


def _family_effect(name: str, rows: Rows, own: Mask, level: float) -> Bias:
    merit, groups = rows.merit[rows.decided], rows.decided_groups
    effect = stats.self_preference(merit, rows.passed, own, level=level, clusters=groups)
    between = words.between(effect.low, effect.high)
    text = f"{words.signed(effect.estimate)} points for its own family ({between})"
    return Bias(name, text, _reading(effect), effect)


def _repeatability(rows: Rows) -> Bias:
    """Verdicts of the same answer asked twice: repeats of a row whose outputs are the same."""
    name, pairs = "The same answer twice", _same_answers(rows)
    if not pairs:
        return Bias(name, "needs a run with repeats=2", "open")
    same = stats.rate_interval([float(first == second) for first, second in pairs])
    between = f"{100 * same.low:.0f} to {100 * same.high:.0f}"
    alike = f"{words.percent(same.estimate)} of {len(pairs)} judged alike ({between})"
    return Bias(name, alike, _of_the_same(same), same)


def _same_answers(rows: Rows) -> Sequence[tuple[bool, bool]]:
    """Whether the first two of each answer's verdicts are a pass."""
    seen: dict[tuple[str, ...], list[bool]] = {}
    of = [rows.run.columns[name] for name in ("prompt", "model", "example", "output")]
    for *answer, score in zip(*of, rows.score.tolist(), strict=True):
        if not math.isnan(score):
            seen.setdefault(tuple(answer), []).append(rows.scale.passes(score))
    return [(passes[0], passes[1]) for passes in seen.values() if len(passes) > 1]


def _known_bad(rows: Rows) -> Bias:
    """What the critic said of canaries, each known-bad answer counted once."""
    name, columns = "Known-bad answers", rows.run.columns
    cells = zip(columns["example"], columns.get(f"{rows.critic}.{CANARY}", ()), strict=False)
    scores = {example: score for example, score in cells if not math.isnan(score)}
    passed = [float(rows.scale.passes(score)) for score in scores.values()]
    if not passed:
        return Bias(name, "needs a critic with canaries: wb.Canary(critic, answer)", "open")
    share = stats.rate_interval(passed)
    measured = f"{sum(passed):.0f} of {len(passed)} let pass"
    return Bias(name, measured, "a sign" if share.low > LET_PASS else "no sign", share)
