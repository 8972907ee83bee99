"""What a noun says in the report of its project: one chapter each, however it was measured.

A noun joins with a function in its own section and a line in `workbench.sections.project`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.page import words
from workbench.page.markup import Html
from workbench.runs import Run

Stance = Literal["for", "against", "open", ""]


@dataclass(frozen=True)
class Question:
    """What someone who decides asks of a stage, and the call that measures it; `against`, `open`
    and `missing` are clauses that say so in a decision.
    """

    asks: str
    title: str  # of its section
    verb: str
    against: str = ""
    open: str = ""
    missing: str = ""  # of a stage that a release waits for
    always: bool = True  # it has a line in the report, measured or not


# in the order of the work
QUESTIONS: Mapping[str, Question] = {
    "requirements": Question(
        "What was asked",
        "Requirements",
        "wb.check",
        "it misses what was asked",
        "not all that was asked is shown to be met",
        "nothing was asked of it",
    ),
    "trying": Question(
        "Can a model do it at all",
        "Fail fast",
        "wb.fail_fast",
        "the best model fails at it",
        "a few examples do not tell whether a model can do it",
    ),
    "comparison": Question(
        "Which prompt on which model",
        "Comparison",
        "wb.compare",
        "another prompt is better",
        "no prompt is shown to be the one to ship",
        "no prompts were compared",
    ),
    "improvement": Question(
        "What else was tried",
        "Improvement",
        "wb.improve",
        "another prompt is better",
        "what was tried beside it is not settled",
        always=False,
    ),
    "critic": Question(
        "Can the judge be believed",
        "Critic",
        "wb.trust",
        "its judge is wrong too often",
        "its judge is not shown to be right",
    ),
    "attacks": Question(
        "What can a hostile text do",
        "Attacks",
        "wb.attack",
        "hostile texts make it do their bidding",
        "it is not shown to withstand hostile texts",
        "nobody attacked it",
    ),
    "filters": Question(
        "What do filters stop",
        "Filters",
        "wb.assess",
        "its filters do not do what was asked",
        "its filters are not shown to do what was asked",
    ),
    "capacity": Question(
        "What does a server carry",
        "Serving",
        "wb.capacity",
        "its servers carry too little",
        "its servers are not shown to carry the load",
    ),
    "hosting": Question(
        "On whose servers",
        "Hosting",
        "wb.hosting",
        "it does not pay on these servers",
        "whose servers pay is not settled",
    ),
    "trial": Question(
        "What did users say",
        "Limited release",
        "wb.launch",
        "its limited release speaks against it",
        "its limited release has not told yet",
    ),
    "forecast": Question(
        "What will it cost",
        "Full launch",
        "wb.forecast",
        "its full launch costs too much",
        "what its full launch costs is not settled",
    ),
}


@dataclass(frozen=True)
class Chapter:
    """One noun in the report of a project.

    `question` is a key of QUESTIONS; `sentence` says what was found, the word first; `stance`
    whether that speaks for shipping, against it, is open, or ("") bears on something else.
    `evidence` counts what it rests on, and `at` says when that was measured (ISO; "": not known).
    `piece` draws it, without texts of users where it is given False. `ships` is the variant that
    would ship by it, and `model` the one that it asks; empty where it says nothing of that.
    `settles` names questions that it holds against a bound, so that their own chapters have no
    stance, `leaves_open` those whose bound is not shown, so that theirs is not for it. `next_step`
    says what to do where it keeps the whole from shipping. `brief` is the sentence with less in
    it, for the table of all stages; empty where that is brief. `runs` were made for it, and
    `dollars` is what it paid besides.
    """

    question: str
    sentence: str
    stance: Stance
    evidence: str
    at: str
    piece: Callable[[bool], Html]
    ships: str = ""
    model: str = ""
    settles: tuple[str, ...] = ()
    leaves_open: tuple[str, ...] = ()
    next_step: str = ""
    brief: str = ""
    runs: tuple[Run, ...] = ()
    dollars: float = 0.0


def examples_of(run: Run) -> str:
    """240 examples of triage, run r-0147."""
    return f"{words.count(run.meta.dataset.n, 'example')} of {run.meta.dataset.name}, run {run.id}"
