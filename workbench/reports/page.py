"""report: a comparison or a run as one HTML file that anyone can open, offline."""

import os
from collections.abc import Sequence
from pathlib import Path

from workbench.cards import Card, trust
from workbench.comparison import Comparison
from workbench.files import canonical, resolve, root, write_whole
from workbench.reports import decision, overview
from workbench.reports.answers import answers, choose
from workbench.reports.critic import critic
from workbench.reports.frame import as_json, asset, pack, page, render
from workbench.reports.leaderboard import Requirement, leaderboard
from workbench.reports.lineage import lineage
from workbench.reports.rows import table_data
from workbench.reports.slices import slices
from workbench.reports.spend import spend
from workbench.reports.subject import Subject
from workbench.reports.tradeoff import tradeoff
from workbench.runs import Quote, Run
from workbench.secrets import redact
from workbench.views import words
from workbench.views.grid import Grid, Judge
from workbench.views.markup import Html, html, visible

Section = tuple[
    str, str, Html | None
]  # id, name in the list of sections, and the section where there is anything to say


def report(
    what: Comparison | Run,
    path: str | Path | None = None,
    *,
    rows: str = "sample",
    requirements: Sequence[Requirement] = (),
    card: Card | None = None,
    quote: Quote | None = None,
    title: str = "",
) -> Path:
    """Write a comparison or a run as one HTML file, and where it is.

    `rows` says how much user text it carries: "none", "sample" (50 rows drawn at random, and rows
    where a variant failed or the variants differ) or "all". Without `path` it goes to
    $WORKBENCH_OUT, else to .workbench/reports/<run>/. A comparison leaves decision.json beside it.
    Without `card`, a critic that people labelled gets one. Keys of the environment are taken out of
    all that is written.
    """
    if not isinstance(what, Comparison | Run):
        raise TypeError(f"report takes a comparison or a run, not {type(what).__name__}")
    run = what.run if isinstance(what, Comparison) else what
    place = _place(run, path)
    if isinstance(what, Comparison):
        text = _comparison_page(Subject(what), rows, requirements, card, quote, title)
        write_whole(place.with_name("decision.json"), redact(canonical(what.decision()).decode()))
    else:
        text = _run_page(run, rows, quote, title)
    return write_whole(place, redact(text))


def _place(run: Run, path: str | Path | None) -> Path:
    if path is not None:
        given = resolve(path)
        return given if given.suffix == ".html" else given / "report.html"
    out = os.environ.get("WORKBENCH_OUT")
    folder = Path(out).absolute() if out else root() / ".workbench" / "reports" / run.id
    return folder / "report.html"


def _comparison_page(
    subject: Subject,
    rows: str,
    requirements: Sequence[Requirement],
    card: Card | None,
    quote: Quote | None,
    title: str,
) -> str:
    run, choice = subject.run, subject.choice
    grid, judges = Grid.of(run), Judge.all_of(run, choice.critic)
    # where the critic knows nothing, the marks in the table are those of the check that does
    card = card or (trust(run, choice.critic) if subject.people.answers else None)
    shown = next(
        judge
        for judge in judges
        if judge.name
        == (choice.gold.check if subject.is_ignorant and choice.gold else choice.critic)
    )
    chosen = choose(run, grid, shown, rows)
    sections: list[Section] = [
        ("decision", "Decision", decision.decision(subject)),
        ("leaderboard", "Leaderboard", leaderboard(subject, requirements)),
        ("critic", "Critic", critic(subject, card)),
        ("slices", "Slices", slices(subject)),
        ("tradeoff", "Quality, cost, latency", tradeoff(subject)),
        ("answers", "Every answer", answers(run, chosen, shown, choice.baseline)),
        ("spend", "Spend", spend(run, grid, quote)),
        ("lineage", "Lineage", lineage(run, choice)),
    ]
    notes = [
        html(
            "<b>Points</b> are hundredths of the critic’s scale, which runs from {:g} to {:g}.",
            *choice.scale.ends,
        ),
        html("<b>{}</b> is the baseline of every comparison.", choice.baseline),
    ]
    if any(about.endpoint.startswith("embedded:") for about in run.meta.models.values()):
        said = "Read this page for what the workbench can tell, not for what a good model can do."
        notes.append(
            html("<b>The embedded model</b> has 135 million parameters and is weak. {}", said)
        )
    body = _body(
        "a comparison",
        title or decision.title_of(subject),
        decision.lede(subject),
        notes,
        run,
        sections,
    )
    labels = subject.people.labels.tolist() if subject.people.answers else ()
    data = (
        table_data(run, grid, chosen.lines, judges, shown, baseline=choice.baseline, labels=labels)
        if chosen.lines
        else None
    )
    return _page(title or decision.title_of(subject), choice.sentence, body, data)


def _run_page(run: Run, rows: str, quote: Quote | None, title: str) -> str:
    grid, judges = Grid.of(run), Judge.all_of(run)
    shown = judges[0] if judges else None
    chosen = choose(run, grid, shown, rows)
    sections: list[Section] = [
        ("overview", "What came back", overview.overview(run, grid)),
        ("answers", "Every answer", answers(run, chosen, shown, "")),
        ("spend", "Spend", spend(run, grid, quote)),
        ("lineage", "Lineage", lineage(run, None)),
    ]
    body = _body("a run", title or overview.title_of(run), overview.lede(run), [], run, sections)
    data = (
        table_data(run, grid, chosen.lines, judges, shown, baseline="", labels=())
        if chosen.lines
        else None
    )
    return _page(title or overview.title_of(run), "", body, data)


def _body(
    of: str, title: str, lede: str, notes: list[Html], run: Run, sections: list[Section]
) -> Html:
    named = [section for section in sections if section[2] is not None]
    return render(
        "report.html",
        title=title,
        lede=lede,
        notes=notes,
        sections=named,
        kicker=f"Report of {of} · {run.meta.dataset.name} · {words.date(run.meta.started)}",
        footer=f"Report of {of} · run {run.id} · one file, no requests, opens offline.",
    )


def _page(title: str, sentence: str, body: Html, data: dict | None) -> str:
    blocks = {"data": pack(redact(as_json(data)))} if data else {}
    heading = visible(f"{title} {sentence}".strip())
    scripts = [
        asset(name) for name in ("page.js", "rows.js", "controls.js", "answers.js", "report.js")
    ]
    return page(heading, body, styles=[asset("report.css")], scripts=scripts, data=blocks)
