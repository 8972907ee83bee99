# pyright: strict, reportMissingTypeStubs=false
"""hosting: a hosted model against models on servers of one's own, from a comparison and from what
load tests measured.
"""

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from workbench.arguments import expect
from workbench.comparison import Comparison
from workbench.errors import WorkbenchError
from workbench.meant import instead
from workbench.runs import Run, VariantKey
from workbench.serving.adequate import Fit, fits
from workbench.serving.highest import Capacity
from workbench.serving.hosting import Dated, Hosting, Latency, Missing
from workbench.serving.weighed import DRAWS, Weighed
from workbench.stats.intervals import Floats, Interval
from workbench.stats.saw_tooth import HostedCost, OwnCost, Spreads

NO_DIFFERENCE = Interval(math.nan, math.nan, math.nan)


def hosting(
    choice: Comparison,
    capacity: Capacity | Sequence[Capacity] = (),
    *,
    hosted: str = "",
    own: Sequence[str] = (),
    server_hour: float | None = None,
    priced: str = "",
    utilisation: float | None = None,
    fixed: float = 0.0,
    at_least: int = 1,
    margin: float | None = None,
    in_order: bool = False,
    considerations: Sequence[str] = (),
    published: Mapping[str, float] | None = None,
    spreads: Spreads | None = None,
    seed: int = 0,
) -> Hosting:
    """Whether a model on servers of one's own would do in place of a hosted one, and from which
    rate it is cheaper. What is neither measured nor given is unknown, never assumed.

    `hosted` and `own` are variants, the own ones from the largest model down; unless given, own is
    what models.yaml has a `server:` for. The smallest that is not worse by `margin` (default: the
    comparison's) is weighed: all at once by Holm, or `in_order`, where that was stated before.
    `capacity` says what a server carries and what mean and peak are expected, `server_hour` what it
    costs in dollars on the day `priced` (2026-11-29), `utilisation` to which share of that it is
    used in the peak. `fixed` dollars a month come on top; `at_least` servers always run. Neither
    `considerations` in words nor `published` tokens a second by their source are weighed.
    """
    _expect_open(choice)
    found = _found(choice, *_sides(choice.run, hosted, own), margin, in_order)
    stated = server_hour, priced, utilisation, fixed, at_least
    plan = _Plan(_carried(capacity, found.fit), *stated)
    weighed = _weighed(found, plan, spreads or Spreads(), seed)
    return replace(
        _planned(found, plan),
        weighed=weighed,
        considerations=tuple(considerations),
        published=dict(published or {}),
    )


def _expect_open(choice: Comparison) -> None:
    expect(choice, Comparison, "what is hosted", "give what wb.compare returned")
    choice.needed_open("hosting")


def _found(
    choice: Comparison, hosted: str, own: Sequence[str], margin: float | None, in_order: bool
) -> Hosting:
    """What the comparison alone says; the hosted price is that known when its run ran."""
    margin = choice.margin if margin is None else margin
    found = fits(choice, hosted, own, margin, in_order=in_order)
    chosen = _smallest(found)
    asked = _hosted_cost(choice.run, _key(choice.run, hosted))
    latencies = tuple(_latencies(choice, {hosted, *(each.variant for each in found)}))
    name, ran = chosen.variant if chosen else "", choice.run.meta.started
    rests = [Dated("comparison", ran), *([Dated("hosted price", ran)] if asked else [])]
    return Hosting(hosted, name, found, margin, in_order, asked, latencies, rests=tuple(rests))


@dataclass(frozen=True)
class _Plan:
    """Servers of one's own as they are planned; None of what nobody measured or said."""

    capacity: Capacity | None
    server_hour: float | None
    priced: str
    utilisation: float | None
    fixed: float
    at_least: int

    def __post_init__(self) -> None:
        if self.priced and not _is_day(self.priced):
            raise ValueError("priced is the day of server_hour, such as 2026-11-29")
        if self.server_hour is not None and not self.server_hour > 0:
            raise ValueError("server_hour is a number of dollars above 0")
        if self.utilisation is not None and not 0 < self.utilisation <= 1:
            raise ValueError("utilisation is a share of what a server carries, above 0, at most 1")
        if self.at_least < 1 or not self.fixed >= 0:
            raise ValueError("at_least is 1 or more, and fixed is not negative")

    @property
    def cost(self) -> OwnCost | None:
        """None where something is missing."""
        carried = self.capacity
        if carried is None or not (carried.is_known and self.server_hour and self.utilisation):
            return None
        if not (carried.mean and carried.peak):
            return None
        high = carried.peak / carried.mean
        stated = carried.rate.estimate, self.server_hour, self.utilisation, high
        return OwnCost(*stated, fixed=self.fixed, at_least=self.at_least)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _rests(plan: _Plan) -> Iterator[Dated]:
    if plan.capacity:
        yield Dated("load test", max((load.at for load in plan.capacity.loads), default=""))
    if plan.server_hour is not None:
        yield Dated("server price", plan.priced)


def _planned(found: Hosting, plan: _Plan) -> Hosting:
    """The same with what is planned, and what is missing for that."""
    carried = plan.capacity
    return replace(
        found,
        missing=tuple(_missing(found, plan)),
        mean=carried and carried.mean,
        peak=carried and carried.peak,
        confirmed=carried is None or carried.confirmed,
        rests=(*found.rests, *_rests(plan)),
    )


def _missing(found: Hosting, plan: _Plan) -> Iterator[Missing]:
    carried = plan.capacity
    if found.fit is None:
        yield "quality"
    if carried is None or not carried.is_known:
        yield "throughput"
    if plan.utilisation is None:
        yield "utilisation"
    if plan.server_hour is None:
        yield "server price"
    if found.hosted_cost is None:
        yield "hosted price"
    if carried is not None and not (carried.mean and carried.peak):
        yield "peak"


def _weighed(found: Hosting, plan: _Plan, spreads: Spreads, seed: int) -> Weighed | None:
    asked, own = found.hosted_cost, plan.cost
    if asked is None or own is None or plan.capacity is None:
        return None
    known = found.fit is not None and not found.fit.doubt
    quality = found.fit.difference if found.fit and known else NO_DIFFERENCE
    spread = replace(spreads, throughput=_scatter(plan.capacity, spreads.throughput))
    return Weighed(asked, own, quality, found.margin, spread, DRAWS, seed)


def _scatter(capacity: Capacity, stated: float) -> float:
    """Of what a server carries, on the logarithm: as its runs scatter, but no less than stated."""
    limits = capacity.rate
    if not (limits.low > 0 and limits.high < math.inf):
        return stated
    return max(stated, math.log(limits.high / limits.low) / (2 * 1.96))


def _sides(run: Run, hosted: str, own: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The hosted variant and the own ones, by their names."""
    served = {model.name for model in run.models if model.server}
    here = [key for key in run.variants if key.model in served]
    away = [key for key in run.variants if key.model not in served]
    theirs = _key(run, hosted) if hosted else _only(run, away)
    ours = [_key(run, name) for name in own] if own else [key for key in here if key != theirs]
    if theirs in ours:
        raise WorkbenchError(f"{theirs.name!r} cannot be hosted and own: name others in own=")
    return theirs.name, tuple(key.name for key in ours)


def _key(run: Run, name: str) -> VariantKey:
    """The variant of that name, or the only one on a model of that name."""
    named = [key for key in run.variants if name == key.name]
    found = named or [key for key in run.variants if name == key.model]
    if len(found) != 1:
        known = instead(name, (key.name for key in run.variants), "use one of")
        raise WorkbenchError(f"no one variant {name!r} in this comparison: {known}")
    return found[0]


def _only(run: Run, away: Sequence[VariantKey]) -> VariantKey:
    if len(away) != 1:
        names = ", ".join(key.name for key in run.variants)
        raise WorkbenchError(f"say which variant is the hosted one, hosted=: one of {names}")
    return away[0]


def _smallest(found: Sequence[Fit]) -> Fit | None:
    """The smallest that is adequate, else the largest; they come from the largest down."""
    return next((each for each in reversed(found) if each.adequate), next(iter(found), None))


def _carried(capacity: Capacity | Sequence[Capacity], chosen: Fit | None) -> Capacity | None:
    """What was measured of the chosen model."""
    given = (capacity,) if isinstance(capacity, Capacity) else tuple(capacity)
    if chosen is None:
        return given[0] if len(given) == 1 else None
    of_it = [each for each in given if each.model == chosen.model]
    if given and not of_it:
        measured = ", ".join(each.model for each in given)
        raise WorkbenchError(
            f"capacity is of {measured}, but {chosen.model} is weighed: measure it with "
            "wb.load_test, or name the measured one alone in own="
        )
    return of_it[0] if of_it else None


def _latencies(choice: Comparison, names: Set[str]) -> Iterator[Latency]:
    """p95 of the variants in the run; what it is under load, the capacity says."""
    for variant in (each for each in choice.variants if each.name in names):
        if not math.isnan(variant.seconds_p95):
            limits = variant.seconds_p95_limits
            yield Latency(variant.name, variant.seconds_p95, *limits, "as in the run")


def _hosted_cost(run: Run, variant: VariantKey) -> HostedCost | None:
    """Mean tokens of the rows that were answered, at the price known when they ran; None where
    tokens or price are not known.

    `retries` is by how much more (with caches: less) the rows were billed than that.
    """
    columns = ("prompt_tokens", "completion_tokens", "cost")
    sent, received, billed = (_known_values(run, variant, column) for column in columns)
    price = run.meta.models[variant.model].price
    if price is None or not (len(sent) and len(received)):
        return None
    tier = price.of(float(sent.mean()))
    listed = HostedCost(float(sent.mean()), float(received.mean()), tier.input, tier.output)
    asked = float(listed.per_1000)
    more = 1000 * float(billed.mean()) / asked - 1 if len(billed) and asked > 0 else 0.0
    return HostedCost(listed.tokens_in, listed.tokens_out, tier.input, tier.output, retries=more)


def _known_values(run: Run, variant: VariantKey, column: str) -> Floats:
    """What is known of a column in a variant's rows; unknown is negative or NaN."""
    values = np.array([run.columns[column][row] for row in run.rows(variant)], dtype=float)
    return values[values >= 0]
