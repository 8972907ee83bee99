"""Hosted or own servers on show: from which rate own ones pay, what that means here, and what
nobody measured.
"""

from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.sections.chapters import Chapter, Stance
from workbench.sections.decision import strong_start
from workbench.sections.saw_teeth import saw_teeth
from workbench.serving.adequate import Fit
from workbench.serving.hosting import Hosting
from workbench.serving.weighed import Cost, Weighed
from workbench.stats.intervals import Interval
from workbench.words import a_second, capital

DAY = 86_400
READINGS = {
    "own": ("own is cheaper", "better"),
    "hosted": ("hosted is cheaper", ""),
    "not shown": ("not shown", ""),
    "unknown": ("not known", ""),
}


def chapter(found: Hosting, shipped: str) -> Chapter:
    """What it says in the report of a project."""
    evidence = "nothing was measured of own servers"
    if found.weighed:
        evidence = f"prices and loads as stated, {found.weighed.draws:,} draws"
    return Chapter(
        "hosting", found.sentence, _stance(found, shipped), evidence, found.at,
        lambda texts: hosting_piece(found), brief=" ".join(found.sentences[:2]),
    )  # fmt: skip


def _stance(found: Hosting, shipped: str) -> Stance:
    """Who would ship is told apart by where its model runs."""
    if found.weighed is None:
        return "open"
    dearer = {"own": found.hosted, "hosted": found.own}.get(found.word, "")
    return "against" if shipped and shipped == dearer else ""


def hosting_piece(found: Hosting) -> Html:
    """The sentence, its picture, the models, the rates, and what no number holds."""
    weighed = found.weighed
    return render(
        "sections/hosting.html",
        first=strong_start(found.sentences[0]),
        others=found.sentences[1:],
        plot=saw_teeth(found, weighed) if weighed else None,
        crosses=bool(weighed and weighed.first.high > 0),
        fits=[_fit(found, each) for each in found.fits],
        hosted=found.hosted,
        rates=list(_rates(found, weighed)) if weighed else [],
        lines=list(_lines(found)),
        published=[_published(found, *each) for each in found.published.items()],
        next_step=found.next_step,
    )


def _fit(found: Hosting, fit: Fit) -> dict[str, Any]:
    """A model of one's own against the hosted one."""
    times = {each.variant: each for each in found.latencies}
    latency = times.get(fit.variant)
    worse = fit.difference.high < -found.margin
    reading = "not worse" if fit.adequate else "worse" if worse else "not shown"
    low, high = fit.difference.low, fit.difference.high
    return {
        "name": fit.variant,
        "weighed": fit.variant == found.own and len(found.fits) > 1,
        "difference": words.signed(fit.difference.estimate),
        "ends": words.between(low, high),
        "reading": fit.doubt or reading,
        "css": "worse" if worse else "",
        "seconds": words.seconds(latency.seconds) if latency else "",
    }


def _rates(found: Hosting, weighed: Weighed) -> Iterator[dict[str, Any]]:
    """Rates worth telling, in rising order, each with what it is."""
    told: dict[str, list[tuple[float, str]]] = {}
    for value, what in sorted(_worth_telling(found, weighed)):
        told.setdefault(a_second(value), []).append((value, what))
    for alike in told.values():
        yield _rate(weighed.at(alike[-1][0]), "; ".join(what for _, what in alike))


def _worth_telling(found: Hosting, weighed: Weighed) -> Iterator[tuple[float, str]]:
    if found.mean:
        yield found.mean, "your mean"
    further = float(weighed.own.each) * weighed.own.at_least * 1.001
    yield further, "a further server has just started"
    if weighed.first.high > 0:
        yield weighed.first.low, "lower end of where they may cross"
        yield weighed.first.high, "upper end of it"
    if weighed.lasting.estimate > 0 and weighed.lasts:
        yield weighed.lasting.estimate, "from here own is never dearer, as stated"


def _rate(cost: Cost, what: str) -> dict[str, Any]:
    reading, css = READINGS[cost.reading]
    return {
        "rate": a_second(cost.rate),
        "what": what,
        "a_day": f"{float(f'{DAY * cost.rate:.3g}'):,.0f}",
        "servers": f"{cost.servers:,}",
        "hosted": words.money(cost.hosted.estimate),
        "hosted_ends": _ends(cost.hosted),
        "own": words.money(cost.own.estimate),
        "own_ends": _ends(cost.own),
        "reading": reading,
        "css": css,
    }


def _ends(interval: Interval) -> str:
    return f"{words.money(interval.low)} to {words.money(interval.high)}"


def _lines(found: Hosting) -> Iterator[str]:
    """What the figures stand on, assumptions beside them."""
    if found.weighed:
        yield _stated(found, found.weighed)
        yield _uncertain(found.weighed)
    if found.fits:
        yield _compared(found)
    if found.rests:
        yield _dates(found)
    yield found.unweighed


def _stated(found: Hosting, weighed: Weighed) -> str:
    """The amounts as stated."""
    own, hosted = weighed.own, weighed.hosted
    sure = "" if found.confirmed else ", which no long run confirmed"
    rest = [f"at least {words.count(own.at_least, 'server')} always run"] * (own.at_least > 1)
    rest += [f"{words.money(own.fixed)} a month come on top"] * bool(own.fixed)
    more = f"; {words.listed(rest)}" if rest else ""
    return (
        f"One server carries {a_second(float(own.carries))} requests a second{sure}, is used to "
        f"{words.percent(float(own.utilisation))} of that in the peak and costs "
        f"{words.money(float(own.server_hour))} an hour; the peak minute has "
        f"{float(own.peak):.2g} times the mean{more}. A hosted request takes "
        f"{float(hosted.tokens_in):,.0f} tokens in and {float(hosted.tokens_out):,.0f} out, as in "
        "the run."
    )


def _uncertain(weighed: Weighed) -> str:
    """By how much the draws scatter, which is stated and not measured."""
    by = weighed.spreads
    shares = {
        "prices": by.prices, "what a server carries": by.throughput, "the peak": by.peak,
        "tokens in": by.tokens_in, "tokens out": by.tokens_out,
    }  # fmt: skip
    said = ", ".join(f"{name} by {words.percent(share)}" for name, share in shares.items())
    return (
        f"{weighed.draws:,} draws vary what is stated: {said}, and the use as if it was seen "
        f"{by.uses:g} times. Rates are given with 90 % of the draws that have one, costs with 95 %."
    )


def _compared(found: Hosting) -> str:
    how = (
        "in the order given, the largest first, as stated before"
        if found.in_order
        else "all models at once (Holm)"
    )
    margin = words.whole_points(found.margin)
    return (
        f"Not worse: by less than {margin} points, one-sided at 5 %, paired by example, {how}. "
        "Seconds are those of the run, not under load."
    )


def _dates(found: Hosting) -> str:
    """Comparison and hosted price of 29 November 2026, server price without a date."""
    by_day: dict[str, list[str]] = {}
    for each in found.rests:
        by_day.setdefault(words.date(each.at) if each.at else "", []).append(each.what)
    undated = by_day.pop("", [])
    said = [f"{words.listed(what)} of {day}" for day, what in by_day.items()]
    said += [f"{words.listed(undated)} without a date"] * bool(undated)
    return f"{capital('; '.join(said))}."


def _published(found: Hosting, source: str, tokens: float) -> dict[str, str]:
    """A figure of others, and what it would be here if it held."""
    asked = found.hosted_cost
    would = a_second(tokens / float(asked.tokens_out)) if asked and asked.tokens_out else ""
    return {"source": source, "tokens": f"{tokens:,.0f}", "would": would}
