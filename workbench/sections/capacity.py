"""What a server carries, on show: the rate with its load tests, servers for the peak, and the
settings that were swept.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.log_axes import log_axis, plain, says
from workbench.page.markup import Html
from workbench.page.svg import Axis, Plot, Point
from workbench.sections.chapters import Chapter, Stance
from workbench.sections.decision import strong_start
from workbench.sections.load_test import curves, dollars_of, lines
from workbench.serving import Capacity, Tried
from workbench.stats import Interval
from workbench.words import a_second, capital

HEIGHT = 230


def chapter(found: Capacity, shipped: str) -> Chapter:
    """What it says in the report of a project."""
    tests = words.count(found.runs, "load test")
    evidence = f"{tests} of {found.model}" + ("" if found.confirmed else ", not confirmed")
    at = found.loads[-1].at if found.loads else ""
    return Chapter(
        "capacity", found.sentence, _stance(found), evidence, at, lambda texts: piece(found),
        dollars=dollars_of(*found.loads),
    )  # fmt: skip


def _stance(found: Capacity) -> Stance:
    """Servers can be added: it speaks against shipping only where no rate at all holds."""
    if not found.is_known:
        return "against"
    return "for" if found.confirmed and found.peak is not None else "open"


def piece(found: Capacity) -> Html:
    """The sentence, the picture of the load, what else to know, and the sweep."""
    about = [f"{capital(text)}." for text in found.warnings]
    about += list(lines(found.loads[0])) if found.loads else []
    return render(
        "sections/capacity.html",
        sentence=strong_start(found.sentence),
        swept=_swept(found) if found.tried else None,
        confirmed=found.confirmed,
        curves=curves(found.loads, found.rate) if found.loads else "",
        lines=[*_planned(found), *about],
    )


def _planned(found: Capacity) -> Iterator[str]:
    if found.replicas is not None:
        grown = f", grown by {found.growth:g}" if found.growth != 1 else ""
        most = found.most_replicas
        more = (
            f" (at the lower limit of the rate {most:,})"
            if most not in (None, found.replicas)
            else ""
        )
        which = "busiest minute" if found.peak else "mean"
        yield (
            f"Servers: {found.replicas:,}{more}. The {which}{grown} brings "
            f"{a_second(found.planned)} requests a second, and servers filled to 85 % of their "
            "rate let no minute fall short."
        )


def _swept(found: Capacity) -> dict[str, Any]:
    """The settings: what the best gains, the plane, the table, the command."""
    best, first = found.best, found.tried[0]
    return {
        "gain": _gain(best, first) if best else "",
        "names": words.listed(list(first.settings)),
        "plot": _plane(found.tried),
        "rows": [_row(each) for each in sorted(found.tried, key=_by_rate)],
        "command": found.command or (best.name if best else ""),
    }


def _by_rate(tried: Tried) -> float:
    """The chosen one first."""
    return -math.inf if tried.chosen else -tried.rate if tried.rate > 0 else math.inf


def _gain(best: Tried, first: Tried) -> str:
    """What the best settings give beside the first that were tried."""
    if best is first or not first.tokens > 0:
        return f"{best.name} carries most."
    sooner = best.first_token / first.first_token
    beside = (
        "at the same first token"
        if 0.9 <= sooner <= 1.1
        else f"with a first token in {words.seconds(best.first_token)} at p95, not "
        f"{words.seconds(first.first_token)}"
    )
    ratio = f"{best.tokens / first.tokens:.2g}"
    times = f"{ratio} times the tokens of" if ratio != "1" else "as many tokens as"
    return f"{best.name}: {times} {first.name} {beside}."


def _plane(tried: Sequence[Tried]) -> Html | None:
    """Tokens a second against the first token, settings at the dots."""
    known = [each for each in tried if each.tokens > 0 and each.first_token > 0]
    if not known:
        return None
    x = log_axis([each.first_token for each in known], room=0.15)
    y = Axis.around([0.0, *(each.tokens for each in known)], most_ticks=4)
    label = f"Tokens a second against first token, {words.count(len(known), 'choice')} of settings"
    titles = "first token at the highest rate, p95, s (log)", "tokens a second"
    plot = Plot(x, y, *titles, says(plain), words.number, label, height=HEIGHT)
    return plot.draw([_dot(each) for each in known])


def _dot(tried: Tried) -> Point:
    said = f"{tried.name}: {tried.tokens:,.0f} tokens, first token {tried.first_token:.2f} s"
    name = ", ".join(str(value) for value in tried.settings.values())
    at = Interval(tried.tokens, tried.tokens, tried.tokens)
    return Point(
        name,
        math.log10(tried.first_token),
        at,
        "better" if tried.chosen else "",
        said,
        hollow=not (tried.chosen or tried.front),
    )


def _row(tried: Tried) -> dict[str, Any]:
    reading = "no rate holds" if not tried.failed else f"did not serve: {tried.failed}"
    if tried.rate > 0:
        reading = "chosen" if tried.chosen else "on the front" if tried.front else "dominated"
    return {
        "name": tried.name,
        "rate": a_second(tried.rate) if tried.rate > 0 else "",
        "tokens": words.number(tried.tokens),
        "first": words.seconds(tried.first_token),
        "reading": reading,
        "css": "better" if tried.chosen else "",
    }
