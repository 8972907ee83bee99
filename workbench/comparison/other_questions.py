# pyright: strict
"""Which other questions were asked of the same rows before: by other critics, against other
baselines; choosing among the answers afterwards is paid for.

METHODS keeps the ledger by critic and baseline, so that each has its own looks. Who asks a second
critic whether the same prompt is better on the same rows, or whether it is better than a second
baseline, and ships by the one that says so, has more chances all the same: the k-th question that
is asked of a prompt may use one k-th of the error (Bonferroni in the order of asking; an earlier
question's word stays what it was).
"""

from collections.abc import Iterable, Sequence
from math import inf

from workbench.comparison.looks import Content, Others, Question, is_claim
from workbench.comparison.remarks import other_questions
from workbench.comparison.result import Note
from workbench.store.ledger import DELETED, Entry


def paid_for(question: Question, challengers: Sequence[str], looks: Sequence[Entry]) -> Others:
    """The other questions that decided on one of these challengers before this one first did: it
    pays for them. `looks` those of its lineage, oldest first.
    """
    mine = set(challengers)
    same = [each for each in looks if _decides(each) and mine & {*each.record["challengers"]}]
    own = next((each.at for each in same if _question(each) == question), inf)
    return _others(question, (each for each in same if each.at < own))


def told_of(content: Content, looks: Sequence[Entry], paid: Others) -> Others:
    """The other questions that were asked of these rows before this look and that it does not pay
    for, so that a decision says the same when it is made again.
    """
    own = next((each.at for each in looks if _is_of(content, each)), inf)
    before = (each for each in looks if each.at < own and _decides(each) and not is_claim(each))
    return _others(content.question, before, but=paid.asked)


def _others(question: Question, looks: Iterable[Entry], but: Sequence[Question] = ()) -> Others:
    asked = dict.fromkeys(map(_question, looks))
    return Others(question, tuple(each for each in asked if each not in (question, *but)))


def of_question(looks: Iterable[Entry], question: Question) -> list[Entry]:
    """The looks by a critic against a baseline."""
    return [each for each in looks if _question(each) == question]


def _question(look: Entry) -> Question:
    return look.critic, look.baseline


def _decides(look: Entry) -> bool:
    """Whether a look is one at a decision: plans and deletions decide nothing, and a gate has no
    critic's name.
    """
    return bool(look.critic and "scored" in look.record) and DELETED not in look.record


def _is_of(content: Content, look: Entry) -> bool:
    known = {**look.record, "claims": None} == {**content.record, "claims": None}
    return known and (_question(look), look.rows) == (content.question, content.rows)


def paid_note(others: Others) -> Note:
    """What is said beside a decision that pays for others."""
    kind = "other baselines" if others.baselines else "other critics"
    return Note(kind, other_questions(others.named, others.count), count=others.count)
