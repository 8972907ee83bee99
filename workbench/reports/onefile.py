"""report: a comparison or a run as one HTML file that anyone can open, offline."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.cards import Card, trust
from workbench.comparison import Comparison
from workbench.comparison.classes import Classes
from workbench.datasets.splitting import side_in_words
from workbench.files import canonical, resolve, root, write_whole
from workbench.page import words
from workbench.page.frame import as_json, asset, pack, page, render
from workbench.page.markup import Html, html, visible
from workbench.reports.stage_pages import project_page
from workbench.requirements import Checked
from workbench.runs import Quote, Run
from workbench.secrets import redact
from workbench.sections import decision, overview, trying
from workbench.sections.claim import claim_section
from workbench.sections.confusion import Confusions, cell_data, confusion
from workbench.sections.critic import critic
from workbench.sections.grid import Grid, Judge, gold_of
from workbench.sections.leaderboard import leaderboard
from workbench.sections.lineage import lineage
from workbench.sections.matrix import whole_data
from workbench.sections.requirements import requirements_section
from workbench.sections.sample import Chosen, answers, choose
from workbench.sections.slices import slices
from workbench.sections.spend import spend
from workbench.sections.style import SECTIONS
from workbench.sections.subject import Subject
from workbench.sections.tradeoff import tradeoff
from workbench.trying import Trying

SCRIPTS = ("page/dom.js", "page/page.js", "sections/answers.js", "reports/report.js")
Section = tuple[str, str, Html | None]  # id, name, and what there is to say


@dataclass(frozen=True)
class _Opening:
    """What a page says before its sections."""

    of: str
    title: str
    lede: str
    notes: Sequence[Html] = ()
    sentence: str = ""  # the decision, for the title of the page


@dataclass(frozen=True)
class _Answers:
    """The table of answers that a page carries."""

    run: Run
    grid: Grid
    judges: tuple[Judge, ...]
    shown: Judge | None
    chosen: Chosen
    baseline: str
    gold: str
    classes: Classes | None = None

    @classmethod
    def of(cls, run: Run, rows: str) -> "_Answers":
        grid, judges = Grid.of(run), Judge.all_of(run)
        by_name = {judge.name: judge for judge in judges}
        shown = by_name.get(gold_of(run)) or next(iter(judges), None)
        chosen = choose(run, grid, shown, rows)
        return cls(run, grid, judges, shown, chosen, "", gold_of(run))

    @classmethod
    def of_comparison(cls, subject: Subject, rows: str) -> "_Answers":
        """The marks are those of who decides: the check that knows the right answers where one is
        named, else the critic.
        """
        run, choice = subject.run, subject.choice
        grid, judges = Grid.of(run), Judge.all_of(run, choice.critic)
        first = choice.gold.check if choice.gold else choice.critic
        shown = next(judge for judge in judges if judge.name == first)
        chosen = choose(run, grid, shown, rows)
        gold = choice.gold.check if choice.gold else gold_of(run)
        found = Confusions.of(subject)
        classes = found and found.classes
        return cls(run, grid, judges, shown, chosen, choice.baseline, gold, classes)

    def section(self) -> Section:
        drawn = answers(self.run, self.chosen, self.shown, self.baseline)
        return "answers", "Every answer", drawn

    def data(self) -> dict[str, Any] | None:
        if not self.chosen.lines:
            return None
        given = self.run, self.grid, self.chosen.lines, self.judges, self.shown
        data = whole_data(*given, baseline=self.baseline, gold=self.gold)
        if self.classes is not None:
            data["classes"] = cell_data(self.grid, self.chosen.lines, self.classes)
        return data


def report(
    what: Any,
    path: str | Path | None = None,
    *,
    rows: str = "sample",
    requirements: Checked | None = None,
    card: Card | None = None,
    quote: Quote | None = None,
    title: str = "",
) -> Path:
    """Write a comparison, a run, another stage, or a list of all of a project's stages as one HTML
    file, and where it is.

    `rows` says how much user text it carries: "none", "sample" (50 rows drawn at random, and rows
    where a variant failed or the variants differ) or "all". Without `path` it goes to
    $WORKBENCH_OUT, else to .workbench/reports/<run>/. A comparison leaves decision.json beside it.
    The report of a project says whether to ship and why, a line a stage, and what nobody measured.
    Without `card`, a critic that people labelled gets one. Keys of the environment are taken out of
    all that is written.
    """
    if not isinstance(what, Comparison | Run | Trying):
        text = project_page(what, texts=rows != "none", title=title)
        return write_whole(_place("project", path), redact(text))
    file = _place(_run_of(what).id, path)
    if isinstance(what, Comparison):
        _write_decision(file, what, requirements)
        text = _decided_page(what, rows, requirements, card, quote, title)
    elif isinstance(what, Trying):
        text = _trying_page(what, rows, quote, title)
    else:
        text = _run_page(what, rows, quote, title)
    return write_whole(file, redact(text))


def _write_decision(file: Path, choice: Comparison, checked: Checked | None) -> None:
    decided = canonical(_decided(choice, checked)).decode()
    write_whole(file.with_name("decision.json"), redact(decided))


def _run_of(what: Comparison | Run | Trying) -> Run:
    if isinstance(what, Trying):
        return what.needed_run()
    return what.run if isinstance(what, Comparison) else what


def _decided(choice: Comparison, checked: Checked | None) -> dict[str, Any]:
    """What was decided, with the requirements' part, and the exit status where a gate set one."""
    decided = choice.decision()
    if choice.claim or checked is None or not checked.outcomes:
        return decided
    status = {} if checked.settled is None else {"exit_status": checked.exit_status}
    return {**decided, "gate": checked.decision(), **status}


def _place(name: str, path: str | Path | None) -> Path:
    if path is not None:
        given = resolve(path)
        return given if given.suffix == ".html" else given / "report.html"
    out = os.environ.get("WORKBENCH_OUT")
    folder = Path(out).absolute() if out else root() / ".workbench" / "reports" / name
    return folder / "report.html"


def _decided_page(
    choice: Comparison,
    rows: str,
    requirements: Checked | None,
    card: Card | None,
    quote: Quote | None,
    title: str,
) -> str:
    if choice.claim:
        return _claim_page(choice)
    subject = Subject(choice)
    table = _Answers.of_comparison(subject, rows)
    sections: list[Section] = [
        ("decision", "Decision", decision.decision(subject)),
        _required(requirements),
        ("leaderboard", "Leaderboard", leaderboard(subject)),
        ("critic", "Critic", critic(subject, card or _own_card(subject))),
        ("classes", "Confusions", confusion(subject, opens=bool(table.chosen.lines))),
        ("slices", "Slices", slices(subject)),
        ("tradeoff", "Quality, cost, latency", tradeoff(subject)),
        table.section(),
        ("spend", "Spend", spend(choice.run, table.grid, quote)),
        ("lineage", "Lineage", lineage(choice.run, choice)),
    ]
    return _page(choice.run, _opening(subject, title), sections, table.data())


def _opening(subject: Subject, title: str) -> _Opening:
    choice, lede = subject.choice, decision.lede(subject)
    said = title or decision.title_of(subject)
    return _Opening("a comparison", said, lede, _notes(choice), choice.sentence)


def _required(checked: Checked | None) -> Section:
    drawn = requirements_section(checked) if checked and checked.outcomes else None
    return "requirements", "Requirements", drawn


def _claim_page(choice: Comparison) -> str:
    """A claim on held rows: its word and what went in, and nothing of what came out."""
    sections: list[Section] = [
        ("decision", "Decision", claim_section(choice)),
        ("lineage", "Lineage", lineage(choice.run, None)),
    ]
    run, dataset = choice.run, choice.run.meta.dataset
    title = f"Is {words.listed([each.challenger for each in choice.differences])} better?"
    examples = words.count(dataset.n, "example")
    lede = f"A claim on {examples} of {dataset.name}, that nobody has read. {_claimed_by(choice)}"
    return _page(run, _Opening("a claim", title, lede, (), choice.sentence), sections, None)


def _claimed_by(choice: Comparison) -> str:
    return f"It says better than {choice.baseline}, or not yet; no figure and no row is shown."


def _own_card(subject: Subject) -> Card | None:
    """The card of a critic that people labelled."""
    return trust(subject.run, subject.choice.critic) if subject.people.answers else None


def _notes(choice: Comparison) -> list[Html]:
    """What a reader must know before the first number."""
    points = "<b>Points</b> are hundredths of {}’s scale, which runs from {:g} to {:g}."
    baseline = "<b>{}</b> is the baseline of every comparison."
    notes = [
        html(points, choice.judge_in_words, *choice.scale.ends),
        html(baseline, choice.baseline),
    ]
    endpoints = [about.endpoint for about in choice.run.meta.models.values()]
    if any(endpoint.startswith("embedded:") for endpoint in endpoints):
        weak = "<b>The embedded model</b> has 135 million parameters and is weak. {}"
        read = "Read this page for what the workbench can tell, not for what a good model can do."
        notes.append(html(weak, read))
    return notes


def _run_page(run: Run, rows: str, quote: Quote | None, title: str) -> str:
    table = _Answers.of(run, rows)
    sections: list[Section] = [
        ("overview", "What came back", overview.overview(run, table.grid)),
        table.section(),
        ("spend", "Spend", spend(run, table.grid, quote)),
        ("lineage", "Lineage", lineage(run, None)),
    ]
    opening = _Opening("a run", title or overview.title_of(run), overview.lede(run))
    return _page(run, opening, sections, table.data())


def _trying_page(found: Trying, rows: str, quote: Quote | None, title: str) -> str:
    run = found.needed_run()
    table = _Answers.of(run, rows)
    sections: list[Section] = [
        ("trying", "Fail fast", trying.trying_section(found, texts=rows != "none")),
        table.section(),
        ("spend", "Spend", spend(run, table.grid, quote)),
        ("lineage", "Lineage", lineage(run, None)),
    ]
    said = title or trying.title_of(found)
    opening = _Opening("a task tried", said, trying.lede(found), (), found.sentence)
    return _page(run, opening, sections, table.data())


def _page(
    run: Run, opening: _Opening, sections: Sequence[Section], data: dict[str, Any] | None
) -> str:
    date = words.date(run.meta.started)
    body = render(
        "reports/report.html",
        title=opening.title,
        lede=opening.lede,
        notes=opening.notes,
        sections=[section for section in sections if section[2] is not None],
        appendix=True,
        kicker=f"Report of {opening.of} · {side_in_words(run.meta.dataset.name)} · {date}",
        footer=f"Report of {opening.of} · run {run.id} · one file, no requests, opens offline.",
    )
    return page(
        visible(f"{opening.title} {opening.sentence}".strip()),
        body,
        styles=[asset("reports/report.css"), asset(SECTIONS)],
        scripts=[asset(name) for name in SCRIPTS],
        data={"data": pack(redact(as_json(data)))} if data else {},
    )
