"""A forecast on show: what full launch takes, what was logged before it, and what each figure rests
on.
"""

from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.release.forecasted import SPANS, Forecast, Kind, Span, amount, money
from workbench.sections.chapters import Chapter
from workbench.sections.outlook import busiest_minutes, outlook
from workbench.stats import Interval
from workbench.words import a_second, capital

Row = dict[str, Any]


def chapter(foreseen: Forecast, shipped: str) -> Chapter:
    """What a project's report says of a forecast: no bound is set, so it has no stance."""
    requests = words.count(foreseen.requests, "request")
    evidence = f"{requests} in {words.count(foreseen.periods, foreseen.unit)} of {foreseen.name}"
    day = foreseen.past[-1].day if foreseen.past else None
    at = day.isoformat() if day else ""
    piece = lambda texts: forecast_piece(foreseen)  # noqa: E731
    return Chapter("forecast", foreseen.sentence, "", evidence, at, piece)


def forecast_piece(foreseen: Forecast) -> Html:
    """The sentence, the picture it stands on, the figures, and every assumption by its number."""
    return render(
        "sections/forecast.html",
        sentence=foreseen.parts,
        outlook=outlook(foreseen),
        peaks=busiest_minutes(foreseen),
        drift=words.percent(foreseen.drift) if foreseen.drift else "",
        level=words.surely(foreseen.level),
        seen=words.count(foreseen.periods, foreseen.unit),
        users=words.count(foreseen.users, "user") if foreseen.users else "",
        requests=words.count(foreseen.requests, "request"),
        rows=list(_rows(foreseen)),
        assumptions=[each.sentence for each in foreseen.assumptions.values()],
    )


def _rows(foreseen: Forecast) -> Iterator[Row]:
    """Every figure: requests, tokens, the busiest minute, servers, money."""
    per = SPANS[foreseen.span]
    kinds: tuple[Kind, ...] = ("requests", "input tokens", "output tokens")
    for kind in kinds:
        if found := foreseen.found(kind):
            yield _row(foreseen, f"{capital(kind)} {per}", found, amount, kind)
    if mean := foreseen.tokens_per_second:
        yield _row(foreseen, "Output tokens a second, mean", mean, a_second, "output tokens")
    yield from _peak_rows(foreseen)
    yield from _money_rows(foreseen)


def _peak_rows(foreseen: Forecast) -> Iterator[Row]:
    peak, busy = foreseen.peak, "in the busiest minute"
    if peak.tokens:
        yield _row(foreseen, f"Output tokens a second {busy}", peak.tokens, a_second, "peak")
    yield _row(foreseen, f"Requests a second {busy}", peak.requests, a_second, "peak")
    if foreseen.replicas:
        yield _row(foreseen, "Servers", foreseen.replicas, "{:,.0f}".format, "replicas")
    else:
        unknown = {"forecast": "unknown", "ends": "", "rests_on": "no rate of one was measured"}
        yield {"name": "Servers", **unknown}


def _money_rows(foreseen: Forecast) -> Iterator[Row]:
    spans: tuple[Span, ...] = ("hour", "day", "weekday", "weekend", "month")
    for span in spans:
        if found := foreseen.found("dollars", span):
            yield _row(foreseen, f"Cost {SPANS[span]}", found, money, "dollars")
    if own := foreseen.own_dollars:
        name = f"Cost {SPANS[foreseen.span]}, servers"
        yield _row(foreseen, name, own, money, "own dollars")


def _row(foreseen: Forecast, name: str, found: Interval, say: Any, about: str) -> Row:
    ends = "" if found.low == found.high else _ends(found, say)
    stated = list(foreseen.assumptions.values())
    numbers = sorted(1 + stated.index(each) for each in foreseen.rests_on(about))
    return {
        "name": name,
        "forecast": say(found.estimate),
        "ends": ends,
        "rests_on": ", ".join(map(str, numbers)),
    }


def _ends(found: Interval, say: Any) -> str:
    """Both ends with the same decimals: $92 to $117."""
    is_whole = say is money and found.high >= 100
    low = f"${amount(found.low)}" if is_whole else say(found.low)
    return f"{low} to {say(found.high)}"
