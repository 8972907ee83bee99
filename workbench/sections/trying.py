"""Fail fast on show: the word, the way to it between the lines that bring one, and what failed
first.
"""

from collections.abc import Iterator
from typing import Any

from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html, visible
from workbench.runs import Run
from workbench.sections.chapters import Chapter, Stance, examples_of
from workbench.sections.decision import calls_made, spent, strong_start
from workbench.sections.grid import headline
from workbench.sections.material import as_text, kinds_of
from workbench.sections.matrix import one_line
from workbench.sections.staircase import e_value, evidence, staircase
from workbench.trying import Tried, Trying

MOST_FAILED = 12  # rows of the table of what failed
STANCES: dict[str, Stance] = {"go on": "for", "stop": "against"}
MOST_REASON = 160  # characters of a critic's reason


def trying_section(trying: Trying, *, texts: bool) -> Html:
    """The section of a report; without `texts` it holds none of the examples."""
    return html(
        '<section id="trying" aria-labelledby="h-trying"><h2 id="h-trying">Fail fast</h2>{}'
        "</section>",
        trying_piece(trying, texts=texts),
    )


def trying_piece(trying: Trying, *, texts: bool = True) -> Html:
    """The word, its picture, the answers that failed first, and what to do now."""
    failed = list(_failed(trying, trying.run)) if trying.run and texts else []
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


def title_of(trying: Trying) -> str:
    """What the page asks."""
    models = words.listed([each.model for each in trying.tried])
    return f"Can {models} do {trying.dataset} at all?"


def lede(trying: Trying) -> str:
    """What was tried on what."""
    examples = words.count(trying.sent, "example")
    return f"{trying.prompt} on {examples}, the best model first, judged by {trying.critic}."


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


def _failed(trying: Trying, run: Run) -> Iterator[dict[str, Any]]:
    """The answers that did not pass, model by model, in the order in which they were asked."""
    kinds, columns = kinds_of(run.prompts), run.columns
    for tried, place in ((each, place) for each in trying.tried for place in each.failed):
        row, example = trying.row(tried, place), run.examples[place]
        why = columns[f"{trying.critic}.reason"][row] or tried.causes[place]
        expected = "" if example.expected is None else headline(as_text(example.expected, ""))
        why = "" if why == f"expected {expected}" else why  # it stands beside it
        yield {
            "id": example.id,
            "model": tried.model,
            "read": one_line(example, kinds),
            "answer": headline(columns["output"][row]),
            "status": tried.statuses[place].removeprefix("ok"),
            "expected": expected,
            "why": clipped(visible(" ".join(why.split())), MOST_REASON),
        }


def _figure(trying: Trying, tried: Tried) -> dict[str, Any]:
    plot = evidence(tried) if tried.graded else staircase(tried)
    title = f"{trying.prompt} on {tried.model}"
    return {"title": title, "graded": tried.graded, "plot": plot, "rows": _table(tried)}


def _table(tried: Tried) -> list[dict[str, str]]:
    """The evidence after each example, in figures."""
    path = zip(tried.places, tried.path.log_no, tried.path.log_go, tried.path.chance, strict=True)
    return [
        {
            "example": f"{place + 1:,}",
            "score": words.points(tried.merits[place]),
            "against": e_value(no),
            "in_favour": e_value(go),
            "chance": words.decimals(chance),
        }
        for place, no, go, chance in path
    ]


def chapter(trying: Trying, shipped: str = "") -> Chapter:
    """What it says in the report of a project."""
    run = trying.run
    sent = f"{words.count(trying.sent, 'answer')} judged by {trying.critic}"
    return Chapter(
        "trying",
        trying.sentence,
        STANCES.get(trying.word, "open"),
        f"{sent}, {examples_of(run)}" if run else sent,
        run.meta.started if run else "",
        lambda texts: trying_piece(trying, texts=texts),
        next_step=trying.next_step,
        runs=(run,) if run else (),
    )
