"""A project for someone who decides: whether to ship, in words, then a line a stage, then these.

A noun joins with a function in its own section and a line in CHAPTERS.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from workbench.cards import Card
from workbench.comparison import Comparison
from workbench.improving import Improvement
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.release import Forecast, Trial
from workbench.requirements import Checked, Requirements
from workbench.requirements.checking import untested
from workbench.runs import Screening
from workbench.safety import Assessment, Attacks
from workbench.sections import (
    capacity,
    compared,
    critic,
    forecast,
    hosting,
    improvement,
    injections,
    load_test,
    requirements,
    trial,
    trying,
)
from workbench.sections.chapters import QUESTIONS, Chapter, Stance
from workbench.sections.decision import strong_start
from workbench.sections.paid import Paid
from workbench.sections.screening import assessment_chapter, screening_chapter
from workbench.serving import Capacity, Hosting, LoadTest
from workbench.trying import Trying
from workbench.words import capital

CHAPTERS: Mapping[type, Callable[[Any, str], Chapter]] = {
    Requirements: lambda asked, shipped: requirements.chapter(untested(asked), shipped),
    Checked: requirements.chapter,
    Trying: trying.chapter,
    Comparison: compared.chapter,
    Improvement: improvement.chapter,
    Card: critic.chapter,
    Attacks: injections.chapter,
    Assessment: assessment_chapter,
    Screening: screening_chapter,
    LoadTest: load_test.chapter,
    Capacity: capacity.chapter,
    Hosting: hosting.chapter,
    Trial: trial.chapter,
    Forecast: forecast.chapter,
}
BEFORE_RELEASE = ("requirements", "comparison", "attacks")  # what a limited release waits for
READINGS = {"for": "speaks for it", "against": "speaks against it", "open": "not shown", "": ""}
MOST_WHY = 3  # sentences under the decision


def chapter_of(noun: Any, shipped: str = "") -> Chapter | None:
    """The chapter of a noun; None of one that has none. `shipped` is the variant that would ship,
    where it is known.
    """
    for kind, chapter in CHAPTERS.items():
        if isinstance(noun, kind):
            return chapter(noun, shipped)
    return None


@dataclass(frozen=True)
class Project:
    """Chapters in the order of the work, and what they come to."""

    chapters: tuple[Chapter, ...]
    use_case: str = ""

    @classmethod
    def of(cls, nouns: Sequence[Any]) -> "Project":
        """TypeError of a noun that has no chapter."""
        first = [_needed(noun, "") for noun in nouns]
        shipped = _first(reversed(_ordered(first)), "ships")
        asked = next((each for each in nouns if isinstance(each, Checked | Requirements)), None)
        lines = asked.requirements if isinstance(asked, Checked) else asked
        what = lines.use_case.what if lines else ""
        return cls(_settled(_ordered(_needed(noun, shipped) for noun in nouns)), what)

    @cached_property
    def shipped(self) -> str:
        """The variant that would ship by the last stage that names one, and the model it asks."""
        name = _first(reversed(self.chapters), "ships")
        model = _first(reversed(self.chapters), "model")
        return f"{name} on {model}" if name and model and "@" not in name else name

    def with_stance(self, stance: str) -> list[Chapter]:
        return [each for each in self.chapters if each.stance == stance]

    @cached_property
    def missing(self) -> list[str]:
        """The questions that have a line and that nobody measured."""
        told = {each.question for each in self.chapters}
        return [name for name, each in QUESTIONS.items() if each.always and name not in told]

    @cached_property
    def apart(self) -> dict[str, str]:
        """The prompts that stages would ship, each with the first question that names it, where
        they are not one.
        """
        named = {each.ships.split(" @ ")[0]: each.question for each in reversed(self.chapters)}
        named.pop("", None)
        return named if len(named) > 1 else {}

    @property
    def word(self) -> str:
        """hold, not yet, limited release or ship."""
        if self.with_stance("against"):
            return "hold"
        if self.apart or self.with_stance("open") or set(BEFORE_RELEASE) & {*self.missing}:
            return "not yet"
        return "limited release" if "trial" in self.missing else "ship"

    @property
    def sentence(self) -> str:
        """The word, of what, and why."""
        return _SENTENCES[self.word](self)

    @property
    def why(self) -> list[Chapter]:
        """What keeps it from shipping; where nothing does, what it ships on."""
        first = self.with_stance("against") or self.with_stance("open")
        return (first or [each for each in self.chapters if each.ships or each.stance])[:MOST_WHY]

    @property
    def paid(self) -> Paid:
        """What all stages cost."""
        runs = (run for each in self.chapters for run in each.runs)
        return Paid.together(runs, (each.dollars for each in self.chapters))

    @property
    def next_step(self) -> str:
        """What to do now."""
        steps = [each.next_step for each in self.why if each.stance in ("against", "open")]
        lacking = [QUESTIONS[name].verb for name in BEFORE_RELEASE if name in self.missing]
        steps += [f"Measure what is missing: {verb}." for verb in lacking]
        if self.word == "limited release":
            steps.append("Let some users have it, and read what their logs say: wb.launch.")
        return next(filter(None, steps), "")


def _needed(noun: Any, shipped: str) -> Chapter:
    found = chapter_of(noun, shipped)
    if found is None:
        names = ", ".join(kind.__name__ for kind in CHAPTERS)
        raise TypeError(f"no stage of a project is a {type(noun).__name__}: give it {names}")
    return found


def _first(chapters: Iterable[Chapter], field: str) -> str:
    return next((said for each in chapters if (said := getattr(each, field))), "")


def _ordered(chapters: Iterable[Chapter]) -> list[Chapter]:
    order = list(QUESTIONS)
    return sorted(chapters, key=lambda each: order.index(each.question))


def _settled(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """The chapters, without a stance where another holds the same against a bound, and none for it
    where that bound is not shown.
    """
    settled = {name for each in chapters for name in each.settles}
    doubted = {name for each in chapters for name in each.leaves_open}

    def stance(each: Chapter) -> Stance:
        if each.question in settled:
            return ""
        return "open" if each.question in doubted and each.stance == "for" else each.stance

    return tuple(replace(each, stance=stance(each)) for each in chapters)


def _hold(project: Project) -> str:
    against = [QUESTIONS[each.question].against for each in project.with_stance("against")]
    return f"Hold {project.shipped or 'it'}: {_clauses(against)}."


def _not_yet(project: Project) -> str:
    clauses = [_of_different(project.apart)] if project.apart else []
    clauses += [QUESTIONS[each.question].open for each in project.with_stance("open")]
    clauses += [QUESTIONS[name].missing for name in BEFORE_RELEASE if name in project.missing]
    return f"Not yet {project.shipped}".rstrip() + f": {_clauses(clauses)}."


def _of_different(apart: Mapping[str, str]) -> str:
    """its stages are of different prompts: v3 (comparison) and v2 (limited release)."""
    said = [f"{name} ({QUESTIONS[question].title.lower()})" for name, question in apart.items()]
    return f"its stages are of different prompts, {words.listed(said)}"


def _clauses(clauses: Iterable[str]) -> str:
    """Each once."""
    *first, last = dict.fromkeys(clauses)
    return f"{', '.join(first)}, and {last}" if first else last


def _released(project: Project) -> str:
    return (
        f"Try {project.shipped} on some users: nothing measured speaks against it, and no user "
        "has been asked."
    )


def _ship(project: Project) -> str:
    return f"Ship {project.shipped}: nothing measured speaks against it, users included."


_SENTENCES: Mapping[str, Callable[[Project], str]] = {
    "hold": _hold,
    "not yet": _not_yet,
    "limited release": _released,
    "ship": _ship,
}


def project_opening(project: Project) -> Html:
    """The decision in words, why, and a line a stage; what was not measured is said."""
    return render(
        "sections/project.html",
        sentence=strong_start(project.sentence),
        is_held=project.word == "hold",
        why=[(_anchor(each, project), _title(each), each.sentence) for each in project.why],
        rows=list(_rows(project)),
        missing=capital(words.listed([QUESTIONS[name].title.lower() for name in project.missing])),
        next_step=project.next_step,
        paid=project.paid.sentence,
    )


def _rows(project: Project) -> Iterator[dict[str, Any]]:
    for name, question in QUESTIONS.items():
        told = [each for each in project.chapters if each.question == name]
        for each in told:
            yield {
                "asks": question.asks,
                "anchor": _anchor(each, project),
                "sentence": each.brief or each.sentence,
                "reading": READINGS[each.stance],
                "weighs": each.stance in ("against", "open"),
                "evidence": each.evidence,
                "date": words.date(each.at) if each.at else "not known",
            }
        if not told and question.always:
            yield {"asks": question.asks, "anchor": "", "verb": question.verb}


def _title(chapter: Chapter) -> str:
    return QUESTIONS[chapter.question].title


def _anchor(chapter: Chapter, project: Project) -> str:
    """The id of its section: stage-attacks, and stage-attacks-2 of a second one."""
    same = [each for each in project.chapters if each.question == chapter.question]
    number = next(at for at, each in enumerate(same, 1) if each is chapter)
    return f"stage-{chapter.question}" + (f"-{number}" if number > 1 else "")


TERMS = {
    "Speaks for it, against it": "what a stage found bears on shipping this prompt on this model; "
    "one that speaks against it is enough to hold.",
    "Not shown": "measured, and too little to know. It is neither met nor missed.",
    "Not measured": "nobody looked. Nothing is known, and nothing was assumed.",
    "Evidence": "what the words of a stage were counted on, with the run that anyone can read.",
    "95 % interval": "made so that 95 of 100 such intervals hold the true value.",
}


def stages(project: Project, *, texts: bool) -> Iterator[tuple[str, str, Html]]:
    """Every chapter as a section: its id, its name, and what there is to see."""
    for each in project.chapters:
        anchor, title = _anchor(each, project), _title(each)
        drawn = render(
            "sections/stage.html",
            anchor=anchor,
            title=title,
            asks=QUESTIONS[each.question].asks,
            evidence=each.evidence,
            date=words.date(each.at) if each.at else "",
            piece=each.piece(texts),
            alone=len(project.chapters) == 1,
        )
        yield anchor, title, drawn
