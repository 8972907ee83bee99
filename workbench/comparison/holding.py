"""Claims on rows that are held back (METHODS 4.4).

A claim says one word, better or not yet, and shows no figure and no row. Since the only history is
"not yet", whatever was edited in between is covered by the union bound: claim k of one key spends
1/2^k of the error, and as many may be made as are wanted. A better, or opening the rows, ends them.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from workbench.comparison import one_word
from workbench.comparison.evidence import Evidence
from workbench.comparison.kinds import Cause, Decider
from workbench.comparison.looks import Content, Look, Others, Question, is_claim, same_but_for_rows
from workbench.comparison.other_questions import of_question, paid_for, paid_note
from workbench.comparison.result import Comparison, Difference, HeldClaim, NextStep, Note, Ship
from workbench.comparison.schedule import FEWEST_ROWS
from workbench.comparison.scores import NOTHING
from workbench.comparison.sentences import whose
from workbench.datasets import Example
from workbench.runs import Run
from workbench.runs.heldout import rows_of
from workbench.runs.seen import variant_identities
from workbench.stats.power import chance_to_show
from workbench.stats.tails import held_out_share
from workbench.store import Store
from workbench.store.ledger import HASH_BYTES, Entry, each_row, shared

CLAIMS_FORESEEN = 3
NAN = float("nan")
Decided = Callable[[Run, float], Comparison]  # of rows, at a one-sided tail


@dataclass(frozen=True)
class Prospects:
    """What a claim on held rows can find, before it is made."""

    rows: int  # that nobody saw, and on which nothing was better before
    of: int
    made: int  # claims on them, each not yet
    chances: tuple[float, ...]  # to find a gain of 15 points, for each of the next claims
    said: str = ""  # of the comparison's best challenger, where it was claimed on rows of these

    @property
    def missing(self) -> int:
        """Rows that are held back and unseen, and wanted before anything can be claimed."""
        return max(0, FEWEST_ROWS - self.rows)

    @property
    def text(self) -> str:
        return one_word.prospects(self.rows, self.of, self.made, self.chances)


def prospects(choice: Comparison, held: Sequence[Example]) -> Prospects:
    """What claims of one challenger of a comparison could find on these rows, as its store knows
    them.
    """
    rows, store = rows_of(held), choice.run.needed_store("a claim on held-out rows")
    fresh, looks = _fresh(store, rows), store.looks_on(rows)
    question, challenger = _asked(choice)
    claims = of_question(looks, question)
    made, count = len(_made(claims, fresh)), len(_on(held, fresh))
    tail = (1 - choice.level) / 2 / (paid_for(question, [challenger], looks).count + 1)
    said = _last_word(_made(claims, rows), challenger)
    return Prospects(count, len(held), made, _chances(tail, count, made), said)


def _asked(choice: Comparison) -> tuple[Question, str]:
    """What a comparison asks, and the identity of its best challenger; empty where it has none."""
    names = (key.name for key in choice.run.variants)
    asked = (each.asked for each in variant_identities(choice.run))
    identity = dict(zip(names, asked, strict=True))
    challenger = identity[choice.focus.challenger] if choice.focus else ""
    return (choice.judge, identity[choice.baseline]), challenger


def _last_word(claims: Sequence[Entry], challenger: str) -> str:
    """The word of the last claim on a challenger; empty where there is none."""
    said = (entry.record["words"].get(challenger, "") for entry in reversed(claims))
    return next(filter(None, said), "")


def _chances(tail: float, rows: int, made: int) -> tuple[float, ...]:
    """What the claims after those that were made can find, where all may spend the tail."""
    tails = [tail * held_out_share(made + k) for k in range(1, CLAIMS_FORESEEN + 1)]
    return tuple(chance_to_show(rows, tail) for tail in tails if rows)


@dataclass(frozen=True)
class Claiming:
    """A run on held rows that is compared by a critic, and what of it is new to the ledger."""

    run: Run
    critic: str
    whole: Evidence  # of all its rows
    content: Content

    def claim(self, decided: Decided) -> Comparison:
        """One word for each challenger, from the rows that nobody saw; written to the ledger where
        the content is new.
        """
        entries = of_question(self._looks, self.content.question)
        before = next((entry for entry in entries if _same(self.content, entry)), None)
        if before is not None:
            return self._said(_upto(before, entries))
        rows = self._unread()
        fresh = rows_of(rows)
        if len(rows) < FEWEST_ROWS:
            return self._refused(len(rows), "too few held rows")
        made = _made(entries, fresh)
        found = decided(_part(self.run, rows), self._tail(len(made) + 1))
        if blocked := _blocked(found):
            return self._refused(len(rows), blocked)
        record = self._record(found) | {"claim": len(made) + 1, "rows": len(rows)}
        return self._said([*made, self._written(fresh, record)])

    @property
    def _store(self) -> Store:
        return self.run.needed_store("a claim on held-out rows")

    def _tail(self, number: int) -> float:
        asked = self._others.count + 1
        return (1 - self.whole.rules.level) / 2 * held_out_share(number) / asked

    def _unread(self) -> list[Example]:
        """The examples that may be claimed on: nobody read answers to them, under other columns
        either.
        """
        names = self.run.columns["example"]
        before = self._store.read_before(self.run.id)
        read = {names[row] for _, rows in before for row in rows}
        fresh = _fresh(self._store, self.content.rows)
        return [each for each in _on(self.run.examples, fresh) if each.id not in read]

    @cached_property
    def _looks(self) -> list[Entry]:
        return self._store.looks_on(self.content.rows)

    @cached_property
    def _others(self) -> Others:
        """Questions that claimed on the same prompts and rows before."""
        return paid_for(self.content.question, self.content.challengers, self._looks)

    def _written(self, rows: bytes, record: Mapping[str, Any]) -> Entry:
        entry = Entry(self.content.critic, self.content.baseline, rows, record, time.time())
        self._store.add_look(entry)
        return entry

    def _record(self, found: Comparison) -> dict[str, Any]:
        """What the ledger keeps of a claim; `ended` where something was better."""
        whole, ships = self.whole, found.ship.reason == "better"  # and holds what else it must
        better = {each.challenger for each in found.differences if each.decision == "better"}
        better -= {each.variant for each in found.ship.guardrails if not each.holds}
        says = {c: ships and whole.scores.name(c) in better for c in whole.challengers}
        asked = [each.asked for each in whole.identities]
        words = {asked[c]: "better" if said else "not yet" for c, said in says.items()}
        shipped = whole.scores.index(found.ship.name) if ships else whole.base
        told = {"words": words, "ship": asked[shipped], "ended": ships}
        return {**self.content.record, "of": self.content.rows.hex(), **told}

    def _said(self, made: Sequence[Entry]) -> Comparison:
        """What the last of these claims came to, in one word for each challenger."""
        record, whole = made[-1].record, self.whole
        said = {whole.scores.name(c): whole.identities[c].asked for c in whole.challengers}
        words = {name: record["words"][identity] for name, identity in said.items()}
        number = record["claim"]
        claimed = HeldClaim(number, record["rows"], self._tail(number), words)
        choice = self._concealed(claimed, {name: _CAUSES[word] for name, word in words.items()})
        shipped = (n for n, word in words.items() if (said[n], word) == (record["ship"], "better"))
        ship = _ship(choice, next(shipped, choice.baseline))
        ledger = tuple(map(_shown, made))
        return _concluded(replace(choice, ship=ship, ledger=ledger), self._others)

    def _refused(self, rows: int, cause: Cause) -> Comparison:
        """Not yet, without a claim."""
        names = [self.whole.scores.name(c) for c in self.whole.challengers]
        claimed = HeldClaim(0, rows, 0.0, dict.fromkeys(names, "not yet"))
        choice = self._concealed(claimed, dict.fromkeys(names, cause))
        return _concluded(replace(choice, ship=_ship(choice, choice.baseline)))

    def _concealed(self, claimed: HeldClaim, causes: Mapping[str, Cause]) -> Comparison:
        """A comparison of words alone, challengers in the order of the run."""
        whole, baseline = self.whole, self.whole.scores.name(self.whole.base)
        deciders: set[Decider] = {whole.decider(c) for c in whole.challengers}
        return Comparison(
            run=self.run,
            critic=self.critic,
            baseline=baseline,
            margin=whole.rules.margin,
            level=whole.rules.level,
            scale=whole.deciding.scale,
            critic_scale=whole.scores.scale,
            variants=(),
            differences=tuple(
                _word(whole, name, baseline, claimed, cause) for name, cause in causes.items()
            ),
            slices=(),
            top_set=(),
            winner=None,
            looks=claimed.number,
            gold=None,
            decided_by=deciders.pop() if len(deciders) == 1 else "critic",
            claim=claimed,
        )


_CAUSES: Mapping[str, Cause] = {"better": "claimed on held rows", "not yet": "not yet"}


def after_claims(look: Look, content: Content, entries: Sequence[Entry]) -> Look:
    """A look at rows on which claims were made while they were held back: what was better stands,
    and nothing else is claimed.
    """
    made = _made(entries, content.rows)
    if not made or look.kind == "too few":
        return look
    stands = {
        identity: {"word": "better", "examples": entry.record["rows"]}
        for entry in made
        if entry.record["decider"] == content.decider and _all_there(entry, content)
        for identity, word in entry.record["words"].items()
        if word == "better"
    }
    ledger = (*map(_shown, made), *look.ledger)
    claims = {**stands, **look.claims}
    return replace(look, kind="opened", is_new=False, due=None, claims=claims, ledger=ledger)


def _all_there(entry: Entry, content: Content) -> bool:
    return shared(entry.rows, content.rows) * HASH_BYTES == len(entry.rows)


def _made(entries: Sequence[Entry], rows: bytes) -> list[Entry]:
    """The claims on any of these rows, oldest first."""
    return [entry for entry in entries if is_claim(entry) and shared(entry.rows, rows)]


def _upto(entry: Entry, entries: Sequence[Entry]) -> list[Entry]:
    """A claim with those before it on its rows."""
    before = entries[: entries.index(entry)]
    return [*_made(before, entry.rows), entry]


def _fresh(store: Store, rows: bytes) -> bytes:
    """Those of the rows that nobody saw, and on which no claim has found anything better."""
    gone = each_row(store.seen(rows)) | each_row(store.ended(rows))
    return b"".join(sorted(each_row(rows) - gone))


def _on(examples: Sequence[Example], rows: bytes) -> list[Example]:
    wanted = each_row(rows)
    return [each for each in examples if rows_of([each]) in wanted]


def _part(run: Run, examples: Sequence[Example]) -> Run:
    """The run on some of its examples alone."""
    if len(examples) == len(run.examples):
        return run
    ids = {each.id for each in examples}
    kept = [row for row, id in enumerate(run.columns["example"]) if id in ids]
    columns = {name: [values[row] for row in kept] for name, values in run.columns.items()}
    plan = replace(run.plan, examples=examples)
    return Run(run.id, plan, run.store, run.budget, columns=columns, meta=run.meta)


def _same(content: Content, entry: Entry) -> bool:
    """Whether a claim was made on what is claimed on now, rows that were asked again aside."""
    if not is_claim(entry) or entry.record["of"] != content.rows.hex():
        return False
    return same_but_for_rows(content, entry) and entry.record["rules"] == content.rules


def _blocked(found: Comparison) -> Cause | None:
    """What forbids a claim, so that none is spent: no secret of these rows, but of who judges."""
    causes: list[Cause] = [each.cause for each in found.differences]
    return next((cause for cause in causes if cause in one_word.BLOCKS), None)


def _shown(entry: Entry) -> Mapping[str, Any]:
    """A claim as a decision tells it."""
    words = sorted(entry.record["words"].values())
    named = {name: entry.record[name] for name in ("claim", "rows", "decider")}
    return {**named, "word": words[0]}


def _ship(choice: Comparison, name: str) -> Ship:
    if name != choice.baseline:
        found = next(each for each in choice.differences if each.challenger == name)
        return Ship(name, "better", f"{name} is better than {choice.baseline}{whose(found)}.")
    return Ship(name, "not yet", f"{name} stays for now.")


def _word(
    whole: Evidence, name: str, baseline: str, claimed: HeldClaim, cause: Cause
) -> Difference:
    """A challenger's word without any figure."""
    decider = whole.decider(whole.scores.index(name))
    return Difference(
        challenger=name,
        baseline=baseline,
        interval=NOTHING,
        bottom=NOTHING,
        judged=NOTHING,
        pairs=0,
        decision=claimed.words[name],
        cause=cause,
        decided_by=decider,
        corrected=False,
        inside_margin=False,
        claimed_on=claimed.rows if cause == "claimed on held rows" else None,
        p_value=NAN,
        more_examples=None,
        extremes=(NAN, NAN),
        sentence=one_word.sentence(name, baseline, claimed.rows, cause, decider),
    )


def _concluded(choice: Comparison, others: Others | None = None) -> Comparison:
    """With its winner, its notes, its next step and its one sentence."""
    claimed, shipped = choice.claim, choice.ship.name
    assert claimed is not None  # made by a claim
    left_out = len(choice.run.examples) - claimed.rows
    text = one_word.left_out(left_out, len(choice.run.examples))
    seen = [Note("held rows seen", text, count=left_out)] if left_out else []
    asked = [paid_note(others)] if others and others.count else []
    return replace(
        choice,
        winner=None if shipped == choice.baseline else shipped,
        notes=(*seen, *asked),
        next_step=_next_step(choice),
        why=one_word.why(claimed),
        sentence=one_word.overall(choice),
    )


def _next_step(choice: Comparison) -> NextStep | None:
    lead, claimed = choice.lead, choice.claim
    if lead is None or claimed is None:
        return None
    if choice.ship.name != choice.baseline:
        return NextStep("export", one_word.export(choice.ship.name), choice.ship.name)
    if lead.cause == "too few held rows":
        missing = FEWEST_ROWS - claimed.rows
        return NextStep("write new rows", one_word.write_new_rows(missing), examples=missing)
    if lead.cause in one_word.BLOCKS:
        kind = "mend rows" if lead.cause == "too few scored" else "mend the critic"
        return NextStep(kind, one_word.mend(lead.cause))
    return NextStep("claim again", one_word.claim_again(lead.challenger), lead.challenger)
