"""A comparison among the other stages of a project: the decision and its leaderboard."""

from workbench.comparison import Comparison
from workbench.page.markup import Html, joined
from workbench.sections.chapters import Chapter, examples_of
from workbench.sections.claim import claimed
from workbench.sections.decision import decided
from workbench.sections.leaderboard import Board
from workbench.sections.subject import Subject

SETTLED = ("better", "tie, cheaper", "tie", "worse", "only variant")  # reasons to ship


def compared_piece(choice: Comparison) -> Html:
    """The decision in words, and what it stands on; of a claim on held rows its word alone."""
    if choice.claim:
        return claimed(choice)
    subject = Subject(choice)
    return joined([decided(subject), Board.of(subject).table()])


def chapter(choice: Comparison, shipped: str = "") -> Chapter:
    """What it says in the report of a project; a prompt that no other beats may ship, be it the
    baseline.
    """
    known = choice.run.meta.models
    models = {each.name: known[each.model].id for each in choice.variants if each.model in known}
    return Chapter(
        "comparison",
        choice.sentence,
        "for" if choice.ship.reason in SETTLED else "open",
        f"{examples_of(choice.run)}, judged by {choice.judge_in_words}",
        choice.run.meta.started,
        lambda texts: compared_piece(choice),
        ships=choice.ship.name,
        model=models.get(choice.ship.name, ""),
        next_step=choice.next_step.text if choice.next_step else "",
        runs=(choice.run,),
    )
