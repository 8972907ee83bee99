"""The report of a project, stage by stage, or of one stage: one page for someone who decides."""

from collections.abc import Sequence
from typing import Any

from workbench.page import words
from workbench.page.frame import asset, page, render
from workbench.page.markup import Html, visible
from workbench.sections.chapters import QUESTIONS
from workbench.sections.project import TERMS, Project, project_opening, stages
from workbench.sections.style import SECTIONS
from workbench.words import capital

Section = tuple[str, str, Html]  # id, name, and what there is to say


def project_page(what: Any, *, texts: bool, title: str = "") -> str:
    """The page of a list of nouns, or of one; TypeError of what is no stage."""
    project = Project.of(what if isinstance(what, Sequence) else [what])
    if not project.chapters:
        raise TypeError("a project's report takes what was measured, and the list is empty")
    sections = list(stages(project, texts=texts))
    if not isinstance(what, Sequence):
        (chapter,) = project.chapters
        asked = title or f"{QUESTIONS[chapter.question].asks}?"
        lede = f"{chapter.evidence}."
        return _page("a stage", asked, lede, chapter.sentence, project, sections)
    opening = ("decision", "Decision", project_opening(project))
    read = ("words", "Words used here", render("sections/words.html", terms=TERMS.items()))
    asked = title or f"Should {project.shipped or 'this'} ship?"
    sections = [opening, *sections, read]
    return _page("a project", asked, _lede(project), project.sentence, project, sections)


def _lede(project: Project) -> str:
    """What the task is, and how much of the work was measured."""
    told = len({each.question for each in project.chapters})
    of = told + len(project.missing)
    measured = f"{f'All {of}' if told == of else f'{told} of {of}'} stages were measured."
    return f"{project.use_case}. {measured}" if project.use_case else measured


def _dates(project: Project) -> str:
    """From the first measurement to the last."""
    known = sorted(each.at for each in project.chapters if each.at)
    if not known:
        return "without dates"
    ends = dict.fromkeys(words.date(each) for each in (known[0], known[-1]))
    return " to ".join(ends)


def _page(
    of: str, title: str, lede: str, said: str, project: Project, sections: Sequence[Section]
) -> str:
    body = render(
        "reports/report.html",
        title=title,
        lede=capital(lede),
        notes=[],
        sections=sections,
        appendix=False,
        kicker=f"Report of {of} · {_dates(project)}",
        footer=f"Report of {of} · one file, no requests, opens offline.",
    )
    return page(
        visible(f"{title} {said}"),
        body,
        styles=[asset("reports/report.css"), asset(SECTIONS)],
        scripts=[asset("page/dom.js"), asset("page/page.js")],
    )
