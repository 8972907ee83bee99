"""The way of a task that is tried to its word: failures between two lines, or evidence against a
bound.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from workbench.page.markup import Html, html, joined
from workbench.page.naming import Side
from workbench.page.svg import Axis, Plot, Point
from workbench.stats import Interval, word_lines
from workbench.stats.e_values import GOAL
from workbench.stats.intervals import Floats
from workbench.trying import Tried

HEIGHT = 240  # pixels
E_TICKS, FAR = (0.0001, 0.01, 1, 20, 1000, 50_000), 12.0  # of e-values; logarithms beyond it
CSS = {"stop": "worse", "go on": "better"}  # of a word
# where the end of the climb is named, clear of the lines; LATE, and where it goes on, above left
RIGHT: dict[str, Side] = {"stop": (16, 20, "start"), "": (11, -8, "start")}
ABOVE: Side = (-8, -12, "end")
LATE = 65.0  # percent of the width


def staircase(tried: Tried) -> Html:
    """Failures up, examples along, between the number that stops and the number that goes on."""
    stop, go = word_lines(tried.at_least, tried.of, tried.patience)
    failed = np.cumsum([place in tried.failed for place in tried.places]).tolist()
    top = float(np.nanmax([*stop, *failed, 0.0])) + 1
    label = f"Failures of {tried.model} against the lines at which a word is said"
    plot = _plot(tried, Axis(0, top, _whole_ticks(int(top), 5)), "failed", _whole, label)
    climb = _climb(plot, failed, CSS.get(tried.word, ""))
    under = [*_bounds(plot, stop, go), climb, _end_name(plot, tried, failed[-1])]
    return plot.draw([_reached(tried, failed[-1])], joined(under))


def _bounds(plot: Plot, stop: Sequence[float], go: Sequence[float]) -> Iterator[Html]:
    """The lines at which a word is said, with their names, and the ground beyond the first."""
    yield _given_up(plot, stop)
    yield from (plot.line("gone", _steps(line)) for line in (stop, go))
    yield from _line_names(plot, stop, go)


def _climb(plot: Plot, failed: Sequence[int], css: str) -> Html:
    course = plot.line("curve" if css else "still", [(0.0, 0.0), *_corners(failed)])
    return html('<g class="{}">{}</g>', css, course)


def _reached(tried: Tried, failed: int) -> Point:
    """Where the climb ends."""
    at = Interval(failed, failed, failed)
    return Point("", len(tried.places), at, CSS.get(tried.word, ""), _reached_words(tried, failed))


def _reached_words(tried: Tried, failed: int) -> str:
    """stop: 6 of 10."""
    of = len(tried.places)
    return f"{tried.word}: {failed} of {of}" if tried.word in CSS else f"{failed} of {of} failed"


def _end_name(plot: Plot, tried: Tried, failed: int) -> Html:
    across, word = plot.across(len(tried.places)), tried.word if tried.word in CSS else ""
    dx, dy, anchor = ABOVE if across > LATE else RIGHT.get(word, ABOVE)
    name = '<text class="lab strong" x="{:.2f}%" y="{:.1f}" dx="{}" text-anchor="{}">{}</text>'
    return html(name, across, plot.down(failed) + dy, dx, anchor, _reached_words(tried, failed))


def _plot(tried: Tried, y: Axis, title: str, says: Callable[[float], str], label: str) -> Plot:
    x = Axis(0, tried.of + 0.5, _whole_ticks(tried.of, 6))
    return Plot(x, y, "examples tried", title, _whole, says, label, height=HEIGHT)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _whole_ticks(most: int, about: int) -> tuple[float, ...]:
    """Whole numbers from 0, about so many."""
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 500, 10**9) if most <= each * about)
    return tuple(float(tick) for tick in range(0, most + 1, step))


def _steps(line: Sequence[float]) -> list[tuple[float, float]]:
    """A line that holds after each example, as corners of steps; nothing where there is none."""
    known = [(n, value) for n, value in enumerate(line, start=1) if not math.isnan(value)]
    return [corner for n, value in known for corner in ((n - 0.5, value), (n + 0.5, value))]


def _corners(failed: Sequence[int]) -> list[tuple[float, float]]:
    before = [0, *failed[:-1]]
    pairs = enumerate(zip(before, failed, strict=True), start=1)
    return [corner for n, (old, new) in pairs for corner in ((n, float(old)), (n, float(new)))]


def _given_up(plot: Plot, stop: Sequence[float]) -> Html:
    """The ground on which the task is given up, example by example."""
    ground = (
        '<rect class="band" shape-rendering="crispEdges" x="{:.2f}%" width="{:.2f}%" '
        'height="{:.1f}"/>'
    )
    width = plot.across(1.0) - plot.across(0.0)
    return joined(
        html(ground, plot.across(n - 0.5), width, plot.down(value))
        for n, value in enumerate(stop, start=1)
        if not math.isnan(value)
    )


def _line_names(plot: Plot, stop: Sequence[float], go: Sequence[float]) -> Iterator[Html]:
    """What the lines are called, at their right ends."""
    name = '<text x="100%" y="{:.1f}" text-anchor="end">{}</text>'
    stops, goes = _steps(stop), [n for n, value in enumerate(go, start=1) if value >= 0]
    if stops:
        yield html(name, plot.down(stops[-1][1]) - 8, "stop line")
    if goes:
        yield html(name, plot.down(go[-1]) - 30, f"go line: {goes[0]} of {goes[0]} right")


def evidence(tried: Tried) -> Html:
    """Both e-values on a log scale, against the bound at which a word is said."""
    courses = {word: np.clip(path, -FAR, FAR).tolist() for word, path in _paths(tried)}
    axis = _log_axis([value for course in courses.values() for value in course])
    label = f"Evidence for and against {tried.model} reaching the requirement"
    plot = _plot(tried, axis, "e-value (log)", e_value, label)
    lines = [_given_up(plot, [GOAL] * tried.of), plot.line("gone", [(0, GOAL), (tried.of, GOAL)])]
    for number, course in enumerate(courses.values()):
        lines.append(plot.line(f"still dash{number}", list(enumerate([0.0, *course]))))
    ends = [_end(tried, word, course[-1]) for word, course in courses.items()]
    return plot.draw(ends, joined(lines))


def _paths(tried: Tried) -> list[tuple[str, Floats]]:
    return [("stop", tried.path.log_no), ("go on", tried.path.log_go)]


def _log_axis(logs: Sequence[float]) -> Axis:
    low, high = min(0.0, *logs) - 0.4, max(GOAL, *logs) + 0.6
    return Axis(low, high, tuple(each for each in map(math.log, E_TICKS) if low < each < high))


def _end(tried: Tried, word: str, log: float) -> Point:
    """The last of one kind of evidence."""
    name = {"stop": "against", "go on": "in favour"}[word]
    css = CSS[word] if tried.word == word else ""
    tip = f"{name} of reaching {tried.bound}: {e_value(log)}"
    return Point(name, len(tried.places), Interval(log, log, log), css, tip, hollow=not css)


def e_value(log: float) -> str:
    """Two digits, from a hundred on whole."""
    value = math.exp(min(log, FAR))
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
