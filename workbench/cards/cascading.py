"""A cheap critic on every answer, a strong one only where the cheap one is in doubt."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from workbench import stats, words
from workbench.cards.card import price_of_verdicts
from workbench.cards.judged import Rows
from workbench.critics import Critic
from workbench.datasets import Example
from workbench.printing import printed
from workbench.runs import Run, run
from workbench.stats.cascades import Cascade, CascadeReport
from workbench.stats.intervals import Codes, Floats, Interval


@printed
@dataclass(frozen=True)
class Cascaded:
    """A run's answers judged by a cascade: P(pass) per row, how accurate that is, what it saves."""

    run: Run = field(repr=False)
    cheap: str
    strong: str
    probability: Floats  # per row of the run; NaN where the cheap critic gave no score
    escalated: tuple[int, ...]  # rows that the strong critic judged for doubt
    report: CascadeReport  # on labelled rows that it was not fitted on; cost against the strong
    mean: Interval  # what the strong critic would give on average: 0 its bad end, 1 its good one
    sentence: str

    def __repr__(self) -> str:
        return f"Cascade: {self.sentence}"


async def cascade(
    run: Run, cheap: str, strong: Critic, *, share: float = 0.3, seed: int = 0
) -> Cascaded:
    """Judge the answers of a run, which `cheap` has scored, by a cascade of `cheap` and `strong`.

    The strong critic judges the answers that people labelled for `cheap` (a uniform sample: from it
    come calibration, accuracy and the mean) and the `share` of the others whose calibrated
    probability is nearest to one half. Answers come from the store; only the strong critic's calls
    are made. Raises TooFewLabels under 40 labels, of which half fit the cascade and half test it.
    """
    run.needed_store("a cascade")
    rows = Rows.of(run, cheap)
    known, merit = rows.decided, rows.merit
    by_strong = await _judge(run, np.flatnonzero(known), strong)
    fitted = stats.fit_cascade(rows.passed, merit[known], by_strong[known], share=share)
    escalated = _in_doubt(rows, fitted)
    asked = await _judge(run, escalated, strong)
    prices = _prices(run, cheap, strong)
    report = _held_out(rows, by_strong[known], share, prices, seed)
    return Cascaded(
        run=run,
        cheap=cheap,
        strong=strong.name,
        probability=fitted.probability(merit, np.fmax(by_strong, asked)),
        escalated=tuple(escalated.tolist()),
        report=report,
        mean=stats.cascade_mean(by_strong[rows.scored], merit[rows.scored]),
        sentence=_sentence(cheap, strong.name, report, len(escalated), len(rows.passed)),
    )


def _in_doubt(rows: Rows, fitted: Cascade) -> Codes:
    """The unlabelled rows that the strong critic shall judge."""
    others = np.flatnonzero(rows.scored & ~rows.decided)
    return others[fitted.escalate(rows.merit[others])]


async def _judge(judged: Run, rows: Iterable[int], critic: Critic) -> Floats:
    """How good the critic finds some rows of a run (0 to 1), NaN elsewhere; one run per variant."""
    columns = judged.columns
    merit = np.full(len(columns["example"]), math.nan)
    wanted: dict[tuple[str, str], list[int]] = {}
    for row in map(int, rows):
        wanted.setdefault((columns["prompt"][row], columns["model"][row]), []).append(row)
    examples = {example.id: example for example in judged.examples}
    for variant, chosen in wanted.items():
        asked = [examples[columns["example"][row]] for row in chosen]
        merit[chosen] = await _judge_variant(judged, variant, asked, critic)
    return merit


async def _judge_variant(
    judged: Run, variant: tuple[str, str], asked: list[Example], critic: Critic
) -> Floats:
    made = await run(
        next(each for each in judged.prompts if each.name == variant[0]),
        asked,
        next(each for each in judged.plan.models if each.name == variant[1]),
        [critic],
        store=judged.store,
    )
    return critic.scale.merit(np.array(made.columns[critic.name], dtype=float))


def _held_out(
    rows: Rows, strong: Floats, share: float, prices: tuple[float, float], seed: int
) -> CascadeReport:
    """The accuracy of a cascade fitted on half of the labelled examples, on the other half."""
    groups, passed, cheap = rows.decided_groups, rows.passed, rows.merit[rows.decided]
    names = np.random.default_rng(seed).permutation(np.unique(groups))
    fitting = np.isin(groups, names[: len(names) // 2])
    half = stats.fit_cascade(passed[fitting], cheap[fitting], strong[fitting], share=share)
    held = ~fitting
    return stats.cascade_report(
        half, passed[held], cheap[held], strong[held], prices=prices, clusters=groups[held]
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


def _cost(share: float) -> str:
    return "more than" if math.isinf(share) else f"{words.percent(share)} of"


def _sentence(cheap: str, strong: str, report: CascadeReport, escalated: int, labelled: int) -> str:
    right = [words.percent(way.estimate) for way in (report.cascade, report.strong, report.cheap)]
    return (
        f"{strong} judged {escalated:,} answers that left {cheap} in doubt and the {labelled:,} "
        f"labelled ones. On half of those, held out, the cascade is right {right[0]} of the time, "
        f"{strong} alone {right[1]}, {cheap} alone {right[2]}; it costs "
        f"{_cost(report.cost)} {strong} alone."
    )
