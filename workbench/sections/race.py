"""A race: who leads, who left when, and what stopping early saved."""

import math
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, joined
from workbench.page.svg import Axis, Plot, Point, ends_of
from workbench.racing import Race
from workbench.sections.decision import strong_start
from workbench.stats import Interval

DASHES = 4  # kinds of lines


def race_piece(race: Race) -> Html:
    """The race in words, its table and its courses."""
    left = sorted(race.eliminated, key=lambda name: -race.eliminated[name])
    return render(
        "sections/race.html",
        sentence=strong_start(race.sentence),
        rows=[_row(race, name) for name in (*race.top, *left)],
        courses=_courses(race) if race.courses else "",
        caption=_caption(race),
    )


def _row(race: Race, name: str) -> dict[str, Any]:
    answered, share = race.courses.get(name, [(0, math.nan)])[-1]
    return {
        "name": name,
        "css": _css(race, name),
        "place": _place(race, name),
        "mean": words.points(share),
        "interval": _between(race, name),
        "answered": answered,
    }


def _between(race: Race, name: str) -> str:
    found = race.intervals.get(name)
    return words.between(found.low, found.high) if found else ""


def _css(race: Race, name: str) -> str:
    return "better" if name == race.top[0] and not race.stopped else ""


def _place(race: Race, name: str) -> str:
    """Where a variant stands, in words."""
    if name in race.eliminated:
        return f"left after {race.eliminated[name]:,}"
    if name == race.top[0]:
        return "leads so far" if race.stopped else "leads"
    return "still in" if race.stopped else "may be as good"


def _courses(race: Race) -> Html:
    """Each variant's mean as examples came in."""
    counts, shares = zip(
        *(each for course in race.courses.values() for each in course), strict=True
    )
    most = 1.15 * max(counts)  # with room for names
    shown = [*shares, *ends_of(race.intervals.values())]
    plot = Plot(
        Axis.around([0, most], most_ticks=5, ends=(0, math.inf)),
        Axis.around(shown, most_ticks=4, ends=(0, 1)),
        "examples answered",
        f"mean by {race.critic}, points",
        lambda n: f"{n:,.0f}",
        words.whole_points,
        "Mean score of each variant as examples came in",
    )
    points = [_end(race, name, *course[-1]) for name, course in race.courses.items()]
    return plot.draw(points, _lines(race, plot))


def _lines(race: Race, plot: Plot) -> Html:
    courses = enumerate(race.courses.items())
    return joined(
        plot.line(_line(race, name, number), course) for number, (name, course) in courses
    )


def _line(race: Race, name: str, number: int) -> str:
    """The class of a course: the leader's own, others told apart by their dashes."""
    kind = "curve" if name == race.top[0] else "still" if name in race.top else "gone"
    return kind if kind == "curve" else f"{kind} dash{number % DASHES}"


def _end(race: Race, name: str, answered: int, share: float) -> Point:
    after = words.count(answered, "example")
    between = f" ({_between(race, name)})" if name in race.intervals else ""
    tip = f"{name}: {words.points(share)} points{between} after {after}, {_place(race, name)}"
    gone = name in race.eliminated
    found = race.intervals.get(name, Interval(share, share, share))
    label = f"{name} left" if gone else name
    return Point(label, answered, found, _css(race, name), tip, hollow=gone)


def _caption(race: Race) -> str:
    points = words.points(race.within / race.scale.width)
    rough = "approximate, and good from some dozens of examples on"
    exact = "exact" if race.mode == "betting" else rough
    known = [run.cost for run in race.runs if not math.isnan(run.cost)]
    unpriced = sum(run.unpriced for run in race.runs)
    cost = words.spending(sum(known) if known else math.nan, unpriced) or "an unknown sum"
    text = [
        f"The race looks for a variant at most {points} points below the best.",
        f"Its limits hold however often one looks; they are {exact}.",
        f"The race cost {cost}.",
    ]
    if race.intervals:
        text.insert(1, "Lines at the ends: 95\u202f% intervals, each of one mean by itself.")
    if race.unscored:
        text.append(f"{words.count(race.unscored, 'answer')} had no score.")
    return " ".join(text)
