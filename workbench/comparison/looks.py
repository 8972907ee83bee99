"""Which look a decision is, and what it may spend (METHODS 4.3).

A look is a decision on content that is new and due. Looks are counted whatever they look at: more
examples, more labels, other prompts, another critic. Until the next one is due, the last one's word
stands and figures are brought up to date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from workbench.stats.tails import look_share, look_tails
from workbench.store.ledger import HASH_BYTES, Entry, shared

FEWEST_ROWS = 20  # below, figures are shown, and nothing is decided
GROWTH = 1.5  # a look at more of the same is due when there is half as much again
ASKED_AGAIN = 0.05  # rows that failed and were asked again, up to this share, belong to their look

Kind = Literal["first", "grown", "other", "not due", "too few", "uncounted", "held", "opened"]


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
    labels: int = 0  # pairs, where labels decide
    repeats: int = 1

    @property
    def record(self) -> dict[str, Any]:
        return {
            "scored": self.scored,
            "challengers": sorted(self.challengers),
            "decider": self.decider,
            "rules": self.rules,
            "labels": self.labels,
            "repeats": self.repeats,
        }


@dataclass(frozen=True)
class Look:
    """A look: its number (0: none), the one-sided tail it may spend on all challengers together,
    and what was claimed before it.
    """

    kind: Kind
    number: int
    tail: float
    is_new: bool = False  # to be written to the ledger
    due: int | None = None  # examples (or labelled pairs) at which the next one is due
    open_before: int = 0  # challengers of earlier looks that are not in this one, and not claimed
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by identity
    ledger: tuple[Mapping[str, Any], ...] = ()  # what was looked at, this time too, oldest first


_SHOWN = ("scored", "labels", "repeats", "decider")


def take(content: Content, entries: Sequence[Entry], tail: float) -> Look:
    """Which look the content is, after those of the ledger; `tail` is what all looks may spend."""
    if content.scored < FEWEST_ROWS:
        return Look("too few", 0, tail * look_share(1), due=FEWEST_ROWS)
    past = _lineage(content, entries)
    number = next((i for i, entry in enumerate(past) if _same(content, entry)), None)
    if number is not None:
        return _look(content, past[:number], tail)
    if past and not (_grown(content, past[-1]) or _new(content, past)):
        last = _look(content, past[:-1], tail)
        claims = {**last.claims, **_claims(past[-1:], content)}
        due = _due(content, past[-1])
        return replace(last, kind="not due", due=due, claims=claims)
    return replace(_look(content, past, tail), is_new=True)


def next_tail(look: Look, tail: float, rows: int) -> float:
    """What a look at `rows` examples of the same would spend, if it were the next one."""
    before = [int(record["scored"]) for record in look.ledger]
    if _growing([*before, rows]):
        return look_tails([*before, rows], tail)[-1]
    return tail * look_share(len(before) + 1)


def _look(content: Content, past: Sequence[Entry], tail: float) -> Look:
    """The look that follows those of the past."""
    kind: Kind = "first" if not past else "other" if _new(content, past) else "grown"
    claims, earlier = _claims(past, content), _challengers(past)
    left = earlier - set(content.challengers) - claims.keys()
    records = [*(entry.record for entry in past), content.record]
    ledger = tuple({name: record[name] for name in _SHOWN} for record in records)
    spends, number = _spends(content, past, tail), len(past) + 1
    return Look(kind, number, spends, False, _due_after(content), len(left), claims, ledger)


def _spends(content: Content, past: Sequence[Entry], tail: float) -> float:
    """The tail of a look after those: of the same on more rows, or of another kind."""
    counted = [*(_rows(entry) for entry in past), content.scored]
    if all(_alike(content, entry) for entry in past) and _growing(counted):
        return look_tails(counted, tail)[-1]
    return tail * look_share(len(past) + 1)


def _challengers(past: Sequence[Entry]) -> set[str]:
    return {each for entry in past for each in entry.record["challengers"]}


def _lineage(content: Content, entries: Sequence[Entry]) -> list[Entry]:
    """The looks at rows that these share, or that such rows share."""
    found: list[Entry] = []
    known = [content.rows]
    left = list(entries)
    while known:
        rows = known.pop()
        hits = [entry for entry in left if shared(entry.rows, rows)]
        left = [entry for entry in left if entry not in hits]
        found += hits
        known += [entry.rows for entry in hits]
    return sorted(found, key=entries.index)


def _same(content: Content, entry: Entry) -> bool:
    """Whether the content is what was looked at then, rows that were asked again aside."""
    record = entry.record
    near = abs(record["scored"] - content.scored) <= ASKED_AGAIN * content.scored
    alike = _alike(content, entry) and record["labels"] == content.labels
    return near and alike and entry.rows == content.rows


def _alike(content: Content, entry: Entry) -> bool:
    """Whether the same challengers were looked at by the same judge, as often asked."""
    names = ("challengers", "decider", "repeats")
    return all(entry.record[name] == content.record[name] for name in names)


def _grown(content: Content, last: Entry) -> bool:
    record = last.record
    pairs = ((content.labels, record["labels"]),) if content.labels else ()
    counts = ((content.scored, record["scored"]), (content.repeats, record["repeats"]), *pairs)
    return any(now >= GROWTH * before and now > before for now, before in counts)


def _new(content: Content, past: Sequence[Entry]) -> bool:
    """Whether a challenger or the judge is one that no look here had."""
    seen = _challengers(past)
    judges = {entry.record["decider"] for entry in past}
    return bool(set(content.challengers) - seen) or content.decider not in judges


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


def _rows(entry: Entry) -> int:
    return int(entry.record["scored"])


def _growing(counts: Sequence[int]) -> bool:
    return all(before < now for before, now in pairwise([0, *counts]))


def _due_after(content: Content) -> int:
    return -int(-GROWTH * (content.labels or content.scored) // 1)


def _due(content: Content, last: Entry) -> int:
    before = last.record["labels"] if content.labels else last.record["scored"]
    return -int(-GROWTH * before // 1)
