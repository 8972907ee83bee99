"""Which look a decision is, and what it may spend (METHODS 4.3).

A look is a decision on content that is new and due. Looks are counted whatever they look at: more
examples, more labels, other prompts, another critic. Until the next one is due, the last one's word
stands and figures are brought up to date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from workbench import words
from workbench.comparison.schedule import (
    FEWEST_ROWS,
    Spending,
    due_after,
    is_due,
    is_planned,
    within,
)
from workbench.errors import WorkbenchError
from workbench.store.ledger import DELETED, HASH_BYTES, Entry, lineage, shared

ASKED_AGAIN = 0.05  # rows that failed and were asked again, up to this share, belong to their look

LABELLED = "+labels"  # behind a judge's fingerprint: people's labels decided

Kind = Literal[
    "first",
    "grown",
    "other",
    "not due",
    "ended",
    "too few",
    "uncounted",
    "held",
    "opened",
    "two runs",
]


Question = tuple[str, str]  # a critic, and the identity of the baseline


@dataclass(frozen=True)
class Content:
    """What a decision stands on."""

    critic: str
    baseline: str
    rows: bytes  # hashes of the examples
    scored: int  # examples with a score (or a failure) of both
    challengers: tuple[str, ...]  # identities
    decider: str  # the judge's fingerprint, and whether people's labels decide
    rules: str  # margin, level, coverage, clusters: a claim stands under its own
    examples: int  # in the run
    available: int | None = None  # in its dataset; None: not known
    labels: int = 0  # pairs, where labels decide
    repeats: int = 1

    @property
    def question(self) -> Question:
        return self.critic, self.baseline

    @property
    def record(self) -> dict[str, Any]:
        return {
            "scored": self.scored,
            "challengers": sorted(self.challengers),
            "decider": self.decider,
            "rules": self.rules,
            "examples": self.examples,
            "available": self.available,
            "labels": self.labels,
            "repeats": self.repeats,
        }


@dataclass(frozen=True)
class Others:
    """Other questions asked of the same rows before one of mine."""

    mine: Question
    asked: tuple[Question, ...] = ()

    @property
    def count(self) -> int:
        return len(self.asked)

    @property
    def baselines(self) -> int:
        """How many other baselines they were asked against."""
        return len({baseline for _, baseline in self.asked} - {self.mine[1]})

    @property
    def named(self) -> str:
        """By which critics, and against how many baselines."""
        critics = [each for each, _ in self.asked if each != self.mine[0]]
        by = f"by {words.listed([*dict.fromkeys(critics)])}" if critics else ""
        against = f"against {words.count(self.baselines, 'other baseline')}"
        return " and ".join(filter(None, [by, against if self.baselines else ""]))


@dataclass(frozen=True)
class Look:
    """A look: its number (0: none), the one-sided tail it may spend on all challengers together,
    and what was claimed before it.
    """

    kind: Kind
    number: int
    tail: float
    following: Spending  # what a next look of the same may use
    planned: tuple[int, ...] = ()  # sizes named before the first look
    is_new: bool = False  # to be written to the ledger
    new_plan: tuple[int, ...] = ()  # as it was given, to be written to the ledger
    due: int | None = None  # examples (or labelled pairs) at which the next one is due
    open_before: int = 0  # challengers of earlier looks that are not in this one, and not claimed
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by identity
    ledger: tuple[Mapping[str, Any], ...] = ()  # what was looked at, this time too, oldest first
    others: Others = field(default_factory=lambda: Others(("", "")))  # that this one pays for
    judges_before: int = 0  # other texts of the critic (or check) that looked at these rows before


def uncounted(tail: float) -> Look:
    """No look: what nobody counts may spend the whole tail."""
    return Look("uncounted", 0, tail, Spending(tail))


def take(
    content: Content, entries: Sequence[Entry], tail: float, planned: tuple[int, ...] = ()
) -> Look:
    """Which look the content is, after those of the ledger; `tail` is what all looks may spend.

    Raises WorkbenchError where `planned` differs from the plan of the first look.
    """
    if content.scored < FEWEST_ROWS:
        few = Spending(tail)
        return Look("too few", 0, few.at(FEWEST_ROWS), few, due=FEWEST_ROWS)
    every = _lineage(content, entries)
    deletions = [entry for entry in every if DELETED in entry.record]
    known = [entry for entry in every if DELETED not in entry.record]
    sizes = _plan(content, known, planned)
    past = [entry for entry in known if "plan" not in entry.record]
    look = _placed(content, past, Spending(tail, planned=sizes), deletions)
    return look if known else replace(look, new_plan=planned)


def _placed(
    content: Content, past: Sequence[Entry], spending: Spending, deletions: Sequence[Entry]
) -> Look:
    """The look that was at this content, or the next one, or none; where answers that were looked
    at are deleted, what was asked for anew is other content.
    """
    alive = [i for i, entry in enumerate(past) if not _is_deleted(entry, deletions)]
    number = next((i for i in alive if _same(content, past[i])), None)
    if number is not None:
        return _look(content, past[:number], spending)
    if _due(content, past, spending.planned):
        return replace(_look(content, past, spending), is_new=True)
    return _waiting(content, past, spending)


def _is_deleted(entry: Entry, deletions: Sequence[Entry]) -> bool:
    return any(each.rows == entry.rows and each.at >= entry.at for each in deletions)


def _due(content: Content, past: Sequence[Entry], planned: Sequence[int]) -> bool:
    """Whether content that was not looked at may be."""
    last = past[-1].record if past else {}
    if planned:
        return is_planned(content.record, last, planned)
    return not past or is_due(content.record, last) or _new(content, past)


def _look(content: Content, past: Sequence[Entry], spending: Spending) -> Look:
    """The look that follows those of the past."""
    kind: Kind = "first" if not past else "other" if _new(content, past) else "grown"
    claims, earlier = _claims(past, content), _challengers(past)
    left = earlier - set(content.challengers) - claims.keys()
    planned = spending.planned
    before = _before(content, past, spending)
    last = bool(planned) and content.examples >= planned[-1]
    return Look(
        kind,
        len(past) + 1,
        before.at(content.scored, last=last),
        before.after(content.scored),
        planned,
        due=due_after(content.record, planned),
        open_before=len(left),
        claims=claims,
        ledger=_shown([*(entry.record for entry in past), content.record]),
        judges_before=_judges_before(content, past),
    )


def _waiting(content: Content, past: Sequence[Entry], spending: Spending) -> Look:
    """No look: the last one's words stand, and the content is shown at its tail."""
    look, planned = _look(content, past[:-1], spending), spending.planned
    if not past:
        return replace(look, kind="not due", number=0, due=planned[0], ledger=())
    last = past[-1].record
    due = due_after(last, planned)
    claims = {**look.claims, **_claims(past[-1:], content)}
    left = _challengers(past) - set(content.challengers) - claims.keys()
    return replace(
        look,
        open_before=len(left),  # the best of many that is shown alone was chosen among them
        kind="not due" if due else "ended",
        following=_before(content, past, spending),
        due=due,
        claims=claims,
        ledger=_shown([entry.record for entry in past]),
    )


def _before(content: Content, past: Sequence[Entry], spending: Spending) -> Spending:
    """What the past has spent, for a look at this content; labels tell of no other look's error."""
    alike = not content.labels and all(_alike(content, entry) for entry in past)
    return replace(spending, before=tuple(int(e.record["scored"]) for e in past), alike=alike)


def _shown(records: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    names = ("scored", "labels", "repeats", "decider")
    return tuple({name: record[name] for name in names} for record in records)


def _plan(content: Content, known: Sequence[Entry], planned: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes at which looks are due: those of the first call that looked at these rows."""
    kept = known[0].record if known else {"plan": planned, "available": content.available}
    sizes = tuple(kept.get("plan", ()))
    if planned and planned != sizes:
        before = f"planned at {words.listed([f'{size:,}' for size in sizes])}" if sizes else "taken"
        raise WorkbenchError(
            f"looks={list(planned)}: looks at these examples were {before} "
            f"{'examples' if sizes else 'without a plan'} before, and that stands: leave looks "
            "out, or plan a decision on examples that nobody looked at"
        )
    return within(sizes, kept.get("available"))


def _challengers(past: Sequence[Entry]) -> set[str]:
    return {each for entry in past for each in entry.record["challengers"]}


def is_claim(entry: Entry) -> bool:
    """Whether a look of the ledger is a claim on held rows."""
    return "claim" in entry.record


def _lineage(content: Content, entries: Sequence[Entry]) -> list[Entry]:
    """The looks at rows that these share, or that such rows share."""
    return [entries[place] for place in lineage(content.rows, [each.rows for each in entries])]


def _same(content: Content, entry: Entry) -> bool:
    """Whether the content is what was looked at then, rows that were asked again aside."""
    return same_but_for_rows(content, entry) and entry.rows == content.rows


def same_but_for_rows(content: Content, entry: Entry) -> bool:
    """Whether the same was looked at, on nearly as many rows, whichever these are."""
    near = abs(entry.record["scored"] - content.scored) <= ASKED_AGAIN * content.scored
    return near and _alike(content, entry) and entry.record["labels"] == content.labels


def _alike(content: Content, entry: Entry) -> bool:
    """Whether the same challengers were looked at by the same judge, as often asked."""
    names = ("challengers", "decider", "repeats")
    return all(entry.record[name] == content.record[name] for name in names)


def _new(content: Content, past: Sequence[Entry]) -> bool:
    """Whether a challenger or the judge is one that no look here had."""
    seen = _challengers(past)
    judges = {entry.record["decider"] for entry in past}
    return bool(set(content.challengers) - seen) or content.decider not in judges


def _judges_before(content: Content, past: Sequence[Entry]) -> int:
    """How many other judges looked before this one did, labels beside them or not."""
    judges = [*dict.fromkeys(_judge(entry.record["decider"]) for entry in past)]
    mine = _judge(content.decider)
    return judges.index(mine) if mine in judges else len(judges)


def _judge(decider: str) -> str:
    return decider.removesuffix(LABELLED)


def _claims(past: Sequence[Entry], content: Content) -> dict[str, Mapping[str, Any]]:
    """What was claimed on rows that are all still there; the last word of each stands."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in past:
        if any(entry.record[name] != content.record[name] for name in ("decider", "rules")):
            continue  # another judge's word, or by other rules
        if shared(entry.rows, content.rows) * HASH_BYTES < len(entry.rows):
            continue
        found |= entry.record.get("claims", {})
    return found
