"""A cheap critic on every answer, a strong one only where the cheap one is in doubt."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from workbench import stats, words
from workbench.cards.biases import Rows
from workbench.cards.card import price_of_verdicts
from workbench.critics import Critic
from workbench.runs import Run, run
from workbench.stats import Interval
from workbench.store import Store


@dataclass(frozen=True)
class Cascaded:
    """A run's answers judged by a cascade: P(pass) per row, how accurate that is, and what it
    saves.
    """

    run: Run = field(repr=False)
    cheap: str
    strong: str
    probability: np.ndarray  # per row of the run; NaN where the cheap critic gave no score
    escalated: tuple[int, ...]  # rows that the strong critic judged for doubt
    report: (
        stats.CascadeReport
    )  # on labelled rows that it was not fitted on; cost as a share of the strong critic's
    mean: Interval  # what the strong critic would give on average
    sentence: str

    def __repr__(self) -> str:
        return f"Cascade: {self.sentence}"


async def cascade(
    judged: Run, cheap: str, strong: Critic, *, share: float = 0.3, seed: int = 0
) -> Cascaded:
    """Judge the answers of a run, which `cheap` has scored, by a cascade of `cheap` and `strong`.

    The strong critic judges the answers that people labelled for the question `cheap` (a uniform
    sample: from it come calibration, accuracy and the mean) and the `share` of the others whose
    calibrated probability is nearest to one half. Answers come from the store; only the strong
    critic's calls are made. Raises TooFewLabels under 40 labels, of which half fit the cascade and
    half test it.
    """
    store = judged.needed_store("a cascade")
    rows = Rows.of(judged, cheap)
    labelled = np.flatnonzero(rows.known)
    strong_scores = await _judge(judged, store, labelled, strong)
    on_labelled = strong_scores[labelled]
    fitted = stats.fit_cascade(rows.passed, rows.share[labelled], on_labelled, share=share)
    others = np.flatnonzero(~np.isnan(rows.score) & ~rows.known)
    escalated = others[fitted.escalate(rows.share[others])]
    strong_scores = np.where(
        np.isnan(strong_scores), await _judge(judged, store, escalated, strong), strong_scores
    )
    prices = _prices(judged, cheap, strong)
    report = _held_out(rows, labelled, on_labelled, share, prices, seed)
    random_part = np.where(rows.known, strong_scores, math.nan)
    mean = stats.cascade_mean(random_part[~np.isnan(rows.score)], rows.share[~np.isnan(rows.score)])
    return Cascaded(
        run=judged,
        cheap=cheap,
        strong=strong.name,
        probability=fitted.probability(rows.share, strong_scores),
        escalated=tuple(int(row) for row in escalated),
        report=report,
        mean=mean,
        sentence=_said(cheap, strong.name, report, len(escalated), len(labelled)),
    )


async def _judge(
    judged: Run, store: Store, rows: Iterable[int], critic: Critic
) -> np.ndarray:
    """The critic's scores (shares of its scale) of some rows of a run, NaN elsewhere; one run per
    variant.
    """
    scores = np.full(len(judged.columns["example"]), math.nan)
    wanted: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        wanted.setdefault((judged.columns["prompt"][row], judged.columns["model"][row]), []).append(
            int(row)
        )
    examples = {example.id: example for example in judged.examples}
    low, high = critic.scale
    for (prompt, model), chosen in wanted.items():
        asked = [examples[judged.columns["example"][row]] for row in chosen]
        made = await run(
            next(each for each in judged.prompts if each.name == prompt),
            asked,
            next(each for each in judged.plan.models if each.name == model),
            [critic],
            store=store,
        )
        for row, score in zip(chosen, made.columns[critic.name], strict=True):
            scores[row] = (score - low) / (high - low)
    return scores


def _held_out(
    rows: Rows,
    labelled: np.ndarray,
    strong: np.ndarray,
    share: float,
    prices: tuple[float, float],
    seed: int,
) -> stats.CascadeReport:
    """The accuracy of a cascade fitted on half of the labelled examples, on the other half."""
    groups = rows.groups[labelled]
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    fitting = np.isin(groups, names[: len(names) // 2])
    passed, cheap = rows.passed, rows.share[labelled]
    half = stats.fit_cascade(passed[fitting], cheap[fitting], strong[fitting], share=share)
    return stats.cascade_report(
        half,
        passed[~fitting],
        cheap[~fitting],
        strong[~fitting],
        prices=prices,
        clusters=groups[~fitting],
    )


def _prices(judged: Run, cheap: str, strong: Critic) -> tuple[float, float]:
    """Dollars of a cheap and of a strong verdict; of equal size where a price is unknown or both
    are free.
    """
    first = price_of_verdicts(judged, cheap)
    model = getattr(strong, "model", None)
    price = judged.prices[model] if model else None
    own = getattr(next((c for c in judged.critics if c.name == cheap), None), "model", None)
    mine = judged.prices[own] if own else None
    if not price or not mine or not mine.input or math.isnan(first):
        return (1.0, 1.0)
    return first, first * price.input / mine.input


def _said(
    cheap: str, strong: str, report: stats.CascadeReport, escalated: int, labelled: int
) -> str:
    right = [words.percent(way.estimate) for way in (report.cascade, report.strong, report.cheap)]
    return (
        f"{strong} judged {escalated:,} answers that left {cheap} in doubt and the {labelled:,} labelled ones. On half "
        f"of those, held out, the cascade is right {right[0]} of the time, {strong} alone {right[1]}, {cheap} alone "
        f"{right[2]}; it costs {words.percent(report.cost)} of {strong} alone."
    )
