"""Fail fast on show: the word, the way to it between the lines that bring one, and what failed
first.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html, joined, visible
from workbench.page.svg import Axis, Plot, Point
from workbench.sections.decision import calls_made, spent, strong_start
from workbench.sections.grid import headline
from workbench.sections.material import as_text, kinds_of
from workbench.sections.matrix import one_line
from workbench.stats import Interval, word_lines
from workbench.stats.e_values import GOAL
from workbench.trying import Tried, Trying

MOST_FAILED = 12  # rows of the table of what failed
HEIGHT = 240  # pixels
E_TICKS, FAR = (0.0001, 0.01, 1, 20, 1000, 50_000), 12.0  # of e-values; logarithms beyond it
CSS = {"stop": "worse", "go on": "better"}  # of a word


def trying_section(trying: Trying) -> Html:
    """The section of a report."""
    return html(
        '<section id="trying" aria-labelledby="h-trying"><h2 id="h-trying">Fail fast</h2>{}'
        "</section>",
        trying_piece(trying),
    )


def trying_piece(trying: Trying) -> Html:
    """The word, its picture, the answers that failed first, and what to do now."""
    failed = list(_failed(trying)) if trying.run else []
    return render(
        "sections/trying.html",
        sentences=list(map(strong_start, trying.sentences)),
        figures=[_figure(trying, each) for each in trying.tried if each.places],
        failed=failed[:MOST_FAILED],
        of=len(failed),
        models=len(trying.tried) > 1,
        reasons=any(each["why"] for each in failed),
        lines=list(_lines(trying)),
        next_step=trying.next_step,
    )


def headline_of(trying: Trying) -> str:
    """The word with what was tried, for a title."""
    models = words.listed([each.model for each in trying.tried])
    return f"{trying.prompt} on {models}: {trying.word}"


def _lines(trying: Trying) -> Iterator[str]:
    """How it was asked, and what it cost to know."""
    first = trying.tried[0]
    limit = words.count(first.of, "example")
    yield (
        f"Examples go out in the order of {trying.dataset}, at most {limit}, and none after a "
        f"word. Judged by {trying.critic}; malformed, truncated and filtered answers fail. Few "
        "examples never prove a requirement: a full evaluation may."
    )
    if trying.run:
        yield f"{spent(trying.run)} {calls_made(trying.run)}"


def _failed(trying: Trying) -> Iterator[dict[str, Any]]:
    """The answers that did not pass, model by model, in the order in which they were asked."""
    run = trying.run
    assert run is not None
    kinds = kinds_of(run.prompts)
    for tried in trying.tried:
        for place in tried.failed:
            row, example = trying.row(tried, place), run.examples[place]
            output, status = run.columns["output"][row], tried.statuses[place]
            why = run.columns[f"{trying.critic}.reason"][row]
            expected = "" if example.expected is None else as_text(example.expected, "")
            yield {
                "id": example.id,
                "model": tried.model,
                "read": one_line(example, kinds),
                "answer": headline(output),
                "status": "" if status == "ok" else status,
                "expected": headline(expected),
                "why": visible(clipped(" ".join((why or tried.causes[place]).split()), 160)),
            }


def _figure(trying: Trying, tried: Tried) -> dict[str, Any]:
    plot = _evidence(tried) if tried.graded else _staircase(tried)
    title = f"{trying.prompt} on {tried.model}"
    return {"title": title, "graded": tried.graded, "plot": plot, "rows": _table(tried)}


def _table(tried: Tried) -> list[dict[str, str]]:
    """The evidence after each example, in figures."""
    path = zip(tried.places, tried.path.log_no, tried.path.log_go, tried.path.chance, strict=True)
    return [
        {
            "example": f"{place + 1:,}",
            "score": words.points(tried.merits[place]),
            "against": _e_value(no),
            "in_favour": _e_value(go),
            "chance": words.decimals(chance),
        }
        for place, no, go, chance in path
    ]


def _e_value(log: float) -> str:
    """Two digits; from a hundred on whole, from a million on words."""
    value = math.exp(min(log, 700.0))
    if value >= 1e6:
        return "over a million"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _staircase(tried: Tried) -> Html:
    """Failures up, examples along, between the number that stops and the number that goes on."""
    stop, go = word_lines(tried.at_least, tried.of, tried.patience)
    failed = np.cumsum([place in tried.failed for place in tried.places]).tolist()
    top = max(1.0, float(np.nanmax([*stop, *failed, 1.0])) + 1)
    label = f"Failures of {tried.model} against the lines at which a word is said"
    plot = _plot(tried, Axis(0, top, _whole_ticks(int(top), 5)), "failed", _whole, label)
    css, climb = CSS.get(tried.word, ""), [(0.0, 0.0), *_corners(failed)]
    course = html('<g class="{}">{}</g>', css, plot.line("curve" if css else "still", climb))
    lines = [plot.line("gone", _steps(stop)), plot.line("gone", _steps(go)), course]
    under = joined([_given_up(plot, stop), *lines, *_line_names(plot, stop, go)])
    last, count = float(failed[-1]), len(failed)
    said = f"{tried.word}: {last:.0f} of {count}" if css else f"{last:.0f} of {count} failed"
    return plot.draw([Point(said, count, Interval(last, last, last), css, said)], under)


def _plot(tried: Tried, y: Axis, title: str, says: Callable[[float], str], label: str) -> Plot:
    x = Axis(0, tried.of, _whole_ticks(tried.of, 6))
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
    """The ground on which the task is given up."""
    corners = _steps(stop)
    if not corners:
        return html("")
    shape = [(corners[0][0], plot.y.high), *corners, (corners[-1][0], plot.y.high)]
    points = " ".join(f"{plot.across(x):.2f},{plot.down(y):.1f}" for x, y in shape)
    ground = (
        '<svg viewBox="0 0 100 {0}" preserveAspectRatio="none" width="100%" height="{0}">'
        '<polygon class="band" points="{1}"/></svg>'
    )
    return html(ground, plot.height, points)


def _line_names(plot: Plot, stop: Sequence[float], go: Sequence[float]) -> Iterator[Html]:
    """What the lines are called, at their right ends."""
    name = '<text x="100%" y="{:.1f}" text-anchor="end">{}</text>'
    stops, goes = _steps(stop), [n for n, value in enumerate(go, start=1) if value >= 0]
    if stops:
        yield html(name, plot.down(stops[-1][1]) - 8, "stop line")
    if goes:
        yield html(name, plot.down(go[-1]) - 22, f"go line: {goes[0]} of {goes[0]} right")


def _evidence(tried: Tried) -> Html:
    """Both e-values on a log scale, against the bound at which a word is said."""
    paths = {"stop": tried.path.log_no, "go on": tried.path.log_go}
    every = [GOAL, 0.0, *(float(value) for path in paths.values() for value in path)]
    low, high = max(min(every), -FAR) - 0.4, min(max(every), FAR) + 0.6
    ticks = tuple(each for each in map(math.log, E_TICKS) if low < each < high)
    label = f"Evidence for and against {tried.model} reaching the requirement"
    plot = _plot(tried, Axis(low, high, ticks), "e-value (log)", _e_value, label)
    bound = plot.line("gone", [(0.0, GOAL), (float(tried.of), GOAL)])
    courses = [
        plot.line(f"still dash{number}", [(0.0, 0.0), *enumerate(np.clip(path, low, high), 1)])
        for number, path in enumerate(paths.values())
    ]
    ends = [_end(tried, word, float(np.clip(path[-1], low, high))) for word, path in paths.items()]
    return plot.draw(ends, joined([_given_up(plot, [GOAL] * tried.of), bound, *courses]))


def _end(tried: Tried, word: str, log: float) -> Point:
    """The last of one kind of evidence."""
    name = {"stop": "against", "go on": "in favour"}[word]
    css = CSS[word] if tried.word == word else ""
    tip = f"{name} of reaching {tried.bound}: {_e_value(log)}"
    return Point(name, len(tried.places), Interval(log, log, log), css, tip, hollow=not css)
