"""What a comparison concludes, as plain values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.runs import Run
from workbench.stats import Interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Variant:
    """One prompt on one model: its score on the critic's scale, its cost and its speed."""

    name: str
    prompt: str
    model: str
    n: int  # rows
    scored: int  # rows with a score
    score: Interval  # corrected by labels where `corrected`
    critic_score: Interval  # as the critic says
    corrected: bool
    labels: int  # rows labelled by people
    statuses: Mapping[str, int]
    cost_per_1000: float  # dollars per 1,000 rows, NaN where a price is unknown
    seconds_median: float
    seconds_p95: float

    @property
    def asked(self) -> int:
        """Rows that were sent; a run that ended early leaves some."""
        return self.n - self.statuses.get("unsent", 0)

    @property
    def failed(self) -> int:
        """Rows that were sent and have no answer."""
        return self.asked - self.statuses.get("ok", 0)


@dataclass(frozen=True)
class Difference:
    """A challenger against the baseline, paired by example; `interval` holds for all challengers at
    once.
    """

    challenger: str
    baseline: str
    interval: Interval  # challenger minus baseline, on the critic's scale
    bottom: Interval  # the same with the variants' own failures at the bottom of the scale
    pairs: int
    decision: str  # better, worse, tie, need more, inconclusive
    corrected: bool  # by labels
    # of the critic's scores at a first look; NaN at a later one and where labels correct the
    # interval
    p_value: float
    more_examples: (
        int | None
    )  # how many (labelled ones, where corrected) would narrow the interval to the margin
    extremes: tuple[
        float, float
    ]  # shares of the scale, more = better: every missing score at its worst, at its best
    sentence: str


@dataclass(frozen=True)
class Slice:
    """The difference of a challenger on the examples with one tag value; `interval` holds for all
    slices at once.
    """

    tag: str
    value: str
    challenger: str
    n: int
    each: Interval  # as if it were the only slice
    interval: Interval
    alarm: bool  # got worse while the mean rose
    score: float  # the challenger's mean on these examples, by the critic
    baseline_score: float


@dataclass(frozen=True)
class Gold:
    """What a check against known answers says of the critic."""

    check: str
    agreement: Any  # stats.Agreement of the check with the critic's pass or fail
    auc: Interval  # chance that the critic scores a right answer above a wrong one
    knows: bool
    rates: Mapping[str, Interval]  # share right per variant
    differences: tuple[Difference, ...]
    sentence: str

    @property
    def ignorant(self) -> bool:
        """Whether the judged rows show that the critic knows nothing; where none was judged,
        nothing is shown.
        """
        return not self.knows and self.agreement.count > 0


@dataclass(frozen=True)
class Comparison:
    """All variants of a run against a baseline by one critic."""

    run: Run = field(repr=False)
    critic: str
    baseline: str
    margin: float  # share of the critic's scale
    level: float
    scale: tuple[float, float]
    variants: tuple[Variant, ...]  # best first
    differences: tuple[Difference, ...]
    slices: tuple[Slice, ...]
    top_set: tuple[str, ...]  # who may be the best, best first
    winner: str | None
    looks: int
    gold: Gold | None
    notes: tuple[str, ...]
    sentence: str

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per variant, best first; scores and differences on the critic's scale."""
        import pandas as pd

        of = {difference.challenger: difference for difference in self.differences}
        return pd.DataFrame(
            [_table_row(variant, of.get(variant.name)) for variant in self.variants]
        ).set_index("variant")

    def decision(self) -> dict[str, Any]:
        """What was decided and on what, as plain data: the same for the same run and arguments."""
        meta = self.run.meta
        return {
            "sentence": self.sentence,
            "winner": self.winner,
            "critic": {"name": self.critic, **_plain(meta.critics[self.critic].plain)},
            "baseline": self.baseline,
            "margin": self.margin,
            "level": self.level,
            "looks": self.looks,
            "run": self.run.id,
            "prompts": {name: prompt.fingerprint for name, prompt in meta.prompts.items()},
            "dataset": _plain(meta.dataset),
            "models": _plain({name: model.plain for name, model in meta.models.items()}),
            "repeats": meta.repeats,
            "variants": [_plain(variant) for variant in self.variants],
            "differences": [_plain(difference) for difference in self.differences],
            "slices": [_plain(part) for part in self.slices],
            "top_set": list(self.top_set),
            "gold": _plain(self.gold) if self.gold else None,
            "notes": list(self.notes),
            "exit_status": 0,
        }

    def __repr__(self) -> str:
        return f"Comparison by {self.critic}: {self.sentence}"


def _plain(value: Any) -> Any:
    """Plain JSON data; numbers to nine digits, NaN and infinity as None, runs left out."""
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name != "run"}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    number = float(value)
    return float(f"{number:.9g}") if math.isfinite(number) else None


def _table_row(variant: Variant, difference: Difference | None) -> dict[str, Any]:
    return {
        "variant": variant.name,
        "decision": difference.decision if difference else "baseline",
        "score": variant.score.estimate,
        "low": variant.score.low,
        "high": variant.score.high,
        "difference": difference.interval.estimate if difference else 0.0,
        "difference_low": difference.interval.low if difference else 0.0,
        "difference_high": difference.interval.high if difference else 0.0,
        "scored": variant.scored,
        "n": variant.n,
        "cost_per_1000": variant.cost_per_1000,
        "seconds_median": variant.seconds_median,
        "seconds_p95": variant.seconds_p95,
    }
