"""Open-loop load on one server, at rising rates until one fails."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from workbench.datasets import Example
from workbench.errors import BudgetError, WorkbenchError
from workbench.models.model import Model
from workbench.models.prices import Prices
from workbench.prompts import Prompt
from workbench.runs.plan import named
from workbench.runs.pouring import SHOWN, Load, Pouring, pouring, quote_load
from workbench.runs.quotes import Quote, quote_only
from workbench.serving.at_hand import AtHand, Rendered, Simulated, Synthetic
from workbench.serving.bounds import Bounds, Lines
from workbench.serving.climbing import Windows
from workbench.serving.course import Beside, Course, Ladder
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.traffic import POISSON, Traffic
from workbench.store import Store


async def load_test(
    model: Model | Simulated,
    prompts: Prompt | Sequence[Prompt] | Mapping[str, Prompt] | Trace,
    examples: Sequence[Example] = (),
    *,
    rates: float | Sequence[float] | None = None,
    arrivals: str | Trace = POISSON,
    burstiness: float = 0.2,
    requirements: Bounds | Lines | None = None,
    quick: bool = False,
    windows: Windows | None = None,
    settings: Mapping[str, str] | None = None,
    store: Store | str | Path | None = None,
    budget: float | None = None,
    seed: int = 0,
) -> LoadTest:
    """Put open load on a server, at `rates` (requests a second) or rising from one by a quarter,
    until it falls behind or too few requests keep the bounds of `requirements`; then confirm the
    rate that may be stated in one long run. `quick` leaves that out, and says so.

    What is sent: every prompt with every example, or texts as long as those of a trace. `arrivals`
    are "poisson", "gamma" (in bursts: gaps of shape `burstiness`), or a trace whose times are
    stretched to each rate. Latency counts from when a request was due, whenever it could be sent.
    `windows` are the seconds of each part; a test takes half an hour by default. Answers are
    neither taken from the store nor kept in it; `budget` (dollars) ends the test before a rate that
    it may not cover. Raises ModelError where no call can succeed, BudgetError where the first rate
    is beyond the budget, WorkbenchError for rates that a priced endpoint has no end of.
    """
    bounds = Bounds.of(requirements)
    if not isinstance(model, Model):
        return simulate(
            model, _trace(prompts), rates=rates, arrivals=arrivals, burstiness=burstiness,
            requirements=bounds, quick=quick, windows=windows, settings=settings, seed=seed,
        )  # fmt: skip
    at_hand = _at_hand(model, prompts, examples)
    traffic = Traffic(len(at_hand), arrivals, burstiness, paired=arrivals is prompts, seed=seed)
    about = LoadTest(
        model.name, (), bounds, traffic=at_hand.sentence, settings=settings or settings_of(model),
        distinct=len(at_hand), at=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    plan = Ladder(rates, windows or Windows(), quick=quick or not bounds.asks)
    _check_end(model, plan, budget)
    quote_only(lambda: foreseen(model, at_hand, plan), "load test")
    course = Course(about, traffic, plan.climb(bounds))
    async with pouring(model, store if isinstance(store, Store) else Store(store), budget) as pour:
        return await _worked(course, at_hand, pour)


def simulate(
    server: Simulated,
    trace: Trace,
    *,
    rates: float | Sequence[float] | None = None,
    arrivals: str | Trace = POISSON,
    burstiness: float = 0.2,
    requirements: Bounds | Lines | None = None,
    quick: bool = False,
    windows: Windows | None = None,
    settings: Mapping[str, str] | None = None,
    seed: int = 0,
) -> LoadTest:
    """`load_test` of a server that is computed, in simulated time."""
    bounds = Bounds.of(requirements)
    traffic = Traffic(len(trace), arrivals, burstiness, paired=arrivals is trace, seed=seed)
    about = LoadTest(server.name, (), bounds, traffic=repr(trace), settings=settings or {})
    plan = Ladder(rates, windows or Windows(), quick=quick or not bounds.asks)
    course = Course(about, traffic, plan.climb(bounds))
    while step := course.step:
        due, which = course.due(step)
        course.take(step, server.answer(due, *trace.lengths(which)))
    return course.test()


def _trace(prompts: object) -> Trace:
    if not isinstance(prompts, Trace):
        raise WorkbenchError(
            "a simulated server counts no tokens: give it a trace of traffic, such as "
            "Trace.of(run.frame.prompt_tokens, run.frame.completion_tokens)"
        )
    return prompts


def _at_hand(
    model: Model,
    prompts: Prompt | Sequence[Prompt] | Mapping[str, Prompt] | Trace,
    examples: Sequence[Example],
) -> AtHand:
    if isinstance(prompts, Trace):
        return Synthetic(model, prompts)
    return Rendered.of(model, named(prompts), examples)


def settings_of(model: Model) -> dict[str, str]:
    """How the server of a model is started, where that is known."""
    return {"args": " ".join(model.args)} if model.args else {}


def _check_end(model: Model, plan: Ladder, budget: float | None) -> None:
    """Refuse to climb without an end where every request costs money."""
    price = Prices()[model]
    if price and price.dearest.output > 0 and budget is None and not plan.has_end:
        raise WorkbenchError(
            f"every request to model {model.name!r} costs money, and its rate would rise until the "
            "server fails: give rates=[...] or a budget="
        )


def foreseen(model: Model, at_hand: AtHand, plan: Ladder) -> Quote:
    """What the test would cost if no rate failed."""
    shown = [at_hand.request(place) for place in range(min(len(at_hand), SHOWN))]
    steps = plan.steps()
    calls = sum(round(step.rate * step.whole) for step in steps)
    return quote_load(model, shown, calls, sum(step.whole for step in steps))


async def _worked(course: Course, at_hand: AtHand, pour: Pouring) -> LoadTest:
    """The test as far as the budget goes."""
    while step := course.step:
        due, which = course.due(step)
        made = {place: at_hand.request(place) for place in {int(each) for each in which}}
        requests = [made[int(place)] for place in which]
        window = step.warm_up, step.warm_up + step.seconds
        try:
            poured, server = await pour.pour(Load(due.tolist(), requests, window))
        except BudgetError as error:
            if not course.begun:
                raise
            return course.test(stopped=str(error))
        said = poured.errors.most_common(1)
        beside = Beside(poured.dollars, poured.unpriced, said[0][0] if said else "", server)
        course.take(step, poured.answered(), beside)
    return course.test()
