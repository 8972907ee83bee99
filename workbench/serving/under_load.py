"""Open-loop load on one server, at rising rates until one fails."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.datasets import Example
from workbench.errors import BudgetError, WorkbenchError
from workbench.models.model import Model
from workbench.models.prices import Prices
from workbench.runs.plan import SomePrompts, named
from workbench.runs.pouring import SHOWN, Load, Pouring, pouring, quote_load
from workbench.runs.quotes import Quote, quote_only
from workbench.serving.at_hand import Computed, Rendered, Simulated, Synthetic
from workbench.serving.bounds import Bounds, Lines
from workbench.serving.climbing import Windows
from workbench.serving.course import Beside, Course, Ladder
from workbench.serving.tested import LoadTest
from workbench.serving.traces import Trace
from workbench.serving.traffic import POISSON, Traffic
from workbench.store import Store
from workbench.store.opening import opened

Rates = float | Sequence[float] | None
Arrivals = str | Trace
Sent = SomePrompts | Trace
Asked = Bounds | Lines | None
Settings = Mapping[str, str] | None


async def load_test(
    model: Model | Simulated,
    prompts: Sent,
    examples: Sequence[Example] = (),
    *,
    rates: Rates = None,
    arrivals: Arrivals = POISSON,
    burstiness: float = 0.2,
    requirements: Asked = None,
    quick: bool = False,
    windows: Windows | None = None,
    settings: Settings = None,
    store: Store | str | Path | None = None,
    budget: float | None = None,
    seed: int = 0,
) -> LoadTest:
    """Put open load on a server, at `rates` (requests a second) or rising from one by a quarter,
    until it falls behind or too few requests keep the bounds of `requirements`; then confirm the
    rate that may be stated in a long run, and where that held easily try a higher one in another.
    `quick` leaves long runs out, and says so.

    Every prompt with every example is sent, or texts as long as those of a trace. `arrivals` are
    "poisson", "gamma" (bursts: gaps of shape `burstiness`), or a trace stretched to each rate.
    Latency counts from when a request was due. Forty minutes by default; `windows` has the seconds.
    Answers are neither taken from the store nor kept there; `budget` (dollars) ends the test before
    a rate that it may not cover. Raises ModelError where no call can succeed, BudgetError where the
    first rate is beyond the budget, WorkbenchError for a priced endpoint and rates without an end.
    """
    at_hand, bounds = _at_hand(model, prompts, examples), Bounds.of(requirements)
    traffic = Traffic(len(at_hand), arrivals, burstiness, paired=arrivals is prompts, seed=seed)
    plan = Ladder(rates, windows or Windows(), quick=quick or not bounds.asks)
    course = Course(at_hand.about(bounds, settings), traffic, plan.climb(bounds))
    if isinstance(at_hand, Computed):
        return at_hand.worked(course)
    return await _sent(at_hand, plan, course, store, budget)


def simulate(
    server: Simulated,
    trace: Trace,
    *,
    rates: Rates = None,
    arrivals: Arrivals = POISSON,
    burstiness: float = 0.2,
    requirements: Asked = None,
    quick: bool = False,
    windows: Windows | None = None,
    settings: Settings = None,
    seed: int = 0,
) -> LoadTest:
    """`load_test` of a server that is computed, in simulated time."""
    at_hand, bounds = Computed(server, trace), Bounds.of(requirements)
    traffic = Traffic(len(trace), arrivals, burstiness, paired=arrivals is trace, seed=seed)
    plan = Ladder(rates, windows or Windows(), quick=quick or not bounds.asks)
    return at_hand.worked(Course(at_hand.about(bounds, settings), traffic, plan.climb(bounds)))


def _at_hand(
    model: Model | Simulated, prompts: Sent, examples: Sequence[Example]
) -> Rendered | Synthetic | Computed:
    if isinstance(model, Model):
        given = isinstance(prompts, Trace)
        return Synthetic(model, prompts) if given else Rendered.of(model, named(prompts), examples)
    if isinstance(prompts, Trace):
        return Computed(model, prompts)
    raise WorkbenchError(
        "a simulated server counts no tokens: give it a trace of traffic, such as "
        "wb.Trace.of(run.frame.prompt_tokens, run.frame.completion_tokens)"
    )


def _check_end(model: Model, plan: Ladder, budget: float | None) -> None:
    """Refuse to climb without an end where every request costs money."""
    price = Prices()[model]
    if price and price.dearest.output > 0 and budget is None and not plan.has_end:
        raise WorkbenchError(
            f"every request to model {model.name!r} costs money, and its rate would rise until the "
            "server fails: give rates=[...] or a budget="
        )


def foreseen(at_hand: Rendered | Synthetic, plan: Ladder) -> Quote:
    """What the test would cost if no rate failed."""
    shown = [at_hand.request(place) for place in range(min(len(at_hand), SHOWN))]
    steps = plan.steps()
    calls = sum(round(step.rate * step.whole) for step in steps)
    return quote_load(at_hand.model, shown, calls, sum(step.whole for step in steps))


async def _sent(
    at_hand: Rendered | Synthetic,
    plan: Ladder,
    course: Course,
    store: Store | str | Path | None,
    budget: float | None,
) -> LoadTest:
    """The test of a real server."""
    _check_end(at_hand.model, plan, budget)
    quote_only(lambda: foreseen(at_hand, plan), "load test")
    kept = opened(store)
    async with pouring(at_hand.model, kept, budget) as pour:
        return await _worked(course, at_hand, pour)


async def _worked(course: Course, at_hand: Rendered | Synthetic, pour: Pouring) -> LoadTest:
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
