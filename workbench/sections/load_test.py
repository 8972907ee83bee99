"""A load test on show: the rate that may be stated, the rates that were tried, and how they were
measured.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.sections.chapters import Chapter
from workbench.sections.decision import strong_start
from workbench.sections.load_curves import all_levels, latency_plot, share_plot
from workbench.serving import Bounds, Level, LoadTest
from workbench.serving.level import RUNS
from workbench.stats import Interval, wilson
from workbench.words import a_second


def chapter(load: LoadTest, shipped: str) -> Chapter:
    """What it says in the report of a project."""
    evidence = f"{words.count(len(load.levels), 'rate')} tried on {load.model}"
    said, dollars = lambda texts: piece(load), dollars_of(load)
    return Chapter("capacity", load.sentence, "", evidence, load.at, said, dollars=dollars)


def dollars_of(*loads: LoadTest) -> float:
    """What their requests cost, as far as known."""
    return sum(each.cost for load in loads for each in load.levels if each.cost >= 0)


def piece(load: LoadTest) -> Html:
    """The sentence, its picture, and the rates."""
    found = Interval(load.highest, 0.0, math.inf)
    return render(
        "sections/load_test.html",
        sentence=strong_start(load.sentence),
        curves=curves([load], found),
        lines=list(lines(load)),
    )


def curves(loads: Sequence[LoadTest], found: Interval) -> Html:
    """The two plots and the table of load tests of one server."""
    levels, bounds = all_levels(loads), loads[0].bounds
    drawn = [share_plot(loads, found)] if bounds.asks else []
    return render(
        "sections/load_curves.html",
        asked=bounds.sentence,
        plots=[*drawn, latency_plot(loads, found)],
        has_interval=found.low > 0 and found.high < math.inf,
        late=any(level.late for level in levels),
        asks=bounds.asks,
        rows=[_row(level, bounds, found) for level in levels] if len(loads) == 1 else [],
        runs=[_run(load, number) for number, load in enumerate(loads, 1)],
    )


def _run(load: LoadTest, number: int) -> dict[str, Any]:
    """A load test among several of one server."""
    held = [level for level in load.levels if level.holds and level.rate <= load.highest]
    failed = [level.rate for level in load.levels if not level.holds]
    last = max(held, key=lambda level: level.rate, default=None)
    return {
        "number": f"{number}",
        "sure": load.word,
        "rate": a_second(load.highest) if load.highest > 0 else "",
        "failed": a_second(min(failed)) if failed else "none",
        "requests": f"{sum(level.due for level in load.levels):,}",
        "first": words.seconds(last.ttft.p95) if last else "",
        "p95": words.seconds(last.e2el.p95) if last else "",
    }


def _row(level: Level, bounds: Bounds, found: Interval) -> dict[str, Any]:
    long_run = "" if not level.is_long else f"{RUNS[level.purpose]}, {level.seconds:.0f} s"
    return {
        "rate": f"{level.rate:.2f}",
        "what": long_run,
        "due": f"{level.due:,}",
        **_attained(level),
        "first": words.seconds(level.ttft.p95),
        "p50": words.seconds(level.e2el.median),
        "p95": words.seconds(level.e2el.p95),
        "p99": words.seconds(level.e2el.p99),
        "tokens": words.number(level.output_tokens_per_second),
        **_reading(level, bounds, found),
    }


def _attained(level: Level) -> dict[str, str]:
    """The share that met all, in percent, with its limits."""
    if math.isnan(level.attained):
        return {"met": "", "met_ends": ""}
    limits = wilson(level.attained, level.due)
    return {
        "met": words.points(limits.estimate),
        "met_ends": f"{words.points(limits.low)} to {words.points(limits.high)}",
    }


def _reading(level: Level, bounds: Bounds, found: Interval) -> dict[str, str]:
    said = ", ".join(filter(None, (_word(level, bounds, found), *_remarks(level))))
    stated = level.purpose == "confirm" and level.holds and level.rate == found.estimate
    return {"reading": said, "css": "better" if stated else "", "strong": "word" if stated else ""}


def _word(level: Level, bounds: Bounds, found: Interval) -> str:
    if math.isnan(level.attained):
        return ""
    if level.is_long and level.holds:
        return "highest rate" if level.rate == found.estimate else "held"
    limits = wilson(level.attained, level.due)
    if limits.low <= bounds.share <= limits.high:
        return f"not shown, {level.seconds:.0f} s are too few"
    return "met" if limits.low > bounds.share else "missed"


def _remarks(level: Level) -> Iterator[str]:
    if level.saturated:
        yield "more and more waited"
    if level.late:
        yield "the generator lagged"
    for status, count in level.failures.items():
        yield f"{count:,} × {status}"


def lines(load: LoadTest) -> Iterator[str]:
    """How it was measured, and what a reader must know."""
    arrivals = load.arrivals.replace("poisson", "Poisson")
    yield (
        f"Open loop, {arrivals} arrivals: requests come when they are due, and time counts "
        "from then, so a client that waits hides no queue. Warm-up is left out."
    )
    if load.traffic:
        yield f"Traffic: {load.traffic}."
    yield from (each.sentence for each in load.cautions)
    yield from _definitions(load.definitions.items())


def _definitions(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, meaning in named:
        yield f"{name}: {meaning}."
